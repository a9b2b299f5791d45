"""What an aggregate went over, as `why` tells it, beside the specification cell by cell."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

import attndsl
from attndsl.engines.why import Fact, Part, Reasons, Why, why
from attndsl.engines.why.found import Found, Place, chosen_of
from attndsl.language import nodes
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.language.parser import parse
from attndsl.language.types import infer
from tests.programs.draws import RandomDraw
from tests.programs.oracle import Frame, Oracle, Returned
from tests.programs.properties import MASKS, case
from tests.programs.texts import Parsed, parsed, random_text

FILES = int(os.environ.get("ATTNDSL_FOUND", "160"))
SHARES = 4
LENGTHS = (2, 5, 7)
TEXT = attndsl.encode('Tom said, "I am late." Ann laughed, and Tom said: "No, Ann."')


# --- by brute force ------------------------------------------------------------------------------


@dataclass
class Watching(Oracle):
    """Goes through a cell by the syntax alone, and keeps what each aggregate went over."""

    met: list[Found] = field(default_factory=list)

    def aggregate(self, node: nodes.Aggregate, frame: Frame) -> Any:
        looked = list(self.range(node, frame))
        passing = list[tuple[int, Frame]]()
        for position in looked:
            here = Frame(
                frame.definition, frame.arguments, {**frame.names, node.variable: position}
            )
            if node.condition is None or self.holds(node.condition, here):
                passing.append((position, here))
        if node.function in ("any", "all", "count"):
            wanted = node.function != "all"
            counted = [
                Place(at, "") for at, here in passing if self.holds(node.body, here) == wanted
            ]
        elif node.function in ("first", "last"):
            counted = [Place(at, "") for at, _ in passing]
        else:
            counted = [Place(at, "", float(self.of(node.body, here))) for at, here in passing]
        self.note(node.function, len(looked), len(passing), counted)
        return super().aggregate(node, frame)

    def row(self, node: nodes.Call, frame: Frame) -> float:
        if node.function != "normalized":
            first, last = self.mask.visible(self.query, self.text.n)
            counted = [
                Place(k, "", float(self.of(node.arguments[0], self.at_key(node, frame, k))))
                for k in range(first, last + 1)
            ]
            self.note(node.function, len(counted), len(counted), counted)
        return super().row(node, frame)

    def note(self, function: str, looked: int, passed: int, places: list[Place]) -> None:
        chosen = chosen_of(function, places)
        self.met.append(Found(function, looked, passed, tuple(places), chosen))


def alike(told: Found, met: Found) -> bool:
    """The same positions, and their values within what engines may differ by."""
    sizes = (told.aggregate, told.looked, told.passed, told.chosen, len(told.places))
    return sizes == (met.aggregate, met.looked, met.passed, met.chosen, len(met.places)) and all(
        one.position == other.position
        and (one.value is None) == (other.value is None)
        and (one.value or 0.0) == pytest.approx(other.value or 0.0, rel=1e-9, abs=1e-9)
        for one, other in zip(told.places, met.places, strict=True)
    )


def facts_of(found: Why) -> Iterator[Fact]:
    def below(part: Part) -> Iterator[Fact]:
        yield from part.facts
        for one in part.parts:
            yield from below(one)

    yield from found.taken
    yield from below(found.part)


@pytest.mark.parametrize("share", range(SHARES))
def test_what_is_told_is_what_the_specification_goes_over(share: int) -> None:
    told = files = 0
    for number in range(share, FILES, SHARES):
        seed, linguistics = f"found {number}", number % 8 < 2
        found = case(seed, linguistics)
        typed, _ = infer(parse(found.source)[0])
        text = random_text(seed, LENGTHS[number % 3])
        encoded = parsed(RandomDraw(seed), text) if linguistics else text
        mask, rng = MASKS[number % 3], random.Random(seed)
        for program in found.verified.programs:
            reasons = Reasons(program, encoded, mask)
            for _ in range(3):
                query = rng.randrange(encoded.n)
                first, last = mask.visible(query, encoded.n)
                key = rng.randint(first, last)
                watched = Watching(typed, encoded, mask)
                try:
                    watched.value(program.name, query, key)
                except Returned:
                    continue
                for fact in facts_of(reasons.at(query, key)):
                    if fact.found and not fact.found.texts:
                        bare = replace(fact, found=None)
                        assert any(alike(fact.found, one) for one in watched.met), (
                            f"{seed} {program.name} {mask} {query},{key}: {bare}\n{fact.found}\n"
                            f"{found.source}"
                        )
                        assert all(
                            place.token == encoded.labels()[place.position or 0]
                            for place in fact.found.places
                        )
                        told += 1
        files += 1
    assert told > 2 * files, "programs of the generator are full of aggregates"


# --- each aggregate, and where it may stand ------------------------------------------------------


NUMBERS = ("count", "sum", "mean", "max", "min", "row_sum", "row_max")


def told_of(source: str, query: int, key: int, mask: Mask = CAUSAL) -> list[str]:
    """What was found, in the order told; each once."""
    found = why(attndsl.verify(source).programs[-1], TEXT, query, key, mask)
    return list(dict.fromkeys(fact.said for fact in facts_of(found) if fact.found))


@pytest.mark.parametrize(
    ("aggregate", "said"),
    [
        ("count(t for t in before(q) if t.len == 3)", "2, at 2 of 10 positions: 'Tom' 0, 'Ann' 9"),
        ("count(t.len == 3 for t in before(q))", "2, at 2 of 10 positions: 'Tom' 0, 'Ann' 9"),
        ("count(t for t in after(q))", "0, with no position to look at"),
        ("count(t for t in before(q) if t.is_digit)", "0, at none of 10 positions"),
        ("sum(t.len for t in before(q) if t.len == 3)",
         "6, from 2 of 10 positions: 'Tom' 0 (3), 'Ann' 9 (3)"),
        ("mean(t.len for t in before(q) if t.len == 3 or t.is_quote)",
         "2, over 4 of 10 positions: 'Tom' 0 (3), 'Ann' 9 (3), '\"' 3 (1), '\"' 8 (1)"),
        ("max(t.len for t in before(q) if t.len != 3)",
         "4, given by 'said' 1, of 8 of 10 positions: 'said' 1 (4), 'late' 6 (4), 'am' 5 (2), "
         "',' 2 (1) and 4 more"),
        ("min(t.len for t in before(q) if t.len == 3)",
         "3, given by 'Tom' 0, of 2 of 10 positions: 'Tom' 0 (3), 'Ann' 9 (3)"),
        ("max(t.len for t in before(q) if t.is_quote and t.i < 4)",
         "1, given by '\"' 3, of 1 of 10 positions"),
        ("any(t.len == 3 for t in before(q))", "true, at 2 of 10 positions: 'Tom' 0, 'Ann' 9"),
        ("any(t.is_digit for t in before(q))", "false, at none of 10 positions"),
        ("all(t.len > 1 for t in before(q) if t.is_alpha)",
         "false, broken at 1 of 6 positions: 'I' 4"),
        ("all(t.len > 0 for t in before(q))", "true, at all 10 positions"),
        ("all(t.len > 0 for t in before(q) if t.len == 3)",
         "true, at all 2 of 10 positions that pass its condition"),
        ("all(t.len > 9 for t in before(q) if t.is_digit)",
         "true, for none of 10 positions passes its condition"),
        ("argmax(t.len for t in before(q) if t.len == 3)",
         "0 Tom, with 3, of 2 of 10 positions: 'Tom' 0 (3), 'Ann' 9 (3)"),
        ("argmin(t.len for t in before(q) if t.is_alpha)",
         "4 I, with 1, of 6 of 10 positions: 'I' 4 (1), 'am' 5 (2), 'Tom' 0 (3), 'Ann' 9 (3) "
         "and 2 more"),
        ("last(t for t in before(q) if t.len == 3)", "9 Ann"),
        ("row_sum(k.len == 3)", "2, from 11 of 11 positions: 'Tom' 0 (1), 'Ann' 9 (1), "
         "'said' 1 (0), ',' 2 (0) and 7 more"),
        ("row_max(k.len)", "7, given by 'laughed' 10, of 11 of 11 positions: 'laughed' 10 (7), "
         "'said' 1 (4), 'late' 6 (4), 'Tom' 0 (3) and 7 more"),
        ("any(c in q.text for c in 'xlg')", "true, with 2 of 3 texts: 'l', 'g'"),
        ("all(c in q.text for c in 'xlg')", "false, broken with 1 of 3 texts: 'x'"),
        ("all(c in q.text for c in 'lg')", "true, with all 2 texts"),
    ],
)  # fmt: skip
def test_each_aggregate_tells_the_positions_that_made_it(aggregate: str, said: str) -> None:
    test = f"def f(q, k):\n    return 2.0 if {aggregate} else 1.0\n"
    number = f"def f(q, k):\n    return 2.0 if {aggregate} > 0 else 1.0\n"
    is_number = aggregate.split("(")[0] in NUMBERS
    assert f"{aggregate} is {said}" in told_of(number if is_number else test, 10, 9)


@pytest.mark.parametrize(
    "body",
    [
        "    n_0 = count(t for t in before(q) if t.len == 3)\n"
        "    return 2.0 if n_0 % 2 == 1 else 1.0\n",
        "    n_0 = 0\n    if q.i > 3:\n        n_0 = count(t for t in before(q) if t.len == 3)\n"
        "    return 1 / n_0\n",
        "    n_0 = 1\n    n_0 += 2 * count(t for t in before(q) if t.len == 3)\n"
        "    return 2.0 if n_0 > 2 else 1.0\n",
        "    return 1 / (short(q) + 1)\n",
        "    if twice(q) > 3:\n        return 2.0\n    return 1.0\n",
        "    n_0 = short(q) if q.i > 3 else 0\n    w = 0.5\n    w *= n_0\n    return w * k.len\n",
        "    last_one = last(t for t in before(q) if short(t) < short(q))\n"
        "    return (k == last_one) * short(q)\n",
    ],
)
def test_what_locals_and_helpers_stand_for_is_told(body: str) -> None:
    helpers = (
        "def short(t):\n    return count(s for s in before(t) if s.len == 3)\n\n\n"
        "def twice(t):\n    found = short(t)\n    if found > 0:\n        return 2 * found\n"
        "    return 0\n\n\n"
    )
    told = told_of(f"{helpers}def f(q, k):\n{body}", 10, 9)
    assert any(one.endswith("is 2, at 2 of 10 positions: 'Tom' 0, 'Ann' 9") for one in told), told


def test_a_range_ends_at_the_horizon_wherever_a_head_word_stands() -> None:
    encoded = Parsed(TEXT, {"head": np.full(TEXT.n, 7), "is_word": np.ones(TEXT.n, np.bool_)})
    source = "def f(q, k):\n    return count(t for t in upto(q.head))\n"
    for mask, looked in ((CAUSAL, 4), (FULL, 8)):
        (fact,) = why(attndsl.verify(source).programs[0], encoded, 3, 1, mask).on_the_way
        assert fact.found is not None
        assert (fact.answer, fact.found.looked) == (str(looked), looked)


def test_a_helper_that_gives_back_what_it_is_given_ends() -> None:
    source = (
        "def same(t):\n    u = t\n    return u\n\n\n"
        "def f(q, k):\n    a = same(k)\n    b = same(a)\n    c = +b.i\n    c = +c\n"
        "    return 1.0 if b == q and c > 0 else 0.5\n"
    )
    assert told_of(source, 5, 5) == []


def test_words_are_few_and_json_has_all() -> None:
    source = "def f(q, k):\n    return count(t for t in visible(q))\n"
    found = why(attndsl.verify(source).programs[0], TEXT, TEXT.n - 1, 0)
    (fact,) = found.on_the_way
    assert fact.answered.endswith(f"and {TEXT.n - 4} more")
    (part_fact,) = found.as_json()["part"]["facts"]  # type: ignore[index, call-overload]
    places = part_fact["found"]["places"]
    assert [place["token"] for place in places] == TEXT.labels()
    assert "at 22 of 22 positions" in found._repr_html_()


def test_a_long_token_is_cut_and_one_with_a_quote_is_still_clear() -> None:
    assert str(Place(3, "x" * 200)) == f"'{'x' * 23}…' 3"
    assert str(Place(0, "'s")) == '"\'s" 0'


def test_a_mechanism_names_the_keys_that_it_finds_also_within_a_product() -> None:
    for call in ("induction(q, k)", "0.4 * induction(q, k)"):
        text = attndsl.encode("The cats sat, the cats ran")
        (program,) = attndsl.verify(f"def f(q, k):\n    return {call}\n").programs
        (fact,) = why(program, text, 5, 2).part.facts
        assert fact.said == "induction(q, k) is 1, at 1 of 6 positions: 'sat' 2"
