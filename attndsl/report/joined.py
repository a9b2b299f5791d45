"""Two reports on one model and the same texts made one: each head from the report it is taken of.

Every figure of a head stays as it was measured; means over heads are worked out anew, from figures
by text. What was measured of a whole library (curve, recovery, answers) can't be joined and is left
out; `notes` may say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from attndsl.fit.measures import Measures
from attndsl.fit.table import headline
from attndsl.language.diagnostics import AttndslError
from attndsl.report.alike import groups
from attndsl.report.data import HeadEntry, Ladder, ProbeEntry, ProgramEntry, Report, TextEntry

T = TypeVar("T")


@dataclass(frozen=True)
class Side:
    """One of the two: where the joined report has its texts, programs and predicted maps, by their
    places here; and what programs are called there, by hash."""

    report: Report
    texts: Mapping[int, int]
    programs: Mapping[int, int]
    maps: Mapping[int, int]
    names: Mapping[str, str]

    @property
    def opens_alike(self) -> bool:
        """Whether its first text, on which rungs and trees are drawn, is the joined report's."""
        return self.texts.get(0) == 0

    def shown(self, by_text: Sequence[T]) -> tuple[T, ...]:
        """Of figures by text those of the joined report's texts, in its order."""
        places = sorted(self.texts, key=lambda place: self.texts[place])
        return tuple(by_text[place] for place in places) if by_text else ()


def joined(
    reports: tuple[Report, Report],
    taken: Mapping[str, int],
    names: Mapping[str, str],
    command: str = "",
    notes: Mapping[str, str] | None = None,
) -> Report:
    """`taken` says by the name of a head of which report it is, 0 or 1, and `names` what programs
    are called, by hash; `notes` are lines of the settings in place of both reports' own. Refused
    where they don't show the same texts of one model."""
    _expect_alike(*reports)
    shared = _shared([[(one.number, one.tokens) for one in each.texts] for each in reports])
    if not shared:
        raise AttndslError("no held-out text is shown by both reports")
    asked = [number for number, head in enumerate(reports[0].heads) if head.name in taken]
    of_head = [taken.get(head.name, 0) for head in reports[0].heads]
    programs: dict[str, int] = {}  # by hash, the number that it gets
    maps: dict[tuple[int, int], int] = {}  # by report and number there
    for number in asked:
        mine = reports[of_head[number]]
        head = mine.heads[number]
        programs.setdefault(mine.programs[head.program].hash, len(programs))
        maps.setdefault((of_head[number], head.map), len(maps))
    sides = tuple(
        Side(
            each,
            {pair[at]: place for place, pair in enumerate(shared)},
            {n: programs[one.hash] for n, one in enumerate(each.programs) if one.hash in programs},
            {slot: new for (of, slot), new in maps.items() if of == at},
            names,
        )
        for at, each in enumerate(reports)
    )
    looked = next((side for side in sides if side.report.mechanisms), sides[0])
    heads = tuple(
        _head(sides[of_head[number]], number, looked, number in set(asked))
        for number in range(len(of_head))
    )
    texts = tuple(_text(sides, [each.texts[at] for each, at in zip(reports, pair, strict=True)],
                        maps) for pair in shared)  # fmt: skip
    measures = _measures(reports, of_head)
    measured = headline(*(one.of(asked) for one in measures))
    return replace(
        reports[0],
        mean=measured.iou,
        measured=measured,
        by_text=measures,
        heads=heads,
        programs=_programs(sides, programs, heads),
        texts=texts,
        probes=_probes(sides, maps),
        mechanisms=looked.report.mechanisms,
        alike=groups(texts, reports[0].mask, asked),
        read=tuple({one.number: one for each in reports for one in each.read}.values()),
        passages=tuple({one.number: one for each in reports for one in each.passages}.values()),
        settings=_settings(reports, len(shared), notes or {}),
        left_out=tuple(dict.fromkeys(one for each in reports for one in each.left_out)),
        command=command,
        curve=(),
        recovered=(),
        answers=(),
        shortfalls=(),
    )


def _expect_alike(one: Report, other: Report) -> None:
    """Refuse reports that can't say the same of the same."""
    for name, said in (("layers", "layers"), ("heads_per_layer", "heads a layer"), ("mask", "mask"),
                       ("effect_of", "figure for the effect of a head")):  # fmt: skip
        if getattr(one, name) != getattr(other, name):
            raise AttndslError(f"the reports are of another {said}")
    if one.by_text is None or other.by_text is None:
        raise AttndslError("a report of an earlier version keeps no figures by text")
    if len(one.by_text[0].iou) != len(other.by_text[0].iou):
        raise AttndslError("the reports are of another number of held-out texts")


