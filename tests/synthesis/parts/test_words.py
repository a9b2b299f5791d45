"""What names and docstrings say is true of the patterns of the program as it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from attndsl.engines.batch import Library
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.blocks import Basis, Batch, programs_of
from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.inside import PLACES
from attndsl.synthesis.parts.naming import named
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.synthesis.parts.said import LIFT, Fall, Kind, Said
from attndsl.synthesis.parts.saying import REACHES, measured
from attndsl.synthesis.parts.strengths import MOSTLY, RATIOS, STRENGTHS, ratio, strength
from attndsl.synthesis.parts.vocabulary import LIKE, SCALE, STEP, TEST, Factor
from attndsl.synthesis.parts.weighing import Weighing
from attndsl.synthesis.parts.words import docstring
from attndsl.synthesis.parts.write import written
from attndsl.tokens import encode
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.literal import read, right
from tests.synthesis.parts.made import FACTORS, NUMBER, store_of, weighing, weights_of

F64 = NDArray[np.float64]
MADE = (
    weighing(5, distance=0.6),
    weighing(10, after_copies=60),
    weighing(4, function_words=3, the=0.5),  # the word the is a function word
    weighing(10, distance=0.8, marks=8, signs=0.5, from_noun=5),  # marks have no letters
    weighing(6, last_four=3, itself=0.3, far=-0.5),
    weighing(6, copies=10, marks=4, distance=0.9),  # which overlap, neither within the other
    weighing(8, own_sentence=4, previous=0.25, after_marks=3),
    weighing(8, alike=20, far=0.5),
    weighing(2),
    weighing(6, previous=50),
    weighing(12, names=8, after_pauses=0.2, copies=20, distance=0.9),
    weighing(4, itself=6, nouns=3, determiners=0.2, digits=9, far=-0.8),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return store_of(MADE, tmp_path_factory.mktemp("words") / "store")


@pytest.fixture(scope="module")
def batch(store: HeadStore) -> Batch:
    """All rows of all texts."""
    wanted = [Wanted(number, 1.0, 400) for number in range(len(store))]
    source = Source(store, wanted, 1.0)
    (found,) = batched([source], builtin_table(), range(len(MADE)), FACTORS, CAUSAL, 0, 1)
    return found


@pytest.fixture(scope="module")
def weights() -> Weights:
    plain = weights_of(MADE, range(len(MADE)))
    return Weights(plain.powers, plain.kept, plain.rest, torch.zeros(len(MADE)), plain.owner)


@pytest.fixture(scope="module")
def saids(weights: Weights, batch: Batch) -> list[Said]:
    return [measured(weights, at, batch, FACTORS) for at in range(len(MADE))]


@dataclass(frozen=True)
class Seen:
    """A program's map of a text by the engine; by factor, which cells pass its test."""

    map: F64
    tests: dict[str, NDArray[np.bool_]]

    @property
    def content(self) -> F64:
        """What doesn't rest, as shares of that, from the second row on."""
        rows = self.map[1:].copy()
        rows[:, 0] = 0
        return rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)


def seen(one: Weighing, store: HeadStore) -> list[Seen]:
    program = verify(written(one, "f")).programs[0]
    names = [f for f, _ in one.factors if f.form == TEST and not f.gate and f.name not in PLACES]
    # 2 where it passes and 1 elsewhere: a row's least weight tells which is which.
    asked = programs_of([f"2 if (k.i > 0 and ({f.code})) else 1" for f in names])
    found = []
    for number in range(len(store)):
        text = encode(store[number].text)
        packed = Library([program, *asked], CAUSAL).patterns([text])[0].astype(np.float64)
        maps = np.asarray(unpack(packed, CAUSAL, text.n), dtype=np.float64)
        tests = {f.name: maps[1 + at] > 1.5 * maps[1 + at][:, :1] for at, f in enumerate(names)}
        found.append(Seen(maps[0], tests))
    return found


