"""What only a head's own page says of it, as JSON that is unpacked where the first is opened."""

import json
from collections.abc import Iterator
from dataclasses import asdict, astuple
from itertools import count

import numpy as np

from attndsl.report.data import HeadEntry, Ladder, Report

DETAILS = ("ladder", "strongest", "runners_up", "own")  # fields of a head; its constant has more


def details_of(report: Report) -> str:
    """Of every head by its number, and the texts that some heads alone show."""
    numbers, sources = count(), dict[str, int]()
    told = {
        "heads": [_head(head, numbers, sources) for head in report.heads],
        "sources": list(sources),
        "passages": [asdict(one) for one in report.passages],
    }
    return json.dumps(rounded(told), separators=(",", ":"))


def _head(head: HeadEntry, numbers: Iterator[int], sources: dict[str, int]) -> dict[str, object]:
    return {
        "ladder": _ladder(head.ladder, numbers, sources),
        "strongest": [astuple(one) for one in head.strongest],
        "runners_up": [asdict(one) for one in head.runners_up],
        "constant": head.constant and asdict(head.constant),
        "own": _own(head),
    }


def _ladder(ladder: Ladder | None, numbers: Iterator[int], sources: dict[str, int]) -> object:
    """A ladder's record; maps of rungs stand in one block, numbered from head to head, and sources
    in one list, since heads share them."""
    if ladder is None:
        return None
    rungs = [
        {"parts": one.parts, "worth": one.worth, "gain": one.gain,
         "source": sources.setdefault(one.source, len(sources)),
         "map": None if one.predicted is None else next(numbers),
         "measures": [list(pair) for pair in one.measures]}
        for one in ladder.rungs
    ]  # fmt: skip
    return {"picked": ladder.picked, "rungs": rungs, "sharing": ladder.sharing}


def _own(head: HeadEntry) -> object:
    """Its own texts; their maps stand in a block, in the same order."""
    if head.own is None:
        return None
    maps = [{"text": one.text, "iou": one.iou, "decile": one.decile, "activity": one.activity}
            for one in head.own.maps]  # fmt: skip
    return {"most_wrong": head.own.most_wrong, "most_active": head.own.most_active, "maps": maps}


def rounded(value: object) -> object:
    """Numbers to five digits after the point, at any depth: more is not shown."""
    if isinstance(value, float):
        return round(value, 5) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return value
