"""Once all programs have moved: which serves which head, and what probes still say is mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from attndsl.explain.doubted import Choice
from attndsl.explain.hung import hangs_of
from attndsl.explain.parts import InParts
from attndsl.explain.run import Run

if TYPE_CHECKING:
    from attndsl.synthesis.parts.blocks import Batch
    from attndsl.synthesis.parts.fitting import Weights
    from attndsl.synthesis.parts.mending import Judges
    from attndsl.synthesis.parts.vocabulary import Factor
    from attndsl.synthesis.parts.weighing import Weighing

BETTER = 0.01  # of the objective, by which another program must serve a head


@dataclass(frozen=True, eq=False)
class Served:
    """What each program is worth to each head, and what the head adds to its rest, [P, H]."""

    values: torch.Tensor
    owns: torch.Tensor

    def by_best(self, weights: Weights) -> Weights:
        """Each head with the program that serves it best, where that is better than its own."""
        heads = torch.arange(len(weights.owner))
        best = self.values.argmax(0)
        gained = self.values[best, heads] - self.values[weights.owner, heads]
        owner = torch.where(gained > BETTER, best, weights.owner)
        own = torch.where(gained > BETTER, self.owns[best, heads], weights.own)
        return replace(weights, own=own, owner=owner)

    def others(self, owner: Sequence[int]) -> list[list[Choice]]:
        """By head the programs that serve it nearly as well as its own, the best first; numbered
        as they are among those that some head has."""
        from attndsl.synthesis.parts.proposer import nearly

        kept = sorted(set(owner))
        place = {program: at for at, program in enumerate(kept)}
        found = nearly(self.values, self.owns, owner)
        return [[(place[one], rest) for one, rest in mine if one in place] for mine in found]


def settled(
    work: Run, moved: Weights, known: Sequence[Factor], judges: Judges | None, among: Sequence[int],
    worth: Callable[[Weights], float],
) -> tuple[Sequence[Weighing], Weights, list[list[Choice]]]:  # fmt: skip
    """The library in readable numbers, each head with the program that serves it best, those that
    probes speak against mended; and by head what serves it nearly as well.

    What serves each head alone may be worse for the model with all of them: then they stay with
    the programs that were fitted together.
    """
    from attndsl.synthesis.parts.telling import readable

    library, plain = readable(moved, known)
    if judges is None:
        return library, plain, [[] for _ in work.heads]
    heads = served(work, plain, judges)
    plain = max(plain, heads.by_best(plain), key=worth)
    plain = mended(work, plain, known, judges, among)
    others = heads.others(plain.owner.tolist())
    return *readable(plain, known), others


def rows_of(work: Run, known: Sequence[Factor]) -> list[Batch]:
    """The rows that programs were fitted to, in as many batches as then."""
    from attndsl.synthesis.parts.rows import batched

    parts = InParts(work, 0.0)
    sources = [parts.giving(one) for one in parts.sources()]
    found = batched(sources, work.loaded.table, work.heads, known, work.store.meta.mask,
                    work.settings.seed, parts.effort().batches)  # fmt: skip
    return [replace(one, hangs=hangs_of(work)) for one in found]


def judges_of(batch: Batch, probes: Batch | None, known: Sequence[Factor]) -> Judges:
    """A batch of the rows that programs were fitted to, and all probes that may choose: by a few a
    program is mended that others still speak against."""
    from attndsl.synthesis.parts.fitting import with_content
    from attndsl.synthesis.parts.mending import Judges
    from attndsl.synthesis.parts.together import Probed

    asked = None if probes is None else Probed.of(probes, range(len(known)))
    blocks, does = (asked.blocks, asked.does) if asked else ((), batch.does)
    return Judges(batch, with_content([batch]), blocks, does)


def mended(
    work: Run, weights: Weights, known: Sequence[Factor], judges: Judges, among: Sequence[int]
) -> Weights:
    """No parts that undo each other; the programs that probes speak against with other parts, and
    where some heads of one are spoken against alone, with one of their own as long as there may be
    more."""
    from attndsl.synthesis.parts import mending
    from attndsl.synthesis.parts.undoing import without_undoing

    def say(at: int, of: int) -> None:
        work.tell("fit", at, of, "mending what probes speak against")

    def parting(at: int, of: int) -> None:
        work.tell("fit", at, of, "parting heads that probes speak against from others")

    now = without_undoing(weights, judges.texts, judges.worth)
    now = mending.mended(now, known, judges, among, work.settings.mended, say)
    return mending.parted(now, known, judges, among, work.settings.programs, parting)


def served(work: Run, weights: Weights, judges: Judges) -> Served:
    """Every program beside every head."""
    from attndsl.synthesis.parts.sharing import crossed

    def say(at: int, of: int) -> None:
        work.tell("fit", at, of, "comparing programs with heads")

    return Served(*crossed(weights, judges.texts, judges.contents, say))
