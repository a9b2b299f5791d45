"""Libraries of programs as a source of patterns: what can be run here, and how it is run."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.best import score
from attndsl.fit.comparing import KERNELS, Comparing
from attndsl.fit.contradictions import held_against, trials
from attndsl.fit.making import HOST, Maker, maker
from attndsl.fit.places import special_ids
from attndsl.fit.scoring import MEMORY, Progress
from attndsl.fit.split import Split
from attndsl.fit.table import LeftOut, ScoreTable
from attndsl.graph.length import length
from attndsl.graph.program import Program, expect_programs
from attndsl.heads.probes import ProbeStore
from attndsl.heads.shards import StoredText
from attndsl.heads.store import HeadStore, expect_store
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded, NeedsError
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import expect_table, from_ids

if TYPE_CHECKING:
    from attndsl.engines.batch import Library
    from attndsl.engines.batch.opened import OpenText
    from attndsl.fit.passes import Passes


@dataclass
class LibrarySource:
    """Engines behind `fit.scoring.ProgramSource`, those that suit the device of a model.

    Columns of the texts at hand are kept between calls, so that blocks of programs over one text
    don't tag and parse it again.
    """

    programs: Sequence[Program]
    table: PieceTable
    mask: Mask
    memory: int = MEMORY
    encoded: dict[tuple[int, bytes], Encoded] = field(default_factory=dict)
    device: str = HOST

    @cached_property
    def names(self) -> tuple[str, ...]:
        return program_names(self.programs)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Terms of each program's canonical form."""
        return tuple(len(p.graph.reachable([p.canonical])) for p in self.programs)

    @cached_property
    def lengths(self) -> tuple[float, ...]:
        """Bits of each program's canonical form."""
        return tuple(map(length, self.programs))

    @cached_property
    def special(self) -> frozenset[int]:
        """The ids of the tokenizer's special tokens."""
        return special_ids(self.table)

    @cached_property
    def maker(self) -> Maker:
        megabytes = max(1, self.memory // 2**20)
        return maker(self.programs, self.mask, self.table, self.device, megabytes)

    def patterns(self, texts: Sequence[StoredText]) -> list[NDArray[np.float32]]:
        # By their ids too: texts of another store, such as probes, have the same numbers.
        keys = [(text.number, text.ids.tobytes()) for text in texts]
        for key in [key for key in self.encoded if key not in keys]:
            del self.encoded[key]
        for key, text in zip(keys, texts, strict=True):
            if key not in self.encoded:
                self.encoded[key] = from_ids(self.table, text.ids, text.text)
        whole = [at for at, text in enumerate(texts) if text.rows is None]
        made = iter(self.maker.patterns([self.encoded[keys[at]] for at in whole]))
        return [
            next(made) if text.rows is None else self.opened(self.encoded[key]).patterns(text.rows)
            for key, text in zip(keys, texts, strict=True)
        ]

    def opened(self, text: Encoded) -> "OpenText":
        """A long text whose rows are asked for some at a time."""
        from attndsl.engines.batch.opened import OpenText

        return OpenText(self.library, text)

    @cached_property
    def library(self) -> "Library":
        from attndsl.engines.batch import Library

        return Library(self.programs, self.mask, max(1, self.memory // 2**20))

    def part(self, first: int, stop: int) -> "LibrarySource":
        return replace(self, programs=self.programs[first:stop])

    def under(self, mask: Mask) -> "LibrarySource":
        return replace(self, mask=mask)


def program_names(programs: Sequence[Program]) -> tuple[str, ...]:
    """Each program's name, with its file before it where two files use the name."""
    uses = Counter(program.name for program in programs)
    return tuple(
        program.name if uses[program.name] == 1 else f"{program.file}:{program.name}"
        for program in programs
    )


def runnable(
    programs: Sequence[Program], table: PieceTable, text: Encoded
) -> tuple[tuple[Program, ...], tuple[LeftOut, ...]]:
    """Programs whose levels of the vocabulary are to be had here, and those left out, with why."""
    reasons: dict[str, str] = {}
    if any("linguistics" in program.needs for program in programs):
        try:
            text.column("pos")
        except NeedsError as error:
            reasons[error.level] = str(error)
    kept, left_out = [], []
    for program, name in zip(programs, program_names(programs), strict=True):
        missing = sorted(program.needs & reasons.keys())
        if missing:
            left_out.append(LeftOut(name, f"needs {missing[0]}: {reasons[missing[0]]}"))
        else:
            kept.append(program)
    return tuple(kept), tuple(left_out)


def score_library(
    programs: Sequence[Program],
    store: HeadStore,
    table: PieceTable,
    split: Split | None = None,
    memory: int = MEMORY,
    progress: Progress | None = None,
    by: str = "content",
    passes: "Callable[[LibrarySource, int], Passes] | None" = None,
    comparing: Comparing = KERNELS,
) -> ScoreTable:
    """Score a library of programs against the heads of a store.

    `table` must be that of the store's own tokenizer; who loads the model asks `store.expect`.
    """
    programs = expect_programs(programs)
    expect_store(store)
    expect_table(table)
    if not programs:
        raise AttndslError("the library is empty: no program to score")
    if not len(store):
        raise AttndslError(f"{store.folder} has no text to score on")
    sample = from_ids(table, store[0].ids, store[0].text)
    kept, left_out = runnable(programs, table, sample)
    source = LibrarySource(kept, table, store.meta.mask, memory, device=comparing.device)
    made = None if passes is None else passes(source, memory)
    table_of_scores = score(
        store, source, split, left_out, memory, progress, by=by, passes=made, comparing=comparing
    )
    probes = ProbeStore.beside(store)
    checks = None if probes is None else trials(probes, table, checks=True)
    return held_against(table_of_scores, source, checks)