def graded(one: Weighing, away: F64) -> F64:
    """What distance alone multiplies a weight by, as the program writes it."""
    within = {"itself": away == 0, "previous": away == 1, "last_four": away < 4}  # fmt: skip
    found = np.ones_like(away)
    for factor, value in one.factors:
        if factor.form == STEP:
            found *= value**away
        elif factor.form == SCALE and not factor.gate:
            found *= (1 + away) ** value
        elif factor.name in PLACES:
            found *= np.where(within[factor.name], value, 1)
    return found


@pytest.mark.parametrize("at", range(len(MADE)))
def test_what_rests_and_how_far_the_remainder_goes(
    at: int, saids: list[Said], store: HeadStore
) -> None:
    maps = seen(MADE[at], store)
    rests = [one.map[1:, 0].mean() for one in maps]
    assert saids[at].rest == pytest.approx(np.mean(rests), abs=0.01)
    within, even = {}, {}
    for reach in REACHES:
        shares = [sum(np.trace(one.content, offset=1 - back) for back in range(reach))
                  / len(one.content) for one in maps]  # fmt: skip
        within[reach] = np.mean(shares)
        even[reach] = np.mean([
            np.mean([min(1, reach / row) for row in range(1, len(one.map))]) for one in maps
        ])  # fmt: skip
    near = [reach for reach in REACHES if within[reach] >= max(MOSTLY, LIFT * even[reach])]
    assert saids[at].reach == (near[0] if near else None)


@pytest.mark.parametrize("at", range(len(MADE)))
def test_what_a_kind_gets_beside_tokens_of_no_kind(
    at: int, saids: list[Said], store: HeadStore
) -> None:
    """Of every pair of keys in a row, one of the kind and of those that hold it, one of none."""
    maps = seen(MADE[at], store)
    for kind in saids[at].kinds:
        if kind.factor.form == LIKE:
            continue
        holding = {one for one in maps[0].tests if _holds(one, kind.factor.name, maps)}
        ratios = []
        for one in maps:
            away = np.abs(np.subtract.outer(*[np.arange(len(one.map))] * 2)).astype(float)
            even = one.map / graded(MADE[at], away)
            for row in range(2, len(even)):
                keys = range(1, row + 1)
                has = [{n for n, test in one.tests.items() if test[row, key]} for key in keys]
                other = [even[row, key] for key, mine in zip(keys, has, strict=True) if not mine]
                theirs = [even[row, key] for key, mine in zip(keys, has, strict=True)
                          if mine == holding]  # fmt: skip
                ratios += [a / b for a in theirs for b in other[:1]]
        assert ratios, kind
        assert np.allclose(ratios, kind.times, rtol=0.02), (kind, np.unique(np.round(ratios, 2)))


def _holds(other: str, name: str, maps: Sequence[Seen]) -> bool:
    both = sum((one.tests[other] & one.tests[name]).sum() for one in maps)
    return bool(both >= 0.9 * sum(one.tests[name].sum() for one in maps))


@pytest.mark.parametrize("at", range(len(MADE)))
def test_how_weight_falls_and_what_share_a_kind_has(
    at: int, saids: list[Said], store: HeadStore
) -> None:
    maps = seen(MADE[at], store)
    for fall in saids[at].falls:
        near, far = graded(MADE[at], np.array([1.0, fall.away]))
        assert fall.ratio == pytest.approx(far / near, rel=0.01)
    first = next(iter(saids[at].falls), None)
    assert first is None or first.away == 30 or not 0.55 < first.ratio < 1.9
    assert bool(first) == (not np.allclose(graded(MADE[at], np.arange(1.0, 40)), 1))
    for kind in saids[at].kinds:
        if kind.factor.form == TEST:
            has = [one.tests[kind.factor.name][1:] for one in maps]
            rows = [test.any(1) for test in has]
            share = np.mean([(one.content * test).sum(1).sum() / len(test)
                             for one, test in zip(maps, has, strict=True)])  # fmt: skip
            assert kind.found == pytest.approx(np.mean([one.mean() for one in rows]), abs=0.01)
            assert kind.share * kind.found == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("at", range(len(MADE)))
