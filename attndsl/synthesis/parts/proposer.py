"""From heads to a library: fitted with every factor, cut, shared by heads, told in words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from attndsl.synthesis.parts.blocks import Batch, joined
from attndsl.synthesis.parts.cutting import cut, regrown
from attndsl.synthesis.parts.efforts import Effort
from attndsl.synthesis.parts.exact import exact_rungs, shortest
from attndsl.synthesis.parts.fitting import (
    ALL,
    OWN,
    Weights,
    fit,
    measured,
    one_a_head,
    said_against,
    with_content,
)
from attndsl.synthesis.parts.ladders import Rungs, ladders_of, resting_alone
from attndsl.synthesis.parts.likeliest import SIZES as FOUND
from attndsl.synthesis.parts.likeliest import likeliest
from attndsl.synthesis.parts.picking import SIMPLE, bits_a_row, gains, lengthened, picked
from attndsl.synthesis.parts.rivals import unasked
from attndsl.synthesis.parts.rows import Source, batched
from attndsl.synthesis.parts.sharing import crossed, fewest, joined_by_own, led, pooled
from attndsl.synthesis.parts.symbols import symbols_of
from attndsl.synthesis.parts.telling import as_json, readable, rests_of, worded
from attndsl.synthesis.parts.vocabulary import Factor, factors, to_start_with
from attndsl.synthesis.parts.weighing import Weighing, leasts
from attndsl.synthesis.parts.write import short
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int, str], None]
Sizes = dict[int, Weights]  # programs by how many parts they have at most
Keep = Callable[[str, Callable[[], Sizes]], Sizes]  # what a stage made, now or before a kill
SIZES = (1, 2, 3, 5, 8)
MORE = 4  # factors that are added before as many are cut again
RATE = 0.05  # rate of every fit
KEPT_BACK = 10  # one program in so many is for heads that sharing serves worst


@dataclass(frozen=True, slots=True)
class SharedOut:
    """A library, who has which program with what rest of its own, and each head's ladder.

    `others` are programs that serve a head nearly as well, with its rest, the best first.
    """

    sources: tuple[str, ...]
    programs: tuple[Weighing, ...]
    owner: tuple[int, ...]
    rests: tuple[float, ...]
    ladders: tuple[Rungs, ...]
    others: tuple[tuple[tuple[int, float], ...], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"owner": list(self.owner), "rests": list(self.rests), "sources": list(self.sources),
                "others": [list(map(list, one)) for one in self.others],
                "programs": as_json(self.programs),
                "ladders": [one.as_json() for one in self.ladders]}  # fmt: skip


def explained(
    sources: Sequence[Source],
    table: PieceTable,
    heads: Sequence[int],
    *,
    most_parts: int,
    programs: int,
    most_loss: float,
    texts: str,
    seed: int,
    effort: Effort,
    longest: int = 0,
    simple: bool = False,
    hangs: torch.Tensor | None = None,
    say: Say = lambda *_: None,
    keep: Keep = lambda _, make: make(),
) -> SharedOut:
    """Programs for heads, of `most_parts`, and a few of the `longest` where that brings most;
    `texts` says in words what the first source was captured on, `hangs` how much heads' outputs
    count."""
    mask = sources[0].store.meta.mask
    symbols = symbols_of(table)
    known = factors(mask, symbols)
    say(0, 1, "evaluating factors")
    batches = batched(sources, table, heads, known, mask, seed, effort.batches)
    batches = [replace(one, hangs=hangs) for one in batches]
    contents = with_content(batches)
    longest = max(most_parts, longest)
    rungs = tuple(sorted({*SIZES, most_parts, longest}))
    if symbols and len(heads) <= programs:
        say(0, 1, "finding the likeliest numbers")
        own = exact_rungs(len(heads), len(known), batches, rungs)
        ladders = ladders_of(own, batches[0], contents, known, mask.kind == "full")
        few = {size: one for size, one in own.items() if size <= most_parts}
        shown = shortest(few, batches)
        return told(shown, ladders, batches, contents, known, texts, mask.kind == "full", 0)
    rows = batches, contents
    dense = keep("dense", lambda: {0: fitted_dense(len(heads), known, *rows, effort, say)})[0]
    alone = keep("alone", lambda: cut_alone(dense, most_parts, rungs, *rows, effort, say))
    own = {size: alone[size] for size in rungs}
    ladders = ladders_of(own, batches[0], contents, known, mask.kind == "full")
    together = keep(
        "together",
        lambda: {0: shared_out(alone, most_parts, programs, most_loss, *rows, effort, say)},
    )[0]
    some = tuple(size for size in rungs if size <= most_parts or size == longest)
    shown = keep(
        "shown",
        lambda: {0: chosen(together, most_parts, some, *rows, known, effort, simple, say)},
    )[0]
    return told(shown, ladders, batches, contents, known, texts, mask.kind == "full", effort.steps)


def fitted_dense(
    heads: int, known: Sequence[Factor], batches: Sequence[Batch], contents: torch.Tensor,
    effort: Effort, say: Say,
) -> Weights:  # fmt: skip
    """Every head its own program with the factors that are needed most."""
    start = likeliest(begun(heads, known), batches,
                      lambda at, of: say(at, of, "finding where to start"))[FOUND[-1]]  # fmt: skip
    return fit(start, batches, contents, effort.first, RATE,
               say=lambda step: say(step, effort.first, "fitting what is left"))  # fmt: skip


def cut_alone(
    dense: Weights, most_parts: int, rungs: tuple[int, ...], batches: Sequence[Batch],
    contents: torch.Tensor, effort: Effort, say: Say,
) -> Sizes:  # fmt: skip
    """The same cut to every size of a ladder."""
    alone = cut(dense, batches, contents, effort.cuts(rungs), RATE,
                say=lambda left: say(0, 1, f"cutting to {left} parts"))  # fmt: skip
    for _ in range(effort.regrown):
        alone[most_parts] = regrown(alone[most_parts], batches, contents, MORE, effort.steps, RATE)
    return alone


def begun(heads: int, known: Sequence[Factor]) -> Weights:
    """Every head its own program, with all factors to start with, none of which does anything."""
    nothing = one_a_head(heads, len(known))
    kept = nothing.kept * torch.tensor(to_start_with(known))
    return replace(nothing, kept=kept, least=leasts(known))


def shared_out(
    alone: dict[int, Weights], most_parts: int, programs: int, most_loss: float,
    batches: Sequence[Batch], contents: torch.Tensor, effort: Effort, say: Say,
) -> Weights:  # fmt: skip
    """Programs that heads share, with more factors than will be shown."""
    cuts = effort.cuts((most_parts,))[-4:]
    wide = alone[min(size for size in alone if size > most_parts)]
    say(0, effort.rounds, "sharing programs")
    values, owns = crossed(alone[most_parts], batches[0], contents)
    kept = fewest(values.numpy(), programs - programs // KEPT_BACK, most_loss)
    now = led(alone[most_parts], kept, values, owns)
    values, owns = values[kept], owns[kept]
    for turn in range(effort.rounds):
        say(turn, effort.rounds, "fitting programs to the heads that share them")
        more = fit(pooled(now, wide), batches, contents, effort.sharing, RATE, ALL)
        less = cut(more, batches, contents, cuts, RATE, ALL)[most_parts]
        values, owns = crossed(less, batches[-1], contents)
        now = led(less, range(len(less.powers)), values, owns)
    now = joined_by_own(now, values, owns, alone[most_parts], batches[-1], contents, programs,
                        most_loss)  # fmt: skip
    return fit(pooled(now, wide), batches, contents, effort.sharing, RATE, ALL)


def chosen(
    together: Weights, most_parts: int, rungs: tuple[int, ...], batches: Sequence[Batch],
    contents: torch.Tensor, known: Sequence[Factor], effort: Effort, simple: bool, say: Say,
) -> Weights:  # fmt: skip
    """Each program as long as codelength has it, of its rungs up to `most_parts`; a few of the
    longest rung. Which parts they have hangs on keys told from rivals too, their numbers don't."""
    typical = tuple(size for size in rungs if size <= most_parts)
    cuts = {one.factors: one for some in (typical, rungs) for one in effort.cuts(some)}
    small = cut(together, batches, contents, [cuts[size] for size in sorted(cuts, reverse=True)],
                RATE, ALL,
                say=lambda left: say(0, 1, f"cutting what is shared to {left} parts"))  # fmt: skip
    small = {size: one for size, one in small.items() if size in rungs}
    for size in sorted({most_parts, max(rungs)}):  # these are shown most
        for turn in range(effort.regrown):
            say(turn, effort.regrown, f"adding factors and cutting to {size} again")
            small[size] = regrown(small[size], batches, contents, MORE, effort.steps, RATE, ALL)
    say(0, 1, "picking by codelength")
    first = next(iter(small.values()))
    of_size = gains(small, batches[0], known, bits_a_row(resting_alone(first), batches[0]))
    count = len(first.powers)
    heads_of = torch.bincount(first.owner, minlength=count).clamp_min(1)

    def of_program(owner: torch.Tensor, of_head: torch.Tensor) -> torch.Tensor:
        return torch.zeros(count).index_add_(0, owner, of_head) / heads_of

    worth = {size: of_program(one.owner, measured(one, batches[0], contents)[0])
             for size, one in small.items()}  # fmt: skip
    against = {size: of_program(one.owner, said_against(one, batches[0]))
               for size, one in small.items()}  # fmt: skip
    among = {size: worth[size] for size in typical}
    sizes = picked(among, of_size, {size: against[size] for size in typical}, simple)
    if not simple:
        sizes = lengthened(sizes, worth, of_size, heads_of, most_parts, max(rungs))
    powers, kept, rest = (
        torch.stack([getattr(small[size], name)[program] for program, size in enumerate(sizes)])
        for name in ("powers", "kept", "rest")
    )
    of_head = torch.tensor(sizes)[first.owner].tolist()
    own = torch.stack([small[size].own[head] for head, size in enumerate(of_head)])
    parts = Weights(powers, kept, rest, own, first.owner, first.least)
    say(0, 1, "fitting the numbers of what was picked")
    return fit(parts, [unasked(one) for one in batches], contents, effort.first, RATE, ALL)


