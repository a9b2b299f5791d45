"""What an aggregate went over at one cell: the positions that count, and which of them decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from attndsl.graph.arithmetic import near

SHOWN = 4  # places that words name
LETTERS = 24  # of a token

MANY = {"any": "at", "count": "at", "sum": "from", "row_sum": "from", "mean": "over"}
LARGEST, SMALLEST = {"max", "row_max", "argmax"}, {"min", "argmin"}
PLACED = {"first", "last", "argmax", "argmin"}  # their answer is the position


@dataclass(frozen=True, slots=True)
class Place:
    """A position with its token and, where the body is a number, the body there.

    Of a comprehension over literal texts: one of these, without a position.
    """

    position: int | None
    token: str
    value: float | None = None

    def __str__(self) -> str:
        short = self.token if len(self.token) <= LETTERS else f"{self.token[: LETTERS - 1]}…"
        mark = '"' if "'" in short else "'"
        named = f"{mark}{short}{mark}" + ("" if self.position is None else f" {self.position}")
        return named if self.value is None else f"{named} ({self.value:.3g})"


@dataclass(frozen=True, slots=True)
class Found:
    """Which positions of a range an aggregate was made of, earliest first.

    `places` are those that count: where the body is true (`any`, `count`), where it is false
    (`all`), or all that pass the condition, with their values. `chosen` numbers the one among them
    that decides alone: of equals the earliest, of `last` the latest.
    """

    aggregate: str
    looked: int  # positions of the range
    passed: int  # of them that pass the condition
    places: tuple[Place, ...]
    chosen: int | None = None
    texts: bool = False  # it went over literal texts, not positions

    @property
    def said(self) -> str:
        """What follows the aggregate's value; nothing where that names the position already.

        >>> at = (Place(2, "a", 0.5), Place(5, "the", 2.0), Place(6, "on", 0.1))
        >>> Found("max", 9, 3, at, 1).said
        "given by 'the' 5, of 3 of 9 positions: 'the' 5 (2), 'a' 2 (0.5), 'on' 6 (0.1)"
        >>> Found("any", 9, 9, ()).said, Found("all", 9, 4, ()).said
        ('at none of 9 positions', 'at all 4 of 9 positions that pass its condition')
        """
        if self.aggregate in ("first", "last"):
            return ""
        if not self.looked:
            return "with no position to look at"
        if self.aggregate == "all":
            return self._all()
        if not self.places:
            return f"{self._joint} none of {self._many(self.looked)}"
        listed = f"{len(self.places)} of {self._many(self.looked)}"
        if self.chosen is None or self.aggregate not in LARGEST | SMALLEST:
            return f"{self._joint} {listed}: {self._shown()}"
        best = self.places[self.chosen]
        given = f"with {best.value:.3g}"
        if self.aggregate not in PLACED:
            given = f"given by {Place(best.position, best.token)}"
        return f"{given}, of {listed}" + (f": {self._shown()}" if len(self.places) > 1 else "")

    def _all(self) -> str:
        if self.places:
            of = f"{len(self.places)} of {self._many(self.passed)}"
            return f"broken {self._at} {of}: {self._shown()}"
        if self.passed == self.looked:
            many = self._many(self.looked)
            return f"{self._at} {f'all {many}' if self.looked > 1 else 'the only position'}"
        if not self.passed:
            return f"for none of {self._many(self.looked)} passes its condition"
        return f"{self._at} all {self.passed} of {self._many(self.looked)} that pass its condition"

    @property
    def _at(self) -> str:
        return "with" if self.texts else "at"

    @property
    def _joint(self) -> str:
        return "with" if self.texts else MANY.get(self.aggregate, "of")

    def _many(self, number: int) -> str:
        what = "text" if self.texts else "position"
        return f"{number} {what}" if number == 1 else f"{number} {what}s"

    def _shown(self) -> str:
        """The first few; of numbers those that have most to say in it."""
        ordered = self.places
        if self.aggregate in LARGEST | SMALLEST:
            sign = -1.0 if self.aggregate in LARGEST else 1.0
            ordered = tuple(sorted(ordered, key=lambda place: sign * (place.value or 0.0)))
        elif self.aggregate in ("sum", "row_sum", "mean"):
            ordered = tuple(sorted(ordered, key=lambda place: -abs(place.value or 0.0)))
        more = len(ordered) - SHOWN
        some = ", ".join(map(str, ordered[:SHOWN] if more > 1 else ordered))
        return f"{some} and {more} more" if more > 1 else some

    def as_json(self) -> dict[str, object]:
        """All places, however many."""
        return {
            "aggregate": self.aggregate,
            "looked": self.looked,
            "passed": self.passed,
            "places": [
                {"position": place.position, "token": place.token, "value": place.value}
                for place in self.places
            ],
            "chosen": self.chosen,
        }


def chosen_of(aggregate: str, places: Sequence[Place]) -> int | None:
    """Which place decides alone, where one does.

    >>> chosen_of("min", [Place(1, "a", 3.0), Place(2, "b", 1.0), Place(4, "c", 1.0)])
    1
    """
    if not places or aggregate in ("count", "sum", "row_sum", "mean"):
        return None
    if aggregate in LARGEST | SMALLEST:
        values = [place.value or 0.0 for place in places]
        best = max(values) if aggregate in LARGEST else min(values)
        return next(at for at, value in enumerate(values) if near(value, best))
    return len(places) - 1 if aggregate == "last" else 0
