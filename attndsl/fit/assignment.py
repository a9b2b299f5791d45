"""Which program stands for which head: a run's folder as `score`, `explain` and `replace` share it.

`library.attn` holds the programs as a person reads them; `assignment.json` says which head has
which, in the order in which heads are replaced.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from attndsl.files.places import Place, lacking, place, there
from attndsl.files.reading import expect, many, number, optional, read_json, record, text, whole
from attndsl.files.whole import make_folder, write_json, write_text
from attndsl.fit.rested import rested
from attndsl.fit.table import ScoreTable
from attndsl.graph.library import as_library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta
from attndsl.language.diagnostics import AttndslError

FORMAT, RESTED = 1, 2  # the second where heads have rests of their own
LIBRARY, ASSIGNMENT = "library.attn", "assignment.json"


@dataclass(frozen=True, slots=True)
class Assigned:
    """One head, its program, and how well that fits it on the selection texts.

    Content IoU and rest error are missing in runs made before they were measured; content IoU also
    where the head has no content to speak of. What rests weighs `rest` times what the program says,
    and `rested` is the program with that in it, where it isn't 1.
    """

    layer: int
    head: int
    program: Program
    iou: float
    content_iou: float | None = None
    rest_error: float | None = None
    contradictions: tuple[str, ...] = ()
    rest: float = 1.0
    rested: Program | None = None

    @property
    def own(self) -> Program:
        """The program with what the head rests of its own."""
        return self.rested or self.program


@dataclass(frozen=True, slots=True)
class Assignment:
    """The heads of one model with their programs, the first to be replaced first."""

    model: str
    model_hash: str
    heads: tuple[Assigned, ...]
    special: bool = False  # whether special tokens are what rests, as in an encoder

    def expect(self, model_hash: str, folder: Place | str) -> None:
        """Refuse a model that the programs weren't found for."""
        if model_hash != self.model_hash:
            raise AttndslError(
                f"the programs of {folder} were fitted to another model ({self.model}); "
                "name that one, or score the library against heads of this one"
            )