def test_what_the_token_itself_gets_beside_the_one_before(
    at: int, saids: list[Said], store: HeadStore
) -> None:
    """The mean, over rows, of the logarithms of what the engine gives both."""
    apart = np.concatenate([
        np.log(np.diagonal(one.map)[2:]) - np.log(np.diagonal(one.map, -1)[1:])
        for one in seen(MADE[at], store)
    ])  # fmt: skip
    assert saids[at].itself == pytest.approx(np.exp(apart.mean()), rel=0.02)


def test_places_near_the_query_are_told_apart_from_kinds(saids: list[Said]) -> None:
    """Of the token itself, the one before and the last few no kind is made: how weight goes by
    distance says them, and a place that gets more than those beside it stands in the name."""
    assert not any(one.factor.name in PLACES for said in saids for one in said.kinds)
    text = docstring(saids[4], "stories")
    assert "Beside the token before: itself half as much, four tokens away a fifth" in text
    name = named(saids[9])
    assert name.text == "near_previous"
    words = docstring(saids[9], "stories", stands=name.stands)
    assert "Beside the token before: itself hardly anything, two tokens away hardly any" in words


def test_a_kind_within_another_is_said_by_what_it_gets_in_the_end(saids: list[Said]) -> None:
    said = docstring(saids[2], "stories")
    assert (
        "as far away: function words three times as much, the word the half as much again" in said
    )
    kinds = {one.factor.name: one for one in saids[2].kinds}
    assert kinds["the"].times == pytest.approx(1.5, rel=0.01)
    assert kinds["the"].within == kinds["function_words"].factor
    assert kinds["function_words"].within is None
    assert "_less_" not in named(saids[2], [named(saids[2]).text]).text
    apart = {one.factor.name: one.within for one in saids[5].kinds}
    assert apart == {"copies": None, "marks": None}


def test_every_docstring_is_short_and_says_no_share_of_kinds_that_overlap(
    saids: list[Said],
) -> None:
    for said in saids:
        text = docstring(said, "stories")
        assert len(text) <= 240
        assert not any(character.isdigit() for character in text)
        assert text.lower().startswith(f"{strength(said.rest)} rests on the first token")
        assert text.count(" Most is ") <= 1
    assert docstring(saids[8], "stories").startswith("Hardly anything rests on") or "same" in (
        docstring(saids[8], "stories")
    )
    assert "tokens like it up to twenty times as much" in docstring(saids[7], "stories")


def test_heads_that_rest_more_than_others_are_said_to(
    weights: Weights, batch: Batch, store: HeadStore
) -> None:
    """One program for three heads: what rests of the least and the most, by the engine."""
    adds = (-3.0, 0.0, 2.5)
    marks = MADE[3]
    alone = Weights(weights.powers, weights.kept, weights.rest, torch.tensor(adds),
                    torch.tensor([3, 3, 3]))  # fmt: skip
    said = measured(alone, 3, batch, FACTORS)
    rests = [
        np.mean([one.map[1:, 0].mean() for one in seen(replace(marks, rest=times), store)])
        for times in (marks.rest * np.exp(add) for add in (adds[0], adds[-1]))
    ]
    assert said.between == pytest.approx(rests, abs=0.01)
    least, most = map(strength, rests)
    assert least != most
    text = docstring(said, "stories")
    assert text.startswith(f"{least.capitalize()} to {most}, by head, rests on the first token")
    assert ", from nouns more" in text
    alike = replace(alone, own=torch.tensor([-0.1, 0.0, 0.1]))
    assert "by head" not in docstring(measured(alike, 3, batch, FACTORS), "stories")


