"""The phase that looks what each head does of known mechanisms; the run's folder keeps it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from attndsl.explain import forecasts
from attndsl.files.whole import write_json
from attndsl.fit.census import census
from attndsl.models.sharing_census import weighed_by
from attndsl.runs.kept import plain
from attndsl.runs.schema import CENSUS

if TYPE_CHECKING:
    from attndsl.explain.run import Found, Run

# Of its forecast: it takes seconds and gives heads their names, so that a tight budget may wait.
ENOUGH = 0.1


def take_census(work: Run, found: Found, until: float) -> Found:
    """All heads on some report texts and the probes, unless there is no time for it."""
    path = work.settings.folder / CENSUS
    left = until - time.monotonic()
    short = not math.isinf(until) and left < ENOUGH * forecasts.census(work).whole
    if path.exists() or until == -math.inf or short or "census" in work.settings.skip:
        return found
    made = census(
        work.store,
        work.loaded.table,
        work.sets.report[: forecasts.CENSUS_TEXTS],
        lambda done, of: work.tell("census", done, of, "texts"),
        work.probes,
        weighed_by(work.workers, work.store, work.probes, work.settings.folder),
    )
    write_json(path, plain(made, {}))
    return found
