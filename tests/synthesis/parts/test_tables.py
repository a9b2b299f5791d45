"""Tables as parts: what they give is what the engine computes, and words say what it comes to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from attndsl.engines.batch import Library
from attndsl.graph.literals import numbers
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.language.shipped import tables
from attndsl.synthesis.parts.blocks import Basis, Batch
from attndsl.synthesis.parts.inside import goes_by_place, kinds_in
from attndsl.synthesis.parts.naming import NAMED, named
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.synthesis.parts.said import Said
from attndsl.synthesis.parts.saying import measured
from attndsl.synthesis.parts.vocabulary import TABLE, factors, to_start_with
from attndsl.synthesis.parts.weighing import Weighing
from attndsl.synthesis.parts.words import docstring
from attndsl.synthesis.parts.write import written
from attndsl.tokens import encode
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.made import FACTORS, NUMBER, store_of, weighing, weights_of

SHIPPED = [one for one in FACTORS if one.form == TABLE]
TEXT = 'Tom saw 3 dogs. "Come here," said Tom to the dogs, and the dogs came.\nThe end.'
MADE = (
    weighing(6, names_and_nouns=1.2, falling_away=1, rest_at_determiners=1),
    weighing(10, ends_and_pauses=1, close_in_sentence=1.4),
    weighing(5, class_and_after_copies=1),
)


@pytest.mark.parametrize("mask", [CAUSAL, FULL], ids=["causal", "full"])
def test_a_program_of_a_table_alone_has_the_powers_that_are_fitted(mask: Mask) -> None:
    """Of each table: the softmax of what the fit takes it to be is the engine's pattern."""
    text = encode(TEXT)
    known = [one for one in factors(mask) if one.form == TABLE]
    (values,) = Basis.of(known, mask).values([text])
    sources = [f"def f_{at}(q, k):\n    return {_whole(one.code, one.gate)}\n"
               for at, one in enumerate(known)]  # fmt: skip
    if mask is FULL:
        sources = [one.replace("k.i == 0", "k.is_special") for one in sources]
    programs = verify("\n\n".join(sources)).programs
    (found,) = Library(programs, mask).patterns([text])
    maps = np.asarray(unpack(found, mask, text.n), dtype=np.float64)
    scores = np.asarray(unpack(values, mask, text.n), dtype=np.float64)
    seen = np.tril(np.ones((text.n, text.n))) if mask is CAUSAL else np.ones((text.n, text.n))
    made = np.exp(scores) * seen
    made /= made.sum(2, keepdims=True)
    assert np.allclose(made[:, 1:], maps[:, 1:], atol=1e-4)


def _whole(code: str, gate: bool) -> str:
    return f"{code} if k.i == 0 else 1" if gate else f"1 if k.i == 0 else {code}"


def test_programs_start_from_tables_and_what_these_do_not_hold() -> None:
    begin = dict(zip((one.name for one in FACTORS), to_start_with(FACTORS), strict=True))
    assert all(begin[name] for name in ("names_and_nouns", "previous", "matching_bracket"))
    assert not any(begin[name] for name in ("nouns", "distance", "from_noun"))
    plain = factors(Mask("window", 8))  # without tables programs start from everything
    assert all(to_start_with(plain))
    assert not any(one.form == TABLE for one in plain)


def test_every_table_tells_kinds_apart() -> None:
    for one in SHIPPED:
        held = kinds_in(one.name, FACTORS)
        assert held or goes_by_place(one), one.name
        assert all(FACTORS[at].gate == one.gate for at in held)
    assert {FACTORS[at].name for at in kinds_in("rest_at_determiners", FACTORS)} == {
        "from_determiner", "from_sign", "from_preposition", "from_content_word"
    }  # fmt: skip


def test_what_is_a_tables_own_is_no_number_of_a_program() -> None:
    for name, parameters in tables().items():
        given = "k" if len(parameters) == 1 else "q, k"
        source = f"def f(q, k):\n    return 7 if k.i == 0 else {name}({given}) ** 0.6\n"
        assert numbers(verify(source).programs[0]) == 2, name  # 7 and 0.6


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return store_of(MADE, Path(tmp_path_factory.mktemp("tables")) / "store")


