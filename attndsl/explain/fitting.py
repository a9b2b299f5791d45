"""The phase that fits all installed programs' numbers together to the model's own output."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from attndsl.explain.rewrite import Rewritten, rewritten
from attndsl.explain.run import Outcome, Run
from attndsl.surrogates.evaluation import heads_of
from attndsl.synthesis.linear import Linear, read_linear
from attndsl.synthesis.search.climb import Shape, readable
from attndsl.synthesis.search.recipe import renamed

if TYPE_CHECKING:
    from attndsl.synthesis.joint import Effort, Fitted, Installed, Loss, Task

DIGITS = (2, 3)
ENOUGH = 0.1  # of what was gained, that rounding may cost
HISTORY = "numbers fitted with the other programs to the model's own output"


def linear_of(outcome: Outcome) -> dict[int, Linear | None]:
    """The programs whose numbers can be fitted, by number; those with rests of heads' own can't."""
    with_rests = {outcome.assigned[head] for head in outcome.own}
    return {
        number: None if number in with_rests else read_linear(source + "\n")
        for number, source in enumerate(outcome.sources)
    }


def fitted(work: Run, outcome: Outcome, heads: Sequence[int], effort: Effort) -> Outcome:
    """The outcome with the numbers of its programs fitted, the first of `heads` replaced.

    What it costs in divergence and in IoU counts together; where the validation texts show no gain,
    everything stays.
    """
    total = work.loaded.layers * work.loaded.heads
    count = min(len(heads), heads_of(work.settings.fit_fraction, total))
    linear = linear_of(outcome)
    used = sorted({outcome.assigned[head] for head in heads[:count]})
    used = [number for number in used if linear[number] is not None]
    if not used or len(set(work.loaded.masks)) > 1:
        return outcome
    said = "\0".join((*outcome.sources, repr(effort), repr(heads[:count])))
    key = hashlib.sha256(said.encode()).hexdigest()[:16]
    lines = [line for line in work.journal.of_kind("fit") if line["of"] == key]
    programs = {number: one for number in used if (one := linear[number]) is not None}
    if not lines:
        numbers, figures = found_numbers(
            work, outcome, heads[:count], used, list(programs.values()), effort
        )
        work.note({"kind": "fit", "of": key, "numbers": numbers, "figures": figures})
        lines = list(work.journal.of_kind("fit"))
    outcome.figures["fit"] = lines[-1]["figures"]
    shape = work.settings.shape
    fresh = {
        number: with_numbers(outcome, number, one, values, shape)
        for (number, one), values in zip(programs.items(), lines[-1]["numbers"], strict=False)
    }
    return rewritten(work, outcome, fresh) if fresh else outcome


def with_numbers(
    outcome: Outcome, number: int, linear: Linear, values: Sequence[float], shape: Shape
) -> Rewritten:
    """A program with other numbers; one of the search's says anew what it favours most."""
    recipe, name = outcome.recipes[number], outcome.programs[number].name
    if recipe is not None and recipe.numbers == tuple(term.value for term in linear.terms):
        recipe = recipe.with_numbers(values)
        source, now = recipe.source(name), renamed(recipe, name)
        if readable(recipe, source, shape):
            return Rewritten(source, now, recipe, HISTORY)
        return Rewritten(linear.written(values), now, None, HISTORY)
    return Rewritten(linear.written(values), name, None, HISTORY)


def found_numbers(
    work: Run,
    outcome: Outcome,
    heads: Sequence[int],
    used: Sequence[int],
    programs: Sequence[Linear],
    effort: Effort,
) -> tuple[list[list[float]], dict[str, float]]:
    """Numbers by program, none where the validation texts show no gain; and what it brought."""
    from attndsl.synthesis.joint import Installed, fit_jointly, task_of
    from attndsl.synthesis.sums import Basis, rounded

    place = {number: at for at, number in enumerate(used)}
    basis = Basis.of(programs)
    installed = Installed(
        {work.place(h): place[n] for h, n in outcome.assigned.items() if n in place},
        {work.place(h): outcome.program_of(h) for h in heads
         if outcome.assigned[h] not in place},
        (frozenset(map(work.place, heads)),),
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

    def say(done: int, of: int, loss: Loss) -> None:
        divergence, iou = float(loss.divergence.detach()), float(loss.iou.detach())
        work.tell("fit", done, of, f"divergence {divergence:.4f} nats, IoU {iou:.4f}")

    found = fit_jointly(tasks, basis, installed, effort, say)
    after = held_loss(held, basis, installed, found)
    figures = {"divergence_before": before[0], "iou_before": before[2],
               "divergence_fitted": after[0], "iou_fitted": after[2]}  # fmt: skip
    worth = [agreement * effort.agreement - divergence
             for divergence, agreement, _ in (before, after)]  # fmt: skip
    for digits in DIGITS:
        numbers = rounded(basis, found, digits)
        flat = torch.tensor([value for one in numbers for value in one])
        now = held_loss(held, basis, installed, flat)
        gained = now[1] * effort.agreement - now[0] - worth[0]
        if gained > 0 and gained >= (1 - ENOUGH) * (worth[1] - worth[0]):
            return numbers, {**figures, "divergence": now[0], "iou": now[2], "digits": digits}
    return [], figures


def held_loss(
    tasks: Sequence[Task], basis: Fitted, installed: Installed, numbers: torch.Tensor
) -> tuple[float, float, float]:
    """Mean divergence, agreement and IoU over some batches."""
    from attndsl.synthesis.joint import losses

    with torch.no_grad():
        each = [losses(task, basis, installed, numbers) for task in tasks]
    found = [[float(one) for one in (loss.divergence, loss.agreement, loss.iou)] for loss in each]
    first, second, third = (sum(column) / len(found) for column in zip(*found, strict=True))
    return first, second, third
