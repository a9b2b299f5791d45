"""Answers about the text that is written: problems, names, form, canonical tree."""

from collections.abc import Mapping
from typing import Any

from attndsl.authoring import answers
from attndsl.authoring.document import Placed
from attndsl.authoring.studio.desk import Desk
from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatter import format_source

Answer = dict[str, Any]
Given = Mapping[str, Any]
FEW = 400  # nodes of a canonical tree that are drawn


def check(desk: Desk, given: Given) -> Answer:
    """Problems and programs of the text."""
    checked = desk.checked(given["text"])
    return {"problems": answers.problems(checked), "programs": answers.programs(checked)}


def fixes(desk: Desk, given: Given) -> Answer:
    """The problems again, with the changes that end them."""
    checked = desk.checked(given["text"])
    with desk.checking:
        return {"problems": answers.problems_with_fixes(desk.checker, checked)}


def hover(desk: Desk, given: Given) -> Answer | None:
    return answers.hovered(desk.checked(given["text"]), given["at"])


def complete(desk: Desk, given: Given) -> Answer:
    checked = desk.checked(given["text"])
    return answers.completed(checked, given["at"])


def signature(desk: Desk, given: Given) -> Answer | None:
    return answers.signed(desk.checked(given["text"]), given["at"])


def form(desk: Desk, given: Given) -> Answer:
    """The text in the one format."""
    desk.checked(given["text"])  # refuses what is too large
    return {"text": format_source(given["text"])}


def tree(desk: Desk, given: Given) -> Answer:
    """The program's canonical form: as a program, as a tree, and what it costs."""
    from attndsl.graph.length import length
    from attndsl.graph.literals import numbers
    from attndsl.graph.printing import bare_source
    from attndsl.report.tree import tree_of

    placed = program_at(desk, given)
    program = placed.program
    drawn = tree_of(program)
    nodes = drawn["nodes"]
    assert isinstance(nodes, list)
    return {
        "name": program.name, "hash": program.hash, "source": bare_source(program),
        "tree": drawn if len(nodes) <= FEW else None, "nodes": len(nodes),
        "time": str(program.cost.time), "bytes": program.cost.bytes.at(1024),
        "told": next(one["told"] for one in answers.programs(desk.checked(given["text"]))
                     if one["name"] == program.name),
        "bits": length(program), "numbers": numbers(program), "needs": sorted(program.needs),
    }  # fmt: skip


def program_at(desk: Desk, given: Given) -> Placed:
    placed = answers.program_at(desk.checked(given["text"]), given["at"])
    if placed is None:
        raise AttndslError("there is no whole program at the cursor: its problems are marked")
    return placed
