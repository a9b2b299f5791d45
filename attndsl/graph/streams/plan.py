"""The plan of a streaming program: what is kept of keys that went by, and how rows come of it.

All terms in a plan are over q, which stands for the position at hand. What is noted of a key is
worked out when the key comes, with q in the place of k.
"""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["window", "nearest", "recurrent", "copies", "full"]
KINDS: dict[Kind, str] = {
    "window": "weight only on the first and the last keys, which are kept",
    "nearest": "and on positions found by last or first of a class, which are kept",
    "recurrent": "and on sums that run along, in place of the keys summed",
    "copies": "and on an index by equal text, which grows with the distinct texts",
    "full": "all keys are kept",
}
BOUNDED: tuple[Kind, ...] = ("window", "nearest", "recurrent")  # in memory, however long the text


class NotStreamed(Exception):
    """Why a program needs all keys, and the term that makes it so."""

    def __init__(self, reason: str, term: int) -> None:
        super().__init__(reason)
        self.reason, self.term = reason, term


@dataclass(frozen=True, slots=True)
class Gate:
    """Which keys of a sum a query asks for.

    Those whose terms are equal to the query's, pair by pair (the query's first), and whose counter
    is the query's, or less than it. Counters never fall, and no far key's is above the query's.
    """

    equal: tuple[tuple[int, int], ...] = ()
    counter: tuple[int, int] | None = None  # of the query, of the key
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A product over the far keys: `query * key * exp(log_query + log_key)` where the gate holds.

    With a `spot` it holds at one position alone: `offset` after what the spot finds. What is `less`
    is taken away again from what another part adds: exactly, or the row has weight enough besides.
    """

    query: int
    key: int
    log_query: int
    log_key: int
    gate: Gate = Gate()
    spot: int | None = None
    offset: int = 0
    less: bool = False
    rate: float = 1.0  # what a step of distance leaves of it; to be told
    most: float = 1.0  # a bound on the exponential, where weights aren't logarithms


@dataclass(frozen=True, slots=True)
class Rows:
    """A function of query and key: the value itself near by, sums of products far off.

    Near are the last `window` keys and the first `first`. `notes` are the terms over k within the
    value, with what is worked out for them when the key comes.
    """

    value: int
    window: int
    first: int
    parts: tuple[Part, ...]
    notes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Running:
    """A sum (`any`: whether there is one) over the keys up to the query, or before it."""

    over: str
    any: bool
    rows: Rows


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or smallest body so far where the guard holds."""

    over: str
    function: str
    guard: int
    body: int


@dataclass(frozen=True, slots=True)
class Finder:
    """The last or first position so far where the guard holds and the gate is the query's."""

    over: str
    function: str
    test: int  # of the query: where it fails nothing is found
    guard: int
    gate: Gate


State = Running | Extreme | Finder


@dataclass(frozen=True, slots=True)
class Streams:
    """What is proved of a program in generation, under the causal mask."""

    kind: Kind
    reason: str = ""  # of a full one
    culprit: int | None = None  # the term that makes it full
    rows: Rows | None = field(default=None, repr=False)
    states: tuple[tuple[int, State], ...] = field(default=(), repr=False)
    back: int = 0  # how far beside a kept position is read
    index: bool = False  # something kept grows with the distinct texts
    fallback: str = ""  # where a row goes that may be empty

    @property
    def window(self) -> int:
        window = self.rows.window if self.rows else 0
        return max(window, 1) if self.fallback == "self" else window

    @property
    def first(self) -> int:
        first = self.rows.first if self.rows else 0
        return max(first, 1) if self.fallback == "first" else first

    @property
    def found(self) -> int:
        """How many positions a row finds beyond the near keys."""
        parts = self.rows.parts if self.rows else ()
        return len({(part.spot, part.offset) for part in parts if part.spot is not None})

    @property
    def sums(self) -> int:
        """How many sums of values run along."""
        parts = self.rows.parts if self.rows else ()
        distinct = {(part.key, part.log_key, part.gate) for part in parts if part.spot is None}
        return len(distinct) + (self.fallback == "uniform")

    @property
    def rates(self) -> tuple[float, ...]:
        """What a step of distance leaves, where it isn't all."""
        parts = self.rows.parts if self.rows else ()
        return tuple(sorted({part.rate for part in parts} - {1.0}))
