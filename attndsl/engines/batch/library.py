"""`Library`: programs in, packed patterns out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attndsl.engines.batch.planning.merge import merge
from attndsl.engines.batch.planning.plan import Plan, Root, make_plan
from attndsl.engines.batch.running import bind
from attndsl.engines.batch.running.layout import Area, CellLayout, Tokens, place_cells
from attndsl.engines.batch.running.memory import (
    Buffers,
    Floats,
    Patterns,
    Space,
    Usage,
    chunks,
    usage_of,
)
from attndsl.engines.batch.running.passes import (
    Data,
    Runner,
    Stock,
    Tables,
    fill_stock,
    run_chunk,
    run_machine,
)
from attndsl.engines.workers import WORK_A_THREAD, run_shared, threads
from attndsl.graph.program import Program, expect_programs, table_html
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask, expect_mask
from attndsl.tokens.encoded import Encoded, expect_texts
from attndsl.tokens.pieces import PieceTable

MEMORY_MB = 512


@dataclass(frozen=True, slots=True)
class Bound:
    """A plan's constants and tables for the texts at hand."""

    constants: Floats
    tables: Tables


class Library:
    """Programs compiled together for one mask.

    `patterns(texts)` gives, for each text, a float32 array of programs x visible cells: row by row
    of the query, keys ascending. No more than `memory_mb` is held at once besides what is returned.
    """

    def __init__(
        self, programs: Sequence[Program], mask: Mask = CAUSAL, memory_mb: int = MEMORY_MB
    ) -> None:
        expect_mask(mask)
        self.programs = expect_programs(programs)
        self.mask = mask
        self.memory = memory_mb * 2**20
        self.graph = graph = Graph()
        terms = merge(graph, self.programs, mask)
        self.terms = graph.reachable(terms)
        self.pool = 0  # texts that the tokenizer of the last run had in its pool
        self._tables: tuple[int, Tables] | None = None
        roots = [
            Root(term, program.softmax, program.fallback)
            for term, program in zip(terms, self.programs, strict=True)
        ]
        self.plan: Plan = make_plan(graph, roots, mask)
        self.runner: Runner = run_machine
        self.buffers = Buffers()

    def __repr__(self) -> str:
        many = "1 program" if len(self.programs) == 1 else f"{len(self.programs)} programs"
        return f"<library of {many}, {self.mask.kind} mask>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        return table_html(self.programs)

    @property
    def sharing(self) -> float:
        """Terms of all programs counted apart, over distinct terms."""
        return self.plan.terms_apart / max(1, self.plan.terms)

    def patterns(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> list[Patterns]:
        """The packed patterns of every text, from row `first_rows[i]` of text i on."""
        texts = expect_texts(texts)
        firsts = [0] * len(texts) if first_rows is None else list(first_rows)
        return [packed for group in self.stream(texts, firsts) for packed in group]

    def stream(
        self, texts: Sequence[Encoded], first_rows: Sequence[int] | None = None
    ) -> Iterator[list[Patterns]]:
        """The same, a group of texts at a time, as many as the memory allows."""
        firsts = [0] * len(texts) if first_rows is None else list(first_rows)
        start = 0
        while start < len(texts):
            self.pool = len(texts[start].table.pool.strings)
            stop = start + self.group([text.n for text in texts[start:]])
            if stop == start:
                raise AttndslError(
                    f"a text of {texts[start].n} tokens with {len(self.programs)} programs takes "
                    f"{self.usage([texts[start].n]).total / 2**20:.0f} MB, over the limit of "
                    f"{self.memory / 2**20:.0f} MB: raise the memory flag or shorten the text"
                )
            yield self.run(texts[start:stop], firsts[start:stop])
            start = stop

    def group(self, lengths: Sequence[int]) -> int:
        """How many of the first texts a run can take within the memory."""
        if self.usage(lengths).total <= self.memory:
            return len(lengths)
        most, low, high = 0, 1, len(lengths)
        while low <= high:
            middle = (low + high) // 2
            if self.usage(lengths[:middle]).total <= self.memory:
                most, low = middle, middle + 1
            else:
                high = middle - 1
        return most

    def usage(self, lengths: Sequence[int]) -> Usage:
        """Bytes that a run over texts of these lengths takes."""
        parts = [lengths[first:stop] for first, stop in chunks(self.plan, lengths)]
        return usage_of(self.plan, self.mask, parts, threads(), threads(), self.pool)

    def usage_at_once(self, lengths: Sequence[int]) -> Usage:
        """The same with the columns of all texts held at once, as for texts that grow."""
        return usage_of(self.plan, self.mask, [lengths], 1, threads(), self.pool)

    def run(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[Patterns]:
        """One run over all of the texts, a chunk at a time for each thread."""
        lengths = [text.n for text in texts]
        ends = self._ends(lengths, first_rows)
        usage = self.usage(lengths)
        out = self.buffers.patterns_of(
            self.plan.programs, ends[-1], self.memory - usage.total + usage.patterns
        )
        parts = chunks(self.plan, lengths) if ends[-1] and self.programs else []
        read = bind.read_columns(self.plan, texts)
        bound = self.bound(texts)
        work = ends[-1] * self.plan.instructions
        side_by_side = min(threads(), len(parts), 1 + work // WORK_A_THREAD)
        spaces = [self.buffers.space() for _ in range(side_by_side)]

        def chunk(worker: int, part: tuple[int, int]) -> None:
            here = slice(*part)
            tokens, stock = fill_stock(self.plan, texts, read, here, spaces[worker])
            share = max(1, threads() // side_by_side)
            self._fill(bound, tokens, first_rows[here], stock, out, ends[part[0]], spaces[worker],
                       share)  # fmt: skip

        run_shared(chunk, parts, side_by_side)
        self.buffers.spaces += spaces
        return [out[:, ends[i] : ends[i + 1]] for i in range(len(texts))]

    def run_on(
        self,
        texts: Sequence[Encoded],
        tokens: Tokens,
        first_rows: Sequence[int],
        stock: Stock,
        usage: Usage,
    ) -> list[Patterns]:
        """One run over all of the texts at once that goes on from what the stock holds; `usage`
        is what it takes."""
        ends = self._ends([text.n for text in texts], first_rows)
        out = self.buffers.patterns_of(
            self.plan.programs, ends[-1], self.memory - usage.total + usage.patterns
        )
        space = self.buffers.space()
        if ends[-1] and self.programs:
            bound = self.bound(texts)
            self._fill(bound, tokens, first_rows, stock, out, 0, space, threads())
        self.buffers.spaces.append(space)
        return [out[:, ends[i] : ends[i + 1]] for i in range(len(texts))]

    def _ends(self, lengths: Sequence[int], first_rows: Sequence[int]) -> list[int]:
        """Where each text's cells start, and where the last one's end."""
        ends = [0]
        for n, first in zip(lengths, first_rows, strict=True):
            ends.append(ends[-1] + self.mask.cells_from(first, n))
        return ends

    def _fill(
        self,
        bound: Bound,
        tokens: Tokens,
        first_rows: Sequence[int],
        stock: Stock,
        out: Patterns,
        first_cell: int,
        space: Space,
        threads: int,
    ) -> None:
        """The patterns of the texts that the tokens lie in, from `first_cell` on."""
        data = Data(
            bound.constants, bound.tables, stock.columns, stock.matrices, out, space, threads
        )
        final = place_cells(tokens, self.mask, first_rows, first_cell)
        starts = stock.starts
        known: dict[Area, CellLayout] = {} if starts != first_rows else {self.plan.area: final}
        run_chunk(self.plan, self.mask, tokens, starts, known, final, data, self.runner)

    def bound(self, texts: Sequence[Encoded]) -> Bound:
        """What the texts give; look-up tables are as long as the tokenizer's pool then is."""
        table = one_table(texts)
        pool = len(table.pool.strings)
        if self._tables is None or self._tables[0] != pool:
            self._tables = pool, bind.tables(self.plan, table)
        return Bound(bind.constants(self.plan, table.pool), self._tables[1])


def one_table(texts: Sequence[Encoded]) -> PieceTable:
    table = texts[0].table
    if any(text.table is not table for text in texts):
        raise AttndslError("texts of one run must come from one tokenizer")
    return table
