"""The heads of a run that words name, by their programs and by what the run's census measured."""

from __future__ import annotations

import shlex
import warnings
from typing import TYPE_CHECKING

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, meant
from attndsl.runs.kept import kept_census

if TYPE_CHECKING:
    from attndsl.runs.opened import HeadOfRun, OpenedRun


def heads_that(run: OpenedRun, words: str) -> tuple[HeadOfRun, ...]:
    """Best figure first; words that neither a program nor a mechanism that was looked for has are
    refused. None where no census was taken that could have known them: then it warns."""
    expect_kind(words, str, "word", "find needs one, such as 'induction' or 'previous'")
    wanted = words.lower().split()
    if not wanted:
        raise AttndslError("find needs a word, such as induction or previous")

    def says(text: str) -> bool:
        return all(word in text for word in wanted)

    census = kept_census(run.folder)
    does = {} if census is None else {one.head: one.names for one in census.heads}
    named = [
        one for one in run
        if says(f"{one.program.name}\n{one.source}".lower())
        or any(says(mechanism) for mechanism in does.get(one.name, ()))
    ]  # fmt: skip
    if not named and census is None:
        asked = shlex.join(("attndsl", "heads", "MODEL", "--run", str(run.folder)))
        warnings.warn(
            f"no program says {words!r}, and the run took no census (it was told to skip it), "
            f"so what its heads do is not known: `{asked}` looks, where MODEL is the name or "
            f"the folder of {run.model}",
            stacklevel=3,
        )
    elif not named and census is not None and not any(map(says, census.looked_for)):
        programs = {one.program.name for one in run}
        raise AttndslError(
            f"no program of the run says {words!r}, and no mechanism of that name was looked for; "
            f"there are {', '.join(census.looked_for)}, and the programs' own names (run.rows)"
            f"{meant(words.lower(), (*census.looked_for, *sorted(programs)))}"
        )
    key = "iou" if all("iou" in one.figures for one in named) else "iou_selection"
    return tuple(sorted(named, key=lambda one: -one.figures[key]))
