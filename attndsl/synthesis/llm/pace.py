"""When the next call may go out: a rate, and pauses that grow after failures."""

import random
import threading
import time
from collections.abc import Callable

LONGEST_ASKED = 600.0  # seconds that a server may ask to wait


class CallPace:
    """Shared by all calls of a run: none goes out before its time."""

    def __init__(
        self,
        per_minute: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.gap = 60.0 / per_minute if per_minute else 0.0
        self.clock, self.sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0  # when the rate allows a call
        self._held = 0.0  # when the server does

    def wait(self) -> None:
        """Until this call's turn."""
        while True:
            with self._lock:
                now = self.clock()
                left = max(self._next, self._held) - now
                if left <= 0:
                    self._next = now + self.gap
                    return
            self.sleep(min(left, 0.5))

    def hold(self, seconds: float) -> None:
        """No call of anybody for so long: a server asked for it."""
        with self._lock:
            self._held = max(self._held, self.clock() + min(seconds, LONGEST_ASKED))


def pause(
    attempt: int, asked: float | None, first: float, longest: float, draw: random.Random
) -> float:
    """Seconds before the next attempt: what was asked, or twice as long each time, with jitter.

    >>> pause(0, None, 1.0, 60.0, random.Random(0)) < 1.0
    True
    >>> pause(3, 7.0, 1.0, 60.0, random.Random(0)) >= 7.0
    True
    """
    grown = min(longest, first * 2.0**attempt)
    if asked is not None:
        return min(asked, LONGEST_ASKED) + 0.1 * first * draw.random()
    return grown * (0.5 + 0.5 * draw.random())
