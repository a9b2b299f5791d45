"""From heads to a library: fitted with every factor, cut, shared by heads, told in words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from attndsl.heads.store import HeadStore
from attndsl.synthesis.parts.blocks import Batch, Wanted, batched, joined
from attndsl.synthesis.parts.cutting import cut, regrown
from attndsl.synthesis.parts.efforts import Effort
from attndsl.synthesis.parts.fitting import (
    ALL,
    OWN,
    Weights,
    fit,
    measured,
    one_a_head,
    with_content,
)
from attndsl.synthesis.parts.picking import bits_a_row, gains, picked
from attndsl.synthesis.parts.saying import measured as measured_words
from attndsl.synthesis.parts.sharing import crossed, fewest, led, pooled
from attndsl.synthesis.parts.vocabulary import Factor, factors
from attndsl.synthesis.parts.weighing import Weighing, power_of, read
from attndsl.synthesis.parts.words import docstring, named
from attndsl.synthesis.parts.write import short, written
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int, str], None]
Sources = Sequence[tuple[HeadStore, Sequence[Wanted], float]]
SIZES = (1, 2, 3, 5, 8)
MORE = 4  # factors that are added before as many are cut again
RATE, SLOW = 0.08, 0.05  # of the dense fit, and of those after a cut


@dataclass(frozen=True, slots=True)
class Ladder:
    """One head's: how long its program is; by size a program of its own, and what that reaches."""

    picked: int
    worth: dict[int, float]
    content: dict[int, float]
    gain: dict[int, float]
    source: dict[int, str]

    def as_json(self) -> dict[str, Any]:
        return {"picked": self.picked, "rungs": {
            str(size): {
                "objective": round(worth, 4),
                "content_iou": round(self.content[size], 4),
                "codelength_gain": round(self.gain[size], 1),
                "source": self.source[size],
            }
            for size, worth in self.worth.items()
        }}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A library, who has which program with what rest of its own, and each head's ladder."""

    sources: tuple[str, ...]
    owner: tuple[int, ...]
    rests: tuple[float, ...]
    ladders: tuple[Ladder, ...]

    def as_json(self) -> dict[str, Any]:
        return {"owner": list(self.owner), "rests": list(self.rests), "sources": list(self.sources),
                "ladders": [one.as_json() for one in self.ladders]}  # fmt: skip


def explained(
    sources: Sources,
    table: PieceTable,
    heads: Sequence[int],
    *,
    most_parts: int,
    programs: int,
    most_loss: float,
    texts: str,
    seed: int,
    effort: Effort,
    simple: bool = False,
    say: Say = lambda *_: None,
) -> Found:
    """Programs for heads; `texts` says in words what the first source was captured on."""
    mask = sources[0][0].meta.mask
    known = factors(mask)
    say(0, 1, "evaluating factors")
    batches = batched(sources, table, heads, known, mask, seed, effort.batches)
    contents = with_content(batches)
    rungs = tuple(sorted({*SIZES, most_parts}))
    dense = fit(one_a_head(len(heads), len(known)), batches, contents, effort.dense, RATE,
                say=lambda step: say(step, effort.dense, "fitting all factors"))  # fmt: skip
    alone = cut(dense, batches, contents, effort.cuts(rungs), SLOW,
                say=lambda left: say(0, 1, f"cutting to {left} parts"))  # fmt: skip
    for _ in range(effort.regrown):
        alone[most_parts] = regrown(alone[most_parts], batches, contents, MORE, effort.steps, SLOW)
    own = {size: alone[size] for size in rungs}
    ladders = ladders_of(own, batches[0], contents, known, mask.kind == "full")
    together = shared_out(alone, most_parts, programs, most_loss, batches, contents, effort, say)
    shown = chosen(together, most_parts, rungs, batches, contents, known, effort, simple, say)
    return told(shown, ladders, batches, contents, known, texts, mask.kind == "full", effort)


def ladders_of(
    rungs: dict[int, Weights], batch: Batch, contents: torch.Tensor, known: Sequence[Factor],
    both_ways: bool,
) -> list[Ladder]:  # fmt: skip
    """Every head's, of programs that are its own."""
    nothing = resting_alone(next(iter(rungs.values())))
    of_size = gains(rungs, batch, known, bits_a_row(nothing, batch))
    found = {size: measured(weights, batch, contents) for size, weights in rungs.items()}
    best = picked({size: one[0] for size, one in found.items()}, of_size, simple=False)
    return [
        Ladder(best[head], {size: float(one[0][head]) for size, one in found.items()},
               {size: float(one[1][head]) for size, one in found.items()},
               {size: float(one[head]) for size, one in of_size.items()},
               {size: written(read(one, head, known), "own", "", both_ways)
                for size, one in rungs.items()})
        for head in range(len(contents))
    ]  # fmt: skip


def resting_alone(weights: Weights) -> Weights:
    """Programs in which everything rests."""
    return replace(weights, powers=torch.zeros_like(weights.powers),
                   rest=torch.full_like(weights.rest, 12.0))  # fmt: skip


