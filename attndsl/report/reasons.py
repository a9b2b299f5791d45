"""Why a program gives its weights: the parts of every cell of a text, and of those that matter of
others. A head's page opens on the text where its program errs most, so that is where most of its
heads open."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.why import Part, Reasons, Why
from attndsl.graph.program import Program
from attndsl.heads.packing import unpack
from attndsl.language.mask import Mask
from attndsl.report.cells import PartEntry, Reason
from attndsl.report.data import ProgramEntry, TextEntry
from attndsl.tokens.encoded import Encoded

TEXTS = 3  # of a program, whose cells are told of, all those of the first
LONGEST = 128  # tokens: of longer texts nothing is told
EVERY = 2500  # cells of a text, at most, for all to be told of
ROWS = 16  # of the first text, over which the shares of parts are taken
MOST = 6  # parts of one cell
LEAST = 0.02  # weight, real or predicted, from which on a cell of a text of more cells is told of
FALLEN_BACK = "no key has any weight from the program"
NUMBER = re.compile(r"[-+*/ ().\de]*")  # and products of numbers
F32 = NDArray[np.float32]


def with_reasons(
    entries: Sequence[ProgramEntry],
    programs: Sequence[Program],
    bases: Sequence[int],
    shown: Sequence[tuple[TextEntry, Encoded]],
    maps: Mapping[tuple[int, Mask], int],
    outer: Mask,
    opened: Mapping[int, Sequence[int]],
) -> tuple[ProgramEntry, ...]:
    """The programs that serve heads with their parts, and the reasons for cells of some texts: of
    the first, by which parts are measured, and those on which the pages of a program's heads are
    `opened`, by its number.

    `programs` are those that stand for heads, `bases` numbers the entry of each: heads may share
    one and differ in what rests. That moves no part of a cell against another, so the page brings
    the parts of the program as it stands to what each head's weight adds up to.
    """
    explained = list(entries)
    for (number, mask), slot in maps.items():
        base = bases[number]
        if explained[base].why:
            continue
        told = {
            place: Reasons(programs[base], shown[place][1], mask)
            for place in texts_of(opened.get(base, ()), shown)
        }
        if not told:
            continue
        first = min(told)
        shares = part_shares(told[first], shown[first][0], mask)
        texts, reasons = list(shares), []
        for at, (place, why) in enumerate(told.items()):
            cells = shown_cells(shown[place][0], slot, explained[base].heads, outer, mask)
            matter = cells.every if at == 0 else cells.strongest
            for query, key in matter():
                reasons.append(_reason(place, why.at(query, key), texts, why.lines))
        parts = tuple(PartEntry(text, shares.get(text)) for text in texts)
        explained[base] = replace(explained[base], parts=parts, why=tuple(reasons))
    return tuple(explained)


def texts_of(opened: Sequence[int], shown: Sequence[tuple[TextEntry, Encoded]]) -> tuple[int, ...]:
    """The texts that are told of, those on which most heads are opened first; the first is one."""
    short = [place for place, (_, encoded) in enumerate(shown) if encoded.n <= LONGEST]
    ranked = [place for place, _ in Counter(opened).most_common() if place in short]
    return tuple(dict.fromkeys((*ranked[: TEXTS - 1], *short[:1], *ranked)))[:TEXTS]


def part_shares(why: Reasons, entry: TextEntry, mask: Mask) -> dict[str, float]:
    """What each part brings of all weight, on rows spread over a text; empty for scores.

    Each row stands for as many as any other: the first ones, of few keys, would say too much.
    """
    if why.program.softmax:
        return {}
    length = len(entry.tokens)
    count = max(1, min(ROWS, length - 1))
    rows = (length - 1) * (2 * np.arange(count) + 1) // (2 * count) + min(1, length - 1)
    shares: dict[str, float] = {}
    for query in map(int, rows):
        first, last = mask.visible(query, why.text.n)
        for key in range(first, last + 1):
            one = why.at(query, key)
            for part in one.part.leaves:
                text = label(part, why.lines)
                shares[text] = shares.get(text, 0.0) + one.share(part) / len(rows)
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


@dataclass(frozen=True)
class Shown:
    """A text's square maps: what the program weighs, what its heads do, and what they see."""

    predicted: F32
    real: F32  # a map for each head
    seen: NDArray[np.bool_]
    resting: tuple[int, ...]

    def every(self) -> list[tuple[int, int]]:
        """All cells that are seen; of many those with weight, and those that `strongest` names."""
        if self.seen.sum() <= EVERY:
            return _listed(self.seen)
        heavy = (self.predicted >= LEAST) | (self.real >= LEAST).any(axis=0)
        return _listed(self.seen & (heavy | self._named()))

    def strongest(self) -> list[tuple[int, int]]:
        """Of each row the keys that the program and each head weigh most, and those that rest."""
        return _listed(self.seen & self._named())

    def _named(self) -> NDArray[np.bool_]:
        resting = np.broadcast_to(np.isin(np.arange(len(self.seen)), self.resting), self.seen.shape)
        named = resting.copy()
        for weights in (self.predicted, *self.real):
            beside = np.where(self.seen & ~resting, weights, -1.0)
            named[np.arange(len(named)), beside.argmax(axis=1)] = True
        return named


def shown_cells(
    entry: TextEntry, slot: int, heads: Sequence[int], outer: Mask, mask: Mask
) -> Shown:
    length = len(entry.tokens)
    seen = np.asarray(mask.sees(*np.ogrid[:length, :length]))
    predicted, real = (unpack(one, outer, length)
                       for one in (entry.predicted[slot], entry.real[list(heads)]))  # fmt: skip
    return Shown(predicted, real, seen, entry.resting)


def _listed(cells: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Row by row."""
    return [(int(query), int(key)) for query, key in np.argwhere(cells)]


def label(part: Part, lines: Sequence[str]) -> str:
    """A part's text; of a bare number where it counts: the test that chose it, or its line.

    >>> from attndsl.engines.why import Fact
    >>> label(Part("6", 3, 6.0, facts=(Fact("k.i == 0", 3, "true"),)), ())
    '6 (k.i == 0 is true)'
    >>> label(Part("6", 1, 6.0), ("    weight = 6",))
    'weight = 6'
    """
    if not NUMBER.fullmatch(part.text):
        return part.text
    return part.said if part.said != part.text else lines[part.line - 1].strip()


def _reason(place: int, why: Why, texts: list[str], lines: Sequence[str]) -> Reason:
    """One cell; `texts` are the parts met so far, to which new ones are added."""
    leaves = sorted(why.part.leaves, key=lambda part: -abs(part.value))
    kept = [part for part in leaves if part.value or len(leaves) == 1][:MOST]
    amounts = []
    for part in kept:
        amount = part.value if why.scores else why.share(part)
        amounts.append((_number(label(part, lines), texts), _short(amount)))
    tests = [f"{fact.text}: {fact.answered}" for fact in why.on_the_way[:MOST]]
    if why.fallback:
        tests = [f"{FALLEN_BACK}, so the row goes to the fallback, {why.fallback}", *tests]
    taken = (*tests, *why.notes)
    factors = tuple((_number(one.said, texts), _short(one.value)) for one in why.factors)
    return Reason(place, why.query, why.key, tuple(amounts), taken, factors)


def _short(amount: float) -> float:
    """Six digits: there are many, and two are shown."""
    return float(f"{amount:.6g}")


def _number(text: str, texts: list[str]) -> int:
    """A part's number; a new one is added."""
    if text not in texts:
        texts.append(text)
    return texts.index(text)
