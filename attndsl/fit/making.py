"""Who makes the patterns of programs that are scored: the engine of the CPU, or torch's beside a
model on another device."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Protocol

import numpy as np

from attndsl.engines.table import ENGINES, Cells, Engine, engine_for, make_engine
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable

HOST = "cpu"
SQUARES = 1 << 27  # cells of whole maps that a device is asked for at once; a GB of them
say_aside = partial(print, file=sys.stderr, flush=True)


class Maker(Protocol):
    """What gives programs' patterns of whole texts."""

    def patterns(self, texts: Sequence[Encoded]) -> Sequence[Cells]:
        """For each text the cells of all programs, `[programs, cells]`."""


def maker(
    programs: Sequence[Program],
    mask: Mask,
    table: PieceTable,
    device: str = HOST,
    megabytes: int = 1,
) -> Maker:
    """Each program by the first engine that can run it beside a model on that device: those that
    read a parse of the text stay on the CPU."""
    by_engine: dict[str, list[int]] = {}
    for number, program in enumerate(programs):
        by_engine.setdefault(engine_for([program], beside(device)), []).append(number)
    made: list[tuple[list[int], Maker]] = []
    for name, numbers in by_engine.items():
        some = [programs[number] for number in numbers]

        @cache  # texts that a device can't hold come batch by batch
        def host(some: Sequence[Program] = some) -> Engine:
            return make_engine(engine_for(some, HOST))(some, mask, table, HOST, megabytes)

        if ENGINES[name].accelerated:
            there = make_engine(name)(some, mask, table, device, megabytes)
            made.append((numbers, There(there, host, len(some), device)))
        else:
            made.append((numbers, host()))
    if len(made) == 1:
        return made[0][1]
    return Together(tuple(made), len(programs))


def beside(device: str) -> str:
    """The device whose engine is asked: Apple's has none of the wide numbers that it needs."""
    return HOST if device.partition(":")[0] == "mps" else device


@dataclass(frozen=True, slots=True)
class Together:
    """Makers side by side, each with the numbers of its programs."""

    parts: tuple[tuple[list[int], Maker], ...]
    programs: int

    def patterns(self, texts: Sequence[Encoded]) -> list[Cells]:
        made = [(numbers, one.patterns(texts)) for numbers, one in self.parts]
        whole = []
        for at in range(len(texts)):
            cells = np.empty((self.programs, made[0][1][at].shape[1]), np.float32)
            for numbers, parts in made:
                cells[numbers] = parts[at]
            whole.append(cells)
        return whole


@dataclass(slots=True)
class There:
    """An engine on a device, with so many texts at once as its memory does for; what it can't hold
    of a single text is made on the host, and that is said once."""

    engine: Engine
    host: Callable[[], Engine]
    programs: int
    device: str
    say: Callable[[str], None] = field(default=say_aside, repr=False)
    told: set[str] = field(default_factory=set, repr=False)
    there: bool = True

    def patterns(self, texts: Sequence[Encoded]) -> list[Cells]:
        made: list[Cells] = []
        while len(made) < len(texts) and self.there:
            made += self._some(self._batch(texts[len(made) :]))
        if len(made) < len(texts):
            made += self.host().patterns(texts[len(made) :])
        return made

    def _batch(self, texts: Sequence[Encoded]) -> Sequence[Encoded]:
        """The first of them, padded to the longest, within bounds."""
        longest, count = 1, 0
        for text in texts:
            longest = max(longest, text.n)
            if count and self.programs * (count + 1) * longest * longest > SQUARES:
                break
            count += 1
        return texts[:count]

    def _some(self, texts: Sequence[Encoded]) -> list[Cells]:
        from attndsl.engines.memory import in_halves, out_of_memory

        try:
            return in_halves(self.engine.patterns, texts, "texts", self._tell)
        except AttndslError as error:
            cause = error.__context__
            if not isinstance(cause, Exception) or not out_of_memory(cause):
                raise
            self._tell(
                f"the memory of {self.device} does not do for the patterns of {self.programs} "
                "programs on one text: the CPU makes them"
            )
            self.there = False
            return []

    def _tell(self, line: str) -> None:
        kind = line.rpartition(":")[2]
        if kind not in self.told:
            self.told.add(kind)
            self.say(f"note: {line}")
