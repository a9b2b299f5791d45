"""Programs with something changed, and bytes of no sense, give diagnostics and nothing else."""

import random

import pytest

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from tests.clock import timed
from tests.language.codes import CODES
from tests.programs.mutations import mutated, random_bytes

CASES = 2000
SHARES = 4
SLOW = 1.0  # seconds; against hangs and growth, not a measure of speed


def check(source: bytes) -> None:
    seconds, found = timed(verify, source)
    assert seconds < SLOW, source[:200]
    for each in found.diagnostics:
        assert each.code in CODES
        assert each.message
        assert 1 <= each.span.line <= each.span.end_line


@pytest.mark.parametrize("share", range(SHARES))
def test_changed_examples_give_diagnostics(share: int) -> None:
    sources = [
        path.read_text(encoding="utf-8") for path in sorted(asset("examples").glob("*.attn"))
    ]
    single = [part for source in sources for part in source.split("\n\n\n")]
    rng = random.Random(share)
    for _ in range(CASES // SHARES):
        check(mutated(rng, single))


def test_bytes_of_no_sense_give_diagnostics() -> None:
    rng = random.Random(0)
    for _ in range(CASES // SHARES):
        check(random_bytes(rng))
