"""Learns what many heads have in common: tables of weights, few numbers each, few of them a head.

    python -m benchmarks.tables --store STORE [--every 3] [--json FILE]

STORE is the folder `heads` of a run of `benchmarks.explain`, with its probes. A weight is a product
of tables to powers of at least 0. Tables of four sorts are learned with the heads' powers: by where
a key stands, by what a token is, by what it matches, and by how much a query rests; a token is of
one class. They begin as what heads' own fits with every number have in common, and are fitted to
the objective that `explain` fits to while each head is left fewer of them. Printed is what each
stage reaches on texts of the selection that nothing was fitted to, and the tables in round numbers:
`grammar/tables.attn` has those that three heads or more kept, named by hand.
"""

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import nnls

from attndsl.synthesis.parts.blocks import STRIDE, Batch
from attndsl.synthesis.parts.cutting import spread
from attndsl.synthesis.parts.fitting import Weights, fit, measured, one_a_head, slopes, with_content
from attndsl.synthesis.parts.likeliest import likeliest
from attndsl.synthesis.parts.weighing import near
from benchmarks.limits import texts_of
from benchmarks.measure import Figures, finish, machine
from benchmarks.sorts import GRADED_BY, NAMES, SORT, SORTS, in_sorts

TABLES = (12, 24, 10, 8)  # of each sort
NUMBERS = (7, 9, 5, 6)  # of a table
EACH = (2, 2, 2, 1)  # of each sort that a head may begin with
LEFT = (10, 8, 7, 6, 5, 5)  # tables a head, stage by stage
TIMES = (1.2, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 80, 100, 150)
TURNS = 18  # of finding tables and heads' powers in turns, before the objective is fitted to
WIDER = 40  # numbers more than in the end that a table has at first
RIDGE = 1e-2
TINY = 1e-6
MOST = 5.0  # of a table's logarithms
BETAS = (0.9, 0.98)


@dataclass(frozen=True, slots=True)
class Shared:
    """Tables [K, J] in logarithms, their sorts [K], heads' powers of them [H, K] and rests [H]."""

    tables: torch.Tensor
    sorts: torch.Tensor
    powers: torch.Tensor
    rest: torch.Tensor

    @property
    def weights(self) -> Weights:
        heads = len(self.rest)
        whole = self.powers @ self.tables
        return Weights(
            whole, torch.ones_like(whole), self.rest, torch.zeros(heads), torch.arange(heads)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="tables that many heads have in common")
    parser.add_argument("--store", metavar="DIR", type=Path, required=True, help="heads of a run")
    parser.add_argument("--every", type=int, default=3, help="every n-th head; default 3")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    begun = time.monotonic()
    to_fit, apart = texts_of(chosen.store, chosen.every)
    batches, apart = [in_sorts(one) for one in to_fit], in_sorts(apart)
    figures, last = Figures(), [""]
    for name, weights, shared in stages(batches):
        contents = with_content([apart])
        _, content, iou, rest, output = measured(weights, apart, contents)
        found = [float(one.mean()) for one in (content[contents > 0], iou, rest, output)]
        seconds = f"{time.monotonic() - begun:.0f} s"
        print(name, *(f"{one:.4f}" for one in found), seconds, flush=True)
        figures |= {f"content_{name.replace(' ', '_')}": found[0]}
        last = [*told(shared)]
    print(*last, sep="\n")
    finish("tables", figures, {}, chosen.json)


def stages(batches: Sequence[Batch]) -> Iterator[tuple[str, Weights, Shared]]:
    """What is reached with every number a head's own, then with tables, fewer and fewer a head."""
    contents, scale = with_content(batches), spread(batches).flatten()
    if len(contents) < max(TABLES):
        raise SystemExit(f"{len(contents)} heads are too few to learn {max(TABLES)} tables of a "
                         "sort from: a smaller --every takes more")  # fmt: skip
    start = one_a_head(len(contents), len(NAMES))
    most = likeliest(start, batches, sizes=(len(NAMES) - 1,))[len(NAMES) - 1]
    dense = fit(replace(most, kept=torch.ones_like(most.kept)), batches, contents, 60, 0.05)
    shared = in_common(dense, scale)
    yield "own numbers", dense, shared
    has = torch.ones_like(shared.powers)
    shared = fitted(shared, has, batches, contents, scale, 100)
    yield "all tables", shared.weights, shared
    for left in LEFT:
        steps = 60 if left == LEFT[-1] else 30
        has = does_most(shared, scale, left)
        shared = replace(shared, powers=shared.powers * has)
        shared = fitted(shared, has, batches, contents, scale, steps)
        yield f"tables {left}", shared.weights, shared
    shared = fitted(rounded(shared), has, batches, contents, scale, 25, move=False)
    yield "rounded", shared.weights, shared


def in_common(dense: Weights, scale: torch.Tensor) -> Shared:
    """Tables whose sums come near to heads' own numbers, by squares where each has varied as 1."""
    torch.manual_seed(0)
    own = dense.powers * dense.kept * scale
    sorts = torch.cat([torch.full((count,), at) for at, count in enumerate(TABLES)])
    allowed = torch.stack([SORT.eq(one).float() for one in sorts])
    tables = torch.cat([far_apart(own * SORT.eq(at).float(), count)
                        for at, count in enumerate(TABLES)])  # fmt: skip
    sizes = torch.tensor(NUMBERS)[sorts]
    for turn in range(TURNS):
        powers = few_of(own, tables, sorts)
        bend = powers.T @ powers + RIDGE * torch.eye(len(tables))
        tables = torch.linalg.solve(bend, powers.T @ own + RIDGE * tables) * allowed
        tables = thinned(tables, sizes + max(0, WIDER - 4 * turn))
        for one in ((tables.norm(dim=1) < TINY) | (powers.sum(0) == 0)).nonzero().flatten():
            missed = (own - powers @ tables) * allowed[one]
            tables[one] = missed[int(missed.norm(dim=1).argmax())]
        tables = tables / tables.norm(dim=1, keepdim=True).clamp_min(TINY)
    return Shared(tables / scale.clamp_min(TINY), sorts, powers, dense.rest.clone())


