"""What became of the calls and the programs of a run: the figures that are told at the end."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """Counts; two add up. `in_flight` are requests of a killed run whose reply never came."""

    replies: int = 0
    gave_up: int = 0
    refused: int = 0
    oversized: int = 0
    cut: int = 0
    too_costly: int = 0
    without_code: int = 0
    programs: int = 0
    valid_first: int = 0
    repaired: int = 0
    invalid: int = 0
    same: int = 0
    scored: int = 0
    improved: int = 0

    def __add__(self, other: "Account") -> "Account":
        """
        >>> (Account(replies=1) + Account(replies=2, cut=1)).replies
        3
        """
        mine, theirs = asdict(self), asdict(other)
        return Account(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def of_programs(self) -> "Account":
        """What became of programs that were handed on, without how they were come by."""
        return Account(same=self.same, scored=self.scored, improved=self.improved)

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Account":
        return cls(**{name: int(fields.get(name, 0)) for name in cls.__slots__})

    def told(self) -> str:
        """In words, without what didn't happen."""
        return ", ".join(
            f"{value} {name.replace('_', ' ')}" for name, value in asdict(self).items() if value
        )


@dataclass(frozen=True, slots=True)
class AskingOutcome:
    """The account of a run, what it took, and why it ended."""

    account: Account
    calls: int
    sent: int
    received: int
    money: float | None
    in_flight: int
    ended: str

    def as_json(self) -> dict[str, Any]:
        return {
            **self.account.as_json(), "calls": self.calls, "tokens_sent": self.sent,
            "tokens_received": self.received, "money": self.money, "in_flight": self.in_flight,
            "ended": self.ended,
        }  # fmt: skip

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "AskingOutcome":
        return cls(
            Account.from_json(fields), fields["calls"], fields["tokens_sent"],
            fields["tokens_received"], fields["money"], fields["in_flight"], fields["ended"],
        )  # fmt: skip

    def told(self) -> str:
        money = "" if self.money is None else f", {self.money:.2f} in money"
        lost = f"; {self.in_flight} calls of a killed run asked again" if self.in_flight else ""
        return (
            f"{self.calls} calls, {self.sent:,} tokens sent, {self.received:,} received{money}; "
            f"{self.account.told() or 'no reply'}{lost}; {self.ended}"
        )