def test_words_have_bounds() -> None:
    """A share's words and a ratio's stand for what is between their neighbours'."""
    for (more, _), (least, words) in pairwise(STRENGTHS):
        assert strength(least) == words != strength(more)
    for value, words in RATIOS.items():
        assert ratio(value) == words
    for one, other in pairwise(sorted(RATIOS)):
        between = (one * other) ** 0.5
        assert ratio(between * 1.01) == RATIOS[other] != ratio(between * 0.99)
    assert not any(character.isdigit() for words in RATIOS.values() for character in words)


@pytest.fixture(scope="module")
def looked(store: HeadStore) -> list[F64]:
    """How much all heads look where, by text."""
    maps = [seen(one, store) for one in MADE]
    return [np.mean([one[text].map for one in maps], axis=0) for text in range(len(store))]


@pytest.mark.parametrize("at", [1, 3, 5, 6, 7, 9, 10, 11])
def test_whoever_takes_a_docstring_at_its_word_answers_as_the_program_does(
    at: int, saids: list[Said], store: HeadStore, looked: list[F64]
) -> None:
    """Of two keys as far away, by the engine's maps: nine times in ten."""
    one = read(docstring(saids[at], "stories", stands=named(saids[at]).stands))
    kinds = [factor for factor, _ in one.kinds]
    found: list[bool] = []
    for number, shown in enumerate(seen(MADE[at], store)):
        text = encode(store[number].text)
        (values,) = Basis.of(kinds, CAUSAL).values([text])
        cells = {kind.name: unpack(value[None], CAUSAL, text.n)[0]
                 for kind, value in zip(kinds, values, strict=True)}  # fmt: skip
        found += right(one, shown.map, cells, looked[number])
    assert len(found) > 200
    assert sum(found) >= 0.9 * len(found), docstring(saids[at], "stories")


def test_what_stands_in_a_name_has_its_strength_in_the_docstring(saids: list[Said]) -> None:
    taken: list[str] = []
    for said in [*saids, *saids]:  # the second time names are longer
        name = named(said, taken)
        taken.append(name.text)
        text = docstring(said, "stories", stands=name.stands)
        for one in [*said.kinds, *said.peaks]:
            if one.factor.name in name.stands:
                says = "itself" if one in said.peaks else one.factor.says.partition(",")[0]
                assert f"{says} " in text, name.text
        for gate, _ in said.by_kind:
            assert gate.name not in name.stands or f"from {gate.says} " in text, name.text
    assert any("_resting_at_" in one for one in taken)


def test_statements_that_decide_nothing_are_left_out(saids: list[Said]) -> None:
    """Of all that this program has, its one number for rare tokens is left for last."""
    assert saids[10].told is not None
    assert {"copies", "names"} <= set(saids[10].told)
    assert saids[8].told == ()
    few = replace(saids[10], told=("copies",))
    text = docstring(few, "stories", stands=("copies",))
    assert text.index("copies of the token") < text.index("names")
    crowd = tuple(Kind(of(f"after_{name}"), 9.0, 0.2) for name in ("nouns", "verbs", "adverbs"))
    kinds = (*crowd, Kind(of("copies"), 2.0, 0.2), Kind(of("alike"), 3.0, 0.2))
    said = Said(0.2, (), None, (Fall(3, 0.4),), kinds, 0.3, told=("copies", "itself", "alike"))
    text = docstring(said, "stories")
    assert "copies of the token twice" in text
    assert "Beside others as far away" in text
    assert "itself a third as much" in text
    assert "tokens like it up to three times" in text


def of(name: str) -> Factor:
    return FACTORS[NUMBER[name]]


