"""Texts that grow at the end, as in generation: what earlier positions hold is not made again.

A causal program's row and all that it reads look back only, so the columns of the positions that
were there before stay as they are; each step fills them in for the new positions alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from attndsl.engines.library.engine import Library
from attndsl.engines.library.layout import Tokens, place_tokens
from attndsl.engines.library.memory import Patterns, Space
from attndsl.engines.library.passes import Stock
from attndsl.engines.library.plan import Pass
from attndsl.graph.terms import Aggregate
from attndsl.tokens.encoded import Encoded

Floats = npt.NDArray[np.float64]
FORWARD = frozenset({"succ", "head", "n"})  # what may see a later position, if only on the way


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """What the last step left: the texts by their ids, their columns, their unit embeddings."""

    numbers: dict[bytes, int]
    lengths: frozenset[int]
    starts: npt.NDArray[np.int64]
    columns: Floats
    units: list["Units"]


@dataclass(eq=False, slots=True)
class Units:
    """Embeddings of length 1, one a position, with room for the positions to come."""

    room: Floats
    filled: int

    def up_to(self, count: int, new: Floats) -> "Units":
        """The first `count` and then the new ones; in place where nobody went on from there yet."""
        size = count + len(new)
        if self.filled != count or size > len(self.room):
            own = Units(np.empty((size + size // 4 + 16, new.shape[1])), count)
            own.room[:count] = self.room[:count]
            return own.up_to(count, new)
        self.room[count:size] = new
        self.filled = size
        return self


@dataclass(eq=False)
class GrowingTexts:
    """Gives what `library.patterns` gives, faster where texts continue those of the last call."""

    library: Library
    kept: Kept | None = None
    spaces: list[Space] = field(default_factory=lambda: [Space(), Space()])  # this step's, the last
    possible: bool = field(init=False)

    def __post_init__(self) -> None:
        self.possible = looks_back_only(self.library)

    def patterns(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[Patterns]:
        known = self.known(texts, first_rows)
        if not self.possible or not texts or not self.fits(texts):
            self.kept = None
            return self.library.patterns(texts, first_rows)
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
        before = [old.units[number] for number in known] if known and old and old.units else []
        units = self.similarities(texts, tokens, starts, before, matrices)
        stock = Stock(columns, matrices, starts)
        made = self.library.run_on(texts, tokens, first_rows, stock)
        keys = [text.ids.tobytes() for text in texts]
        self.kept = Kept(
            {key: place for place, key in enumerate(keys)},
            frozenset(text.n for text in texts),
            tokens.starts,
            columns,
            units,
        )
        return made

    def fits(self, texts: Sequence[Encoded]) -> bool:
        """Whether the columns of all texts at once stay within the library's memory: those of
        the last step and of this one, and room for more."""
        usage = self.library.usage_at_once([text.n for text in texts])
        return usage.total + 2 * usage.columns <= self.library.memory

    def known(self, texts: Sequence[Encoded], first_rows: Sequence[int]) -> list[int] | None:
        """For each text the one of the last call that it continues; None unless all do."""
        if self.kept is None:
            return None
        found = []
        for text, row in zip(texts, first_rows, strict=True):
            numbers = (
                self.kept.numbers.get(text.ids[:length].tobytes())
                for length in self.kept.lengths
                if 0 < length <= row
            )
            number = next((number for number in numbers if number is not None), None)
            if number is None:
                return None
            found.append(number)
        return found

    def similarities(
        self,
        texts: Sequence[Encoded],
        tokens: Tokens,
        starts: Sequence[int],
        before: Sequence[Units],
        out: Floats,
    ) -> list[Units]:
        """The rows of the new positions; those of the old ones nobody reads."""
        number = self.library.plan.similarity
        if number < 0:
            return []
        units: list[Units] = []
        at = 0
        for place, text in enumerate(texts):
            start, size = starts[place], text.n * text.n
            square = out[number, at : at + size].reshape(text.n, text.n)
            at += size
            similarity = text.table.similarity
            if similarity.source == "letters":
                # Rows of letters can't be multiplied with those of an earlier call.
                square[:] = similarity.pairs(text.ids, text.ids)
                units.append(Units(square[:0], 0))
                continue
            new = similarity.rows(text.ids[start:])
            kept = before[place] if start else Units(new[:0], 0)
            units.append(kept.up_to(start, new))
            square[start:] = similarity.rounded(new @ units[-1].room[: text.n].T)
        return units


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
