"""Why a weight is what it is: the parts told are what the engine adds up, by brute force."""

import json
import re
from math import prod
from pathlib import Path

import pytest

import attndsl
from attndsl.engines.reference import pattern, values
from attndsl.engines.why import Part, why
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import FULL, Mask

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXT = attndsl.encode('Tom said, "I am late." Ann laughed, and Tom said: "No, Ann."')
MIXTURE = """
def blend(q, k):
    return 0.25 * normalized(k.is_title) + 0.75 * (k == q)


def mixed(q, k):
    w = 0.5 * normalized(k.len) - 0.125 * (k == q)
    if q.is_punct:
        w += 0.25 * blend(q, k)
    else:
        w *= 2.0
    return w
"""


def only(source: str) -> Program:
    return attndsl.verify(source).programs[-1]


def cells(program: Program, mask: Mask, step: int = 3) -> list[tuple[int, int]]:
    first_and_last = [mask.visible(query, TEXT.n) for query in range(TEXT.n)]
    return [
        (query, key)
        for query in range(0, TEXT.n, step)
        for first, last in [first_and_last[query]]
        for key in range(first, last + 1, step)
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.attn")), ids=lambda path: path.stem)
def test_the_parts_add_up_to_what_the_engine_computes(path: Path) -> None:
    for program in attndsl.verify(path.read_text(encoding="utf-8")).programs:
        if "linguistics" in program.needs:
            continue
        mask = FULL if not program.causal else attndsl.CAUSAL
        exact, rows = values(program, TEXT, mask), pattern(program, TEXT, mask)
        for query, key in cells(program, mask, step=7)[::8]:
            found = why(program, TEXT, query, key, mask)
            assert found.value == pytest.approx(exact[query, key], abs=1e-12)
            total = sum(part.value for part in found.part.leaves)
            assert total == pytest.approx(exact[query, key], rel=1e-9, abs=1e-9), program.name
            assert found.weight == rows[query, key]


def test_shares_are_what_is_lost_without_the_part() -> None:
    """Each number of a mixture set to 0 takes away what its part is said to bring."""
    program = only(MIXTURE)
    whole = values(program, TEXT)
    for number in ("0.5 * normalized", "0.125 *", "0.25 * normalized", "0.75 *"):
        nothing = re.sub(r"^[0-9.]+", "0.0", number)
        without = values(only(MIXTURE.replace(number, nothing)), TEXT)
        for query, key in cells(program, attndsl.CAUSAL):
            found = why(program, TEXT, query, key)
            said = sum(part.value for part in found.part.leaves if number in part.text)
            assert said == pytest.approx(whole[query, key] - without[query, key], abs=1e-12)


def test_what_was_looked_for_is_told_where_it_was_found() -> None:
    program = only(
        'def f(q, k):\n    verb = last(t for t in before(q) if t.lower == "said")\n'
        "    if q.is_quote and k == verb:\n        return 1.0\n    return 0.5 * (k == q.prev)\n"
    )
    found = why(program, TEXT, 3, 1)
    answers = [(fact.text, fact.line, fact.answer) for fact in found.taken]
    assert answers[0] == ("q.is_quote and k == verb", 3, "true")
    assert ("verb", 3, "1 said") in answers
    assert (found.part.text, found.part.line) == ("1.0", 4)
    first = why(program, TEXT, 0, 0)
    assert ("verb", 3, "nowhere") in [(fact.text, fact.line, fact.answer) for fact in first.taken]
    assert first.fallback == "first"
    assert first.weight == 1.0


def test_scores_are_told_with_the_sum_of_their_row() -> None:
    program = only(
        "@softmax\ndef f(q, k):\n"
        "    s = 2.0 * (k.i == 0)\n    s += 1.5 * k.is_title\n    return s\n"
    )
    found = why(program, TEXT, 9, 0)
    assert [(part.text, part.value) for part in found.part.parts] == [
        ("2.0 * (k.i == 0)", 2.0),
        ("1.5 * k.is_title", 1.5),
    ]
    assert found.weight == pytest.approx(
        2.718281828459045 ** (found.value - found.best) / found.row
    )


def test_factors_that_depend_on_the_key_only_multiply() -> None:
    program = only("def f(q, k):\n    return k.len * 0.5 ** (q.i - k.i)\n")
    part = why(program, TEXT, 4, 1).part
    assert (part.how, [factor.value for factor in part.parts]) == ("product", [4.0, 0.125])
    assert list(part.leaves) == [part]


def test_a_local_that_was_multiplied_is_told_by_its_factors() -> None:
    """Those that are 1 at the cell aren't told; each has what decided it, and its own line."""
    program = only(
        "def f(q, k):\n    weight = 0.5 ** (q.i - k.i)\n"
        "    weight *= 6 if k.is_title else 1\n    weight *= 7 if k.is_punct else 1\n"
        "    weight *= 3 if q.i > 2 else 1\n    return 5 if k.i == 9 else weight\n"
    )
    part = why(program, TEXT, 4, 0).part
    assert part.text == "weight"
    assert part.how == "product"
    factors = [(one.line, one.value) for one in part.parts]
    assert factors == [(2, 0.0625), (3, 6.0), (5, 3.0)]
    assert part.value == pytest.approx(0.0625 * 6 * 3)
    assert ("k.is_title", "true") in [(one.text, one.answer) for one in part.parts[1].facts]


def test_factors_of_a_product_stand_beside_those_that_multiply_it() -> None:
    """As in programs of tables: each by its name, two in a line too."""
    program = only(
        "def f(q, k):\n    weight = names_and_nouns(k) ** 1.2 * falling_away(q, k) ** 0.8\n"
        "    weight *= ends_and_pauses(k) * class_and_copies(q, k)\n"
        "    weight *= 30 if k.is_title else 1\n    return weight\n"
    )
    found = why(program, TEXT, TEXT.n - 1, 0)
    assert [one.said for one in found.factors] == [
        "names_and_nouns(k) ** 1.2", "falling_away(q, k) ** 0.8", "ends_and_pauses(k)",
        "class_and_copies(q, k)",
        "30 (k.is_title is true)",
    ]  # fmt: skip
    assert prod(one.value for one in found.factors) == pytest.approx(found.value)


def test_what_is_divided_by_multiplies_as_one_over_it() -> None:
    program = only(
        "def f(q, k):\n    w = (k.len + 1) * (q.i - k.i + 1) / 4\n    w /= k.i + 2\n"
        "    return 0.5 * w\n"
    )
    found = why(program, TEXT, 4, 1)
    assert [one.text for one in found.factors] == [
        "k.len + 1", "q.i - k.i + 1", "1 / 4", "1 / (k.i + 2)", "0.5"
    ]  # fmt: skip
    assert prod(one.value for one in found.factors) == pytest.approx(found.value)


def products(part: Part) -> list[Part]:
    return [one for one in part.leaves if one.how == "product"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.attn")), ids=lambda path: path.stem)
def test_factors_multiply_to_what_they_are_told_for(path: Path) -> None:
    for program in attndsl.verify(path.read_text(encoding="utf-8")).programs:
        if "linguistics" in program.needs or not program.causal:
            continue
        for query, key in cells(program, attndsl.CAUSAL, step=7)[::8]:
            for part in products(why(program, TEXT, query, key).part):
                assert prod(one.value for one in part.parts) == pytest.approx(part.value)
    assert why(only(MIXTURE), TEXT, 3, 1).factors == (), "a sum has none"


def test_a_test_of_one_flag_is_told_once() -> None:
    program = only("def f(q, k):\n    if k.is_title:\n        return 2\n    return 1\n")
    (fact,) = why(program, TEXT, 3, 0).taken
    assert (fact.text, fact.answer) == ("k.is_title", "true")


def test_a_distance_that_is_scaled_is_one_part_with_its_factor() -> None:
    """One of its addends is the same for every key, so none means anything alone."""
    program = only(
        "def f(q, k):\n    w = 1.0 - 0.3 * (q.i - k.i)\n    w -= 0.1 * (q.i - k.i)\n    return w\n"
    )
    told = [(part.text, round(part.value, 9)) for part in why(program, TEXT, 5, 3).part.leaves]
    assert told == [("1.0", 1.0), ("- 0.3 * (q.i - k.i)", -0.6), ("- 0.1 * (q.i - k.i)", -0.2)]


def test_what_is_taken_away_twice_is_added() -> None:
    program = only(
        "def f(q, k):\n    w = 1.0\n    w -= 0.5 * (k.is_title - (k == q)) / 2\n    return w\n"
    )
    told = why(program, TEXT, 5, 5).part.parts
    parts = [(part.text, part.value) for part in told[-1].parts]
    assert parts == [("- 0.5 * k.is_title / 2", 0.0), ("0.5 * (k == q) / 2", 0.25)]


def test_what_a_local_is_multiplied_by_stands_before_its_parts() -> None:
    program = only(
        "def f(q, k):\n    w = 0\n    if k.is_title:\n        w += 1\n    w *= 2\n"
        "    w *= 3 if q.i > 90 else 1\n    w /= 4 + 1\n    return w\n"
    )
    told = [(part.text, part.value) for part in why(program, TEXT, 3, 0).part.leaves]
    assert told[-1] == ("2 * 1 / (4 + 1)", 0.4)


def test_a_minus_before_a_part_stays() -> None:
    program = only("def f(q, k):\n    return 2 + -(k == q)\n")
    assert [part.text for part in why(program, TEXT, 3, 3).part.leaves] == ["2", "-(k == q)"]


def test_similarity_without_a_model_says_what_is_compared() -> None:
    program = only("def f(q, k):\n    return 1 + similarity(q, k)\n")
    (note,) = why(program, TEXT, 3, 0).notes
    assert note.startswith("no model is given")
    assert why(only(MIXTURE), TEXT, 3, 1).notes == ()


def test_a_part_taken_away_says_so() -> None:
    program = only("def f(q, k):\n    w = 1.0\n    w -= 0.25 * (k == q)\n    return w - 0.5\n")
    parts = why(program, TEXT, 2, 2).part.parts
    assert [(part.text, part.value) for part in parts] == [
        ("1.0", 1.0),
        ("- 0.25 * (k == q)", -0.25),
        ("- 0.5", -0.5),
    ]


@pytest.mark.parametrize(
    ("query", "key", "message"),
    [
        (99, 0, r"no query 99: the text has tokens 0 to \d+"),
        (2, 5, "query 2 can't see key 5: it sees keys 0 to 2"),
        (2, -1, "no key -1"),
    ],
)
def test_a_cell_outside_the_text_is_refused(query: int, key: int, message: str) -> None:
    program = only("def f(q, k):\n    return k == q\n")
    with pytest.raises(AttndslError, match=message):
        why(program, TEXT, query, key)


def test_as_json_holds_every_part() -> None:
    found = why(only(MIXTURE), TEXT, 3, 1)
    told = json.loads(json.dumps(found.as_json()))
    assert told["weight"] == found.weight

    def texts(part: Part) -> list[str]:
        return [part.text, *(text for one in part.parts for text in texts(one))]

    said = re.findall(r'"text": "(.*?)"', json.dumps(told["part"]))
    assert set(texts(found.part)) <= set(said)


def test_a_test_with_a_named_set_is_told_whole() -> None:
    program = only('WORDS = {"ann"}\n\n\ndef f(q, k):\n    if k.lower in WORDS:\n        return 2\n'
                   "    return 1\n")  # fmt: skip
    (at,) = [place for place, label in enumerate(TEXT.labels()) if label.strip() == "Ann"][:1]
    (fact,) = why(program, TEXT, TEXT.n - 1, at).taken
    assert (fact.text, fact.answer) == ("k.lower in WORDS", "true")
