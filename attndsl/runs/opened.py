"""A run's folder, opened: its heads, programs, figures and report, without the heads' store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attndsl.files.places import Place, lacking, place
from attndsl.files.reading import expect, read_json, record
from attndsl.fit.assignment import ASSIGNMENT, Assigned, Assignment, read_assignment
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, meant, whole
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.runs.schema import DATA, MAPS, NO_REPORT, read_summary, unfinished, unfinished_note

if TYPE_CHECKING:
    from attndsl.engines.why import Why
    from attndsl.graph.program import Program
    from attndsl.report.data import Report
    from attndsl.tokens.encoded import Encoded

FIRST = 20  # heads that a view lists
# What a summary's figures by head are called of one head.
NAMED = {
    "effects": "effect", "constant_iou_by_head": "constant_iou", "excess_iou_by_head": "excess_iou",
    "output_explained_by_head": "output_explained",
}  # fmt: skip


@dataclass(frozen=True)
class HeadOfRun:
    """One head of a run with its program; `figures` are what was measured of it, by name, and
    `contradictions` what probe texts say against the program."""

    layer: int
    head: int
    program: Program
    own: Program
    source: str
    figures: dict[str, Any]
    contradictions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"L{self.layer}.H{self.head}"

    @property
    def own_source(self) -> str:
        """The source with what the head rests of its own: a second program that calls the first."""
        if self.own is self.program:
            return self.source
        from attndsl.report.excerpt import excerpt

        word = self.own.definition.name
        name = f"{self.program.name}_of_{self.name.lower().replace('.', '_')}"
        return excerpt(self.own.source, word).replace(word, name)

    def __repr__(self) -> str:
        iou = self.figures.get("iou")
        said = "" if iou is None else f", IoU {iou:.3f}"
        return f"<head {self.name}: {self.program.name}{said}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(key)}</td><td>{shown(value)}</td></tr>"
            for key, value in self.figures.items()
        )
        return (
            f"<b>{self.name}</b>: {escape(self.program.docstring or self.program.name)}"
            f'<pre style="font-family:monospace">{escape(self.source)}</pre><table>{rows}</table>'
        )


class OpenedRun:
    """A run's folder. `missing` says what a run of this version would have beside it.

    run = attndsl.open_run("run")
    run.head(18, 7), run.find("induction"), run.heads
    """

    def __init__(self, folder: Place | str) -> None:
        self.folder = place(folder)
        said = read_summary(self.folder)
        if not (self.folder / ASSIGNMENT).exists():
            raise AttndslError(f"{folder} is no run: {lacking(self.folder, ASSIGNMENT)}")
        self.summary = said.summary
        why = self.summary.get(NO_REPORT)
        none = f" ({why})" if why else ""
        gone = [f"{name}: what a report is made of{none}" for name in (DATA, MAPS)
                if not (self.folder / name).exists()]  # fmt: skip
        self.missing = (*said.missing, *gone)

    @cached_property
    def assignment(self) -> Assignment:
        return read_assignment(self.folder)

    @property
    def model(self) -> str:
        return self.assignment.model

    @cached_property
    def mask(self) -> Mask:
        """The mask of the run's model, by its report; without one by what its heads rest on."""
        if (self.folder / DATA).exists():
            from attndsl.heads.meta import MASK

            data = read_json(self.folder / DATA)
            expect(data, record({"mask": MASK}), str(self.folder / DATA))
            return Mask(**data["mask"])
        return FULL if self.assignment.special else CAUSAL

    def __len__(self) -> int:
        return len(self.assignment.heads)

    def __iter__(self) -> Iterator[HeadOfRun]:
        """The heads by layer and number."""
        for one in sorted(self.assignment.heads, key=lambda one: (one.layer, one.head)):
            yield self._head(one)

    def _head(self, one: Assigned) -> HeadOfRun:
        name = f"L{one.layer}.H{one.head}"
        figures: dict[str, Any] = {"iou_selection": one.iou}
        for key, by_head in self.summary.items():
            if not isinstance(by_head, dict) or name not in by_head:
                continue
            value = by_head[name]
            if not isinstance(value, dict):
                figures[NAMED.get(key, key)] = value
            elif "mean" in value:  # an estimate; ladders are no figures
                figures[NAMED.get(key, key)] = value["mean"]
        for key in ("content_iou", "rest_error"):
            if (value := getattr(one, key, None)) is not None:
                figures.setdefault(f"{key}_selection", value)
        if self._some_rest:  # what rests weighs so many times what its program says
            figures["times_rest"] = one.rest
        figures["contradictions"] = len(one.contradictions)
        source, against = self.program_source(one), one.contradictions
        return HeadOfRun(one.layer, one.head, one.program, one.own, source, figures, against)

    @cached_property
    def _some_rest(self) -> bool:
        """Whether heads have a number of their own for what they rest; else all have 1."""
        return any(one.rest != 1 for one in self.assignment.heads)

    def program_source(self, one: Assigned) -> str:
        from attndsl.report.excerpt import excerpt

        return excerpt(one.program.source, one.program.name)

    def head(self, layer: int, head: int) -> HeadOfRun:
        """One head, by its layer and its number in it."""
        at = whole(layer, "layer"), whole(head, "head")
        for one in self.assignment.heads:
            if (one.layer, one.head) == at:
                return self._head(one)
        raise AttndslError(
            f"the run has no program for L{layer}.H{head}; it has {len(self)} heads of {self.model}"
        )

    def find(self, words: str) -> tuple[HeadOfRun, ...]:
        """The heads whose program names or calls something, or says so, and those that a known
        mechanism of that name is measured to name; best figure first.

        `find("induction")` gives heads that are explained by it, and heads that do it by the run's
        census, whatever their programs say. A word that nothing there is called is an error that
        says what there is; where the run took no census and nothing is found, it warns.
        """
        from attndsl.runs.finding import heads_that

        return heads_that(self, words)

    def why(
        self,
        layer: int,
        head: int,
        text: Encoded | str,
        query: int,
        key: int,
        mask: Mask | None = None,
    ) -> Why:
        """Why a head's program gives a weight, on a text of one's own, under the model's mask.

        Words are read by the built-in tokenizer; `encode(words, load_model(run.model).table)` reads
        them as the run's model does.
        """
        from attndsl.engines.why import why
        from attndsl.tokens.tokenizer import read_as

        return why(self.head(layer, head).own, read_as(text), query, key, mask or self.mask)

    def program(self, name: str) -> Program:
        """A program of the library by its name or its hash."""
        by = {one.program.name: one.program for one in self.assignment.heads}
        by |= {one.program.hash: one.program for one in self.assignment.heads}
        expect_kind(name, str, "program's name", "name one by a text, or give its hash")
        if name not in by:
            raise AttndslError(f"the run's library has no program {name}{meant(name, list(by))}")
        return by[name]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row a head: layer, head, program, and its figures."""
        return [
            {"layer": one.layer, "head": one.head, "program": one.program.name,
             "hash": one.program.hash, **one.figures}
            for one in self
        ]  # fmt: skip

    @property
    def heads(self) -> Any:
        """The rows as a pandas DataFrame."""
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError:
            raise AttndslError(
                "heads gives a pandas DataFrame, and pandas isn't installed (pip install pandas); "
                "rows gives the same as a list"
            ) from None
        return pandas.DataFrame(self.rows)

    def report(self, path: Place | str | None = None) -> Report:
        """The report again, from the run's own maps; written to `path` where one is given."""
        from attndsl.report.write import write
        from attndsl.runs.kept import kept_report

        kept = kept_report(self.folder)
        if path is not None:
            write(kept, path)
        return kept

    def view(self, layer: int, head: int, height: int = 900) -> Any:
        """One head's page of the report as a widget of notebooks (extra `notebook`)."""
        from attndsl.report.widget import view_of

        return view_of(self.report(), layer, head, height)

    @property
    def finished(self) -> bool:
        return not unfinished(self.summary)

    @property
    def note(self) -> str:
        """Of a run that isn't finished a line that says so; else nothing."""
        return unfinished_note(self.folder.name, self.summary)

    def __repr__(self) -> str:
        known = {"content IoU": "mean_content_iou", "mean IoU": "mean_iou"}
        means = {name: (self.summary.get(key) or {}).get("mean") for name, key in known.items()}
        said = "".join(f", {name} {mean:.3f}" for name, mean in means.items() if mean is not None)
        until = "" if self.finished else f", so far (after {unfinished(self.summary)})"
        return f"<run {self.folder}: {len(self)} heads of {self.model}{said}{until}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{one.name}</td><td><code>{escape(one.program.name)}</code></td>"
            f"<td>{shown(one.figures.get('content_iou'))}</td>"
            f"<td>{shown(one.figures.get('iou', one.figures['iou_selection']))}</td></tr>"
            for one in list(self)[:FIRST]
        )
        more = f"<p>and {len(self) - FIRST} heads more</p>" if len(self) > FIRST else ""
        gone = "".join(f"<li>{escape(line)}</li>" for line in self.missing)
        lacks = f"<details><summary>what this run lacks</summary><ul>{gone}</ul></details>"
        return (
            f"<p>{escape(repr(self)[1:-1])}</p><table><tr><th>head</th><th>program</th>"
            f"<th>content IoU</th><th>IoU</th></tr>{rows}</table>{more}{lacks if gone else ''}"
        )


def shown(value: Any) -> str:
    """
    >>> shown(0.12345), shown("near"), shown(None)
    ('0.123', 'near', '')
    """
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else escape(str(value))


def open_run(folder: Place | str) -> OpenedRun:
    """A run that `explain` wrote, also an older or an unfinished one; its store isn't needed."""
    return OpenedRun(folder)
