"""Why a program gives its weights: the parts of every cell of a text that has any weight to speak
of, and of the strongest of each row of others. A head's page opens on the text where its program
errs most, so that is where most of its heads open."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.why import Part, Reasons, Why
from attndsl.graph.program import Program
from attndsl.heads.packing import row_starts
from attndsl.language.mask import Mask
from attndsl.report.cells import PartEntry, Reason
from attndsl.report.data import ProgramEntry, TextEntry
from attndsl.tokens.encoded import Encoded

TEXTS, WHOLE = 3, 1  # of a program, whose cells are told of, and of how many all cells are
LONGEST = 128  # tokens: of longer texts nothing is told
ROWS = 16  # of the first text, over which the shares of parts are taken
MOST = 6  # parts of one cell
LEAST = 0.02  # weight under which a cell isn't told of
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
            entry = shown[place][0]
            cells = strongest(entry, entry.predicted[slot], outer, mask)
            if at < WHOLE:
                cells += [one for one in weighed(entry, entry.predicted[slot], outer, mask)
                          if one not in cells]  # fmt: skip
            for query, key in cells:
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


def strongest(entry: TextEntry, packed: F32, outer: Mask, mask: Mask) -> list[tuple[int, int]]:
    """Of each row the key that the program weighs most, resting ones apart."""
    length = len(entry.tokens)
    starts, places = row_starts(outer, length), []
    for query in range(1, length):
        first, last = outer.visible(query, length)
        row = packed[starts[query] : starts[query] + last - first + 1].copy()
        row[[key - first for key in entry.resting if first <= key <= last]] = 0.0
        key = first + int(row.argmax())
        seen = mask.visible(query, length)
        if row[key - first] >= LEAST and seen[0] <= key <= seen[1]:
            places.append((query, key))
    return places


def weighed(entry: TextEntry, packed: F32, outer: Mask, mask: Mask) -> list[tuple[int, int]]:
    """Every cell that is told of, row by row."""
    length, cells = len(entry.tokens), []
    starts = row_starts(outer, length)
    for query in range(1, length):
        (first, last), seen = outer.visible(query, length), mask.visible(query, length)
        row = packed[starts[query] : starts[query] + last - first + 1]
        keys = first + np.flatnonzero(row >= LEAST)
        cells += [(query, int(key)) for key in keys if seen[0] <= key <= seen[1]]
    return cells


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
        amounts.append((_number(label(part, lines), texts), float(amount)))
    tests = [f"{fact.text}: {fact.answered}" for fact in why.on_the_way[:MOST]]
    taken = (*tests, *why.notes)
    factors = tuple((_number(one.said, texts), float(one.value)) for one in why.factors)
    return Reason(place, why.query, why.key, tuple(amounts), taken, factors)


def _number(text: str, texts: list[str]) -> int:
    """A part's number; a new one is added."""
    if text not in texts:
        texts.append(text)
    return texts.index(text)
