"""Programs that a person saves into a run: its library and assignment, and what came before."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attndsl.authoring.bench import SUBMITTED, Bench, Tried
from attndsl.files.journal import append, read_lines
from attndsl.files.lock import hold
from attndsl.fit.assignment import Assigned, Assignment, read_assignment, write_assignment
from attndsl.graph.library import as_library
from attndsl.graph.printing import to_source
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.report.excerpt import excerpt

if TYPE_CHECKING:
    from attndsl.runs.opened import HeadOfRun

LOCK = ".saving"  # one writer at a time


def save(bench: Bench, program: Program, head: str, mine: Tried) -> dict[str, Any]:
    """Give the head this program, in the run's own files; the one it had goes to the history.

    Refused where the run changed since it was opened: what came meanwhile would be lost.
    """
    held = bench.heads[head]
    with hold(bench.folder / LOCK, bench.folder):
        now = read_assignment(bench.folder)
        before = _of(now, held)
        if before.program.hash != held.program.hash:
            raise AttndslError(
                f"{head} has another program in {bench.folder} than when it was opened "
                f"({before.program.name} in place of {held.program.name}); start the studio again"
            )
        line = {
            "head": head, "by": "studio", "saved": True, "at": int(time.time()),
            "hash": program.hash, "source": excerpt(program.source, program.name),
            "tried": mine.as_json(), "before": bench.now(head).as_json(),
            "replaced": held.own_source,
        }  # fmt: skip
        append(bench.folder / SUBMITTED, line)
        _write(bench.folder, _with(now, before, program, mine))
    bench.reopen(head, mine)
    return {"head": head, "program": bench.heads[head].program.name, "this": mine.as_json(),
            "before": line["before"]}  # fmt: skip


def history(folder: Path, head: str) -> list[dict[str, Any]]:
    """What was handed in or saved for a head, the last first; then what it had at the beginning."""
    lines = [one for one in read_lines(folder / SUBMITTED) if one is not None]
    own = [one for one in lines if one.get("head") == head]
    versions = [
        {"by": one.get("by", "agent"), "at": one.get("at"), "saved": bool(one.get("saved")),
         "source": one["source"], "figures": one["tried"]}
        for one in reversed(own)
    ]  # fmt: skip
    first = next((one for one in own if one.get("saved")), None)
    if first is not None:
        versions.append({"by": "the run", "at": None, "saved": True,
                         "source": first["replaced"], "figures": first["before"]})  # fmt: skip
    return versions


def _write(folder: Path, assignment: Assignment) -> None:
    """Programs as they were written, but those that would mean another thing in this library: a
    mechanism that one of them calls may be the name of another of its programs."""
    plain = set[str]()

    def text(program: Program) -> str:
        return to_source(program) if program.hash in plain else as_written(program)

    while True:
        names, source = as_library((one.program for one in assignment.heads), text)
        meant = {one.name: one.hash for one in verify(source).programs}
        wrong = {form for form, name in names.items() if meant.get(name) != form}
        if wrong <= plain:
            write_assignment(folder, assignment, text)
            return
        plain.update(wrong)


def as_written(program: Program) -> str:
    """A program as it was written, under its name in the library.

    One that uses helpers or constants is written in canonical form, which needs none: names of two
    programs' helpers may be the same.
    """
    own = program.definition.name
    text = excerpt(program.source, own)
    before, header, rest = text.partition(f"def {own}(")
    if not all(line.startswith("@") for line in before.split("\n") if line):
        return to_source(program)
    return f"{before}{header.replace(own, program.name)}{rest}"


def _of(assignment: Assignment, held: "HeadOfRun") -> Assigned:
    for one in assignment.heads:
        if (one.layer, one.head) == (held.layer, held.head):
            return one
    raise AttndslError(f"the run has no head {held.name} any more; start the studio again")


def _with(now: Assignment, before: Assigned, program: Program, mine: Tried) -> Assignment:
    """The assignment with another program for one head, in the same place."""
    own = Assigned(
        before.layer, before.head, program, mine.iou, mine.content_iou, mine.rest_error
    )  # what probes said was of the program before
    heads = tuple(own if one is before else one for one in now.heads)
    return replace(now, heads=heads)
