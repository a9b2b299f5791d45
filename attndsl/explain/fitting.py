"""The phase that fits all installed programs' numbers together to the model's own output."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from attndsl.explain.run import Outcome, Run
from attndsl.graph.verify import verify
from attndsl.surrogates.evaluation import heads_of
from attndsl.synthesis.linear import Linear, read_linear

if TYPE_CHECKING:
    from attndsl.synthesis.joint import Basis, Installed, Task

DIGITS = (2, 3)
ENOUGH = 0.1  # of what was gained, that rounding may cost
HISTORY = "numbers fitted with the other programs to the model's own output"


def fitted(work: Run, outcome: Outcome, heads: Sequence[int]) -> Outcome:
    """The outcome with the numbers of its programs fitted, the first of `heads` replaced.

    What it costs in divergence and in IoU counts together; where the validation texts show no gain,
    everything stays.
    """
    total = work.loaded.layers * work.loaded.heads
    count = min(len(heads), heads_of(work.settings.fit_fraction, total))
    linear = {number: read_linear(source + "\n") for number, source in enumerate(outcome.sources)}
    used = sorted({outcome.assigned[head] for head in heads[:count]})
    used = [number for number in used if linear[number] is not None]
    if not used or len(set(work.loaded.masks)) > 1:
        return outcome
    said = "\0".join((*outcome.sources, repr(work.settings.joint), repr(heads[:count])))
    key = hashlib.sha256(said.encode()).hexdigest()[:16]
    lines = [line for line in work.journal.of_kind("fit") if line["of"] == key]
    if not lines:
        programs = [one for number in used if (one := linear[number]) is not None]
        numbers, figures = found_numbers(work, outcome, heads[:count], used, programs)
        sources = [
            one.written(mine) for one, mine in zip(programs, numbers, strict=True)
        ] if numbers else []  # fmt: skip
        work.note({"kind": "fit", "of": key, "sources": sources, "figures": figures})
        lines = list(work.journal.of_kind("fit"))
    outcome.figures["fit"] = lines[-1]["figures"]
    if not lines[-1]["sources"]:
        return outcome
    return with_sources(work, outcome, dict(zip(used, lines[-1]["sources"], strict=True)))


def with_sources(work: Run, outcome: Outcome, fresh: dict[int, str]) -> Outcome:
    """The outcome with some programs written anew, under their names."""
    programs, sources, origins = (
        list(outcome.programs),
        list(outcome.sources),
        list(outcome.origins),
    )
    for number, source in fresh.items():
        sources[number] = source.strip()
        (program,) = verify(source, "library.attn").programs
        programs[number] = replace(program, source=sources[number])
        origins[number] = (*origins[number], HISTORY)
    means = work.scorer(work.sets.selection).scores(programs)
    return replace(
        outcome,
        programs=tuple(programs),
        sources=tuple(sources),
        origins=tuple(origins),
        means=means,
    )


def found_numbers(
    work: Run,
    outcome: Outcome,
    heads: Sequence[int],
    used: Sequence[int],
    programs: Sequence[Linear],
) -> tuple[list[list[float]], dict[str, float]]:
    """Numbers by program, none where the validation texts show no gain; and what it brought."""
    from attndsl.synthesis.joint import Basis, Installed, fit_jointly, rounded, task_of

    effort, place = work.settings.joint, {number: at for at, number in enumerate(used)}
    basis = Basis.of(programs)
    installed = Installed(
        {work.place(h): place[n] for h, n in outcome.assigned.items() if n in place},
        {work.place(h): outcome.programs[outcome.assigned[h]] for h in heads
         if outcome.assigned[h] not in place},
        frozenset(map(work.place, heads)),
    )  # fmt: skip

    def tasks_of(numbers: Sequence[int]) -> list[Task]:
        starts = range(0, len(numbers), effort.batch)
        parts = [numbers[start : start + effort.batch] for start in starts]
        found = []
        for at, part in enumerate(parts):
            work.tell("fit", at, len(parts), "texts")
            found.append(task_of(work.loaded, work.store, part, basis, installed))
        return found

    held = tasks_of(work.sets.validation[: effort.texts // 2])
    before = held_loss(held, basis, installed, basis.start)
    tasks = tasks_of(work.sets.selection[: effort.texts])

    def say(done: int, of: int, divergence: float, iou: float) -> None:
        work.tell("fit", done, of, f"divergence {divergence:.4f} nats, IoU {iou:.4f}")

    found = fit_jointly(tasks, basis, installed, effort, say)
    after = held_loss(held, basis, installed, found)
    figures = {"divergence_before": before[0], "iou_before": before[1],
               "divergence_fitted": after[0], "iou_fitted": after[1]}  # fmt: skip
    worth = [iou * effort.iou - divergence for divergence, iou in (before, after)]
    for digits in DIGITS:
        numbers = rounded(basis, found, digits)
        flat = torch.tensor([value for one in numbers for value in one])
        now = held_loss(held, basis, installed, flat)
        gained = now[1] * effort.iou - now[0] - worth[0]
        if gained > 0 and gained >= (1 - ENOUGH) * (worth[1] - worth[0]):
            return numbers, {**figures, "divergence": now[0], "iou": now[1], "digits": digits}
    return [], figures


def held_loss(
    tasks: Sequence[Task], basis: Basis, installed: Installed, numbers: torch.Tensor
) -> tuple[float, float]:
    """Mean divergence and IoU over some batches."""
    from attndsl.synthesis.joint import losses

    with torch.no_grad():
        found = torch.stack([
            torch.stack(losses(task, basis, installed, numbers)) for task in tasks
        ]).mean(0)  # fmt: skip
    return float(found[0]), float(found[1])