def best_assignment(table: ScoreTable, programs: Sequence[Program], meta: StoreMeta) -> Assignment:
    """Each head of a store with its best program, the best fit on the selection texts first."""
    by_name = dict(zip(table.programs, scored_programs(table, programs), strict=True))
    heads_a_layer = meta.heads
    heads = [
        Assigned(number // heads_a_layer, number % heads_a_layer, by_name[fit.program],
                 fit.selection, fit.selection_content, fit.selection_rest_error,
                 tuple(str(one) for one in table.contradicted(fit.head)))
        for number, fit in enumerate(table.fits)
    ]  # fmt: skip
    worth = {
        (number // heads_a_layer, number % heads_a_layer): fit.selection_worth
        for number, fit in enumerate(table.fits)
    }
    heads.sort(key=lambda one: (-worth[one.layer, one.head], one.layer, one.head))
    return Assignment(table.model, meta.model_hash, tuple(heads), meta.mask.kind == "full")


def scored_programs(table: ScoreTable, programs: Sequence[Program]) -> list[Program]:
    """The programs that the table's names stand for, in its order."""
    from attndsl.fit.library import program_names

    by_name = dict(zip(program_names(programs), programs, strict=True))
    return [by_name[name] for name in table.programs]


def write_assignment(
    folder: Place | str,
    assignment: Assignment,
    text: Callable[[Program], str] | None = None,
) -> None:
    """Write both files; programs of one canonical form are written once.

    `text` says how a program is written: by default in canonical form, which needs no helper.
    """
    folder = place(folder)
    names, source = as_library((one.program for one in assignment.heads), text)
    record = {
        "format": RESTED if any(one.rest != 1 for one in assignment.heads) else FORMAT,
        "model": assignment.model,
        "model_hash": assignment.model_hash,
        "rests_on": "special tokens" if assignment.special else "first token",
        "heads": [
            {
                "layer": one.layer,
                "head": one.head,
                "program": names[one.program.hash],
                "iou_selection": one.iou,
                "content_iou_selection": one.content_iou,
                "rest_error_selection": one.rest_error,
                "contradictions": list(one.contradictions),
                **({"rest": one.rest} if one.rest != 1 else {}),
            }
            for one in assignment.heads
        ],
    }
    make_folder(folder)
    write_text(folder / LIBRARY, source)
    write_json(folder / ASSIGNMENT, record)


def fill_in(folder: Place | str, table: ScoreTable, number_of: Callable[[int, int], int]) -> None:
    """Write the selection figures that a run made before they were measured lacks.

    `number_of` gives a head's number in the table from its layer and its number in that.
    """
    path = place(folder) / ASSIGNMENT
    record = _record(path)
    for row in record["heads"]:
        fit = table.fits[number_of(int(row["layer"]), int(row["head"]))]
        row["content_iou_selection"] = fit.selection_content
        row["rest_error_selection"] = fit.selection_rest_error
    write_json(path, record)


def read_assignment(folder: Place | str) -> Assignment:
    """What a run's folder says; its programs go through the checker like any others."""
    folder = place(folder)
    path = folder / ASSIGNMENT
    record = _record(path)
    source = _source(folder / LIBRARY)
    programs = _programs(source, folder / LIBRARY)
    heads: list[Assigned] = []
    taken: set[tuple[int, int]] = set()
    for row in record["heads"]:
        name, head = row["program"], (row["layer"], row["head"])
        if name not in programs:
            raise AttndslError(f"{path} names the program {name}, which {LIBRARY} lacks")
        if head in taken:
            raise AttndslError(f"{path} has the head {head[0]}.{head[1]} twice")
        taken.add(head)
        figures = (row.get(key) for key in FIGURES)
        against = tuple(row.get("contradictions") or ())
        heads.append(replace(Assigned(*head, programs[name], *figures), contradictions=against,
                             rest=float(row.get("rest") or 1.0)))  # fmt: skip
    special = record.get("rests_on") == "special tokens"
    assignment = Assignment(record["model"], record["model_hash"], tuple(heads), special)
    return with_rests(assignment, source, str(folder / LIBRARY))


def with_rests(assignment: Assignment, source: str, file: str) -> Assignment:
    """The assignment with each head's own program made from the library's `source`."""
    heads = assignment.heads
    if all(one.rest == 1 for one in heads):
        return assignment
    asked = [(one.program.name, one.rest) for one in heads]
    own = rested(source, asked, assignment.special, file)
    return replace(assignment, heads=tuple(
        replace(one, rested=None if one.rest == 1 else made)
        for one, made in zip(heads, own, strict=True)
    ))  # fmt: skip


FIGURES = ("iou_selection", "content_iou_selection", "rest_error_selection")
_HEAD = record({
    "layer": whole(), "head": whole(), "program": text(),
    **dict.fromkeys(FIGURES, optional(number())), "iou_selection": number(),
    "contradictions": optional(many(text())), "rest": optional(number()),
})  # fmt: skip
_SHAPE = record({
    "model": text(), "model_hash": text(), "rests_on": optional(text()), "heads": many(_HEAD),
})  # fmt: skip


def _record(path: Place) -> dict[str, Any]:
    if not there(path):
        raise AttndslError(
            f"{path.parent} is no run: {lacking(path.parent, path.name)} "
            "(attndsl score -o DIR writes one)"
        )
    kept: Any = read_json(path)
    if not isinstance(kept, dict) or kept.get("format") not in (FORMAT, RESTED):
        raise AttndslError(
            f"{path} is not of format {FORMAT} or {RESTED}, which this version reads"
        )
    expect(kept, _SHAPE, f"{path} is not an assignment")
    return dict(kept)


def _source(path: Place) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as fault:
        raise AttndslError(f"{path} can't be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise AttndslError(f"{path} is not UTF-8") from None


def _programs(source: str, path: Place) -> dict[str, Program]:
    verified = verify(source, str(path))
    if verified.errors:
        first = verified.errors[0]
        raise AttndslError(f"{path}:{first.span.line}: {first.message}", verified.errors)
    return {program.name: program for program in verified.programs}
