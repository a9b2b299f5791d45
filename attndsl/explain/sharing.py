"""What sharing a program costs each head on the report texts, by which nothing is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attndsl.graph.verify import verify
from attndsl.runs.shortfalls import losing_much

if TYPE_CHECKING:
    from attndsl.explain.run import Outcome, Run
    from attndsl.graph.program import Program


def sharing_figures(work: Run, outcome: Outcome, parts: Mapping[str, Any] | None) -> dict[str, Any]:
    """For the summary: by head with content the content IoU of its own program of as many parts,
    of its ladder, less that of the program that it shares; on the same rows. Nothing where no head
    shares a program of the proposer parts."""
    alone = alone_as_long(work, outcome, parts) if parts is not None else {}
    if not alone:
        return {}
    work.tell("report", 0, 1, "what sharing costs")
    own = content_of(work, alone)
    shared = content_of(work, {head: outcome.program_of(head) for head in alone})
    name = work.store.meta.head_name
    costs = {name(head): round(own[head] - shared[head], 6) for head in shared}
    if not costs:
        return {}
    return {
        "mean_sharing_cost": sum(costs.values()) / len(costs),
        "sharing_cost": costs,
        "sharing_costs_much": losing_much(costs),
    }


def alone_as_long(work: Run, outcome: Outcome, parts: Mapping[str, Any]) -> dict[int, Program]:
    """Of each head that shares its program the longest of its ladder that has no more parts."""
    lengths = [len(one["factors"]) for one in parts["programs"]]
    heads_of = Counter(outcome.assigned.values())
    found = {}
    for head, ladder in zip(work.heads, parts["ladders"], strict=True):
        number, rungs = outcome.assigned[head], ladder["rungs"]
        if heads_of[number] < 2 or number >= len(lengths):  # others than parts wrote the later ones
            continue
        sizes = sorted(map(int, rungs))
        size = max((one for one in sizes if one <= lengths[number]), default=sizes[0])
        (found[head],) = verify(rungs[str(size)]["source"]).programs
    return found


def content_of(work: Run, programs: Mapping[int, Program]) -> dict[int, float]:
    """Mean content IoU on the report texts of some heads' programs, of those with content."""
    distinct = {one.hash: one for one in programs.values()}
    row = {name: at for at, name in enumerate(distinct)}
    scorer = replace(work.scorer(work.sets.report), heads=tuple(programs))
    found = scorer.measures(list(distinct.values()))
    return {
        head: float(found.content_iou[row[one.hash], at])
        for at, (head, one) in enumerate(programs.items()) if found.defined[at]
    }  # fmt: skip