def shared_out(
    alone: dict[int, Weights], most_parts: int, programs: int, most_loss: float,
    batches: Sequence[Batch], contents: torch.Tensor, effort: Effort, say: Say,
) -> Weights:  # fmt: skip
    """Programs that heads share, with more factors than will be shown."""
    cuts = effort.cuts((most_parts,))[-4:]
    wide = alone[min(size for size in alone if size > most_parts)]
    say(0, effort.rounds, "sharing programs")
    values, owns = crossed(alone[most_parts], batches[0], contents)
    now = led(alone[most_parts], fewest(values.numpy(), programs, most_loss), values, owns)
    for turn in range(effort.rounds):
        say(turn, effort.rounds, "fitting programs to the heads that share them")
        more = fit(pooled(now, wide), batches, contents, effort.sharing, SLOW, ALL)
        less = cut(more, batches, contents, cuts, SLOW, ALL)[most_parts]
        values, owns = crossed(less, batches[-1], contents)
        now = led(less, range(len(less.powers)), values, owns)
    return fit(pooled(now, wide), batches, contents, effort.sharing, SLOW, ALL)


def chosen(
    together: Weights, most_parts: int, rungs: Sequence[int], batches: Sequence[Batch],
    contents: torch.Tensor, known: Sequence[Factor], effort: Effort, simple: bool, say: Say,
) -> Weights:  # fmt: skip
    """Each program as long as codelength has it, of its rungs up to `most_parts`."""
    cuts = effort.cuts(tuple(size for size in rungs if size <= most_parts))
    small = cut(together, batches, contents, cuts, SLOW, ALL,
                say=lambda left: say(0, 1, f"cutting what is shared to {left} parts"))  # fmt: skip
    small = {size: one for size, one in small.items() if size <= most_parts}
    for turn in range(effort.regrown):
        say(turn, effort.regrown, "adding factors and cutting again")
        small = {size: regrown(one, batches, contents, MORE, effort.steps, SLOW, ALL)
                 for size, one in small.items()}  # fmt: skip
    say(0, 1, "picking by codelength")
    first = next(iter(small.values()))
    of_size = gains(small, batches[0], known, bits_a_row(resting_alone(first), batches[0]))
    count = len(first.powers)
    heads_of = torch.bincount(first.owner, minlength=count).clamp_min(1)
    worth = {
        size: torch.zeros(count).index_add_(0, one.owner, measured(one, batches[0], contents)[0])
        / heads_of
        for size, one in small.items()
    }
    sizes = picked(worth, of_size, simple)
    powers, kept, rest = (
        torch.stack([getattr(small[size], name)[program] for program, size in enumerate(sizes)])
        for name in ("powers", "kept", "rest")
    )
    of_head = torch.tensor(sizes)[first.owner].tolist()
    own = torch.stack([small[size].own[head] for head, size in enumerate(of_head)])
    return Weights(powers, kept, rest, own, first.owner)


def told(
    shown: Weights, ladders: Sequence[Ladder], batches: Sequence[Batch], contents: torch.Tensor,
    known: Sequence[Factor], texts: str, both_ways: bool, effort: Effort,
) -> Found:  # fmt: skip
    """Numbers made readable, what heads add of their own fitted to them, and all put in words."""
    used = sorted(set(shown.owner.tolist()))
    library = [read(shown, program, known) for program in used]
    place = {program: at for at, program in enumerate(used)}
    owner = torch.tensor([place[one] for one in shown.owner.tolist()])
    plain = rounded(library, owner, shown, known)
    plain = fit(plain, batches, contents, effort.steps, SLOW, OWN)
    whole = joined(batches)
    taken: list[str] = []
    sources = []
    for number, one in enumerate(library):
        said = measured_words(plain, number, whole, known)
        name = named(said, taken)
        taken.append(name)
        text = docstring(said, texts, "special tokens" if both_ways else "the first token")
        sources.append(written(one, name, text, both_ways))
    rests = tuple(short(math.exp(own)) for own in plain.own.tolist())
    sizes = [len(library[one]) for one in owner.tolist()]
    return Found(tuple(sources), tuple(owner.tolist()), rests, tuple(
        replace(ladder, picked=size) for ladder, size in zip(ladders, sizes, strict=True)
    ))  # fmt: skip


def rounded(
    library: Sequence[Weighing], owner: torch.Tensor, shown: Weights, known: Sequence[Factor]
) -> Weights:
    """The programs as they are written; a head's own rest makes up for its program's."""
    place = {factor.name: at for at, factor in enumerate(known)}
    powers = torch.zeros(len(library), len(known))
    for number, one in enumerate(library):
        for factor, value in one.factors:
            powers[number, place[factor.name]] = power_of(factor, value)
    rest = torch.tensor([math.log(one.rest) for one in library])
    own = shown.own + shown.rest[shown.owner] - rest[owner]
    return Weights(powers, (powers != 0).float(), rest, own, owner)


def evenly_wanted(numbers: Sequence[int], kinds: Sequence[str], effort: Effort) -> list[Wanted]:
    """Texts of every kind in turns: the first kind counts half, the others share the other half.

    >>> [one.weight for one in evenly_wanted([0, 1, 2], ["a", "a", "b"], Effort())]
    [0.25, 0.25, 0.5]
    """
    names = list(dict.fromkeys(kinds))
    share = {name: 0.5 if at == 0 else 0.5 / (len(names) - 1) for at, name in enumerate(names)}
    if len(names) == 1:
        share = {names[0]: 1.0}
    most = {name: max(1, round(share[name] * effort.texts)) for name in names}
    taken: dict[str, list[int]] = {name: [] for name in names}
    for number, kind in zip(numbers, kinds, strict=True):
        if len(taken[kind]) < most[kind]:
            taken[kind].append(number)
    return [
        Wanted(number, share[name] / len(mine), effort.rows)
        for name, mine in taken.items()
        for number in mine
    ]
