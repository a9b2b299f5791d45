"""Probes contradict programs that miss what their heads do, and that invent what they don't."""

from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the batch engine needs numba")

from attndsl.fit.contradictions import trials
from attndsl.fit.library import LibrarySource
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL
from tests.fit.known import heads_of, own_table

HEADS = ("0.9 * induction(q, k) + 0.1 * sink(q, k)", "sink(q, k)", "previous_token(q, k)")
PROGRAMS = """
def induces(q, k):
    return 0.8 * induction(q, k) + 0.2 * sink(q, k)

def rests(q, k):
    return sink(q, k)

def halves(q, k):
    return 0.3 * induction(q, k) + 0.7 * sink(q, k)
"""


@pytest.fixture(scope="module")
def source() -> LibrarySource:
    return LibrarySource(verify(PROGRAMS).programs, own_table(), CAUSAL)


@pytest.fixture(scope="module", params=[True, False], ids=["checking", "choosing"])
def made(request, tmp_path_factory: pytest.TempPathFactory):
    _, probes = heads_of(HEADS, tmp_path_factory.mktemp("known"))
    return trials(probes, own_table(), checks=request.param)


def test_a_program_that_misses_induction_is_contradicted(made, source: LibrarySource) -> None:
    found = made.contradictions(source, [1, 1, None])
    assert {one.head for one in found} == {"L0.H0"}
    missed = {one.mechanism: one for one in found}
    assert missed["induction"].misses
    assert missed["induction"].in_head.mean == pytest.approx(0.9, abs=0.02)
    assert missed["induction"].in_program.mean < 0.05
    assert "the head puts 0.9" in str(missed["induction"])
    assert missed["induction"].as_json()["probe"] == missed["induction"].probe


def test_a_program_that_invents_induction_is_contradicted(made, source: LibrarySource) -> None:
    found = [one for one in made.contradictions(source, [0, 0, None]) if not one.misses]
    assert {one.head for one in found} == {"L0.H1"}
    assert "induction" in {one.mechanism for one in found}


def test_a_program_that_does_over_half_of_it_is_let_be(made, source: LibrarySource) -> None:
    assert made.contradictions(source, [0, 1, None]) == ()
    assert made.contradictions(source, [2, None, None]) != ()


def test_the_two_halves_share_no_text(tmp_path: Path) -> None:
    _, probes = heads_of(HEADS[:1], tmp_path)
    halves = [
        {
            text.text
            for trial in trials(probes, own_table(), checks=half).each
            for text in trial.texts
        }
        for half in (True, False)
    ]
    assert halves[0]
    assert halves[1]
    assert not halves[0] & halves[1]
