"""A mixture: parts added by shares, factors where a part has weight, each for a kind of query."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One part by number and its value: a share, or what it multiplies the rest of the sum by.

    `kind` numbers the kind of query it counts for; 0 is every query.
    """

    part: int
    value: float
    kind: int = 0
    times: bool = False


@dataclass(frozen=True, slots=True)
class Mixture:
    """Terms; the first is what a row rests on, and its shares sum to 1."""

    terms: tuple[Term, ...]

    def __len__(self) -> int:
        """Terms beside the first."""
        return len(self.terms) - 1

    def with_values(self, values: Sequence[float]) -> "Mixture":
        """The same terms with other values, shares made to sum to 1."""
        whole = sum(v for v, term in zip(values, self.terms, strict=True) if not term.times)
        return Mixture(tuple(
            Term(term.part, float(v) if term.times else float(v) / whole, term.kind, term.times)
            for v, term in zip(values, self.terms, strict=True)
        ))  # fmt: skip

    def with_term(self, term: Term) -> "Mixture":
        new = Mixture((*self.terms, term))
        return new.with_values([one.value for one in new.terms])

    def without(self, place: int) -> "Mixture":
        new = Mixture((*self.terms[:place], *self.terms[place + 1 :]))
        return new.with_values([one.value for one in new.terms])


REST = Mixture((Term(0, 1.0),))
