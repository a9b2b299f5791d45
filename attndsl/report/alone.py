"""A report of one head: what its page needs, the others only for their numbers."""

from dataclasses import replace

import numpy as np

from attndsl.language.diagnostics import AttndslError
from attndsl.report.data import HeadEntry, ProgramEntry, Report, TextEntry


def alone(report: Report, layer: int, head: int) -> Report:
    """The report with one head asked for; what is only said of others is left out."""
    number = next(
        (at for at, one in enumerate(report.heads)
         if (one.layer, one.head) == (layer, head) and one.asked), None
    )  # fmt: skip
    if number is None:
        raise AttndslError(f"the report has no head L{layer}.H{head}")
    mine = report.heads[number]
    spots = {one.text for one in mine.strongest}
    own = {one.text for one in mine.own.maps} if mine.own else set()
    shown = {mine.program, *(one.program for one in mine.runners_up)}
    return replace(
        report,
        heads=tuple(one if at == number else _number_only(one)
                    for at, one in enumerate(report.heads)),
        programs=tuple(one if at in shown else _name_only(one)
                       for at, one in enumerate(report.programs)),
        texts=tuple(_maps_of(text, number, mine.map) for text in report.texts),
        probes=tuple(replace(one, text=_maps_of(one.text, number, mine.map))
                     for one in report.probes),
        read=tuple(one for one in report.read if one.number in spots),
        passages=tuple(one for one in report.passages if one.number in own),
        curve=(), recovered=(), answers=(), alike=(),
    )  # fmt: skip


def _number_only(head: HeadEntry) -> HeadEntry:
    return replace(
        head, asked=False, runners_up=(), findings=(), constant=None, ladder=None, strongest=(),
        own=None,
    )  # fmt: skip


def _name_only(program: ProgramEntry) -> ProgramEntry:
    return replace(
        program, source="", docstring="", canonical="", history=(), parts=(), why=(), inspected=""
    )


def _maps_of(text: TextEntry, head: int, slot: int) -> TextEntry:
    """One head's maps; the others are zeros, which take no room once packed."""
    real, predicted = np.zeros_like(text.real), np.zeros_like(text.predicted)
    real[head], predicted[slot] = text.real[head], text.predicted[slot]
    return replace(text, real=real, predicted=predicted)
