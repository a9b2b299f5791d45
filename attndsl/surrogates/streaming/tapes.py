"""The tapes of a pass: each program goes through the new tokens of a text once, for all heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.kernel.stream import Stream, Track
from attndsl.engines.kernel.tape import Tape
from attndsl.graph.program import Program
from attndsl.graph.streams import plan_of
from attndsl.surrogates.patterns import Index, places
from attndsl.surrogates.reading import Reading, Slots
from attndsl.tokens.encoded import Encoded, place_together
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

TEXTS = 64  # whose tracks are kept, the last ones; beams of a few batches
Kept = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Of one text what a pass reads: worked out once, for all layers and programs."""

    queries: Index  # where its new tokens lie in the pass
    first: int
    stop: int
    before: bytes  # its ids up to the first new one, and all
    whole: bytes
    trace: int  # one number that tells texts apart


def part_of(reading: Reading, row: int) -> Part:
    key: Any = ("part", row)
    if key not in reading.made:
        text, first = reading.texts[row], reading.first_rows[row]
        queries, _, _ = places(reading, row, Slots(reading.total, 0))
        whole = text.tobytes()
        before = text[:first].tobytes()
        reading.made[key] = Part(queries, first, len(text), before, whole, crc32(whole))
    part: Part = reading.made[key]
    return part


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
            part = part_of(reading, row)
            twin = ("twin", part.whole, part.first, program.hash)  # beams often agree
            if twin not in reading.made:
                text = self.encoded(reading, row)
                reading.made[twin] = self.advanced(text, part, program)
            reading.made[key] = reading.made[twin]
        tape_and_kept: tuple[Tape, Kept] = reading.made[key]
        return tape_and_kept

    def encoded(self, reading: Reading, row: int) -> Encoded:
        key: Any = ("encoded", row)
        if key not in reading.made:
            reading.made[key] = from_ids(self.table, reading.texts[row])
            # Of all programs at once: what they are worked out from is the same.
            names = {name for stream in self.streams.values() for name in stream.placed}
            place_together([reading.made[key]], names)
        encoded: Encoded = reading.made[key]
        return encoded

    def advanced(self, text: Encoded, part: Part, program: Program) -> tuple[Tape, Kept]:
        stream = self.stream_of(program)
        before = self.tracks.get((program.hash, part.before))
        track = stream.begin() if before is None else before.copy()
        if track.done < part.first:
            stream.advance(track, from_ids(self.table, text.ids[: part.first]))
        tape = stream.advance(track, text)
        kept = stream.kept(track)
        stream.forget(track, kept)
        self.tracks[program.hash, part.whole] = track
        while len(self.tracks) > TEXTS * len(self.streams):
            self.tracks.pop(next(iter(self.tracks)))
        return tape, kept
