"""Which programs do the same: equal rows on named texts, or rows that hardly differ.

Groups form around their first program: a later one joins the first group whose first program it is
like. That is no transitive relation: members are like the first one, not always like each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.workers import share_out
from attndsl.fit.iou import pair_sums, pattern_sums
from attndsl.language.diagnostics import AttndslError

EQUAL = 1e-6

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Member:
    """A program that is like the group's first, and how that is known."""

    number: int
    name: str
    proof: str
    variation: float = 0.0


@dataclass(frozen=True, slots=True)
class ProgramGroup:
    """Programs of one behaviour, around the first of them."""

    number: int
    name: str
    members: tuple[Member, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "first": self.name,
            "members": [
                {"program": m.name, "proof": m.proof, "variation": m.variation}
                for m in self.members
            ],
        }


def same_groups(
    names: Sequence[str], patterns: Iterable[F32], forms: Sequence[str] | None = None
) -> tuple[ProgramGroup, ...]:
    """Groups of programs whose every cell is within 1e-6 of the first's, text after text.

    `patterns` gives `[programs, cells]` for each text and is gone through once. `forms`, the hashes
    of canonical forms, prove a sameness on every text; without that it holds on the texts seen.
    Only groups of two or more are given.
    """
    same = np.ones((len(names), len(names)), dtype=np.bool_)
    texts = 0
    for text in patterns:
        _check(names, text)
        _drop_different(np.require(text, np.float32, ["C", "W"]), same)
        texts += 1
    if not texts:
        raise AttndslError("programs are compared on texts; there is none")

    def proof(first: int, other: int) -> str:
        if forms is not None and forms[first] == forms[other]:
            return "same canonical form"
        return f"same on {texts} text{'s' if texts > 1 else ''}"

    return tuple(
        ProgramGroup(
            first, names[first], tuple(Member(i, names[i], proof(first, i)) for i in others)
        )
        for first, others in _around_firsts(same)
    )


def mean_variation(names: Sequence[str], patterns: Iterable[F32], lengths: Iterable[int]) -> F64:
    """Mean total variation of every two programs over all rows of all texts, `[programs] * 2`.

    That of two rows is half the sum of their differences: 0 equal, 1 nothing in common.
    """
    total, rows = np.zeros((len(names), len(names))), 0
    for text, length in zip(patterns, lengths, strict=True):
        _check(names, text)
        sums = pattern_sums(text)
        total += 0.5 * (sums[:, None] + sums[None, :]) - pair_sums(text, text)
        rows += length
    if not rows:
        raise AttndslError("programs are compared on texts with tokens; there is none")
    return total / rows


def near_groups(names: Sequence[str], variation: F64, limit: float) -> tuple[ProgramGroup, ...]:
    """Groups of programs at most `limit` away from their first in mean total variation."""
    if not 0 <= limit <= 1:
        raise AttndslError(f"a total variation is between 0 and 1, so {limit:g} is no limit for it")
    return tuple(
        ProgramGroup(
            first,
            names[first],
            tuple(
                Member(i, names[i], f"mean total variation {distance:.2g}", distance)
                for i in others
                for distance in [float(variation[i, first])]
            ),
        )
        for first, others in _around_firsts(variation <= limit)
    )


def _check(names: Sequence[str], text: F32) -> None:
    if len(text) != len(names):
        raise AttndslError(f"{len(names)} programs gave {len(text)} patterns")
    bad = ~np.isfinite(text).all(axis=1)
    if bad.any():
        raise AttndslError(f"program {names[int(bad.argmax())]} gave NaN or infinity")


def _around_firsts(alike: Bools) -> list[tuple[int, list[int]]]:
    """Each program joins the first group whose first it is like; groups of one are left out."""
    groups: dict[int, list[int]] = {}
    for program in range(len(alike)):
        firsts = [first for first in groups if alike[program, first]]
        if firsts:
            groups[firsts[0]].append(program)
        else:
            groups[program] = []
    return [(first, others) for first, others in groups.items() if others]


def _drop_different(patterns: F32, same: Bools) -> None:
    """Clear the pairs that differ in a cell."""
    count = len(patterns)
    share_out(
        lambda begin, end: _still_same(patterns, same, begin, end), (count + 1) // 2, count * count
    )


@kept(nogil=True)
def _still_same(patterns: F32, same: Bools, begin: int, end: int) -> None:
    """Rows from both ends, as a row is compared with those before it: each step has as many pairs.

    Cells are compared from the last one on, where programs differ most.
    """
    count, cells = patterns.shape
    for step in range(begin, end):
        for i in (step, count - 1 - step):
            for j in range(i):
                if same[i, j]:
                    for back in range(cells):
                        k = cells - 1 - back
                        if abs(patterns[i, k] - patterns[j, k]) > EQUAL:
                            same[i, j] = False
                            break
                same[j, i] = same[i, j]
