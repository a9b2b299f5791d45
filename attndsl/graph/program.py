"""A checked program: its terms, and everything that was proved about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal, SupportsIndex

from attndsl.graph.cost import Cost
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import AttndslError, Diagnostic, Span
from attndsl.language.given import expect_kind, several
from attndsl.language.nodes import Definition
from attndsl.language.parser import parse
from attndsl.language.render import render, render_one, summary
from attndsl.language.vocabulary import Level

Fallback = Literal["first", "self", "uniform"]
NAMED = 5  # programs that a line names
NONE_PASSED = "no program passed the checks"
FIXED = (
    "font-family:monospace;white-space:pre"  # also where a notebook is printed without its style
)


@dataclass(frozen=True, slots=True)
class Program:
    """One head program of a file; all programs of a file share one graph.

    `root` is the value as written, `canonical` the simplified one, with equal rows. `hash` is the
    program's identity. A program that isn't causal has the reasons and where they stand.
    """

    name: str
    definition: Definition = field(repr=False)
    docstring: str | None
    graph: Graph = field(repr=False)
    root: int
    canonical: int
    softmax: bool
    fallback: Fallback
    needs: frozenset[Level]
    causal: bool
    not_causal: tuple[tuple[str, Span], ...]
    cost: Cost
    hash: str
    file: str
    source: str = field(repr=False)

    def __repr__(self) -> str:
        causal = "causal" if self.causal else "not causal"
        return f"<program {self.name}: {causal}, {self.hash[:12]}>"

    def _repr_html_(self) -> str:
        """For notebooks: what is proved, its text, and the canonical form, tables written out."""
        from attndsl.graph.printing import bare_source

        ahead = "" if self.causal else f", not causal: {self.not_causal[0][0]}"
        about = f"at most {self.cost.time} operations, needs {', '.join(sorted(self.needs))}{ahead}"
        return (
            f"<p><b>{escape(self.name)}</b> {escape(self.docstring or '')}<br>"
            f"<small>{escape(about)}</small></p>"
            f'<pre style="{FIXED}">{escape(self.text)}</pre>'
            "<details><summary>canonical form</summary>"
            f'<pre style="{FIXED}">{escape(bare_source(self))}</pre></details>'
        )

    @property
    def text(self) -> str:
        """Its definition as it stands in its source, whole where that has none of its name."""
        for one in parse(self.source)[0].definitions:
            if one.name == self.name:
                first = min(part.span.line for part in (one, *one.decorators))
                return "\n".join(self.source.splitlines()[first - 1 : one.span.end_line])
        return self.source


CHECKED = "checked program"  # what a program is called where something else is handed over
HAD = "attndsl.verify(SOURCE).programs holds those of a source"


def expect_program(given: object) -> None:
    """Refuse what is no checked program, such as its source."""
    expect_kind(given, Program, CHECKED, HAD)


def expect_programs(given: Iterable[Program]) -> tuple[Program, ...]:
    """The programs of a list; sources, or one program without a list, are refused."""
    return several(given, Program, CHECKED, HAD)


def size_of(program: Program) -> int:
    """Graph terms of the canonical form."""
    return len(program.graph.reachable([program.canonical]))


def table_html(programs: Sequence[Program]) -> str:
    """For notebooks: a line a program, with its docstring and what is proved."""
    heads = "".join(f"<th>{name}</th>" for name in ("program", "docstring", "causal", "time"))
    rows = "".join(
        f"<tr><td><code>{escape(one.name)}</code></td>"
        f'<td style="text-align:left">{escape(" ".join((one.docstring or "").split()))}</td>'
        f"<td>{'yes' if one.causal else 'no'}</td><td>{escape(str(one.cost.time))}</td></tr>"
        for one in programs
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


class NoProgram(AttndslError, IndexError):
    """A program was asked for by a number that no program has."""


class Programs(tuple[Program, ...]):
    """The programs of a file; asked for one that isn't there they say what is wrong in the file."""

    diagnostics: tuple[Diagnostic, ...]
    source: str

    def __new__(
        cls,
        programs: Sequence[Program] = (),
        diagnostics: tuple[Diagnostic, ...] = (),
        source: str = "",
    ) -> "Programs":
        made = super().__new__(cls, programs)
        made.diagnostics, made.source = diagnostics, source
        return made

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        try:
            return super().__getitem__(at)
        except IndexError:
            raise NoProgram(self._without(at), self.diagnostics) from None

    def _without(self, at: object) -> str:
        wrong = [one for one in self.diagnostics if one.severity == "error"]
        if not self and not wrong:
            return "there is no head program: a def with the parameters q, k"
        names = ", ".join(one.name for one in self[:NAMED])
        more = ", ..." if len(self) > NAMED else ""
        said = f"there is no programs[{at}]: "
        said += f"{len(self)} passed the checks ({names}{more})" if self else NONE_PASSED
        if not wrong:
            return said
        return f"{said}\n{render_one(wrong[0], self.source)}\n\n{summary(self.diagnostics)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What one file gives: the programs without an error, and all that is to be said about it."""

    programs: tuple[Program, ...]
    diagnostics: tuple[Diagnostic, ...]
    source: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        programs = Programs(self.programs, self.diagnostics, self.source)
        object.__setattr__(self, "programs", programs)

    def __repr__(self) -> str:
        """The programs' names; below, what is wrong, with its line and a mark under it."""
        names = ", ".join(program.name for program in self.programs[:NAMED])
        more = f" and {len(self.programs) - NAMED} more" if len(self.programs) > NAMED else ""
        said = render(self.diagnostics, self.source)
        return f"<verified: {names or 'no program'}{more}>" + (f"\n{said}" if said else "")

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity == "error")

    def _repr_html_(self) -> str:
        """For notebooks: the programs, below what is wrong with the rest."""
        said = render(self.diagnostics, self.source)
        lines = f'<pre style="{FIXED}">{escape(said)}</pre>' if said else ""
        return lines + (table_html(self.programs) if self.programs else "")
