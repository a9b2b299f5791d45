"""What is suggested for names from elsewhere can itself be written."""

import re

import pytest

from attndsl.graph.verify import verify
from attndsl.language import python_habits
from attndsl.language.inference import hints
from attndsl.language.nodes import Type
from attndsl.language.parser import parse
from attndsl.language.types import infer
from attndsl.language.vocabulary import ATTRIBUTES, CALLABLES, DECORATORS, METHODS, NUMBERS

TABLES = {
    "names": python_habits.NAMES,
    "functions": python_habits.FUNCTIONS,
    "methods": python_habits.METHODS,
    "attributes": python_habits.ATTRIBUTES,
    "aggregates": python_habits.AGGREGATES,
}
ADVICE = [(table, name, hint) for table, all_ in TABLES.items() for name, hint in all_.items()]


def snippets(hint: str) -> list[str]:
    return re.findall(r"`([^`]+)`", hint.format(p="k"))


@pytest.mark.parametrize(("table", "name", "hint"), ADVICE, ids=lambda part: str(part)[:30])
def test_advice_names_only_what_there_is(table: str, name: str, hint: str) -> None:
    for snippet in snippets(hint):
        if snippet.startswith("@"):
            assert re.match(r"@(\w+)", snippet)[1] in DECORATORS  # type: ignore[index]
            continue
        code = re.sub(r'"[^"]*"', '""', snippet)
        for attribute in re.findall(r"[a-z]\.([a-z_]+)", code):
            assert attribute in ATTRIBUTES or attribute in METHODS, snippet
        for function in re.findall(r"(?<![.\w])(\w+)\(", code):
            assert function in CALLABLES, snippet


@pytest.mark.parametrize(("table", "name", "hint"), ADVICE, ids=lambda part: str(part)[:30])
def test_whole_expressions_of_advice_pass_the_checks(table: str, name: str, hint: str) -> None:
    for snippet in snippets(hint):
        if "..." in snippet or " = " in snippet or re.match(r"@|attndsl|\W*$|return|if$", snippet):
            continue
        names = ("q", "k", "p", "a", "b", "c", "x", "e", "score", "t")
        parameters = ", ".join(name for name in names if f" for {name} in" not in snippet)
        module, problems = parse(f"def _f({parameters}):\n    return {snippet}\n")
        assert problems == (), snippet
        errors = {note.code for note in infer(module)[1] if note.severity == "error"}
        # Rows stand in a def of q and k alone, ranges in a comprehension.
        allowed = {"ATT059"} if "row_" in snippet or "normalized" in snippet else set()
        allowed |= {"ATT064"} if snippet.startswith(("before(", "after(")) else set()
        assert errors <= allowed or re.fullmatch(r"\.?\w+", snippet), (snippet, errors)


def test_no_advice_hides_what_is_known() -> None:
    assert not python_habits.FUNCTIONS.keys() & CALLABLES
    assert not python_habits.ATTRIBUTES.keys() & {
        n for n, one in ATTRIBUTES.items() if not one.hidden
    }
    assert not python_habits.METHODS.keys() & METHODS.keys()
    assert not python_habits.NAMES.keys() & NUMBERS.keys()


SLIPS = [
    # what was written, what the hint says
    ("k.pos_", "write `k.pos`"),
    ("k.dep_", "write `k.dep`"),
    ("k.lemma_", "write `k.lemma`"),
    ("k.children", "is_child"),
    ("k.is_sent_start", "`k.is_first_of_sentence`"),
    ("k.prev.txet", "did you mean `k.prev.text`"),
    ("k.IS_PUNCT", "did you mean `k.is_punct`"),
    ("q.is_setence_end", "did you mean `q.is_sentence_end`"),
    ("k.text.lower()", "`k.lower`"),
    ("k.lower.strip()", "clean already"),
    ("k.text.isupper()", "`k.is_upper`"),
    ("k.is_punct()", "leave the brackets out: `k.is_punct`"),
    ("at(0).text.lower()", "`t.lower`"),
    ("len(k.text)", "`t.len`"),
    ("np.exp(-q.i)", "write `exp(...)` without `np.`"),
    ("np.maximum(q.i, 1)", "write `max(a, b)`"),
    ("math.tanh(q.i)", "exp(2 * x)"),
    ("np.random.rand()", "no randomness"),
    ("embedding_similarity(q, k)", "`similarity(q, k)`"),
    ("simlarity(q, k)", "did you mean `similarity`"),
    ("is_quote(k)", "write `k.is_quote`"),
    ("is_anchestor(k, q)", "did you mean `is_ancestor`"),
    ("any(t.is_quote for t in range(3))", "visible(q), before(p)"),
    ("any(t.is_quote for t in tokens(3))", "visible(q), before(p)"),
    ("sorted(t for t in before(q))", "looked at by aggregates"),
    ("k < q", "write `k.i < q.i`"),
    ("k == 'the'", 'write `k.text == "the"`'),
    ("k.text in '.!?'", 'write a set: `k.text in {".", "!", "?"}`'),
    ("k.i", "compare it: `k.i > 0`"),
    ("k.text == 'a' or 'b'", "or a set"),
    ("k.is_quote == 0", "write `not k.is_quote`"),
    ("undefined", "`None`"),
    ("q.i - q.previuos.i > 2", "write `q.prev`"),
    ("embeding_similarity(q, k) > 2", "write `similarity(q, k)`"),
    ("0.8 ** (q - k) > 0.1", "write `q.i - k.i`"),
    ("k.text == None", "only a position can be missing"),
    ("k.text in SIGNS", 'write a set: `k.text in {".", ","}`'),
    ("q.n > 3", "write `n` alone"),
    ("k.pos == 'NOUNS'", 'did you mean "NOUN"'),
    ("k.dep == 'obj'", 'did you mean "dobj"'),
    ("k.entity == 'Person'", 'did you mean "PERSON"'),
]


@pytest.mark.parametrize(("slip", "advice"), SLIPS, ids=[slip for slip, _ in SLIPS])
def test_a_slip_is_told_what_to_write(slip: str, advice: str) -> None:
    module, problems = parse(
        f"SIGNS = '.,'\ndef f(q, k):\n    if {slip}:\n        return 1\n    return 0\n"
    )
    assert problems == ()
    errors = [note for note in infer(module)[1] if note.severity == "error"]
    assert len(errors) == 1
    assert advice in errors[0].hint


@pytest.mark.parametrize("kind", list(Type), ids=lambda kind: kind.value)
def test_types_are_named_in_plain_words(kind: Type) -> None:
    assert hints.article(kind) == f"a {kind.value}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("t.text[0]", "`t.is_title`"),
        ("k.text[0].isupper()", "`k.is_title`"),
        ("k.text[-1] == '.'", '`k.text.endswith("...")`'),
        ("k == q - 1", "`q.prev`"),
        ("q - 1 == k", "`q.prev`"),
        ("k == q + 1", "`q.next`"),
        ("tokens[k.i] == 'a'", "`k.raw`"),
        ("w.sum()", "`row_sum(w)`"),
        ("w / w.max()", "`row_max(w)`"),
        ("q.embedding @ k.embedding", "`similarity(q, k)`"),
        ("k[0]", "`at(j)`"),
    ],
)
def test_what_python_writes_is_answered_by_what_was_meant(written: str, meant: str) -> None:
    found = verify(f"def f(q, k):\n    w = k.len\n    return {written}\n").errors
    assert meant in found[0].hint
