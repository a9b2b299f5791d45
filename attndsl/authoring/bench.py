"""A run's heads on the workbench: look at one, try programs against it, hand a better one in.

What is handed in comes from people and from agents; it is text, checked like any other. Programs
are judged on the run's selection texts alone; its report texts are read by `gain`, for the end.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attndsl.authoring.trying import Trials
from attndsl.engines.why import why
from attndsl.files.journal import append, read_lines
from attndsl.fit.constants import Constant
from attndsl.fit.measures import Measures
from attndsl.fit.split import Split, kept_split, split_texts
from attndsl.graph.library import as_library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.render import render
from attndsl.runs.opened import HeadOfRun, open_run
from attndsl.synthesis.llm.compare import compared
from attndsl.synthesis.llm.known import Background, known_of
from attndsl.synthesis.llm.summary import page
from attndsl.tokens.tokenizer import encode, from_ids

if TYPE_CHECKING:
    from attndsl.tokens.pieces import PieceTable

SUBMITTED = "submitted.jsonl"  # in the run's folder, and what was accepted as programs
ACCEPTED = "submitted.attn"
LONGEST = 16 * 1024  # bytes of a program, as the language allows
MOST = 500  # programs that one run takes in
TEXTS = 24  # that a head is shown and programs are tried on
SHOWN = 4000  # letters of a text of one's own
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


@dataclass(slots=True)
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
    _constant: dict[str, Tried] = field(default_factory=dict)
    _known: Background | None = None

    def listed(self, first: int = 40) -> list[dict[str, object]]:
        """The heads with their programs and what is known of them, the least explained first."""
        rows = [
            {"head": name, "program": one.program.name, **_plain(one.figures)}
            for name, one in self.heads.items()
        ]
        return sorted(rows, key=_explained)[: max(1, min(first, len(rows)))]

    def look(self, head: str) -> str:
        """What the head does on a few texts, and how its program now does."""
        number, source = self.number(head), self.source(head)
        told = page(self.store, self.table, self.split.selection[:TEXTS], number, self.known())
        return f"{told}\n\nIts program now:\n\n{source}\n{json.dumps(self.now(head).as_json())}"

    def source(self, head: str) -> str:
        """The head's program as text: the last one accepted, else the run's."""
        return self.accepted().get(head) or self._head(head).source

    def known(self) -> Background:
        """What measures know of all heads, worked out once."""
        if self._known is None:
            numbers, probes = self.split.selection[:TEXTS], ProbeStore.beside(self.store)
            self._known = known_of(self.store, self.table, numbers, probes)
        return self._known

    def now(self, head: str) -> Tried:
        """How the head's program does: the last one accepted, else the run's."""
        if head not in self._now:
            accepted = self.accepted().get(head)
            program = self.program(accepted) if accepted else self._head(head).own
            self._now[head] = self.tried(program, head, self.split.selection)
        return self._now[head]

    def constant(self, constant: Constant, head: str) -> Tried:
        """How the head's best constant pattern does."""
        if head not in self._constant:
            measures = self.trials.of_constant(constant, self.number(head), self.split.selection)
            self._constant[head] = tried(constant.kind, head, measures)
        return self._constant[head]

    def check(self, source: str) -> str:
        """What the checker says, as it says it to people; and the canonical forms."""
        if len(source.encode("utf-8", "replace")) > LONGEST:
            raise AttndslError(f"a program has at most {LONGEST} bytes")
        checked = verify(source, "program.attn")
        well = "all well" if checked.programs else f"nothing wrong, but {NO_PROGRAM}"
        said = render(checked.diagnostics, source) if checked.diagnostics else well
        lines = [
            f"{one.name}: {'causal' if one.causal else 'not causal'}, form {one.hash[:12]}, "
            f"{one.cost.time.at(1024):.3g} operations at 1,024 tokens"
            for one in checked.programs
        ]
        return "\n".join([said, *lines])

    def run(self, source: str, text: str) -> str:
        """Where a program looks on a text: a line a query, its strongest keys first."""
        program = self.program(source)
        if not text.strip():
            raise AttndslError("the text is empty; write the words to look at")
        encoded = encode(text[:SHOWN], self.table)
        from attndsl.engines.reference import pattern

        labels, rows = encoded.labels(), pattern(program, encoded, self.store.meta.mask)
        lines = [
            f"{query} {labels[query]}: "
            + ", ".join(f"{key} {labels[key]} {row[key]:.2f}" for key in (-row).argsort()[:4]
                        if row[key] >= 0.01)
            for query, row in enumerate(rows)
        ]  # fmt: skip
        rest = [f"the text goes on: its first {SHOWN:,} letters are shown"]
        return "\n".join(lines + (rest if len(text) > SHOWN else []))

    def score(self, source: str, head: str) -> str:
        """The program against the head beside the one it has, and the rows that it misses most."""
        program = self.program(source)
        mine = self.tried(program, head, self.split.selection)
        worst, shares = compared(
            program, self.store, self.table, self.split.selection[:TEXTS], self.number(head)
        )
        told = json.dumps({"this": mine.as_json(), "now": self.now(head).as_json()})
        return f"{told}\n\nrows that it misses most:\n{worst}\n\n{shares}"

    def why(self, source: str, head: str, text: int, query: int, key: int) -> str:
        """The parts of the program behind one weight, and what the head itself puts there."""
        if not 0 <= text < len(self.split.selection):
            raise AttndslError(f"there are texts 0 to {len(self.split.selection) - 1} to look at")
        stored = self.store[self.split.selection[text]]
        encoded = from_ids(self.table, stored.ids, stored.text)
        reason = why(self.program(source), encoded, query, key, self.store.meta.mask)
        weights = unpack(stored.patterns[self.number(head)], self.store.meta.mask, encoded.n)
        return json.dumps({**reason.as_json(), "head": float(weights[query, key])})

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
                self.tried(self._head(head).own, head, self.split.report),
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

    def _head(self, head: str) -> HeadOfRun:
        if head not in self.heads:
            few = ", ".join(list(self.heads)[:3])
            raise AttndslError(f"the run has no head {head[:20]!r}; it has {few}, ...")
        return self.heads[head]

    def number(self, head: str) -> int:
        one = self._head(head)
        return one.layer * self.store.meta.heads + one.head


def open_bench(folder: Path | str, store: HeadStore, table: "PieceTable") -> Bench:
    """A run's folder, the heads that it is about, and the table that reads its texts."""
    run = open_run(folder)
    heads = {one.name: one for one in run}
    split = kept_split(store) or split_texts(store)
    return Bench(Path(folder), store, table, split, heads, Trials(store, table), run.summary)


def _plain(figures: dict[str, object]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items() if isinstance(value, float)}


def _explained(row: dict[str, object]) -> tuple[float, str]:
    value = row.get("content_iou", row.get("content_iou_selection", row.get("iou", 0.0)))
    return (float(value) if isinstance(value, int | float) else 0.0, str(row["head"]))
