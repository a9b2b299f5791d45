"""Texts that grow at the end, as in generation: what earlier positions hold is not made again.

A causal program's row and all that it reads look back only, so the columns of the positions that
were there before stay as they are; each step fills them in for the new positions alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.library import Library
from attndsl.engines.batch.machine.compiling import kept
from attndsl.engines.batch.planning.plan import Pass
from attndsl.engines.batch.running.bind import new_columns, similarities
from attndsl.engines.batch.running.layout import Tokens, place_tokens
from attndsl.engines.batch.running.memory import Patterns, Space, Usage
from attndsl.engines.batch.running.passes import Stock
from attndsl.graph.terms import Aggregate
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import Ids, PieceTable
from attndsl.tokens.similarity import Similarity

Floats = npt.NDArray[np.float64]
FORWARD = frozenset({"succ", "head", "n"})  # what may see a later position, if only on the way


@dataclass(frozen=True, eq=False, slots=True)
class LastStep:
    """What the last step left: the texts by their ids, their columns."""

    numbers: dict[bytes, int]
    lengths: frozenset[int]
    starts: npt.NDArray[np.int64]
    columns: Floats


@dataclass(eq=False, slots=True)
class Met:
    """The distinct ids that growing texts have met, each with its embedding of length 1."""

    similarity: Similarity
    rows: Ids  # of each id of the tokenizer its row, -1 if it wasn't met
    units: Floats  # with room for ids to come
    count: int = 0

    @staticmethod
    def none(table: PieceTable) -> "Met":
        rows = np.full(table.size, -1, dtype=np.int64)
        return Met(table.similarity, rows, table.similarity.rows(rows[:0]))

    def meet(self, ids: Ids) -> None:
        new = np.unique(ids[self.rows[ids] < 0])
        if not len(new):
            return
        units, size = self.similarity.rows(new), self.count + len(new)
        if size > len(self.units):
            room = np.empty((size + size // 4 + 16, units.shape[1]))
            room[: self.count] = self.units[: self.count]
            self.units = room
        self.units[self.count : size] = units
        self.rows[new] = np.arange(self.count, size)
        self.count = size

    def to_all(self, ids: Ids) -> Floats:
        """The similarity of each of these ids, met before, to every id that was met."""
        return self.similarity.rounded(products(self.units[self.rows[ids]], self.units, self.count))


@kept(nogil=True, fastmath={"reassoc", "contract", "nsz"})
def products(rows: Any, units: Any, count: int) -> Any:
    """[rows, count]: the products of some rows with the first units.

    Not NumPy's: threads of its BLAS go on spinning for many milliseconds, on the cores that the
    model needs for its next layer.
    """
    made = np.empty((len(rows), count))
    for other in range(count):
        for row in range(len(rows)):
            total = 0.0
            for at in range(units.shape[1]):
                total += rows[row, at] * units[other, at]
            made[row, other] = total
    return made


@dataclass(eq=False)
class GrowingTexts:
    """Gives what `library.patterns` gives, faster where texts continue those of the last call."""

    library: Library
    kept: LastStep | None = None
    met: Met | None = None
    spaces: list[Space] = field(default_factory=lambda: [Space(), Space()])  # this step's, the last
    possible: bool = field(init=False)

    def __post_init__(self) -> None:
        self.possible = looks_back_only(self.library)

    def patterns(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[Patterns]:
        usage = self.library.usage_at_once([text.n for text in texts])
        if not self.possible or not texts or not self.fits(usage):
            self.kept = None
            return self.library.patterns(texts, first_rows)
        known = self.known(texts, first_rows)
        tokens = place_tokens([text.n for text in texts])
        self.spaces.reverse()
        plan, space = self.library.plan, self.spaces[0]
        if tokens.total * plan.columns > len(space.columns):
            space.columns_of(plan.columns, tokens.total * 5 // 4)  # room for the steps to come
        matrices = np.empty((max(1, plan.matrices), tokens.squares))
        columns = space.columns_of(max(1, plan.columns), tokens.total)
        starts, old = [0] * len(texts), self.kept
        if known is not None and old is not None:
            for place, number in enumerate(known):
                first, last = old.starts[number], old.starts[number + 1]
                at = tokens.starts[place]
                columns[:, at : at + last - first] = old.columns[:, first:last]
                starts[place] = int(last - first)
        new_columns(plan, texts, tokens, starts, columns)
        if plan.similarity >= 0:
            self.similarities(texts, tokens, starts, matrices)
        stock = Stock(columns, matrices, starts)
        made = self.library.run_on(texts, tokens, first_rows, stock, usage)
        keys = [text.ids.tobytes() for text in texts]
        self.kept = LastStep(
            {key: place for place, key in enumerate(keys)},
            frozenset(text.n for text in texts),
            tokens.starts,
            columns,
        )
        return made

    def fits(self, usage: Usage) -> bool:
        """Whether the columns of all texts at once stay within the library's memory: those of
        the last step and of this one, and room for more."""
        return usage.total + 2 * usage.columns <= self.library.memory

    def known(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[int] | None:
        """For each text the one of the last call that it continues; None unless all do."""
        if self.kept is None:
            return None
        continued = []
        for text, row in zip(texts, first_rows, strict=True):
            numbers = (
                self.kept.numbers.get(text.ids[:length].tobytes())
                for length in self.kept.lengths
                if 0 < length <= row
            )
            number = next((number for number in numbers if number is not None), None)
            if number is None:
                return None
            continued.append(number)
        return continued

    def similarities(
        self, texts: Sequence[Encoded], tokens: Tokens, starts: Sequence[int], out: Floats
    ) -> None:
        """The rows of the new positions; those of the old ones nobody reads."""
        plan, table = self.library.plan, texts[0].table
        # Rows of letters can't be multiplied with those of an earlier call.
        if not any(starts) or table.similarity.source == "letters":
            self.met = None
            similarities(plan, texts, tokens, out)
            return
        if self.met is None:
            self.met = Met.none(table)
            self.met.meet(np.concatenate([text.ids for text in texts]))
        new = np.concatenate([text.ids[s:] for text, s in zip(texts, starts, strict=True)])
        self.met.meet(new)
        alike = self.met.to_all(new)  # all texts in one product
        row, at = 0, 0
        for text, start in zip(texts, starts, strict=True):
            square = out[plan.similarity, at : at + text.n**2].reshape(text.n, text.n)
            stop = row + text.n - start
            square[start:] = alike[row:stop, self.met.rows[text.ids]]
            row, at = stop, at + text.n**2


def looks_back_only(library: Library) -> bool:
    """Whether nothing that the plan keeps for a position can change when the text goes on."""
    plan = library.plan
    if library.mask.kind == "full" or not all(program.causal for program in library.programs):
        return False
    if any(not isinstance(step, Pass) or step.area == "square" for step in plan.steps):
        return False
    if plan.matrices > (plan.similarity >= 0) or not plan.similarity_by_row:
        return False
    for term in library.terms:
        described = library.graph[term]
        if described.op in FORWARD:
            return False
        if isinstance(described.payload, Aggregate) and described.payload.range == "from":
            return False
    return True
