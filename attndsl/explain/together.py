"""The library of parts fitted together to the model's own output, and told anew."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from attndsl.explain.amounts import PROBES_A_KIND
from attndsl.explain.answered import by_answers
from attndsl.explain.doubted import undoubted
from attndsl.explain.parts import InParts
from attndsl.explain.run import Run
from attndsl.explain.serving import judges_of, mended, rows_of, settled
from attndsl.explain.stages import Stages, tasks_of
from attndsl.surrogates.evaluation import heads_of

if TYPE_CHECKING:
    from attndsl.synthesis.joint import Installed, JointEffort, Task
    from attndsl.synthesis.parts.blocks import Batch
    from attndsl.synthesis.parts.fitting import Moves, Weights
    from attndsl.synthesis.parts.together import Together
    from attndsl.synthesis.parts.vocabulary import Factor

SHARES = (0.25, 0.5)  # of the heads, that stand replaced in every other step
GENTLY = 0.1  # of the rate
MOST = 10.0  # times as much as with all heads, that a divergence counts with a few
PROGRAMS: Moves = (True, False, True)  # what heads add moves their rests too
OWN: Moves = (False, False, True)


def parts_fitted(
    work: Run, parts: Mapping[str, Any], by_fit: Sequence[int], by_effect: Sequence[int],
    effort: JointEffort,
) -> Mapping[str, Any]:  # fmt: skip
    """The parts with other numbers in their programs, and figures of what that brought.

    Where the validation texts show no gain, numbers stay as they were; what probes speak against
    is mended all the same.
    """
    said = repr((parts["sources"], parts["rests"], effort, by_fit, by_effect))
    key = hashlib.sha256(said.encode()).hexdigest()[:16]
    for line in work.journal.of_kind("fit"):
        if line["of"] == key:
            return {**parts, **line["parts"], "figures": line["figures"]}
    if work.exact:
        fresh, figures = by_answers(work, key, parts, effort)
    else:
        fresh, figures = found_numbers(work, key, parts, by_fit, by_effect, effort)
    work.note({"kind": "fit", "of": key, "parts": fresh, "figures": figures})
    return {**parts, **fresh, "figures": figures}


def found_numbers(
    work: Run, key: str, parts: Mapping[str, Any], by_fit: Sequence[int],
    by_effect: Sequence[int], effort: JointEffort,
) -> tuple[dict[str, Any], dict[str, float]]:  # fmt: skip
    """What changes in the parts, nothing where there is no gain; and what it brought."""
    from attndsl.synthesis.parts import telling
    from attndsl.synthesis.parts.blocks import joined
    from attndsl.synthesis.parts.symbols import symbols_of
    from attndsl.synthesis.parts.together import Probed, Together
    from attndsl.synthesis.parts.vocabulary import factors

    mask = work.store.meta.mask
    symbols = symbols_of(work.loaded.table)
    known = factors(mask, symbols)
    if symbols:  # whose numbers are the likeliest ones already
        effort = replace(effort, rate=effort.rate * GENTLY)
    rests = torch.tensor(parts["rests"]).log()
    begun = telling.weights_of(
        telling.from_json(parts["programs"], known), torch.tensor(parts["owner"]), rests, known
    )
    probes = None if symbols else probes_of(work, known)
    rows, judges = rows_of(work, known), None
    if not symbols:
        judges = judges_of(rows[0], probes_of(work, known, None), known)
        begun = mended(work, begun, known, judges, range(len(known)))
    used = tuple(begun.kept.sum(0).nonzero().flatten().tolist())
    installed, basis = in_turns(work, by_fit, by_effect), Together.of(begun, known, used, PROGRAMS)
    held = tasks_of(work, work.sets.validation[: effort.texts // 2], basis, installed, effort)
    tasks = tasks_of(work, work.sets.selection[: effort.texts], basis, installed, effort)
    validation = Validation(held, installed, known, used, effort.agreement)
    installed = replace(installed, counts=counts_of(tasks, basis, installed))
    asked = None if probes is None else Probed.of(probes, used)
    stages = Stages(work, key, tasks, installed, effort, asked, known, used)
    moved = stages.moved("all", begun, PROGRAMS)
    library, plain, others = settled(work, moved, known, judges, used, validation.worth)
    plain = stages.moved("own", plain, OWN, effort.again)
    plain = plain.with_own(torch.tensor(telling.rests_of(plain)).log())
    before, after = validation.loss(begun), validation.loss(plain)
    figures = {
        f"{name}_{when}": value
        for when, loss in (("before", before), ("after", after))
        for name, value in zip(("divergence", "agreement", "iou"), loss, strict=True)
    }
    if validation.of(after) <= validation.of(before):
        if judges is None:
            return {}, figures
        (library, plain), others = telling.readable(begun, known), [[] for _ in work.heads]
    sources = telling.worded(library, plain, joined(rows), known, work.settings.about,
                             mask.kind == "full")  # fmt: skip
    own = list(zip(plain.owner.tolist(), telling.rests_of(plain), strict=True))
    chosen = undoubted(work, sources, own, others)
    fresh = {"sources": list(sources), "programs": telling.as_json(library), "others": others,
             "owner": [one for one, _ in chosen],
             "rests": [rest for _, rest in chosen]}  # fmt: skip
    return fresh, figures


@dataclass(frozen=True, eq=False)
class Validation:
    """The texts by which it is told whether a change is for the better, all heads replaced; only
    the factors `used` stand in their cells."""

    tasks: Sequence[Task]
    installed: Installed
    known: Sequence[Factor]
    used: Sequence[int]
    agreement: float  # how many nats it counts

    def worth(self, weights: Weights) -> float:
        return self.of(self.loss(weights))

    def of(self, loss: tuple[float, float, float]) -> float:
        divergence, agreement, _ = loss
        return self.agreement * agreement - divergence

    def loss(self, weights: Weights) -> tuple[float, float, float]:
        """The mean divergence, agreement and IoU."""
        from attndsl.synthesis.parts.together import Together

        basis = Together.of(weights, self.known, self.used, OWN)
        return held_loss(self.tasks, basis, self.installed, basis.numbers(basis.free))


def in_turns(work: Run, by_fit: Sequence[int], by_effect: Sequence[int]) -> Installed:
    """All heads, and shares of them in three orders, in turns: every other step has all."""
    from attndsl.synthesis.joint import Installed

    at_random = list(by_fit)
    random.Random(work.settings.seed).shuffle(at_random)
    orders = [order for order in (by_effect, at_random, by_fit) if order]
    everything, total = (
        frozenset(map(work.place, work.heads)),
        work.loaded.layers * work.loaded.heads,
    )
    turns = [everything]
    for share in SHARES:
        for order in orders:
            count = min(len(order), heads_of(share, total))
            turns += [frozenset(map(work.place, order[:count])), everything]
    fitted = {work.place(head): at for at, head in enumerate(work.heads)}
    return Installed(fitted, tuple(turns[:-1]))


def counts_of(tasks: Sequence[Task], basis: Together, installed: Installed) -> tuple[float, ...]:
    """How much a turn counts: what few heads lose as much as what all do, within MOST.

    Else the divergence with all heads, which is many times that of a few, would be all that counts.
    """
    from attndsl.synthesis.joint import losses

    begun = basis.numbers(basis.free)
    found: dict[frozenset[tuple[int, int]], float] = {}
    with torch.no_grad():
        for turn, heads in enumerate(installed.replaced):
            if heads not in found:
                found[heads] = float(losses(tasks[0], basis, installed, begun, turn).divergence)
    most = max(found.values())
    return tuple(min(MOST, most / max(found[heads], 1e-9)) for heads in installed.replaced)


def held_loss(
    tasks: Sequence[Task], basis: Together, installed: Installed, numbers: torch.Tensor
) -> tuple[float, float, float]:
    """Mean divergence, agreement and IoU over some batches."""
    from attndsl.synthesis.joint import losses

    with torch.no_grad():
        each = [losses(task, basis, installed, numbers) for task in tasks]
    found = [[float(one) for one in (loss.divergence, loss.agreement, loss.iou)] for loss in each]
    first, second, third = (sum(column) / len(found) for column in zip(*found, strict=True))
    return first, second, third


def probes_of(
    work: Run, known: Sequence[Factor], a_kind: int | None = PROBES_A_KIND
) -> Batch | None:
    """Some of the probes that may choose, or all, with what they ask of programs."""
    from attndsl.synthesis.parts.rows import batched

    probes = [one for one in InParts(work, 0.0, a_kind).sources() if one.asks is not None]
    if not probes:
        return None
    (batch,) = batched(probes, work.loaded.table, work.heads, known, work.store.meta.mask,
                       work.settings.seed, 1)  # fmt: skip
    return batch
