"""Figures on disk as they are made, so that a killed evaluation goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attndsl.files.journal import Appending, read_lines
from attndsl.files.places import Place
from attndsl.language.diagnostics import AttndslError
from attndsl.surrogates.figures import TextFigures

Note = Callable[[str, str, TextFigures], TextFigures]


@contextmanager
def writing(journal: Place | None, model_hash: str) -> Iterator[Note]:
    """Gives a function that appends a text's figures under a setting, and hands them back."""
    if journal is None:
        yield lambda text, setting, figures: figures
        return
    with Appending(journal) as file:
        if not file.lines:
            file.write({"model_hash": model_hash})

        def note(text: str, setting: str, figures: TextFigures) -> TextFigures:
            file.write({"text": text, "setting": setting, **figures.as_json()})
            return figures

        yield note


def read_journal(journal: Place, model_hash: str) -> dict[tuple[str, str], TextFigures]:
    """What a journal holds already; a line that can't be read is left out and measured again."""
    noted: dict[tuple[str, str], TextFigures] = {}
    first, *lines = read_lines(journal) or [{"model_hash": model_hash}]
    if first is None or "model_hash" not in first:
        raise AttndslError(f"{journal} is no journal of figures; name another one")
    if first["model_hash"] != model_hash:
        raise AttndslError(
            f"{journal} was written for another model (its hash is {first['model_hash']}, "
            f"this one's is {model_hash}); name another journal"
        )
    for line in filter(None, lines):
        try:
            values = (int(line["positions"]), float(line["loss"]), float(line["divergence"]))
            noted[str(line["text"]), str(line["setting"])] = TextFigures(*values)
        except (KeyError, ValueError, TypeError, OverflowError):
            continue
    return noted
