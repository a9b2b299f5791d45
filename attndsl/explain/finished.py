"""A run that was finished: by what it is known, so that the same command needn't do it again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attndsl.fit.assignment import ASSIGNMENT, LIBRARY
from attndsl.heads.meta import META_FILE
from attndsl.runs.schema import CENSUS, PAGE, SUMMARY

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.explain.settings import Settings
    from attndsl.files.places import Place
    from attndsl.synthesis.journal import Journal

FINISHED = "finished"
# What a run writes, and the phase that skips it.
WRITTEN = ((LIBRARY, ""), (ASSIGNMENT, ""), (SUMMARY, ""), (PAGE, "report"), (CENSUS, "census"))


def note_finished(work: Run) -> None:
    """Into the journal, with what the run was asked for."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    work.note({"kind": FINISHED, "asked": asked(work.settings), "at": at})


def finished_at(journal: Journal, settings: Settings) -> str | None:
    """When a run ended that was asked for the same and has all that it wrote; None of another."""
    last = journal.lines[-1]
    if last["kind"] != FINISHED or last["asked"] != asked(settings):
        return None
    return str(last["at"]) if all(path.exists() for path in written(settings)) else None


def asked(settings: Settings) -> str:
    """A name for all that may change when a run goes on, and for which it would do more."""
    changing = (
        settings.minutes, sorted(settings.skip), settings.fit_fraction, settings.effort,
        settings.joint, settings.about, settings.origin, settings.licence,
        settings.llm and (settings.llm.endpoint.model, settings.llm.limits()),
    )  # fmt: skip
    return hashlib.sha256(repr(changing).encode()).hexdigest()[:16]


def written(settings: Settings) -> list[Place]:
    """The files of a finished run, its heads among them."""
    heads = settings.store or settings.folder / "heads"
    own = [settings.folder / name for name, phase in WRITTEN if phase not in settings.skip]
    return [*own, heads / META_FILE]


def told_finished(at: str, folder: str, summary: dict[str, Any]) -> str:
    """What is said in place of doing it again.

    >>> print(told_finished("2026-05-04T10:20:30+00:00", "run", {"skipped": ["report"], "notes":
    ...       {"order": "best fit first", "joint fit": "left out: no time"}}).split(" UTC")[1])
    , so there is nothing to do: its library is run/library.attn. It had no time for: joint fit. \
To go on give it another --budget; another folder (-o DIR) begins another run
    """
    when = datetime.fromisoformat(at).astimezone(UTC)
    page = "" if "report" in summary["skipped"] else f", its report {folder}/{PAGE}"
    short = [name for name, note in summary.get("notes", {}).items() if note.startswith("left out")]
    missing = f" It had no time for: {', '.join(short)}." if short else ""
    return (
        f"this run was finished on {when:%Y-%m-%d at %H:%M} UTC, so there is nothing to do: its "
        f"library is {folder}/{LIBRARY}{page}.{missing} To go on give it another --budget; another "
        "folder (-o DIR) begins another run"
    )
