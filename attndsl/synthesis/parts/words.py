"""Docstrings: what was measured of a program, said in words that have one meaning."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from attndsl.synthesis.parts.said import (
    FALLS,
    ITSELF,
    LIFT,
    MORE,
    Kind,
    Said,
    by_share,
    telling,
)
from attndsl.synthesis.parts.strengths import NUMBERS, WHOLE, ratio, strength
from attndsl.synthesis.parts.vocabulary import LIKE

LONGEST = 240
COUNTED = "Places count from 0."
TOLD = 0.42  # of what doesn't rest, from which a kind's share is said: about half


def docstring(
    said: Said, texts: str, rests: str = "the first token", stands: Collection[str] = ()
) -> str:  # fmt: skip
    """What the program says, in at most 240 characters: what `stands` in its name, then what
    decides most, as far as there is room beside the texts that it was measured on.

    >>> from attndsl.synthesis.parts.said import Fall
    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> marks = Kind(Factor("marks", "", "punctuation"), 4.0, 0.35, 0.9)
    >>> verbs = Factor("from_verb", "", "verbs", gate=True)
    >>> print(docstring(Said(0.33, ((verbs, 0.6),), 4, (Fall(4, 0.5),), (marks,), 0.2), "stories"))
    About a third rests on the first token, from verbs most. Beside others as far away: \
punctuation four times as much; beside the token before: itself a fifth as much, four tokens away \
half. Most is within the last four tokens. So on stories.
    """
    chosen: list[Clause] = []
    for one in sorted(_clauses(said, stands), key=lambda one: one.rank):
        if len(_ended(_text(said, rests, [*chosen, one]), texts)) <= LONGEST:
            chosen.append(one)
    return _ended(_text(said, rests, chosen), texts)


def _ended(text: str, texts: str) -> str:
    """
    >>> _ended("Most is on the symbol at place 5.", "drawn texts")
    'Most is on the symbol at place 5. Places count from 0. So on drawn texts.'
    """
    counted = f" {COUNTED}" if re.search(r"\bplace \d", text) else ""
    return f"{text}{counted} So on {texts}."


@dataclass(frozen=True, slots=True)
class Clause:
    """Words, their place in the text, and how telling they are: the most telling has the least
    rank. In its place the one with most of `much` comes first, and is said as `first`."""

    rank: int
    place: str
    words: str
    first: str
    much: float = 0.0


GATE, KIND, NEAR, MASS = "gate", "kind", "near", "mass"
GATES, UNTOLD, MASSES = 50, 60, 70  # ranks, after what is told


def _clauses(said: Said, stands: Collection[str]) -> Iterator[Clause]:
    ranks = _ranks(said, stands)
    for one in said.kinds:
        if one.factor.name in ranks:
            yield _times(ranks[one.factor.name], KIND, _kind(one), one.times, one.times)
    if said.itself is not None and ITSELF in ranks:
        yield _times(ranks[ITSELF], NEAR, ITSELF, said.itself, 1)
    for name, fall in zip(FALLS, said.falls, strict=False):
        if name in ranks:
            where = f"{NUMBERS[fall.away]} tokens away"
            yield _times(ranks[name], NEAR, where, fall.ratio, 1 / fall.away)
    for gate, share in said.apart:
        words = f"from {gate.says} {_than(share, said)}"
        yield Clause(ranks.get(gate.name, GATES), GATE, words, words)
    if said.reach is not None:
        last = f"within the last {NUMBERS[said.reach]} tokens"
        last = last if said.reach > 1 else "on the token itself"
        yield Clause(MASSES, MASS, f"most {last}", f"Most is {last}", 1)
    for one in by_share(said.kinds)[:1]:
        if one.share >= TOLD and one.times >= LIFT:
            where = f"on {one.factor.says}{'' if one.found > 1 - MORE else ' where there are any'}"
            most = strength(one.share)
            yield Clause(MASSES + 1, MASS, f"{most} {where}", f"{most.capitalize()} is {where}")


def _times(rank: int, place: str, what: str, times: float, much: float) -> Clause:
    first, later = (f"{what} {ratio(times, first=at)}" for at in (True, False))
    return Clause(rank, place, later, first, much)


def _ranks(said: Said, stands: Collection[str]) -> dict[str, int]:
    """How telling statements are: first what stands in the name, then what decides most."""
    if said.told is None:
        kinds = [one.factor.name for one in telling(said.kinds)]
        order = [*kinds[:1], FALLS[0], ITSELF, *kinds[1:]]
        return {one: at for at, one in enumerate(order)}
    order = list(dict.fromkeys([*stands, *said.told]))
    untold = [one.factor.name for one in telling(said.kinds)
              if one.within or ratio(one.times) not in WHOLE]  # fmt: skip
    places = (ITSELF, *FALLS) if said.falls else ()
    return dict.fromkeys([*places, *untold], UNTOLD) | {one: at for at, one in enumerate(order)}


def _kind(one: Kind) -> str:
    """Tokens of a kind: a comma in them is for the list."""
    upto = "" if one.factor.form != LIKE else " up to" if one.times > 1 else " down to"
    tokens, comma, more = one.factor.says.partition(", ")
    return f"{tokens}{f' ({more})' if comma else ''}{upto}"


def _than(share: float, said: Said) -> str:
    """How a kind's rest differs from that of all: by its strength, where that is another and one
    strength is said of all."""
    if not said.spread and strength(share) != strength(said.rest):
        return strength(share)
    return "more" if share > said.rest else "less"


def _resting(said: Said) -> str:
    """How much rests: of heads that differ, from the least to the most.

    >>> _resting(Said(0.6)), _resting(Said(0.6, between=(0.5, 0.7)))
    ('Most', 'Most')
    >>> _resting(Said(0.6, between=(0.1, 0.95)))
    'A little to nearly all, by head,'
    >>> _resting(Said(0.7, between=(0.6, 0.88)))
    'Most'
    """
    if said.spread is None:
        return strength(said.rest).capitalize()
    least, most = (strength(one) for one in said.spread)
    if least == most:
        return least.capitalize()
    return f"{least.capitalize()} to {most}, by head,"


def _text(said: Said, rests: str, clauses: Sequence[Clause]) -> str:
    of: dict[str, list[Clause]] = {place: [] for place in (GATE, KIND, NEAR, MASS)}
    for one in sorted(clauses, key=lambda one: -one.much):
        of[one.place].append(one)
    gates = "".join(f", {one.words}" for one in of[GATE])
    text = f"{_resting(said)} rests on {rests}{gates}."
    kinds, places, masses = (
        ", ".join(one.words if at else one.first for at, one in enumerate(of[place]))
        for place in (KIND, NEAR, MASS)
    )
    where = [f"beside others as far away: {kinds}"] if kinds else []
    where += [f"beside the token before: {places}"] if places else []
    if where:
        text += f" B{'; '.join(where)[1:]}."
    elif not said.kinds and not said.falls:
        text += " Elsewhere all tokens get the same."
    return f"{text} {masses}." if masses else text