def far_apart(own: torch.Tensor, count: int) -> torch.Tensor:
    """Some heads' numbers, unlike one another."""
    size: torch.Tensor = own.norm(dim=1)
    unit = own / size[:, None].clamp_min(TINY)
    chosen = [int(size.argmax())]
    while len(chosen) < count:
        apart = size * (1 - (unit @ unit[chosen].T).amax(1)).clamp_min(0)
        chosen.append(int(torch.multinomial(apart**2, 1)))
    return unit[chosen].clone()


def few_of(own: torch.Tensor, tables: torch.Tensor, sorts: torch.Tensor) -> torch.Tensor:
    """Each head's powers of a few tables, the next always that which tells most of the rest."""
    powers, known = torch.zeros(len(own), len(tables)), tables.double().numpy()
    for head, numbers in enumerate(own):
        chosen: list[int] = []
        found = np.zeros(0)
        for _ in range(LEFT[-1] + 1):
            telling = tables @ (numbers - torch.from_numpy(found).float() @ tables[chosen])
            telling[chosen] = -1
            for sort, most in enumerate(EACH):
                if sum(int(sorts[one]) == sort for one in chosen) >= most:
                    telling[sorts == sort] = -1
            if float(telling.max()) <= 0:
                break
            chosen.append(int(telling.argmax()))
            found, _ = nnls(known[chosen].T, numbers.double().numpy())
        powers[head, chosen] = torch.from_numpy(found).float()
    return powers


def thinned(tables: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
    """Each table's largest numbers."""
    order = tables.abs().argsort(1, descending=True).argsort(1)
    return torch.where(order < sizes[:, None], tables, torch.zeros_like(tables))


def does_most(shared: Shared, scale: torch.Tensor, left: int) -> torch.Tensor:
    """1 for so many tables of each head, those that do most."""
    does: torch.Tensor = shared.powers * (shared.tables * scale).norm(dim=1)
    most = does >= does.topk(left, 1).values[:, -1:]
    return (most & (does > 0)).float()


def fitted(
    shared: Shared, has: torch.Tensor, batches: Sequence[Batch], contents: torch.Tensor,
    scale: torch.Tensor, steps: int, move: bool = True,
) -> Shared:  # fmt: skip
    """Steps uphill by Adam: of the powers that each head `has`, of numbers that tables have (if
    these `move`), and of rests; a number moves the less, the more its factor varies."""
    powers, tables, rest = shared.powers.clone(), shared.tables.clone(), shared.rest.clone()
    holds = tables != 0
    rates = (has, 0.1 * holds * move / scale.clamp_min(0.05), torch.ones_like(rest))
    now = (powers, tables, rest)
    means, squares = [torch.zeros_like(one) for one in now], [torch.zeros_like(one) for one in now]
    for step in range(1, steps + 1):
        some = replace(shared, powers=powers, tables=tables, rest=rest).weights
        whole, of_rest, _ = slopes(some, batches[step % len(batches)], contents)
        found = (whole @ tables.T * has, powers.T @ whole * holds, of_rest)
        fall = 0.05 * (0.05 + 0.475 * (1 + math.cos(math.pi * step / (steps + 1))))
        for one, slope, mean, square, rate in zip(now, found, means, squares, rates, strict=True):
            mean += (slope - mean) * (1 - BETAS[0])
            square += (slope**2 - square) * (1 - BETAS[1])
            size = (square / (1 - BETAS[1] ** step)).sqrt() + 1e-9
            one += fall * rate * mean / (1 - BETAS[0] ** step) / size
        powers.clamp_min_(0)
        tables.clamp_(-MOST, MOST)
    return replace(shared, powers=powers, tables=tables, rest=rest)


def rounded(shared: Shared) -> Shared:
    """Tables that heads have to the power of 1 in the middle, in round numbers."""
    tables, powers = shared.tables.clone(), shared.powers.clone()
    for at in range(len(tables)):
        used = powers[:, at][powers[:, at] > 0]
        middle = float(used.median()) if len(used) else 1.0
        tables[at] *= middle
        powers[:, at] /= middle
        for number in tables[at].nonzero().flatten().tolist():
            tables[at, number] = round_number(NAMES[number], float(tables[at, number]))
    return replace(shared, tables=tables, powers=powers)


def round_number(name: str, power: float) -> float:
    if name == "distance":
        return STRIDE * math.log(round(math.exp(power / STRIDE), 2))
    if name in GRADED_BY:
        return round(power, 1)
    if abs(power) < math.log(TIMES[0]) * 0.88:
        return 0.0
    return math.copysign(math.log(near(math.exp(abs(power)), TIMES)), power)


def told(shared: Shared) -> Iterator[str]:
    for at, table in enumerate(shared.tables):
        heads = int((shared.powers[:, at] > 0).sum())
        numbers = [f"{NAMES[one]} {_written(NAMES[one], float(table[one]))}"
                   for one in table.argsort(descending=True).tolist() if table[one]]  # fmt: skip
        yield f"{SORTS[int(shared.sorts[at])]} ({heads} heads): {', '.join(numbers)}"


def _written(name: str, power: float) -> str:
    return f"^{power:g}" if name in GRADED_BY else f"x{math.exp(power):.2g}"


if __name__ == "__main__":
    main()