def test_names_are_told_apart_by_what_differs() -> None:
    copies, marks = Kind(of("copies"), 3.0, 0.5), Kind(of("marks"), 0.3, 0.02)
    saids = [
        Said(0.1, kinds=(copies,)), Said(0.6, kinds=(copies,)), Said(0.6, kinds=(copies, marks)),
        Said(0.6, ((of("from_verb"), 0.9),), kinds=(copies,)), Said(0.6, reach=4), Said(0.95),
        Said(0.1, kinds=(copies,)),
    ]  # fmt: skip
    found: list[str] = []
    for said in saids:
        found.append(named(said, found).text)
    assert found == [
        "partly_copies", "rests_or_copies", "rests_or_copies_less_marks",
        "rests_or_copies_resting_at_verb", "rests_or_near_tokens", "mostly_rests_or_anything",
        "partly_copies_2",
    ]  # fmt: skip


def test_a_docstring_that_names_a_place_says_from_what_places_count() -> None:
    fifth = Kind(Factor("at_5", "k.i == 5", "the symbol at place 5"), 4.0, 0.3)
    text = docstring(Said(0.2, kinds=(fifth,)), "drawn texts")
    assert text.endswith("four times as much. Places count from 0. So on drawn texts.")
    same = Kind(Factor("same_place", "", "the symbol at the same place before"), 4.0, 0.3)
    assert "count from" not in docstring(Said(0.2, kinds=(same,)), "drawn texts")
    many = tuple(Kind(Factor(f"at_{at}", f"k.i == {at}", f"the symbol at place {at}"), at, 0.1)
                 for at in range(2, 20))  # fmt: skip
    assert len(docstring(Said(0.2, kinds=many), "drawn texts")) <= 240


def test_a_docstring_says_the_most_telling_first() -> None:
    names = ("after_determiners", "verbs", "copies", "own_sentence", "after_copies")
    kinds = tuple(Kind(of(name), times, 0.2) for name, times in zip(names, (9, 2, 4, 1.5, 30),
                                                                    strict=True))  # fmt: skip
    gates = tuple((of(f"from_{name}"), 0.9) for name in ("verb", "noun", "mark"))
    text = docstring(Said(0.2, gates, 8, (Fall(4, 0.5),), kinds), "stories and much else")
    assert len(text) <= 240
    assert "others as far away: what followed copies of the token thirty times as much" in text
    assert "beside the token before: four tokens away half as much" in text
    assert text.endswith(" So on stories and much else.")
    less = Kind(of("function_words"), 0.5, 0.2)
    assert "function words half as much" in docstring(Said(0.2, kinds=(less,)), "stories")
    much = Kind(of("copies"), 10.0, 0.6, 0.4)
    assert "Most is on copies of the token where there are any." in docstring(
        Said(0.2, kinds=(much, less)), "stories"
    )


def test_what_gets_most_is_said_also_where_it_lies_within_what_gets_little_more() -> None:
    words, small, the = of("function_words"), of("small_the"), of("the")
    after = Kind(of("after_prepositions"), 2.5, 0.1)
    kinds = (Kind(small, 170.0, 0.2, 0.9, the), Kind(the, 1.7, 0.2, 0.9, words),
             Kind(words, 0.1, 0.1), Kind(of("content_words"), 0.5, 0.4), after)  # fmt: skip
    text = docstring(Said(0.5, kinds=kinds), "stories")
    assert "away: the word the in small letters two hundred times as much" in text


def test_a_long_test_stands_in_a_line_of_its_own() -> None:
    """One of three conditions took four lines; the meaning is the same."""
    code = 'lone_names(q, k) > 0 and q.lower == "to" and q.prev.usual_pos == "NOUN"'
    lone = Factor("lone_name_from_to", code, "a name", form="test")
    text = written(Weighing(6.0, ((FACTORS[NUMBER["marks"]], 2), (lone, 12))), "f")
    assert f"    if {code}:\n        weight *= 12\n" in text
    plain = text.replace(f"    if {code}:\n        weight *= 12\n",
                         f"    weight *= 12 if {code} else 1\n")  # fmt: skip
    assert [one.hash for one in verify(text).programs] == [
        one.hash for one in verify(plain).programs
    ]
