"""`attndsl.explain` for scripts and notebooks: a call that gives the run, with its progress."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from html import escape
from typing import TYPE_CHECKING, Any, SupportsIndex

from attndsl.executors.named import ready
from attndsl.executors.task import Executor
from attndsl.files.places import Place, place
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, meant, several, shown

if TYPE_CHECKING:
    from attndsl.explain.settings import Tell
    from attndsl.models.loading import LoadedModel
    from attndsl.runs.opened import OpenedRun

OWN = ("model", "texts", "folder", "store", "on", "heads", "minutes")  # parameters, or of one
COUNTS = ("tokens", "seed", "programs")
NAMES: dict[str, Callable[[tuple[str, ...]], object]] = {
    "skip": frozenset, "levels": frozenset, "proposers": tuple,
}  # fmt: skip
EVERY = 10.0  # seconds between lines where there is no notebook


def explain(
    model: LoadedModel | str,
    texts: Sequence[str] | None = None,
    *,
    run: Place | str = "run",
    budget: str = "10m",
    heads: str = "*",
    store: Place | str | None = None,
    on: Executor | str | None = None,
    progress: bool = True,
    alone: bool = False,
    **settings: Any,
) -> OpenedRun:
    """Find the best readable program for every head of a model; gives the run.

    `model` is smollm2, a hub name, a folder, or what `attndsl.load_model` gives. Without texts the
    built-in ones are used, or all of a `store` that `attndsl.capture` wrote. Programs are chosen
    by texts given and as much by built-in ones of six kinds; `alone` leaves those out. `budget` is
    a time for the whole run, such as "90s" or "10m". The `run` folder has a first look within the
    first minute, refined in place; called again it goes on. `on` shares work out, such as "local:4"
    or "ray://HOST:PORT". Other `settings` are those of `attndsl.explain.Settings`, such as tokens,
    seed, programs, skip.
    """
    from attndsl.explain.mixture import with_builtin
    from attndsl.explain.pipeline import explain as explain_run
    from attndsl.explain.settings import Settings, minutes_of
    from attndsl.models.loading import LoadedModel
    from attndsl.models.passages import expect_words
    from attndsl.runs.opened import open_run

    expect_kind(model, (LoadedModel, str, os.PathLike), "model", "give its name or its folder")
    how = "write '3.5' for one head, '4.*' for a layer, '*' for all"
    expect_kind(heads, str, "choice of heads", how)
    if store and texts is not None:
        raise AttndslError("a store brings its own texts, all of them: give a store or texts")
    loaded = model if isinstance(model, LoadedModel) else None
    asked = Settings(
        model=loaded.name if loaded else str(model),
        texts=() if texts is None else expect_words(texts),
        folder=place(run),
        store=place(store) if store else None,
        on=ready(on) if isinstance(on, str) else on,
        heads=heads,
        minutes=minutes_of(budget),
        **checked(settings),
    )
    if texts is None or not (alone or asked.kinds):
        asked = with_builtin(asked, given=texts is not None)
    explain_run(asked, teller() if progress else lambda *_: None, loaded)
    return open_run(run)


def checked(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings by name, each known; whole numbers are such, and several names come in a list.

    >>> checked({"skip": ["curve"], "tokens": 64})
    {'skip': frozenset({'curve'}), 'tokens': 64}
    """
    from attndsl.explain.settings import Settings

    known = [one.name for one in fields(Settings) if one.name not in OWN]
    made = dict(settings)
    for name, value in settings.items():
        if name not in known:
            raise AttndslError(
                f"explain has no setting {name!r}; there are {', '.join(known)}{meant(name, known)}"
            )
        if name in COUNTS and not isinstance(value, SupportsIndex):
            raise AttndslError(f"{name} is a whole number, not {shown(value)}")
        if name in NAMES:
            made[name] = NAMES[name](several(value, str, "name", f"{name} is a list of names"))
    return made


def teller() -> Tell:
    """Progress in place in a notebook's cell; elsewhere a line now and then on standard error."""
    cell = _cell()
    return _lines() if cell is None else _in_cell(cell)


def _cell() -> Any:
    """Something to show in the notebook's cell, None outside a notebook."""
    if "IPython" not in sys.modules:
        return None
    from importlib import import_module

    shell = import_module("IPython").get_ipython()
    if shell is None or type(shell).__name__ != "ZMQInteractiveShell":
        return None
    shown = import_module("IPython.display")
    return shown.display(shown.HTML(""), display_id=True), shown.HTML


def _in_cell(cell: Any) -> Tell:
    handle, html = cell
    last = 0.0

    def tell(phase: str, done: int, of: int, note: str) -> None:
        nonlocal last
        if time.monotonic() - last > 0.2 or phase == "done":
            handle.update(html(bar(phase, done, of, note)))
            last = time.monotonic()

    return tell


def bar(phase: str, done: int, of: int, note: str) -> str:
    """One phase as HTML.

    >>> bar("fit", 3, 12, "2 min left")
    '<b>fit</b> <progress value="3" max="12"></progress> 3 of 12, 2 min left'
    """
    if of <= 1:
        return f"<b>{escape(phase)}</b> {escape(note)}"
    shown = f'<progress value="{done}" max="{of}"></progress> {done} of {of}'
    return f"<b>{escape(phase)}</b> {shown}, {escape(note)}"


def _lines() -> Tell:
    last, named = 0.0, ""

    def tell(phase: str, done: int, of: int, note: str) -> None:
        nonlocal last, named
        if phase != named or time.monotonic() - last > EVERY:
            print(f"{phase}: {done} of {of}, {note}".rstrip(", "), file=sys.stderr, flush=True)
            last, named = time.monotonic(), phase

    return tell
