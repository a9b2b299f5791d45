"""Heads whose programs say less than their constant patterns are told, and no others."""

from pathlib import Path

import pytest

from attndsl.fit.below import APART, below_constants
from attndsl.fit.library import score_library
from attndsl.fit.table import ScoreTable
from attndsl.tokens.tokenizer import builtin_table
from tests.report.conftest import make_store, programs


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> ScoreTable:
    """Every head by one program, which looks at the token before and nowhere else."""
    folder: Path = tmp_path_factory.mktemp("heads") / "store"
    previous = [one for one in programs() if one.name == "previous_token"]
    return score_library(previous, make_store(folder, builtin_table()), builtin_table())


def test_a_program_below_the_constant_is_told_with_both_figures(table: ScoreTable) -> None:
    heads = range(len(table.heads))
    found = below_constants(table, heads)
    for head in heads:
        fit = table.fits[head]
        assert fit.content_iou is not None
        assert fit.against.content_iou is not None
        program, constant = fit.content_iou.mean, fit.against.content_iou.mean
        assert (fit.head in found) == (program <= constant - APART)
        if fit.head in found:
            kind = table.constants.by_content[head].kind
            assert found[fit.head] == {
                "of": "content IoU", "program": program, "constant": constant, "kind": kind
            }  # fmt: skip
    assert 0 < len(found) < len(heads), "those that do look at the token before are not among them"


def test_only_heads_that_were_asked_for_are_told(table: ScoreTable) -> None:
    every = below_constants(table, range(len(table.heads)))
    first = table.heads.index(next(iter(every)))
    assert set(below_constants(table, [first])) == {table.heads[first]}