def _shared(sides: Sequence[Sequence[object]]) -> list[tuple[int, int]]:
    """Where both have the same, in the order of the first."""
    one, other = sides
    return [(at, other.index(what)) for at, what in enumerate(one) if what in other]


def _head(side: Side, number: int, looked: Side, asked: bool) -> HeadEntry:
    """One head as its own report has it; what a census found by the report that has one."""
    head, known = side.report.heads[number], looked.report.heads[number]
    if side.report.mechanisms == looked.report.mechanisms:
        known = head
    found = replace(
        head,
        asked=asked,
        program=side.programs[head.program] if asked else 0,
        map=side.maps[head.map] if asked else 0,
        runners_up=tuple(replace(one, program=side.programs[one.program])
                         for one in head.runners_up if one.program in side.programs),
        per_text=side.shown(head.per_text),
        deciles=side.shown(head.deciles),
        activity=side.shown(head.activity),
        names=known.names,
        findings=known.findings,
    )  # fmt: skip
    return found if side.opens_alike else replace(found, ladder=_without_maps(head.ladder))


def _without_maps(ladder: Ladder | None) -> Ladder | None:
    if ladder is None:
        return None
    return replace(ladder, rungs=tuple(replace(one, predicted=None) for one in ladder.rungs))


def _text(
    sides: Sequence[Side], entries: Sequence[TextEntry], maps: Mapping[tuple[int, int], int]
) -> TextEntry:
    """A text of both: the real maps are the same, the predicted ones each report's own."""
    predicted = np.stack([entries[of].predicted[slot] for of, slot in maps])
    return replace(entries[0], predicted=predicted)


def _probes(sides: Sequence[Side], maps: Mapping[tuple[int, int], int]) -> tuple[ProbeEntry, ...]:
    """The probe texts that both show, with what is outlined in either."""
    own = [side.report.probes for side in sides]
    pairs = _shared([[(one.kind, one.text.tokens) for one in each] for each in own])
    return tuple(
        replace(
            own[0][at],
            text=_text(sides, (own[0][at].text, own[1][to].text), maps),
            marks=tuple(dict.fromkeys((*own[0][at].marks, *own[1][to].marks))),
        )
        for at, to in pairs
    )


def _programs(
    sides: Sequence[Side], numbers: Mapping[str, int], heads: Sequence[HeadEntry]
) -> tuple[ProgramEntry, ...]:
    """Each program by the report that has it, the first of both, under its name in the library."""
    entries: dict[int, ProgramEntry] = {}
    for side in sides:
        for place, number in side.programs.items():
            entries.setdefault(number, _program(side, side.report.programs[place]))
    served = {number: [at for at, head in enumerate(heads) if head.asked and head.program == number]
              for number in entries}  # fmt: skip
    return tuple(replace(entries[number], heads=tuple(served[number]))
                 for number in sorted(numbers.values()))  # fmt: skip


def _program(side: Side, program: ProgramEntry) -> ProgramEntry:
    name = side.names[program.hash]
    was, now = f"def {program.name}(", f"def {name}("
    return replace(
        program,
        name=name,
        source=program.source.replace(was, now),
        canonical=program.canonical.replace(was, now),
        why=tuple(replace(one, text=side.texts[one.text])
                  for one in program.why if one.text in side.texts),
        inspected=program.inspected if side.opens_alike else "",
    )  # fmt: skip


def _measures(reports: tuple[Report, Report], of_head: Sequence[int]) -> tuple[Measures, Measures]:
    """The figures by text of programs and of constants: each head's from its own report."""
    picked = np.array(of_head, dtype=bool)
    halves = [each.by_text for each in reports if each.by_text is not None]

    def mixed(one: Measures, other: Measures) -> Measures:
        iou, content, rest = (
            np.where(picked, b, a) for a, b in zip(one.pairs, other.pairs, strict=True)
        )
        return Measures(iou, content, rest, np.where(picked, other.content, one.content))

    programs, constants = (mixed(*pair) for pair in zip(*halves, strict=True))
    return programs, constants


def _settings(
    reports: Sequence[Report], shown: int, notes: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The lines of both, but what is said anew; where they differ each says its own."""
    one, other = (dict(each.settings) for each in reports)
    lines = {name: told if other.get(name, told) == told else f"{told}; and {other[name]}"
             for name, told in {**one, **{name: told for name, told in other.items()
                                          if name not in one}}.items()}  # fmt: skip
    lines["shown"] = f"{shown} held-out texts, which the reports of both merged runs show"
    return tuple({**lines, **notes}.items())
