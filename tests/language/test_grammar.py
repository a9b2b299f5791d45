"""The grammar: LALR without a conflict, words that never collide, a saved table of its own."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, UnexpectedToken

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.lexing.lexer import KINDS, TERMINALS, lexemes, tokens
from attndsl.language.nodes import Definition
from attndsl.language.parsing.syntax import Syntax
from attndsl.language.parsing.tables import build, fingerprint, load
from attndsl.language.python_habits import KEYWORDS

ROOT = Path(__file__).resolve().parent.parent.parent
GRAMMAR = asset("grammar/attndsl.lark").read_text(encoding="utf-8")
PROGRAM = "def f(q, k):\n    return 1.0 if q.i == k.i else 0.5 * count(t for t in before(q))\n"


def read(parser: Lark, source: str) -> Any:
    return parser.parse(tokens(lexemes(source, 0), 1, 0))


def test_the_grammar_has_no_conflict() -> None:
    pytest.importorskip("interegular", reason="Lark's strict mode compares terminals with it")
    assert read(build(GRAMMAR, strict=True), PROGRAM)


def test_the_words_of_the_language_are_ascii() -> None:
    assert GRAMMAR.isascii()
    parser = build(GRAMMAR)
    assert {t.name for t in parser.terminals} >= {"NAME", "NUMBER", "STRING", "LONG_STRING"}
    name = next(t.pattern for t in parser.terminals if t.name == "NAME")
    assert name.to_regexp() == "[A-Za-z_][A-Za-z0-9_]*"


def test_every_rule_has_its_node_maker() -> None:
    rules = {rule.alias or rule.origin.name for rule in build(GRAMMAR).rules}
    inlined = {name for name in rules if name.startswith("_")}
    single = {"expression", "negation", "primary", "atom", "simple_statement"}  # pass one child on
    missing = {name for name in rules - inlined - single if not hasattr(Syntax, name)}
    assert not missing


def test_the_saved_table_belongs_to_the_grammar() -> None:
    """After a change of the grammar run `python -m attndsl.language.parsing.tables`."""
    saved = json.loads(asset("grammar/attndsl.json").read_text(encoding="utf-8"))
    assert saved["made_from"] == fingerprint(GRAMMAR)


def test_the_saved_table_reads_as_the_grammar_does(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = []
    for make in (load, lambda syntax: build(GRAMMAR, syntax)):
        trees.append(read(make(Syntax()), PROGRAM))
    assert trees[0] == trees[1]
    assert isinstance(trees[0][0], Definition)


def test_an_outdated_table_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = GRAMMAR.replace("(constant | definition)*", "definition*")
    assert changed != GRAMMAR
    (tmp_path / "attndsl.lark").write_text(changed, encoding="utf-8")
    saved = asset("grammar/attndsl.json").read_text(encoding="utf-8")
    (tmp_path / "attndsl.json").write_text(saved, encoding="utf-8")
    monkeypatch.setattr(
        "attndsl.language.parsing.tables.asset",
        lambda name: tmp_path / name.removeprefix("grammar/"),
    )
    with pytest.raises(UnexpectedToken):
        read(load(Syntax()), "A = 1\n")
    (tmp_path / "attndsl.json").write_text("{", encoding="utf-8")
    with pytest.raises(UnexpectedToken):
        read(load(Syntax()), "A = 1\n")


def test_parsing_loads_nothing_heavy() -> None:
    heavy = ("numpy", "torch", "numba", "transformers", "spacy", "matplotlib", "rich")
    code = (
        "import sys; from attndsl.language.parser import parse; parse('A = 1');"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_scanner_and_the_terminals_of_the_grammar_say_the_same() -> None:
    terminals = {one.name: one.pattern.to_regexp() for one in build(GRAMMAR).terminals}
    words = {*TERMINALS, *SAMPLES}
    for word in words:
        ((kind, whole, _),) = lexemes(word, 0)
        name = KINDS.get(kind) or TERMINALS.get(word, "NAME")
        assert whole == word
        fitting = {one for one, pattern in terminals.items() if re.fullmatch(pattern, word)}
        assert fitting - {"NAME"} == {name} - {"NAME"}, word
    named = {*TERMINALS.values(), *KINDS.values(), "NAME", "_NEWLINE"}
    assert named == {name for name in terminals if not name.startswith("__")}  # but blanks


SAMPLES = ("q", "else2", "_in", "isNone", "1", ".5", "2.5e-3", '"a"', "'b'", '"""c\n"""')
GLUED = (
    "1 if q.is_bos else2", "k.i in2", "q.is_bos andk.is_bos", "q.prev isNone", "q.i notin{1}",
    "q.is_bos or2", "1 if2 else 3", "any(t fort in before(q))", "any(t for t inbefore(q))",
    "not2", "q.i if(k.i) else0", "q isnot None",
)  # fmt: skip


@pytest.mark.parametrize("expression", GLUED)
def test_a_word_of_the_language_ends_where_a_name_would(expression: str) -> None:
    """Each is an error: of syntax, or a name that isn't known."""
    source = f"def f(q, k):\n    return {expression}\n"
    glued = [one for one in re.findall(r"[a-zA-Z0-9]+", expression) if re.match(WORDS, one)]
    found = [each for each in verify(source).diagnostics if each.severity == "error"]
    assert found, expression
    assert any(word in found[0].message for word in glued), (found[0].message, glued)


WORDS = rf"(?:{'|'.join(KEYWORDS)})[a-zA-Z0-9]"


def test_words_may_stand_beside_brackets_and_signs() -> None:
    source = "def f(q, k):\n    return(1)if(q.i)in{1}else-2\n"
    assert not verify(source).errors
