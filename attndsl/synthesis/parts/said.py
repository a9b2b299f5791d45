"""What can be said of a program: what rests, how weight falls, what kinds of token get."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from attndsl.synthesis.parts.vocabulary import Factor

# Statements that are of no kind: what the token itself gets, and falls.
ITSELF, FALLS = "itself", ("fall", "far_fall")
LIFT = 1.15  # times what others get, from which it is more
MORE = 0.1  # of a row, by which a kind's rest differs enough to be said
SPREAD = 0.25  # of a row, by which heads of one program rest more than others for it to be said
SAME = 3.0  # times, up to which a class and a wider one of nearly the same tokens say the same
RARE = 0.3  # of the rows, in fewer of which a token of a kind is there: it tells less


@dataclass(frozen=True, slots=True)
class Kind:
    """What tokens of a factor get: how many `times` what a token of no named kind gets at the same
    distance; what `share` of all that doesn't rest, in rows that have any; in how many rows they
    are `found`. `within` says which kind holds nearly all of them, whose factor counts in `times`;
    `wider` names the classes of tokens that hold nearly the same ones and some more.
    """

    factor: Factor
    times: float
    share: float = 0.0
    found: float = 1.0
    within: Factor | None = None
    wider: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fall:
    """What a token so far away gets of what the token before gets, kinds apart."""

    away: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Said:
    """What is measured of a program: what rests, by the kinds of query of its gates too; within how
    many tokens most of what doesn't rest lies, if they are few; kinds of keys; how weight falls,
    at one distance or two; what the token itself gets of what the one before it gets; which places
    near it get more than those beside them. `between` is what rests of the head that rests least
    and of the one that rests most.

    `told` are the statements that decide which of two keys gets more, each by its factor's name,
    ITSELF or FALLS, the most deciding first; None where that wasn't measured.
    """

    rest: float
    by_kind: tuple[tuple[Factor, float], ...] = ()
    reach: int | None = None
    falls: tuple[Fall, ...] = ()
    kinds: tuple[Kind, ...] = ()
    itself: float | None = None
    peaks: tuple[Kind, ...] = ()
    told: tuple[str, ...] | None = None
    between: tuple[float, float] | None = None

    @property
    def deciding(self) -> tuple[Kind, ...]:
        """The kinds that are told."""
        return tuple(one for one in self.kinds if self.told is None or one.factor.name in self.told)

    @property
    def spread(self) -> tuple[float, float] | None:
        """What rests of its heads at least and at most, where they differ so that it is said."""
        least, most = self.between or (self.rest, self.rest)
        return (least, most) if most - least >= SPREAD else None

    @property
    def apart(self) -> tuple[tuple[Factor, float], ...]:
        """The kinds of query from which so much more or less rests that it is said."""
        return tuple(one for one in self.by_kind if abs(one[1] - self.rest) >= MORE)


def by_share(kinds: Sequence[Kind]) -> list[Kind]:
    """Those that get most, and more than others, first; one that is seldom there comes later."""
    return sorted(
        kinds, key=lambda one: -one.share * math.log(max(one.times, 1)) * min(one.found / RARE, 1)
    )


def telling(kinds: Sequence[Kind]) -> list[Kind]:
    """Those that differ most from others first, also where one lies within another; but not one
    of which a wider class of nearly the same tokens says about as much.

    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> the = Kind(Factor("the", "", "the word the"), 100.0, 0.3, 0.9)
    >>> small = Kind(Factor("small_the", "", ""), 200.0, 0.3, 0.9, wider=("the",))
    >>> [one.factor.name for one in telling((small, the))]
    ['the']
    >>> from dataclasses import replace
    >>> [one.factor.name for one in telling((small, replace(the, times=20.0)))]
    ['small_the', 'the']
    """
    some = [one for one in kinds if one.within or not 1 / LIFT < one.times < LIFT]
    times = {one.factor.name: one.times for one in some}
    some = [one for one in some
            if not any(abs(math.log(one.times / times[wide])) <= math.log(SAME)
                       for wide in one.wider if wide in times)]  # fmt: skip
    return sorted(some, key=lambda one: -abs(math.log(one.times)) * min(one.found / RARE, 1.0))