@pytest.fixture(scope="module")
def batch(store: HeadStore) -> Batch:
    wanted = [Wanted(number, 1.0, 400) for number in range(len(store))]
    (found,) = batched([Source(store, wanted, 1.0)], builtin_table(), range(len(MADE)), FACTORS,
                       CAUSAL, 0, 1)  # fmt: skip
    return found


@pytest.mark.parametrize("at", range(len(MADE)))
def test_what_a_kind_gets_beside_others_as_far_away(
    at: int, store: HeadStore, batch: Batch
) -> None:
    """By the engine's maps: the mean of the logarithms of its weights less others' at each
    distance, of a program of this one's tables of what tokens are and match alone."""
    said = measured(weights_of(MADE, range(len(MADE))), at, batch, FACTORS)
    powers = weights_of(MADE, range(len(MADE))).powers[at]
    assert len(said.kinds) >= 3
    for kind in said.kinds:
        if kind.factor.form != "test":
            continue
        more, usual = [], {}
        for block in batch.blocks:
            score = torch.einsum("j,jrw->rw", _keys_alone(powers), block.factors)
            away = (block.factors[NUMBER["distance"]] * 8).round().long().clamp(max=64)
            mine = (block.factors[NUMBER[kind.factor.name]] > 0.4) & block.seen & ~block.resting
            for row, key in (block.seen & ~block.resting).nonzero().tolist():
                place = (int(away[row, key]), float(score[row, key]))
                if mine[row, key]:
                    more.append(place)
                else:
                    usual.setdefault(place[0], []).append(place[1])
        apart = [value - np.mean(usual[far]) for far, value in more if far in usual]
        assert kind.times == pytest.approx(np.exp(np.mean(apart)), rel=0.01), kind.factor.name


def _keys_alone(powers: torch.Tensor) -> torch.Tensor:
    """Without tables of queries."""
    keys = torch.tensor([float(not one.gate) for one in FACTORS])
    return powers * keys


def test_of_two_classes_that_are_nearly_the_same_the_wider_one_is_named(batch: Batch) -> None:
    """`small_the_and_the` would say one thing twice; names are only some capitalised words."""

    def said_of(one: Weighing) -> Said:
        said = measured(weights_of((one,), (0,)), 0, batch, FACTORS)
        return replace(said, told=None)  # what decides is of the head that has it, here another's

    said = said_of(weighing(20, the_after_prepositions=1.4, small_the=3))
    kinds = {kind.factor.name: kind for kind in said.kinds}
    assert (kinds["small_the"].wider, kinds["the"].wider) == (("the",), ())
    assert kinds["small_the"].share > NAMED
    assert named(said).text == "the_and_after_prepositions"
    assert named(said, {named(said).text}).text == "the_and_after_prepositions_less_signs", (
        "none is twice"
    )
    apart = said_of(weighing(20, names_and_nouns=1.4))
    assert all(not kind.wider for kind in apart.kinds)
    assert named(apart).text == "mostly_names_and_nouns"


def test_programs_of_tables_read_as_a_person_would_write_them(batch: Batch) -> None:
    weights = weights_of(MADE, range(len(MADE)))
    said = measured(weights, 0, batch, FACTORS)
    text = written(MADE[0], named(said).text, docstring(said, "stories"))
    assert text.splitlines()[-3:] == [
        "    rest = 6 * rest_at_determiners(q)",
        "    weight = names_and_nouns(k) ** 1.2 * falling_away(q, k)",
        "    return rest if k.i == 0 else weight",
    ]
    assert "names five times as much" in " ".join(text.split())
    assert "from content words about a third" in " ".join(text.split())
    assert " ".join(text.split()).count("So on stories.") == 1
    assert verify(text).errors == ()


def test_a_rest_of_one_is_not_written_before_its_table() -> None:
    def program(rest: float) -> str:
        return written(replace(MADE[0], rest=rest), "f")

    assert "    rest = rest_at_determiners(q)\n" in program(1)
    longer = program(1).replace("rest = ", "rest = 1 * ")
    assert verify(longer).programs[0].hash == verify(program(1)).programs[0].hash
