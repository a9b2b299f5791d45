"""A head's ladder as a run's summary keeps it: the rungs, and what each reaches by its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attndsl.report.data import Ladder

# What a rung reaches, as pages name it.
MEASURES = {
    "content_iou": "content IoU", "iou": "IoU", "rest_error": "rest error",
    "output_explained": "output explained", "against": "spoken against by probes",
}  # fmt: skip


def ladder_from(
    figures: Mapping[str, Any], with_programs: bool, sharing: float | None = None
) -> Ladder:
    """Older runs kept no programs of rungs, and fewer measures; `sharing` is what it costs."""
    from attndsl.report.data import Ladder, Rung

    rungs = [
        Rung(int(size), float(one["objective"]), float(one["codelength_gain"]),
             one.get("source", "") if with_programs else "",
             measures=tuple((words, float(one[name])) for name, words in MEASURES.items()
                            if name in one))
        for size, one in figures["rungs"].items()
    ]  # fmt: skip
    ordered = tuple(sorted(rungs, key=lambda rung: rung.parts))
    return Ladder(int(figures["picked"]), ordered, sharing)