def told(
    shown: Weights, ladders: Sequence[Rungs], batches: Sequence[Batch], contents: torch.Tensor,
    known: Sequence[Factor], texts: str, both_ways: bool, steps: int,
) -> SharedOut:  # fmt: skip
    """Numbers made readable, what heads add of their own fitted to them in some steps, and all put
    in words."""
    library, plain = readable(shown, known)
    plain = fit(plain, batches, contents, steps, RATE, OWN)
    owner = tuple(plain.owner.tolist())
    sources = worded(library, plain, joined(batches), known, texts, both_ways)
    values, owns = crossed(plain, batches[0], contents)
    return SharedOut(sources, library, owner, rests_of(plain), tuple(
        replace(ladder, picked=len(library[one]))
        for ladder, one in zip(ladders, owner, strict=True)
    ), nearly(values, owns, owner))  # fmt: skip


def nearly(
    values: torch.Tensor, owns: torch.Tensor, owner: Sequence[int]
) -> tuple[tuple[tuple[int, float], ...], ...]:
    """By head the programs within SIMPLE of its own, the best first, and its rest with each.

    >>> found = nearly(torch.tensor([[0.5], [0.49], [0.4]]), torch.zeros(3, 1), [0])
    >>> found
    (((1, 1.0),),)
    """
    found = []
    for head, own in enumerate(owner):
        least = float(values[own, head]) - SIMPLE
        order = torch.argsort(values[:, head], descending=True).tolist()
        found.append(tuple(
            (one, short(math.exp(float(owns[one, head]))))
            for one in order if one != own and float(values[one, head]) >= least
        ))  # fmt: skip
    return tuple(found)
