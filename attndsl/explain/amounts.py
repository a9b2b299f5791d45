"""How much a run has of texts, probes and programs, or will have where it isn't captured yet.

A budget that has no time for all texts has none for what is done on all of them; so what phases
take is told of as few as there may be, and of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attndsl.explain.texts import LONGER, LONGER_TEXTS
from attndsl.synthesis.parts.efforts import EFFORTS, Effort

if TYPE_CHECKING:
    from attndsl.explain.run import Run

FEW, FEW_LONG = 24, 6  # texts, with fewer than which a run makes little sense; of long ones
FEW_PROBES, MOST_PROBES = 6, 40  # texts of each kind
PROBES_A_KIND = 10  # of those, that fits look at
OWN = 0.85  # programs a head, in a library that isn't full
PROBES_ASKED = 600_000  # cells of the half of the probes that checks, of the most there may be


def tokens(work: Run, part: float = 1.0) -> float:
    return part * sum(len(text.ids) for text in work.texts)


def cells(work: Run, part: float = 1.0) -> float:
    """Those that lie in the store: of texts that are sketched as many as their whole rows have."""
    meta = work.store.meta
    return part * sum(meta.most_cells(len(text.ids)) for text in work.texts)


def selection(work: Run) -> float:
    return work.settings.shares[0]


def reported(work: Run) -> float:
    return 1 - sum(work.settings.shares)


def programs(work: Run) -> int:
    """About how many the library will have: few heads share one while there is room for more."""
    return min(work.settings.programs, max(1, round(OWN * len(work.heads))))


def known(work: Run) -> bool:
    """Whether the run stands on its texts: until then it doesn't know how many it has time for."""
    return work.settings.store is not None or bool(work.journal.of_kind("captured"))


def fewest(work: Run) -> int:
    """Texts that no budget goes below."""
    return FEW_LONG if work.settings.long else FEW


def longer_texts(work: Run) -> int:
    """About how many texts are read a second time at greater length: of such as were cut."""
    settings = work.settings
    if settings.tokens >= LONGER or settings.store is not None:
        return 0
    return min(LONGER_TEXTS, sum(len(text.ids) == settings.tokens for text in work.texts))


def texts_part(work: Run) -> tuple[float, float]:
    """What part of the texts a run at least stands on, and at most; once it knows, on all it has.

    What is done on them takes the less the fewer the budget has time to capture.
    """
    return (1.0 if known(work) else min(1.0, fewest(work) / len(work.texts))), 1.0


def probe_cells(work: Run) -> tuple[float, float]:
    """Cells of all probe texts at least and at most; of those that there are."""
    if (there := work.probes) is not None:
        count = float(sum(there.heads.cells(number) for number in range(len(there.heads))))
        return count, count
    least, most = probes_part(work)
    return 2 * PROBES_ASKED * least, 2 * PROBES_ASKED * most


def chosen_by(work: Run, effort: Effort) -> float:
    """How many texts programs are fitted to. A budget that has time for no more than the least
    effort has time for no more texts than there must be."""
    hurried = effort == EFFORTS[-1] and not known(work)
    there = fewest(work) if hurried else len(work.texts)
    return min(effort.texts, max(1.0, selection(work) * min(there, len(work.texts))))


def longer_chosen_by(work: Run, effort: Effort) -> float:
    """The same of longer texts, which are some of these."""
    if known(work):
        there = work.longer
        return 0.0 if there is None else min(effort.texts, len(there))
    return min(longer_texts(work), chosen_by(work, effort))


def probes_chosen_by(work: Run, effort: Effort) -> float:
    """What part there is of the probes that fits look at at most."""
    least, most = (part * MOST_PROBES / 2 / PROBES_A_KIND for part in probes_part(work))
    return min(1.0, least if effort == EFFORTS[-1] else most)


def probes_part(work: Run) -> tuple[float, float]:
    """What part of the probes there may be a run has at least, and at most; or of those it has."""
    if (there := work.probes) is not None:
        part = len(there.probes) / max(1, len(there.kinds)) / MOST_PROBES
        return part, part
    none = "probes" in work.settings.skip or work.symbols  # for which none is made
    return (0.0, 0.0) if none else (FEW_PROBES / MOST_PROBES, 1.0)
