"""The log of calls: a line for each attempt, for people; what was said stands in the journal."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

from attndsl.synthesis.llm.client import redacted


class CallLog:
    """JSON lines with time, place, outcome, seconds and tokens; never the key."""

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self._lock = threading.Lock()

    def write(self, **told: object) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **told}
        text = redacted(json.dumps(line, ensure_ascii=False), self._key)
        with (
            self._lock,
            self._path.open("a", encoding="utf-8", errors="backslashreplace") as file,
        ):
            file.write(text + "\n")
