"""Names and docstrings of mixtures: what is most and what is little, measured, said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.synthesis.parts.mixture import Mixture
from attndsl.synthesis.parts.rows import Rows
from attndsl.synthesis.parts.vocabulary import KINDS, Part
from attndsl.synthesis.parts.write import is_rest

LONGEST = 240
# How a share is said: the first whose bound it reaches.
STRENGTHS = (
    (0.9, "nearly all"),
    (0.5, "most"),
    (0.4, "less than half"),
    (0.28, "about a third"),
    (0.15, "about a fifth"),
    (0.05, "a little"),
    (0.0, "hardly anything"),
)
SELDOM = 0.4  # of the rows, in fewer of which a part that finds something is said apart
NAMED = 0.15  # of the content, from which a part stands in the name
MORE = 0.1  # of a row, by which a kind's rest differs enough to be said
FAR = 4.0  # times, from which more is much more


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
    times the weight that it has, cell for cell, is that of the other cells.
    """

    rest: float
    by_kind: tuple[tuple[str, float], ...]
    shares: tuple[Share, ...]
    factors: tuple[tuple[Part, float], ...]


def strength(share: float) -> str:
    """A share in words.

    >>> strength(0.55), strength(0.33), strength(0.08)
    ('most', 'about a third', 'a little')
    """
    return next(word for bound, word in STRENGTHS if share >= bound)


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
                parts[term.part],
                _mean(one, weight) / max(_mean(whole, weight), 1e-12),
                _mean(one[found], weight[found]) / max(_mean(whole[found], weight[found]), 1e-12),
                _mean(found.astype(float), weight),
            ))  # fmt: skip
    gates = [term for term in mixture.terms if term.kind and is_rest(term, parts)]
    by_kind = tuple(
        (KINDS[term.kind - 1].says, _mean(rest[mask], weight[mask]))
        for term in gates
        if (mask := rows.kinds[term.kind]).any()
    )
    shares.sort(key=lambda one: -one.of_content)
    factors = tuple((parts[term.part], term.value) for term in mixture.terms
                    if term.times and term not in gates)  # fmt: skip
    return Said(_mean(rest, weight), by_kind, tuple(shares), factors)


def _mean(values: NDArray[np.floating], weight: NDArray[np.floating]) -> float:
    return float((values * weight).sum() / max(weight.sum(), 1e-12))


def named(said: Said) -> str:
    """A name from the parts that get most of the content, never that of a mechanism, which a
    program of that name would hide.

    >>> one, other = (Part(name, "", "") for name in ("copies", "nearby"))
    >>> named(Said(0.5, (), (Share(one, 0.7, 0.9, 0.3), Share(other, 0.3, 0.3, 1.0)), ()))
    'copies_and_nearby'
    """
    strong = [one.part.name for one in said.shares if one.of_content >= NAMED][:2]
    if said.rest >= 0.9 or not strong:
        return "_and_".join(["mostly_rests", *strong[:1]]) if said.shares else "rests"
    return "_and_".join(strong) if len(strong) > 1 else f"mostly_{strong[0]}"


def docstring(said: Said, texts: str, rests: str = "the first token") -> str:
    """What the program says, for the texts that it was measured on; at most 240 characters."""
    text = f"On {texts}, {strength(said.rest)} of a row rests on {rests}"
    clauses = [
        f", {'more' if share > said.rest else 'less'} from {words}"
        for words, share in said.by_kind
        if abs(share - said.rest) >= MORE
    ]
    start = "; of the remainder "
    for one in said.shares:
        often = one.found >= SELDOM
        share = one.of_content if often else one.where_found
        if share >= STRENGTHS[-2][0]:
            where = "" if often else "where there is such, "
            clauses.append(f"{start}{where}{strength(share)} to {one.part.says}")
            start = ", "
    for part, times in said.factors:
        much = "much " if max(times, 1 / times) >= FAR else ""
        clauses.append(f"{start}{much}{'more' if times > 1 else 'less'} to {part.says}")
        start = ", "
    for clause in clauses:
        if len(text) + len(clause) < LONGEST:
            text += clause
    return f"{text}."
