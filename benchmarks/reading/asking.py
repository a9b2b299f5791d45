"""Sheets given to a language model, each once, and its replies kept as answers."""

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from attndsl.files.whole import make_folder, write_text
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.buyer import Buyer
from attndsl.synthesis.llm.client import Client
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.log import CallLog
from attndsl.synthesis.llm.settings import LlmSettings
from benchmarks.reading.scores import ANSWERS, TASKS, parsed

SYSTEM = "You read descriptions of attention heads with care and answer as you are asked to."


def ask(folder: Path, settings: LlmSettings, say: Callable[[str], None]) -> int:
    """Ask for every sheet that has no answers yet; how many were answered."""
    if find_spec("openai") is None:
        raise AttndslError(
            "a model is asked by openai, which isn't installed: attndsl doctor --get llm"
        )
    make_folder(folder / ANSWERS)
    log = CallLog(folder / "calls.jsonl", settings.endpoint.key)
    asked = 0
    with Journal(folder / "asked.jsonl", settings.identity()) as journal:
        buyer = Buyer(settings, journal, log, lambda: Client(settings.endpoint))
        for path in sorted((folder / TASKS).glob("*.md")):
            kept = folder / ANSWERS / f"{path.stem}.txt"
            if kept.exists():
                continue
            start = time.monotonic()
            reply = buyer.ask(path.stem, Message(SYSTEM, path.read_text(encoding="utf-8")))
            if reply is None:
                say(f"{path.stem}: no reply")
                continue
            given = parsed(path.stem, reply.text).given
            minutes = (time.monotonic() - start) / 60
            lines = [f"reader: {settings.endpoint.model}",
                     *(f"{code} {answer}" for code, answer in given.items()),
                     f"minutes: {minutes:.2f}"]  # fmt: skip
            write_text(kept, "\n".join(lines) + "\n")
            say(f"{path.stem}: {len(given)} answers")
            asked += 1
    return asked
