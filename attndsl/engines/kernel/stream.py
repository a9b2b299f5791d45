"""`Stream`: one program that runs token by token; `Track`: how far it has come in one text."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from attndsl.engines.kernel import steps
from attndsl.engines.kernel.compiled import Function, as_it_stands, compiled, is_kept
from attndsl.engines.kernel.source import source_of
from attndsl.engines.kernel.steps import BOTTOM, EARLIER_TOP, NOW, NOW_TOP, SLOT
from attndsl.engines.kernel.tape import Floats, Numbers, Tape
from attndsl.graph.program import Program
from attndsl.graph.streams import Streams, streams_of
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.encoded import Encoded, place_together
from attndsl.tokens.pieces import PieceTable

# Lines of source after which compiling has paid: it takes 0.6 to 1.6 seconds, a line as it stands
# 0.2 microseconds. Fewer, and a prefill of 4,096 tokens would wait for the compiler.
BREAK_EVEN_LINES = 5_000_000
# And after which it has paid to load a kernel that was compiled before.
LOADED_LINES = 50_000
BUCKETS = 8  # of a table to begin with
SPARE = 64  # kept rows that may be let go before it is done


@dataclass(slots=True)
class Track:
    """What one program keeps of one text: nothing of positions that nobody can ask for again."""

    done: int  # tokens taken in
    places: Numbers  # older kept positions, in order; those from `base` on are all there
    base: int
    ids: Numbers
    columns: Floats
    notes: Floats
    tables: tuple[Floats, ...]
    counts: Numbers  # buckets of each table, at last the vectors
    registers: Floats

    def copy(self) -> "Track":
        return replace(
            self, tables=tuple(table.copy() for table in self.tables), counts=self.counts.copy(),
            registers=self.registers.copy(),
        )  # fmt: skip

    @property
    def bytes(self) -> int:
        arrays = (self.places, self.ids, self.columns, self.notes, self.registers, *self.tables)
        return sum(array.nbytes for array in arrays)


class Stream:
    """A program bound to a tokenizer."""

    def __init__(self, program: Program, table: PieceTable, plan: Streams | None = None) -> None:
        self.program = program
        self.plan = plan or streams_of(program)
        self.table = table
        self.source, self.layout = source_of(program, self.plan)
        self.placed = [n for n in self.layout.columns if ATTRIBUTES[n].level in ("place", "repeat")]
        self.texts = np.array([float(table.pool.code(text)) for text in self.layout.texts] or [0.0])
        parts = [table.pool.matches(*test).astype(np.float64) for test in self.layout.matches]
        self.matches = np.concatenate([*parts, np.zeros(1)])
        self.starts = np.cumsum([0, *map(len, parts)]).astype(np.int64)
        lines, near = self.source.count("\n"), self.layout.near
        self.lines = lines * (1 + near // 4)  # that a token goes through, about
        self.gone = 0  # lines gone through so far, in all texts
        states = [state.rows for _, state in self.plan.states if hasattr(state, "rows")]
        self.first = max([self.plan.first, *(rows.first for rows in states)]) + self.plan.back
        self.window = max([self.plan.window, *(rows.window for rows in states)]) + self.plan.back

    def begin(self) -> Track:
        """Before the first token."""
        layout = self.layout
        counts = np.zeros(len(layout.tables) + 1, np.int64)
        tables = []
        for number, table in enumerate(layout.tables):
            made = np.zeros((1 if table.static else BUCKETS, table.columns))
            if table.static:
                made[0, steps.COUNTER] = np.nan
                made[0, [NOW_TOP, EARLIER_TOP]] = BOTTOM
                made[0, SLOT] = counts[-1]
                counts[-1] += table.slots
                counts[number] = 1
            if table.positions:
                made[:, [NOW, steps.EARLIER]] = -1.0
            tables.append(made)
        none = np.zeros(0, np.int64)
        return Track(
            0, none, 0, none, np.zeros((len(layout.columns), 0)), np.zeros((len(layout.notes), 0)),
            tuple(tables), counts, np.zeros(layout.registers),
        )  # fmt: skip

    def advance(self, track: Track, text: Encoded) -> Tape:
        """Take in the tokens of the text after those that the track has; their rows as a tape."""
        first, stop = track.done, text.n
        self._read(track, text)
        units, unit_of = self._units(track)
        rows = stop - first
        marks = np.empty((_room(rows, self.layout.marks), 4), np.int64)
        numbers = np.empty((len(marks), 2))
        weights = np.empty(_room(rows, self.layout.near))
        ends, used = np.empty(rows, np.int64), np.zeros(2, np.int64)
        self.gone += rows * self.lines
        function = self._function()
        while track.done < stop:
            at = track.done
            track.done = int(function(
                at, stop, track.base, track.places, track.columns, track.notes, self.texts,
                self.matches, self.starts, units, unit_of, track.tables, track.counts,
                track.registers, marks, numbers, weights, used, ends[at - first :],
            ))  # fmt: skip
            if track.done < stop:
                track.tables = tuple(
                    _longer(table, 1 if full else 0)
                    for table, full in (
                        (table, track.counts[number] == len(table))
                        for number, table in enumerate(track.tables)
                    )
                )
                if used[0] + self.layout.marks > len(marks):
                    marks, numbers = _longer(marks, rows), _longer(numbers, rows)
                if used[1] + self.layout.near > len(weights):
                    weights = _longer(weights, rows)
        slots = int(track.counts[-1])
        return Tape(first, marks[: used[0]], numbers[: used[0]], weights[: used[1]], ends, slots)

    def _function(self) -> Function:
        pays = self.gone >= BREAK_EVEN_LINES
        if pays or (self.gone >= LOADED_LINES and is_kept(self.source)):
            return compiled(self.source)
        return as_it_stands(self.source)

    def make_ready(self) -> None:
        """Compile now, or load, what a long text would come to."""
        self.gone = max(self.gone, BREAK_EVEN_LINES)
        self.advance(self.begin(), Encoded(self.table, np.zeros(1, np.int64)))

    def _read(self, track: Track, text: Encoded) -> None:
        """The columns of the new tokens, behind those that are kept."""
        if self.placed:
            place_together([text], self.placed)
        new = text.ids[track.done :]
        made = np.empty((len(self.layout.columns), len(new)))
        for number, name in enumerate(self.layout.columns):
            if name in self.placed:
                made[number] = text.column(name)[track.done :]
            else:
                made[number] = text.table.columns[name][new]
        track.columns = np.concatenate([track.columns, made], axis=1)
        more = np.zeros((len(self.layout.notes), len(new)))
        track.notes = np.concatenate([track.notes, more], axis=1)
        track.ids = np.concatenate([track.ids, new])

    def _units(self, track: Track) -> tuple[Floats, Numbers]:
        if not self.layout.similar:
            return np.zeros((0, 0)), np.zeros(0, np.int64)
        ids, unit_of = np.unique(track.ids, return_inverse=True)
        return self.table.similarity.rows(ids), unit_of.astype(np.int64)

    def kept(self, track: Track) -> Numbers:
        """The positions that later rows may ask for, in order."""
        now, back = track.done, self.plan.back
        head = min(now, self.first)
        near = np.arange(max(head, now - self.window), now)
        remembered = [
            table[: track.counts[number], [NOW, steps.EARLIER]].ravel()
            for number, table in enumerate(track.tables)
            if self.layout.tables[number].positions
        ]
        if not remembered:
            return np.concatenate([np.arange(head), near])
        places = np.concatenate(remembered)
        places = places[places >= 0].astype(np.int64)
        beside = (places[:, None] + np.arange(-back, back + 1)).ravel()
        beside = beside[(beside >= 0) & (beside < now)]
        return np.unique(np.concatenate([np.arange(head), near, beside]))

    def forget(self, track: Track, wanted: Numbers | None = None) -> None:
        """Let go of what nobody can ask for again (all but what is `kept`), once there is enough
        of it."""
        wanted = self.kept(track) if wanted is None else wanted
        if len(track.ids) < 2 * len(wanted) + SPARE:
            return
        rows = rows_of(wanted, track.places, track.base)
        track.places, track.base = parted(wanted, track.done)
        # In the order that the kernel is compiled for: of another it would be compiled once more.
        track.ids = track.ids[rows]
        track.columns = np.ascontiguousarray(track.columns[:, rows])
        track.notes = np.ascontiguousarray(track.notes[:, rows])


def parted(wanted: Numbers, done: int) -> tuple[Numbers, int]:
    """The older positions, and from where on all are there.

    >>> parted(np.array([0, 3, 6, 7]), 8)
    (array([0, 3]), 6)
    """
    gaps = np.flatnonzero(wanted != np.arange(done - len(wanted), done))
    cut = int(gaps[-1]) + 1 if len(gaps) else 0
    return wanted[:cut], done - (len(wanted) - cut)


def rows_of(wanted: Numbers, places: Numbers, base: int) -> Numbers:
    """Where kept positions lie."""
    return np.where(
        wanted >= base, wanted - base + len(places), np.searchsorted(places, wanted)
    ).astype(np.int64)


def _room(rows: int, each: int) -> int:
    return each * min(rows, 16) + rows


def _longer(array: Any, rows: int) -> Any:
    """Twice as long, and at least so many rows more, where any are asked for."""
    if not rows:
        return array
    more = np.zeros((max(len(array), rows), *array.shape[1:]), array.dtype)
    return np.concatenate([array, more])
