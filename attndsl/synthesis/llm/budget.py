"""What was spent, and whether there is enough left for one more call."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from attndsl.synthesis.llm.settings import Budget, Price


@dataclass
class Ledger:
    """Calls, tokens and money of a run. A call is paid for before it is sent, at its most.

    >>> ledger = Ledger(Budget(calls=1), None)
    >>> ledger.reserve(10, 10), ledger.reserve(10, 10), ledger.over
    (True, False, 'the budget of 1 calls is spent')
    """

    budget: Budget
    price: Price | None
    clock: Callable[[], float] = time.monotonic
    calls: int = 0
    sent: int = 0
    received: int = 0
    over: str = ""
    broken: bool = False  # over because the endpoint failed
    _held: list[tuple[int, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.begun = self.clock()

    @property
    def money(self) -> float | None:
        return None if self.price is None else self.price.of(self.sent, self.received)

    def reserve(self, sent: int, received: int) -> bool:
        """Whether a call of at most so many tokens fits; if so it counts until it is settled."""
        with self._lock:
            most_sent = self.sent + sent + sum(one for one, _ in self._held)
            most_received = self.received + received + sum(one for _, one in self._held)
            self.over = self.over or self._beyond(most_sent, most_received)
            if self.over:
                return False
            self._held.append((sent, received))
            self.calls += 1
            return True

    def _beyond(self, sent: int, received: int) -> str:
        budget = self.budget
        if budget.calls is not None and self.calls >= budget.calls:
            return f"the budget of {budget.calls} calls is spent"
        if budget.tokens is not None and sent + received > budget.tokens:
            return f"the budget of {budget.tokens} tokens has no room for another call"
        money = self.price.of(sent, received) if self.price else 0.0
        if budget.money is not None and money > budget.money:
            return f"the budget of {budget.money:g} in money has no room for another call"
        if budget.minutes is not None and self.clock() - self.begun >= 60 * budget.minutes:
            return f"the budget of {budget.minutes:g} minutes is spent"
        return ""

    def settle(self, held: tuple[int, int], sent: int, received: int) -> None:
        """Replace what was reserved by what the call took."""
        with self._lock:
            self._held.remove(held)
            self.sent += sent
            self.received += received

    def remember(self, sent: int, received: int) -> None:
        """A call of an earlier start of this run."""
        self.calls += 1
        self.sent += sent
        self.received += received

    def stop(self, why: str) -> None:
        """The endpoint is of no more use."""
        with self._lock:
            self.over = self.over or why
            self.broken = True
