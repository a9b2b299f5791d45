"""Once all programs have moved: which serves which head, and what probes still say is mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from attndsl.explain.doubted import Choice
from attndsl.explain.parts import InParts
from attndsl.explain.run import Run

if TYPE_CHECKING:
    from attndsl.synthesis.parts.blocks import Batch
    from attndsl.synthesis.parts.fitting import Weights
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
        return type(weights)(weights.powers, weights.kept, weights.rest, own, owner, weights.least)

    def others(self, owner: Sequence[int]) -> list[list[Choice]]:
        """By head the programs that serve it nearly as well as its own, the best first; numbered
        as they are among those that some head has."""
        from attndsl.synthesis.parts.proposer import nearly

        kept = sorted(set(owner))
        place = {program: at for at, program in enumerate(kept)}
        found = nearly(self.values, self.owns, owner)
        return [[(place[one], rest) for one, rest in mine if one in place] for mine in found]


def settled(
    work: Run, moved: Weights, known: Sequence[Factor], probes: Batch | None
) -> tuple[Sequence[Weighing], Weights, list[list[Choice]]]:
    """The library in readable numbers, each head with the program that serves it best, those that
    `probes` speak against mended; and by head what serves it nearly as well."""
    from attndsl.synthesis.parts.fitting import with_content
    from attndsl.synthesis.parts.mending import Judges, mended
    from attndsl.synthesis.parts.sharing import crossed
    from attndsl.synthesis.parts.telling import readable
    from attndsl.synthesis.parts.together import Probed

    def say(what: str) -> Callable[[int, int], None]:
        return lambda at, of: work.tell("fit", at, of, what)

    _, plain = readable(moved, known)
    batch = batch_of(work, known)
    contents = with_content([batch])
    heads = Served(*crossed(plain, batch, contents, say("comparing programs with heads")))
    plain = heads.by_best(plain)
    if probes is not None:
        asked = Probed.of(probes, range(len(known)))
        judges = Judges(batch, contents, asked.blocks, asked.does)
        plain = mended(plain, known, judges, say("mending what probes speak against"))
    others = heads.others(plain.owner.tolist())
    library, plain = readable(plain, known)
    return library, plain, others


def batch_of(work: Run, known: Sequence[Factor]) -> Batch:
    """The first batch of rows, of those that programs were fitted to."""
    from attndsl.synthesis.parts.rows import batched

    parts = InParts(work, 0.0)
    sources = [parts.giving(one) for one in parts.sources()]
    return batched(sources, work.loaded.table, work.heads, known, work.store.meta.mask,
                   work.settings.seed, parts.effort().batches)[0]  # fmt: skip
