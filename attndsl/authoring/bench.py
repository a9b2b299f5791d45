"""A run's heads on the workbench: try programs against one, hand a better one in.

What is handed in comes from people and from agents; it is text, checked like any other. Programs
are judged on the run's selection texts alone; its report texts are read by `gain`, for the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attndsl.authoring.trying import Trials
from attndsl.files.journal import append, read_lines
from attndsl.fit.constants import Constant
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants, fit_constants, read_constants
from attndsl.fit.split import Split, kept_split, split_texts
from attndsl.graph.library import as_library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.render import render
from attndsl.runs.opened import HeadOfRun, open_run
from attndsl.synthesis.llm.known import Background, known_of

if TYPE_CHECKING:
    from attndsl.tokens.pieces import PieceTable

SUBMITTED = "submitted.jsonl"  # in the run's folder, and what was accepted as programs
ACCEPTED = "submitted.attn"
LONGEST = 16 * 1024  # bytes of a program, as the language allows
MOST = 500  # programs that one run takes in
TEXTS = 24  # that a head is shown and programs are tried on
NO_PROGRAM = "there is no head program: a def with the parameters q, k"
LEAST = 0.001  # by which a program must be better


@dataclass(frozen=True, slots=True)
class Tried:
    """A program against a head, on texts that programs are chosen by."""

    program: str
    head: str
    content_iou: float | None
    rest_error: float
    iou: float
    agreement: float  # what decides: 1 - rest error - content x (1 - content IoU)

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def tried(name: str, head: str, measures: Measures) -> Tried:
    """The figures of one program, or of a constant pattern, for one head."""
    content = float(measures.content_iou[0, 0]) if bool(measures.defined[0]) else None
    return Tried(
        name, head, content, float(measures.rest_error[0, 0]), float(measures.iou[0, 0]),
        float(measures.agreement[0, 0]),
    )  # fmt: skip


@dataclass
class Bench:
    """One run with its heads; `table` reads texts as its model does."""

    folder: Path
    store: HeadStore
    table: "PieceTable"
    split: Split
    heads: dict[str, HeadOfRun]
    trials: Trials
    summary: dict[str, Any]
    _now: dict[str, Tried] = field(default_factory=dict)
    _constant: dict[tuple[str, Constant], Tried] = field(default_factory=dict)

    @cached_property
    def constants(self) -> Constants:
        """Each head's best constant patterns: the run's, or fitted where it kept none."""
        kept, numbers = read_constants(self.folder), self.split.selection
        return kept or fit_constants(self.store, numbers, self.trials.special)

    def source(self, head: str) -> str:
        """The head's program as text: the last one accepted, else the run's with its own rest."""
        return self.accepted().get(head) or self.head(head).own_source

    @cached_property
    def known(self) -> Background:
        """What measures know of all heads, worked out once."""
        numbers, probes = self.split.selection[:TEXTS], ProbeStore.beside(self.store)
        return known_of(self.store, self.table, numbers, probes)

    def now(self, head: str) -> Tried:
        """How the head's program does: the last one accepted, else the run's."""
        if head not in self._now:
            self._now[head] = self.tried(self.held(head), head, self.split.selection)
        return self._now[head]

    def held(self, head: str) -> Program:
        """The program that the head has: the last one accepted, else the run's with its rest."""
        accepted = self.accepted().get(head)
        return self.program(accepted) if accepted else self.head(head).own

    def constant(self, constant: Constant, head: str) -> Tried:
        """How a constant pattern does for the head."""
        if (head, constant) not in self._constant:
            measures = self.trials.of_constant(constant, self.number(head), self.split.selection)
            self._constant[head, constant] = tried(constant.kind, head, measures)
        return self._constant[head, constant]

    def rival(self, head: str) -> Constant:
        """The constant pattern that does best for the head: what a program must beat."""
        number, both = self.number(head), self.constants
        return max(
            (both.by_content[number], both.by_iou[number]),
            key=lambda one: self.constant(one, head).agreement,
        )

    def submit(self, source: str, head: str, by: str = "agent") -> dict[str, object]:
        """Hand a program in for a head: it is kept if it does better there than what it has."""
        program = self.program(source)
        before = self.now(head)
        taken = [line for line in read_lines(self.folder / SUBMITTED) if line is not None]
        if len(taken) >= MOST:
            raise AttndslError(f"the run has taken in {MOST} programs; it takes no more")
        mine = self.tried(program, head, self.split.selection)
        better = mine.agreement >= before.agreement + LEAST
        append(
            self.folder / SUBMITTED,
            {"head": head, "by": by[:80], "accepted": better, "hash": program.hash,
             "source": source, "tried": mine.as_json(), "before": before.as_json()},
        )  # fmt: skip
        if better:
            self._now[head] = mine
            self._write_accepted()
        rose = mine.agreement - before.agreement
        told = (
            f"its agreement (1 - rest error - content x (1 - content IoU)) is {rose:+.4f} beside "
            f"that of the program that the head has; from {LEAST:+} on a program is taken"
        )
        return {"accepted": better, "why": told, "this": mine.as_json(), "before": before.as_json()}

    def accepted(self) -> dict[str, str]:
        """The last program that was accepted for each head, as text."""
        lines = (line for line in read_lines(self.folder / SUBMITTED) if line is not None)
        return {line["head"]: line["source"] for line in lines if line.get("accepted")}

    def gain(self) -> dict[str, tuple[Tried, Tried]]:
        """Before and after, of each head with an accepted program, on the run's report texts."""
        return {
            head: (
                self.tried(self.head(head).own, head, self.split.report),
                self.tried(self.program(source), head, self.split.report),
            )
            for head, source in self.accepted().items()
        }

    def reopen(self, head: str, mine: Tried) -> None:
        """Take the run as it is on the disk, with what was measured of one head's program."""
        self.heads = {one.name: one for one in open_run(self.folder)}
        self._now[head] = mine

    def _write_accepted(self) -> None:
        from attndsl.files.whole import write_text

        programs = [self.program(source) for source in self.accepted().values()]
        write_text(self.folder / ACCEPTED, as_library(programs)[1])

    def tried(self, program: Program, head: str, numbers: Sequence[int]) -> Tried:
        """A program against a head on some of the store's texts."""
        return tried(
            program.name, head, self.trials.of_program(program, self.number(head), numbers)
        )

    def program(self, source: str) -> Program:
        """The last program of a text; an error in the checker's words if it has any."""
        if len(source.encode("utf-8", "replace")) > LONGEST:
            raise AttndslError(f"a program has at most {LONGEST} bytes")
        checked = verify(source, "program.attn")
        if checked.errors:
            raise AttndslError(render(checked.errors, source))
        if not checked.programs:
            raise AttndslError(NO_PROGRAM)
        return checked.programs[-1]

    def head(self, head: str) -> HeadOfRun:
        if head not in self.heads:
            few = ", ".join(list(self.heads)[:3])
            raise AttndslError(f"the run has no head {head[:20]!r}; it has {few}, ...")
        return self.heads[head]

    def number(self, head: str) -> int:
        one = self.head(head)
        return one.layer * self.store.meta.heads + one.head


def open_bench(folder: Path | str, store: HeadStore, table: "PieceTable") -> Bench:
    """A run's folder, the heads that it is about, and the table that reads its texts."""
    run = open_run(folder)
    heads = {one.name: one for one in run}
    split = kept_split(store) or split_texts(store)
    return Bench(Path(folder), store, table, split, heads, Trials(store, table), run.summary)
