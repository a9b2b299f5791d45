"""What the LLM proposer is asked to do: which endpoint, how much, within which budget."""

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from attndsl.language.diagnostics import AttndslError

OPENAI = "https://api.openai.com/v1"
Api = Literal["auto", "chat", "responses"]
APIS = ("auto", "chat", "responses")
GRAMMARS = ("auto", "none", "openai", "vllm", "sglang", "llamacpp")
LEAST = {
    "programs": 1, "rounds": 1, "concurrency": 1, "attempts": 1, "answer_tokens": 1,
    "summary_tokens": 1, "repairs": 0, "first_pause": 0, "longest_pause": 0, "temperature": 0,
    "timeout": 0.1, "per_minute": 0.01,
}  # fmt: skip


def in_bounds(settings: "Endpoint | LlmSettings") -> None:
    """Refuse numbers that can't be meant."""
    for name in LEAST.keys() & {one.name for one in fields(settings)}:
        value = getattr(settings, name)
        if value is not None and not (math.isfinite(value) and value >= LEAST[name]):
            raise AttndslError(f"{name} must be at least {LEAST[name]:g}, not {value:g}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers. The key is never shown, written or logged."""

    model: str
    base_url: str = OPENAI
    key: str = field(default="", repr=False)
    api: Api = "auto"
    grammar: str = "auto"
    timeout: float = 120.0  # seconds for a whole reply
    answer_tokens: int = 4000
    temperature: float | None = None  # the server's own where None

    def __post_init__(self) -> None:
        in_bounds(self)


@dataclass(frozen=True, slots=True)
class Price:
    """Money for a million tokens, in whatever currency the user counts."""

    sent: float
    received: float

    def of(self, sent: int, received: int) -> float:
        return (sent * self.sent + received * self.received) / 1e6


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent at most; None has no limit."""

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "tokens", "money", "minutes"):
            limit = getattr(self, name)
            if limit is not None and not math.isfinite(limit):
                raise AttndslError(f"an LLM budget of {limit:g} {name} is none; leave it out")
            if limit is not None and limit <= 0:
                raise AttndslError(
                    f"an LLM budget of {limit:g} {name} leaves nothing to do; leave the proposer "
                    "llm out, or allow more"
                )


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """The endpoint, the loop's size, the budget and the pace."""

    endpoint: Endpoint
    budget: Budget = field(default_factory=Budget)
    price: Price | None = None
    programs: int = 3  # asked for in a call
    rounds: int = 2  # the first proposes, the others refine
    repairs: int = 2  # calls that may mend one refused program
    concurrency: int = 4
    per_minute: float | None = None  # calls
    attempts: int = 6  # of one call, with growing pauses
    first_pause: float = 1.0
    longest_pause: float = 60.0
    summary_tokens: int = 3000

    def __post_init__(self) -> None:
        if self.budget.money is not None and self.price is None:
            raise AttndslError(
                f"a budget of {self.budget.money:g} in money needs the price of "
                f"{self.endpoint.model}: name it in the config file under [prices]"
            )
        in_bounds(self)

    def identity(self) -> dict[str, Any]:
        """What must agree for a run to go on. Rounds, budgets, pace and address may change; the
        model too until it has replied (see `buyer`)."""
        return {"programs": self.programs, "repairs": self.repairs}

    def limits(self) -> dict[str, Any]:
        """What ends the asking; a run that was ended by others goes on."""
        return {"rounds": self.rounds, "budget": asdict(self.budget)}
