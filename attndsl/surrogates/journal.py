"""Figures on disk as they are made, so that a killed evaluation goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attndsl.language.diagnostics import AttndslError
from attndsl.surrogates.figures import TextFigures

Note = Callable[[str, str, TextFigures], TextFigures]


@contextmanager
def writing(journal: Path | None, model_hash: str) -> Iterator[Note]:
    """Gives a function that appends a text's figures under a setting, and hands them back."""
    if journal is None:
        yield lambda text, setting, figures: figures
        return
    journal.parent.mkdir(parents=True, exist_ok=True)
    torn = journal.exists() and not journal.read_bytes().endswith(b"\n")
    with journal.open("a", encoding="utf-8") as file:
        if file.tell() == 0:
            file.write(json.dumps({"model_hash": model_hash}) + "\n")
        elif torn:
            file.write("\n")

        def note(text: str, setting: str, figures: TextFigures) -> TextFigures:
            line = {"text": text, "setting": setting, **figures.as_json()}
            file.write(json.dumps(line) + "\n")
            file.flush()
            return figures

        yield note
        os.fsync(file.fileno())


def read_journal(journal: Path, model_hash: str) -> dict[tuple[str, str], TextFigures]:
    """What a journal holds already; a line that was cut off is left out."""
    found: dict[tuple[str, str], TextFigures] = {}
    lines = lines_of(journal) if journal.exists() else []
    if not lines:
        return found
    if "model_hash" not in lines[0]:
        raise AttndslError(f"{journal} is no journal of figures; name another one")
    if lines[0]["model_hash"] != model_hash:
        raise AttndslError(
            f"{journal} was written for another model (its hash is {lines[0]['model_hash']}, "
            f"this one's is {model_hash}); name another journal"
        )
    for line in lines[1:]:
        try:
            values = (int(line["positions"]), float(line["loss"]), float(line["divergence"]))
            found[str(line["text"]), str(line["setting"])] = TextFigures(*values)
        except (KeyError, ValueError, TypeError):
            continue
    return found


def lines_of(journal: Path) -> list[dict[str, Any]]:
    try:
        text = journal.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AttndslError(f"{journal} can't be read: {error}") from None
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return [line for line in found if isinstance(line, dict)]
