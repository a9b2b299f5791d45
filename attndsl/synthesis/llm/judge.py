"""Replies checked in a process of its own, so that none can take the run's time or memory."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import attndsl
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.replies import Rules, Written

TOO_COSTLY = "refused: too costly"
CHILD = "attndsl.synthesis.llm.child"
PATIENCE = 30  # times the processor's seconds, by the clock: a busy machine is waited for


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the check of one reply may take: seconds of processor time, and memory."""

    seconds: int = 10
    megabytes: int = 512


class Judge:
    """Checks replies one at a time; one that costs too much is journaled as refused before
    anything else is done, so that a run taken up again doesn't try it either."""

    def __init__(
        self, journal: Journal, note: Callable[[dict[str, Any]], None], allowed: Allowance
    ) -> None:
        self.allowed, self._note = allowed, note
        self._refused = {line["place"] for line in journal.of_kind("llm_refused")}
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def written(
        self, place: str, reply: str, rules: Rules, bare: bool
    ) -> tuple[Written, ...] | None:
        """The programs of a reply, as `replies.written` finds them; None where it is refused."""
        if place in self._refused:
            return None
        asked = {
            "reply": reply,
            "rules": {**asdict(rules), "levels": sorted(rules.levels)},
            "bare": bare,
        }
        with self._lock:
            answer = self._answer(json.dumps(asked).encode() + b"\n")
        if answer is None or "fault" in answer:
            said = TOO_COSTLY if answer is None else f"refused: {answer['fault']}"
            self._refused.add(place)
            self._note({"kind": "llm_refused", "place": place, "said": said})
            return None
        return tuple(Written(**one) for one in answer["written"])

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _answer(self, line: bytes) -> dict[str, Any] | None:
        """What the child says; None where it died over the line."""
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = started(self.allowed)
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        timer = threading.Timer(PATIENCE * self.allowed.seconds, child.kill)
        timer.daemon = True
        timer.start()
        try:
            child.stdin.write(line)
            child.stdin.flush()
            said = child.stdout.readline()
        except OSError:
            said = b""
        finally:
            timer.cancel()
        if not said.endswith(b"\n"):
            self.close()
            return None
        answer: dict[str, Any] = json.loads(said)
        return answer


def started(allowed: Allowance) -> "subprocess.Popen[bytes]":
    """A child that is ready. A Ctrl-C at the terminal doesn't reach it; it ends with us."""
    package = Path(attndsl.__file__).parent.parent
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", CHILD, str(allowed.seconds), str(allowed.megabytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,
    )
    assert child.stdout is not None
    if child.stdout.readline() != b"ready\n":
        child.kill()
        child.communicate()
        raise AttndslError("the process that checks replies can't be started; nothing was lost")
    return child
