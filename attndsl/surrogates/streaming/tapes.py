"""The tapes of a pass: each program goes through the new tokens of a text once, for all heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.kernel.stream import Stream, Track
from attndsl.engines.kernel.tape import Tape
from attndsl.graph.program import Program
from attndsl.graph.streams import plan_of
from attndsl.surrogates.reading import Reading
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

TEXTS = 64  # whose tracks are kept, the last ones; beams of a few batches
Kept = NDArray[np.int64]


@dataclass(eq=False)
class Tapes:
    """The programs of one installation; how far each has come is found by the text itself, so
    beams may be reordered and caches taken up again."""

    table: PieceTable
    streams: dict[str, Stream] = field(default_factory=dict)
    tracks: dict[tuple[str, bytes], Track] = field(default_factory=dict)

    def stream_of(self, program: Program) -> Stream:
        stream = self.streams.get(program.hash)
        if stream is None:
            stream = self.streams[program.hash] = Stream(program, self.table, plan_of(program))
        return stream

    def of(self, reading: Reading, row: int, program: Program) -> tuple[Tape, Kept]:
        """The tape of a text's new tokens, and the positions that later ones may ask for."""
        key = ("tape", row, program.hash)
        if key not in reading.made:
            text, first = reading.texts[row], reading.first_rows[row]
            twin = ("twin", text.tobytes(), first, program.hash)  # beams often agree
            if twin not in reading.made:
                reading.made[twin] = self.advanced(self.encoded(reading, row), first, program)
            reading.made[key] = reading.made[twin]
        tape_and_kept: tuple[Tape, Kept] = reading.made[key]
        return tape_and_kept

    def encoded(self, reading: Reading, row: int) -> Encoded:
        key: Any = ("encoded", row)
        if key not in reading.made:
            reading.made[key] = from_ids(self.table, reading.texts[row])
        encoded: Encoded = reading.made[key]
        return encoded

    def advanced(self, text: Encoded, first: int, program: Program) -> tuple[Tape, Kept]:
        stream = self.stream_of(program)
        before = self.tracks.get((program.hash, text.ids[:first].tobytes()))
        track = stream.begin() if before is None else before.copy()
        if track.done < first:
            stream.advance(track, from_ids(self.table, text.ids[:first]))
        tape = stream.advance(track, text)
        kept = stream.kept(track)
        stream.forget(track)
        self.tracks[program.hash, text.ids.tobytes()] = track
        while len(self.tracks) > TEXTS * len(self.streams):
            self.tracks.pop(next(iter(self.tracks)))
        return tape, kept
