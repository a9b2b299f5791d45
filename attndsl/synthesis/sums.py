"""Programs whose scores are sums, as numbers to be fitted: their features, each evaluated once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.engines.batch import Library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.language.mask import Mask
from attndsl.synthesis.linear import Linear
from attndsl.tokens.encoded import Encoded

FALLBACKS: tuple[Any, ...] = ("first", "self")
TINY = 1e-37  # weights under which float32 holds no logarithm


@dataclass(frozen=True)
class Basis:
    """The features and ways of some programs, each once, and where each number counts.

    Number `number[i]` is added at `place[i]`: (program * ways + way) * features + feature.
    """

    programs: tuple[Linear, ...]
    features: tuple[Program, ...]
    tests: tuple[Program, ...]
    test_of: NDArray[np.int64]  # [programs, ways], -1 where there is none
    number: torch.Tensor
    place: torch.Tensor
    start: torch.Tensor  # the numbers as they are written

    @classmethod
    def of(cls, programs: Sequence[Linear]) -> Basis:
        features: dict[str, tuple[int, Program]] = {}
        tests: dict[str, tuple[int, Program]] = {}
        most = max(len(one.ways) for one in programs)
        test_of = np.full((len(programs), most), -1)
        number: list[int] = []
        spots: list[tuple[int, int]] = []
        start: list[float] = []
        for at, one in enumerate(programs):
            known = {text: _number(features, source) for text, source in one.features.items()}
            for way, (terms, test) in enumerate(zip(one.ways, one.tests, strict=True)):
                test_of[at, way] = _number(tests, test)
                number += [len(start) + term for term in terms]
                spots += [(at * most + way, known[one.terms[term].feature]) for term in terms]
            start += [term.value for term in one.terms]
        place = torch.tensor([row * len(features) + column for row, column in spots])
        return cls(
            tuple(programs),
            tuple(program for _, program in features.values()),
            tuple(program for _, program in tests.values()),
            test_of,
            torch.tensor(number),
            place,
            torch.tensor(start),
        )

    def cells(self, texts: Sequence[Encoded], mask: Mask, width: int) -> Cells:
        """Everything that a batch of texts needs, padded on the right to `width`."""
        scores = Library(self.features, mask).patterns(texts)
        # A test that fails finds nothing: then the two ways to fall back differ.
        first, own = (
            Library([replace(test, fallback=mark) for test in self.tests], mask).patterns(texts)
            for mark in FALLBACKS
        )
        features = torch.zeros(len(texts), len(self.features), width, width)
        seen = torch.zeros(len(texts), 1, width, width, dtype=torch.bool)
        way = torch.zeros(len(texts), len(self.programs), width, dtype=torch.int64)
        for row, text in enumerate(texts):
            n = text.n
            square = unpack(np.log(np.maximum(scores[row], TINY)), mask, n)
            features[row, :, :n, :n] = torch.from_numpy(square)
            seen[row, 0, :n, :n] = torch.from_numpy(
                unpack(np.ones_like(scores[row][:1]), mask, n)[0] > 0
            )
            apart = np.abs(unpack(first[row], mask, n) - unpack(own[row], mask, n)).sum(2)
            on = apart < 0.5
            for number, tests in enumerate(self.test_of):
                mine = np.stack([on[t] if t >= 0 else np.zeros_like(on[0]) for t in tests])
                way[row, number, :n] = torch.from_numpy(mine.argmax(0))
        way += torch.arange(len(self.programs))[None, :, None] * self.test_of.shape[1]
        return Cells(features, way, seen)

    @property
    def free(self) -> torch.Tensor:
        """What is fitted: logarithms, so that no number changes its sign."""
        return self.start.abs().log()

    def numbers(self, free: torch.Tensor) -> torch.Tensor:
        return self.start.sign() * free.exp()

    def to(self, device: torch.device) -> Basis:
        """The same with its tensors on a device."""
        number, place, start = (one.to(device) for one in (self.number, self.place, self.start))
        return replace(self, number=number, place=place, start=start)

    def patterns(self, numbers: torch.Tensor, cells: Cells) -> torch.Tensor:
        """[programs, texts, n, n]: the programs' patterns with these numbers."""
        rows, count = self.test_of.size, len(self.features)
        each = numbers.index_select(0, self.number)
        table = each.new_zeros(rows * count).index_add(0, self.place, each)
        # `table[cells.way]` would add up its gradient in the order in which threads come.
        weights = torch.nn.functional.embedding(cells.way, table.reshape(rows, count))
        scores = torch.einsum("bpqj,bjqk->pbqk", weights, cells.features)
        hidden = ~cells.seen[:, 0]
        return torch.softmax(scores.masked_fill(hidden, -1e9), -1).masked_fill(hidden, 0.0)


@dataclass(frozen=True, slots=True)
class Cells:
    """A batch of texts: features [texts, features, n, n], each row up to a constant, the row of the
    table of numbers that each query of each program reads [texts, programs, n], and what it sees.
    """

    features: torch.Tensor
    way: torch.Tensor
    seen: torch.Tensor

    def to(self, device: torch.device) -> Cells:
        """The same on a device."""
        return Cells(self.features.to(device), self.way.to(device), self.seen.to(device))


def _number(known: dict[str, tuple[int, Program]], source: str) -> int:
    """The number of a program by what it means; a new one is kept."""
    (program,) = verify(source).programs
    return known.setdefault(program.hash, (len(known), program))[0]


def rounded(basis: Basis, numbers: torch.Tensor, digits: int) -> list[list[float]]:
    """By program: the numbers to so many digits behind the point, none 0."""
    values, least = iter(numbers.tolist()), 10.0**-digits
    return [
        [
            math.copysign(max(least, round(abs(next(values)), digits)), term.value)
            for term in one.terms
        ]
        for one in basis.programs
    ]
