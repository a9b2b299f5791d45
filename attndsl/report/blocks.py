"""The maps of a page as blocks of text: a byte a weight, deflated, in base64.

The maps of a text are one block: all heads, then the predicted patterns that are kept whole; those
of all rungs of ladders are another, and those of texts that a head alone shows one for each head.
"""

import zlib
from base64 import b64encode
from collections.abc import Sequence, Set
from dataclasses import dataclass

from attndsl.report.data import HeadEntry, Report, TextEntry
from attndsl.report.levels import COARSE, FINE, Levels, quantised
from attndsl.report.rested import Rested, rested, whole

ROOM = 20_000_000  # letters of maps on a page; what needs more is shown by coarser levels
LETTERS = 0.85  # that a weight takes, in the mean
# Weights hardly repeat, so looking for what repeats may cost more than it gains.
WAYS = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_RLE)


@dataclass(frozen=True)
class Blocks:
    """By text, held-out ones first, its block and which maps that might not be are in it whole."""

    texts: tuple[str, ...]
    whole: tuple[tuple[int, ...], ...]
    rungs: str
    own: tuple[str, ...]  # by head, empty where it has no text of its own
    rests: tuple[Rested | None, ...]
    levels: Levels


def blocks_of(report: Report, room: int = ROOM) -> Blocks:
    """All blocks, as fine as there is room for."""
    shown = shown_texts(report)
    rests = rested(report.heads, shown, report.mask)
    kept = [whole(text, rests, report.mask, FINE) for text in shown]
    levels = FINE if LETTERS * _weights(report, shown, rests, kept) <= room else COARSE
    if levels is COARSE:
        kept = [whole(text, rests, report.mask, COARSE) for text in shown]
    others = {one.of for one in rests if one is not None}
    texts = tuple(
        _text(text, [at for at, one in enumerate(rests) if one is None or at in still], others,
              levels)
        for text, still in zip(shown, kept, strict=True)
    )  # fmt: skip
    own = tuple(_own(head, levels) for head in report.heads)
    return Blocks(texts, tuple(kept), _rungs(report, levels), own, rests, levels)


def _weights(
    report: Report,
    shown: Sequence[TextEntry],
    rests: Sequence[Rested | None],
    kept: Sequence[Sequence[int]],
) -> int:
    """How many are in the blocks."""
    own = sum(one is None for one in rests)
    texts = sum((len(text.real) + own + len(still)) * _cells(text)
                for text, still in zip(shown, kept, strict=True))  # fmt: skip
    rungs = sum(rung.predicted is not None
                for head in report.heads if head.ladder for rung in head.ladder.rungs)  # fmt: skip
    mine = sum(2 * one.real.size for head in report.heads if head.own for one in head.own.maps)
    return texts + mine + rungs * (_cells(shown[0]) if shown else 0)


def shown_texts(report: Report) -> tuple[TextEntry, ...]:
    """Held-out texts, then probe texts: the page numbers their maps through."""
    return (*report.texts, *(one.text for one in report.probes))


def packed(data: bytes) -> str:
    """Deflated the way that is shortest, as letters."""
    return b64encode(min((_deflated(data, way) for way in WAYS), key=len)).decode()


def _deflated(data: bytes, way: int) -> bytes:
    packer = zlib.compressobj(9, memLevel=9, strategy=way)
    return packer.compress(data) + packer.flush()


def _cells(text: TextEntry) -> int:
    return int(text.real.shape[-1])


def _text(text: TextEntry, slots: list[int], others: Set[int], levels: Levels) -> str:
    """Maps that others are worked out from are as fine as may be."""
    predicted = [
        quantised(text.predicted[slot], FINE if slot in others else levels).tobytes()
        for slot in slots
    ]
    return packed(b"".join((quantised(text.real, levels).tobytes(), *predicted)))


def _rungs(report: Report, levels: Levels) -> str:
    """The block of all rungs' maps, in the order of their numbers; empty without any."""
    maps = [
        quantised(rung.predicted, levels).tobytes()
        for head in report.heads if head.ladder
        for rung in head.ladder.rungs if rung.predicted is not None
    ]  # fmt: skip
    return packed(b"".join(maps)) if maps else ""


def _own(head: HeadEntry, levels: Levels) -> str:
    """Of each of the head's own texts the real map, then the predicted one."""
    maps = head.own.maps if head.own else ()
    kept = [quantised(one, levels).tobytes() for text in maps
            for one in (text.real, text.predicted)]  # fmt: skip
    return packed(b"".join(kept)) if kept else ""
