"""A model over symbols: all heads' programs found together, by what it then answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from attndsl.explain.run import Run
from attndsl.explain.serving import rows_of
from attndsl.explain.stages import Stages, tasks_of

if TYPE_CHECKING:
    from attndsl.synthesis.joint import Installed, JointEffort
    from attndsl.synthesis.parts.answering import Answers, Reached
    from attndsl.synthesis.parts.fitting import Moves, Weights
    from attndsl.synthesis.parts.together import Together
    from attndsl.synthesis.parts.vocabulary import Factor

ALL: Moves = (True, True, False)
FIRST, LATER = 0.4, 0.25  # of the steps: with many parts, and each time some were left out
SIZES = (6, 5, 4, 3)  # of programs, beside the longest
Found = tuple[dict[str, Any], dict[str, float]]


def by_answers(work: Run, key: str, parts: Mapping[str, Any], effort: JointEffort) -> Found:
    """What changes in the parts, nothing where no more answers are kept; and what it brought."""
    from attndsl.synthesis.parts import answering, telling
    from attndsl.synthesis.parts.blocks import joined
    from attndsl.synthesis.parts.symbols import symbols_of
    from attndsl.synthesis.parts.vocabulary import factors

    known = factors(work.store.meta.mask, symbols_of(work.loaded.table))
    begun = alone(telling.weights_of(
        telling.from_json(parts["programs"], known), torch.tensor(parts["owner"]),
        torch.tensor(parts["rests"]).log(), known,
    ))  # fmt: skip
    rows = rows_of(work, known)
    wide = answering.widest(len(work.heads), len(known), rows)
    trying = Trying.of(work, begun, wide, known, effort)
    before = trying.reached(begun)
    if before.error <= answering.DECIDES:
        return {}, figures_of(before, before)
    found = trying.cut(key, wide, sizes_of(work))
    best = found[answering.shown({size: trying.reached(one) for size, one in found.items()})]
    library, plain = telling.readable(best, known)
    after = trying.reached(alone(plain))
    if not answering.better(after, before):
        return {}, figures_of(before, before)
    sources = telling.worded(library, plain, joined(rows), known, work.settings.about,
                             work.store.meta.mask.kind == "full")  # fmt: skip
    return {
        "sources": list(sources), "programs": telling.as_json(library),
        "others": [[] for _ in work.heads], "owner": plain.owner.tolist(),
        "rests": list(telling.rests_of(plain)),
    }, figures_of(before, after)  # fmt: skip


def figures_of(before: Reached, after: Reached) -> dict[str, float]:
    return {
        f"{name}_{when}": value
        for when, one in (("before", before), ("after", after))
        for name, value in (("error", one.error), ("answers_kept", one.kept))
    }


def alone(weights: Weights) -> Weights:
    """Every head with a program of its own, which rests as the head does."""
    owner = weights.owner
    return replace(
        weights, powers=weights.powers[owner], kept=weights.kept[owner],
        rest=weights.rest[owner] + weights.own, own=torch.zeros_like(weights.own),
        owner=torch.arange(len(owner)),
    )  # fmt: skip


def sizes_of(work: Run) -> list[int]:
    """The sizes of program of which one is shown, the longest first."""
    most = work.settings.longest
    return [most, *(one for one in SIZES if one < most)]


@dataclass(frozen=True, eq=False)
class Trying:
    """The batches to fit to and those to choose by; only the factors `used` stand in them."""

    work: Run
    fitted: Sequence[Answers]
    held: Sequence[Answers]
    installed: Installed
    effort: JointEffort
    known: Sequence[Factor]
    used: tuple[int, ...]

    @classmethod
    def of(
        cls, work: Run, begun: Weights, wide: Weights, known: Sequence[Factor], effort: JointEffort
    ) -> Trying:
        from attndsl.synthesis.joint import Installed
        from attndsl.synthesis.parts.answering import BATCH, answers_of
        from attndsl.synthesis.parts.together import Together

        effort = replace(effort, batch=BATCH)
        used = tuple((begun.kept + wide.kept).sum(0).nonzero().flatten().tolist())
        heads = {work.place(head): at for at, head in enumerate(work.heads)}
        installed = Installed(heads, (frozenset(heads),))
        basis = Together.of(wide, known, used, ALL)
        parting = np.asarray(work.loaded.table.columns["is_sep"], dtype=np.bool_)
        fitted, held = (
            [answers_of(one, parting) for one in tasks_of(work, texts, basis, installed, effort)]
            for texts in (work.sets.selection[: effort.texts], work.sets.validation)
        )
        return cls(work, fitted, held, installed, effort, known, used)

    def cut(self, key: str, wide: Weights, sizes: Sequence[int]) -> dict[int, Weights]:
        """By size the programs fitted, from many parts to few."""
        from attndsl.synthesis.parts.answering import CUTS, ByOutput, shorter

        tasks = [one.task for one in self.fitted]
        stages = Stages(self.work, key, tasks, self.installed, self.effort, None, self.known,
                        self.used, ByOutput(self.fitted))  # fmt: skip
        now, found = stages.moved("all", wide, ALL, FIRST), {}
        for size in [*(one for one in CUTS if one > sizes[0]), *sizes]:
            now = shorter(now, size, self.fitted, self.basis(now), self.installed)
            now = stages.moved(str(size), now, ALL, LATER)
            found[size] = now
        return {size: found[size] for size in sizes}

    def reached(self, weights: Weights) -> Reached:
        """On all the texts that may choose: a handful would tell few answers apart."""
        from attndsl.synthesis.parts.answering import reached

        return reached((*self.fitted, *self.held), self.basis(weights), self.installed)

    def basis(self, weights: Weights) -> Together:
        from attndsl.synthesis.parts.together import Together

        return Together.of(weights, self.known, self.used, ALL)
