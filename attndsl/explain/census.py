"""The phase that looks what each head does of known mechanisms; the run's folder keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attndsl.explain import forecasts
from attndsl.files.whole import write_json
from attndsl.fit.census import census
from attndsl.models.sharing_census import weighed_by
from attndsl.runs.kept import plain
from attndsl.runs.schema import CENSUS

if TYPE_CHECKING:
    from attndsl.explain.run import Found, Run


def take_census(work: Run, found: Found, until: float) -> Found:
    """All heads on some report texts and the probes, however late it is: without what it finds the
    report can't say what heads do."""
    path = work.settings.folder / CENSUS
    if path.exists() or "census" in work.settings.skip:
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
