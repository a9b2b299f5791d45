"""Names and docstrings of mixtures: what is most and what is little, measured, said in words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attndsl.language.shipped import is_shipped
from attndsl.synthesis.parts.mixture import Mixture, Term
from attndsl.synthesis.parts.rows import Rows
from attndsl.synthesis.parts.vocabulary import KINDS, SPREAD, Kind, Part
from attndsl.synthesis.parts.write import is_rest, times_written

LONGEST, LONGEST_NAME = 240, 60
# How a share is said: the first whose bound it reaches.
STRENGTHS = (
    (0.9, "nearly all"),
    (0.58, "most"),
    (0.42, "about half"),
    (0.28, "about a third"),
    (0.15, "about a fifth"),
    (0.05, "a little"),
    (0.0, "hardly anything"),
)
# How a factor is said: the first whose bound it reaches.
TIMES = (
    (7.0, "many times as much"),
    (3.5, "about five times as much"),
    (2.3, "about three times as much"),
    (1.75, "twice as much"),
    (1.0, "somewhat more"),
    (0.65, "somewhat less"),
    (0.45, "half as much"),
    (0.25, "about a third as much"),
    (0.0, "hardly anything"),
)
SAID = STRENGTHS[-2][0]  # of the content, from which a part is said
SELDOM = 0.4  # of the rows, in fewer of which a part that finds something is said apart
NAMED = 0.15  # of the content, from which a part stands in the name
RESTS = 0.5  # of a row, from which the name says so
MORE = 0.1  # of a row, by which a kind's rest differs enough to be said
TELLING = 2.0  # times more or less, from which a factor is said before small shares
NAMES = {SPREAD: "anything", "evenly": "everything"}


@dataclass(frozen=True, slots=True)
class Share:
    """One part's measured share: of the rows' content, and of it in rows where it finds any."""

    part: Part
    of_content: float
    where_found: float
    found: float  # of the rows


@dataclass(frozen=True, slots=True)
class Said:
    """What is measured of a mixture and said.

    The rest, the rest by kinds of query, each part, and each part that multiplies with how many
    times the weight that it has, cell for cell, is that of the other cells, the farthest first.
    """

    rest: float
    by_kind: tuple[tuple[Kind, float], ...]
    shares: tuple[Share, ...]
    factors: tuple[tuple[Part, float], ...]


def strength(share: float) -> str:
    """A share in words.

    >>> strength(0.55), strength(0.33), strength(0.08)
    ('about half', 'about a third', 'a little')
    """
    return next(word for bound, word in STRENGTHS if share >= bound)


def times(value: float) -> str:
    """A factor in words.

    >>> times(5.0), times(1.25), times(0.1)
    ('about five times as much', 'somewhat more', 'hardly anything')
    """
    return next(word for bound, word in TIMES if value >= bound)


def telling(value: float) -> bool:
    """Whether a factor makes enough of a difference to be said before small shares."""
    return max(value, 1 / value) >= TELLING


def measured(mixture: Mixture, rows: Rows, parts: Sequence[Part]) -> Said:
    """What each term gets over the sampled rows."""
    cells = np.repeat(np.arange(len(rows.text)), np.diff(rows.start))
    content = ~rows.resting

    def active(part: int, kind: int) -> NDArray[np.bool_]:
        return np.asarray(rows.kinds[kind] & rows.found[part])

    def by_row(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.asarray(np.add.reduceat(values, rows.start[:-1]))

    factor = np.ones(len(cells))
    for term in mixture.terms:
        if term.times:
            where = (rows.parts[term.part] > 0) & content & active(term.part, term.kind)[cells]
            factor[where] *= term.value
    each = [
        term.value * rows.parts[term.part] * active(term.part, term.kind)[cells] * factor
        for term in mixture.terms
        if not term.times
    ]
    total = np.maximum(by_row(np.sum(each, axis=0)), 1e-12)
    weight = rows.weight[rows.text] / np.bincount(rows.text)[rows.text]
    rest = by_row(np.sum(each, axis=0) * rows.resting) / total
    of_row = [by_row(one * content) / total for one in each]
    whole = np.sum(of_row, axis=0)
    shares = []
    added = [term for term in mixture.terms if not term.times]
    for term, one in zip(added, of_row, strict=True):
        if term.part:
            found = active(term.part, term.kind)
            shares.append(Share(
                _for_kind(parts[term.part], term),
                _mean(one, weight) / max(_mean(whole, weight), 1e-12),
                _mean(one[found], weight[found]) / max(_mean(whole[found], weight[found]), 1e-12),
                _mean(found.astype(float), weight),
            ))  # fmt: skip
    gates = [term for term in mixture.terms if term.kind and is_rest(term, parts)]
    by_kind = tuple(
        (KINDS[term.kind - 1], _mean(rest[mask], weight[mask]))
        for term in gates
        if (mask := rows.kinds[term.kind]).any()
    )
    shares.sort(key=lambda one: -one.of_content)
    factors = sorted(
        ((_for_kind(parts[term.part], term), times_written(term.value)) for term in mixture.terms
         if term.times and term not in gates),
        key=lambda one: -max(one[1], 1 / one[1]),
    )  # fmt: skip
    return Said(_mean(rest, weight), by_kind, tuple(shares), tuple(factors))


def _for_kind(part: Part, term: Term) -> Part:
    """The part as it is called where it counts for one kind of query alone."""
    if not term.kind:
        return part
    kind = KINDS[term.kind - 1]
    return replace(part, name=f"{part.name}_at_{kind.name}", says=f"{part.says} for {kind.says}")


def _mean(values: NDArray[np.floating], weight: NDArray[np.floating]) -> float:
    return float((values * weight).sum() / max(weight.sum(), 1e-12))


def named(said: Said, taken: Collection[str] = ()) -> str:
    """A name that no other program has: from what the content goes to, and where that is another's
    from what gets more or less and who rests too; never a mechanism's, which it would hide.

    >>> one, other = (Part(name, "", "") for name in ("copies", "nearby"))
    >>> said = Said(0.6, (), (Share(one, 0.7, 0.9, 0.3), Share(other, 0.3, 0.3, 1.0)), ())
    >>> named(said), named(Said(0.1, (), (Share(one, 1.0, 1.0, 1.0),), ()))
    ('rests_or_copies_and_nearby', 'mostly_copies')
    """
    found = ""
    for more in _names(said):
        longer = f"{found}{more}"
        if found and len(longer) > LONGEST_NAME:
            break
        found = longer
        if found not in taken:
            return found
    number = next(n for n in range(2, len(taken) + 3) if f"{found}_{n}" not in taken)
    return f"{found}_{number}"


def _names(said: Said) -> Iterator[str]:
    """A name, then what can be added to it, the most telling first."""
    strong = [_called(one.part) for one in said.shares if one.of_content >= NAMED][:2]
    what = "_and_".join(strong) or "rests"
    if said.rest >= RESTS and strong:
        what = f"{'mostly_rests' if said.rest >= STRENGTHS[0][0] else 'rests'}_or_{what}"
    factors = [
        f"_{'more' if value > 1 else 'less'}_{_called(part)}" for part, value in said.factors
    ]
    if factors and (len(strong) == 1 or telling(said.factors[0][1])):
        what += factors.pop(0)
    yield f"mostly_{what}" if is_shipped(what) else what
    yield from factors
    for kind, share in said.by_kind:
        yield f"_{'resting' if share > said.rest else 'looking'}_at_{kind.name}"
    for one in said.shares[2:]:
        yield f"_and_{_called(one.part)}"


def _called(part: Part) -> str:
    return NAMES.get(part.name, part.name)


def docstring(said: Said, texts: str, rests: str = "the first token") -> str:
    """What the program says, the most telling first, in at most 240 characters; on which texts it
    was measured, where there is room for that.

    >>> before = Part("previous_token", "", "the token before")
    >>> marks = Part("marks", "", "punctuation, alike", "k.is_punct")
    >>> docstring(Said(0.33, (), (Share(before, 0.95, 0.95, 1.0),), ((marks, 5.0),)), "stories")
    'About a third rests on the first token. The remainder: nearly all to the token before; \
about five times as much to punctuation. So on stories.'
    """
    rest = f"{strength(said.rest).capitalize()} rests on {rests}"
    chosen: list[Clause] = []
    for clause in sorted(_clauses(said), key=lambda one: one.after):
        if len(_told(rest, [*chosen, clause])) <= LONGEST:
            chosen.append(clause)
    text = _told(rest, chosen)
    source = f" So on {texts}."
    return text + source if len(text) + len(source) <= LONGEST else text


@dataclass(frozen=True, slots=True)
class Clause:
    """Words with their place (kinds of query, parts, factors); `after` ranks how telling they are,
    the most telling first."""

    after: int
    place: int
    words: str


def _clauses(said: Said) -> Iterator[Clause]:
    for one in said.shares:
        often = one.found >= SELDOM
        share = one.of_content if often else one.where_found
        words = f"{strength(share)} to {one.part.says}{'' if often else ', if any'}"
        if share >= SAID:
            yield Clause(0 if one.of_content >= NAMED else 3, 1, words)
    for part, value in said.factors:
        words = f"{times(value)} to {part.says.removesuffix(', alike')}"
        yield Clause(1 if telling(value) else 4, 2, words)
    for kind, share in said.by_kind:
        if abs(share - said.rest) >= MORE:
            yield Clause(2, 0, f", {_than(share, said.rest)} for {kind.says}")


def _than(share: float, rest: float) -> str:
    """How a kind's rest differs from that of all: by its strength, where that is another."""
    if strength(share) != strength(rest):
        return strength(share)
    return "more" if share > rest else "less"


def _told(rest: str, clauses: Sequence[Clause]) -> str:
    kinds, shares, factors = (
        [one.words for one in clauses if one.place == place] for place in range(3)
    )
    content = "; ".join(", ".join(part) for part in (shares, factors) if part)
    remainder = f" The remainder: {content}." if content else ""
    return f"{rest}{''.join(kinds)}.{remainder}"
