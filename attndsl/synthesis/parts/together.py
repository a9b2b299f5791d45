"""A library of weighings as numbers to be fitted together: its powers, rests, and heads' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from attndsl.heads.packing import unpack
from attndsl.language.mask import Mask
from attndsl.synthesis.parts.blocks import Basis, Batch, Block, resting_cells
from attndsl.synthesis.parts.doubt import in_reach, named_by
from attndsl.synthesis.parts.fitting import LEAST, Moves, Weights
from attndsl.synthesis.parts.vocabulary import Factor
from attndsl.tokens.encoded import Encoded


@dataclass(frozen=True, slots=True)
class Cells:
    """Texts: factors [texts, used, n, n], which cells are seen and which rest [texts, n, n]."""

    factors: torch.Tensor
    seen: torch.Tensor
    resting: torch.Tensor

    def to(self, device: torch.device) -> Cells:
        return Cells(self.factors.to(device), self.seen.to(device), self.resting.to(device))


@dataclass(frozen=True, eq=False)
class Probed:
    """Rows of probes in which mechanisms name keys, and how much the heads do of each, [H, M]."""

    cells: tuple[Cells, ...]
    blocks: tuple[Block, ...]
    does: torch.Tensor

    @classmethod
    def of(cls, batch: Batch, used: Sequence[int]) -> Probed:
        blocks = tuple(some for block in batch.blocks if (some := _asked_rows(block, used)))
        cells = tuple(Cells(one.factors[None], one.seen[None], one.resting[None]) for one in blocks)
        return cls(cells, blocks, batch.does)

    def against(self, basis: Together, numbers: torch.Tensor) -> torch.Tensor:
        """What probes say against the programs with these numbers, mean over heads."""
        made = [basis.patterns(numbers, cells)[:, 0] for cells in self.cells]
        return in_reach(named_by(made, self.blocks), self.does).mean()

    def to(self, device: torch.device) -> Probed:
        blocks = (
            replace(one, asked=one.asked.to(device), named=one.named.to(device))
            for one in self.blocks
        )
        cells = (one.to(device) for one in self.cells)
        return Probed(tuple(cells), tuple(blocks), self.does.to(device))


def _asked_rows(block: Block, used: Sequence[int]) -> Block | None:
    """The rows of a block in which something is named, with some of its factors."""
    width = block.seen.shape[1]
    rows = torch.unique(block.asked // width)
    if not len(rows):
        return None
    asked = torch.searchsorted(rows, block.asked // width) * width + block.asked % width
    return Block(
        block.factors[list(used)][:, rows], block.heads[:, rows], block.seen[rows],
        block.resting[rows], block.text[rows], block.key[rows], asked, block.named,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Together:
    """The patterns are heads', in their order, as each adds to its program's rest.

    Free are the powers that are kept, the rests, and what heads add: `place` says where each power
    stands among those of programs and used factors. `moves` [free] is 0 for what stays.
    """

    weights: Weights
    factors: tuple[Factor, ...]
    used: tuple[int, ...]
    place: torch.Tensor
    moves: torch.Tensor

    @classmethod
    def of(
        cls, weights: Weights, factors: Sequence[Factor], used: Sequence[int], moves: Moves
    ) -> Together:
        """`used` are the factors that any program has, by number."""
        place = weights.kept[:, list(used)].flatten().nonzero().flatten()
        sizes = (len(place), len(weights.rest), len(weights.own))
        moved = [torch.full((size,), float(one)) for size, one in zip(sizes, moves, strict=True)]
        return cls(weights, tuple(factors), tuple(used), place, torch.cat(moved))

    @property
    def columns(self) -> torch.Tensor:
        """The used factors among all."""
        return torch.tensor(self.used, dtype=torch.long)  # of none too

    @property
    def free(self) -> torch.Tensor:
        powers = self.weights.powers[:, self.columns].flatten()[self.place]
        return torch.cat([powers, self.weights.rest, self.weights.own])

    def numbers(self, free: torch.Tensor) -> torch.Tensor:
        """What stays has no slope."""
        return self.free.to(free) * (1 - self.moves) + free * self.moves

    def within(self, free: torch.Tensor) -> torch.Tensor:
        """No power under what its factor may have, which would be left out when it is written."""
        if self.weights.least is None:
            return free
        least = self.weights.least[self.columns].repeat(len(self.weights.rest))[self.place]
        bounds = torch.full_like(free, -torch.inf)
        bounds[: len(least)] = least.to(free)
        return torch.maximum(free, bounds)

    def with_numbers(self, numbers: torch.Tensor) -> Weights:
        powers, rest, own = self.apart(numbers)
        whole = torch.zeros_like(self.weights.powers)
        whole[:, self.columns] = powers
        return replace(self.weights, powers=whole, rest=rest, own=own)

    def apart(self, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of programs and used factors, of programs' rests, and of what heads add."""
        count, heads = len(self.weights.rest), len(self.weights.own)
        powers, rest, own = torch.split(numbers, [len(self.place), count, heads])
        flat = powers.new_zeros(count * len(self.used)).index_put((self.place,), powers)
        return flat.view(count, -1), rest, own

    def to(self, device: torch.device) -> Together:
        weights = self.weights
        least = None if weights.least is None else weights.least.to(device)
        tensors = ("powers", "kept", "rest", "own", "owner")
        there = {name: getattr(weights, name).to(device) for name in tensors}
        moved = Weights(**there, least=least)
        return replace(
            self, weights=moved, place=self.place.to(device), moves=self.moves.to(device)
        )

    def cells(self, texts: Sequence[Encoded], mask: Mask, width: int) -> Cells:
        """What a batch of texts needs, padded on the right to `width`."""
        values = Basis.of([self.factors[one] for one in self.used], mask).values(texts)
        factors = torch.zeros(len(texts), len(self.used), width, width)
        seen = torch.zeros(len(texts), width, width, dtype=torch.bool)
        resting = torch.zeros_like(seen)
        for at, (text, packed) in enumerate(zip(texts, values, strict=True)):
            cells = torch.zeros(packed.shape[1], dtype=torch.bool)
            cells[resting_cells(mask, text)] = True
            both = torch.stack([cells, torch.ones_like(cells)]).numpy()
            factors[at, :, : text.n, : text.n] = torch.from_numpy(unpack(packed, mask, text.n))
            own, shown = torch.from_numpy(unpack(both, mask, text.n))
            resting[at, : text.n, : text.n], seen[at, : text.n, : text.n] = own, shown
        return Cells(factors, seen, resting)

    def patterns(self, numbers: torch.Tensor, cells: Cells) -> torch.Tensor:
        """[heads, texts, n, n]"""
        powers, rest, own = self.apart(numbers)
        scores = torch.einsum("pj,bjqk->pbqk", powers, cells.factors)
        owner = self.weights.owner
        rests = (rest[owner] + own)[:, None, None, None] * cells.resting
        scores = (scores[owner] + rests).masked_fill(~cells.seen, -torch.inf)
        scores = scores.masked_fill(~cells.seen.any(-1, keepdim=True), 0.0)  # queries past a text
        highest = scores.detach().amax(-1, keepdim=True)
        return torch.softmax((scores - highest).clamp_min(-LEAST), -1) * cells.seen
