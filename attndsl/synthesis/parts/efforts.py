"""How thoroughly mixtures are looked for, from the most thorough to what a minute allows."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Growing:
    """How a mixture grows.

    At each step so many terms are tried that add, as many that multiply, some by which a kind of
    query rests more or less, and some others of one kind of query; each by a short fit, the best by
    a longer one. Then a term is so often changed for another.
    """

    tried: int = 10
    rests: int = 4
    gated: int = 0
    trial: int = 4
    steps: int = 10
    swaps: int = 1
    factors: bool = True


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is looked at, texts and rows of each, and how mixtures grow on them."""

    texts: int = 150
    rows: int = 12
    growing: Growing = field(default_factory=Growing)


EFFORTS = (
    Effort(),
    Effort(texts=80, rows=10, growing=Growing(tried=8, swaps=0)),
    Effort(texts=40, rows=8, growing=Growing(tried=6, swaps=0, steps=6)),
    Effort(texts=16, rows=6, growing=Growing(tried=4, rests=2, swaps=0, trial=3, steps=4)),
)
