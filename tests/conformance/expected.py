"""Reads what the comments of a conformance file expect of its programs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import Pieces, PieceTable
from attndsl.tokens.pool import TextPool
from attndsl.tokens.tokenizer import builtin_table, encode

DIRECTIVE = re.compile(
    r"^# (text|pieces|mask|row|weights|values|causal|needs|streams|bits|numbers)(?: (\d+))?: (.*)$"
)
HEAD = re.compile(r"^def (\w+)\(q, k\)")


@dataclass(frozen=True)
class Expectation:
    """What one program must give on one text under one mask."""

    name: str
    encoded: Encoded
    mask: Mask
    rows: dict[int, list[float]]
    values: dict[int, list[float]]
    causal: bool | None
    needs: frozenset[str] | None
    streams: str | None
    bits: float | None
    numbers: float | None


def expectations(source: str) -> Iterator[Expectation]:
    """The expectations of a file, one for each program that has comments above it."""
    encoded, mask = encode("one two three"), CAUSAL
    rows: dict[str, dict[int, list[float]]] = {"row": {}, "values": {}}
    proved: dict[str, str] = {}
    for line in source.splitlines():
        said, head = DIRECTIVE.match(line), HEAD.match(line)
        if said:
            kind, query, given = said.groups()
            if kind == "text":
                encoded = encode(given.encode().decode("unicode_escape"))
            elif kind == "pieces":
                encoded = by_hand(given.split())
            elif kind == "mask":
                word, _, width = given.partition(" ")
                mask = Mask(word, int(width or 0))  # type: ignore[arg-type]  # a kind
            elif kind in ("row", "weights", "values"):
                row = [float(Fraction(each)) for each in given.split()]
                if kind == "weights":  # a row in any proportion
                    row = [each / sum(row) for each in row]
                rows["values" if kind == "values" else "row"][int(query)] = row
            else:
                proved[kind] = given
        elif head and (any(rows.values()) or proved):
            causal = proved["causal"] == "yes" if "causal" in proved else None
            needs = frozenset(proved["needs"].split()) if "needs" in proved else None
            bits, numbers = (
                float(proved[kind]) if kind in proved else None for kind in ("bits", "numbers")
            )
            yield Expectation(
                head[1],
                encoded,
                mask,
                rows["row"],
                rows["values"],
                causal,
                needs,
                proved.get("streams"),
                bits,
                numbers,
            )
            rows, proved = {"row": {}, "values": {}}, {}


def by_hand(pieces: Sequence[str]) -> Encoded:
    """A text of these pieces: `[CLS]` begins it, `[SEP]` ends it, `##s` continues a word."""
    distinct = sorted(set(pieces))
    bos, sep = (np.array([each == name for each in distinct]) for name in ("[CLS]", "[SEP]"))
    inner = np.array([each.startswith("##") for each in distinct])
    spelled = [
        (each[2:] if each.startswith("##") else f" {each}").encode("utf-8") for each in distinct
    ]
    table = PieceTable("by hand", "by hand", TextPool(), builtin_table().split, prefix=True)
    numbers = np.arange(len(distinct), dtype=np.float64)
    special = bos | sep
    table.grow(Pieces(distinct, spelled, numbers, special, inner, bos & sep, bos, sep))
    return Encoded(table, np.array([distinct.index(each) for each in pieces]))
