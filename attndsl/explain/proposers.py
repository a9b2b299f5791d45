"""The proposers by the names that --proposers takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.explain.propose import Proposer
    from attndsl.explain.run import Run


@dataclass(frozen=True, slots=True)
class Row:
    """One proposer: what it is in words, whether it makes programs or betters those of others, and
    the module whose `proposer(work, until)` takes part in the generations. One without such a
    module has a step of its own after them."""

    says: str
    makes: bool = True
    module: str = ""

    @property
    def maker(self) -> "Callable[[Run, float], Proposer]":
        return cast("Callable[[Run, float], Proposer]", import_module(self.module).proposer)


PROPOSERS = {
    "parts": Row("few named factors, shared by heads", module="attndsl.explain.parts"),
    "polish": Row("numbers fitted by gradient", makes=False),
    "llm": Row("a language model, see --llm-model"),
}


GONE = {"search": "parts, the default, took its place"}


def expect(names: Iterable[str]) -> None:
    """Raise where a name isn't known, or nobody makes programs.

    >>> expect(["polish"])
    Traceback (most recent call last):
    attndsl.language.diagnostics.AttndslError: a run needs a proposer that makes programs: parts \
or llm
    """
    unknown = sorted(set(names) - PROPOSERS.keys())
    if unknown and unknown[0] in GONE:
        raise AttndslError(f"there is no proposer {unknown[0]!r} any more: {GONE[unknown[0]]}")
    if unknown:
        raise AttndslError(
            f"there is no proposer {unknown[0]!r} here; there are {', '.join(PROPOSERS)}"
        )
    *others, last = makers = [name for name, row in PROPOSERS.items() if row.makes]
    if not set(makers) & set(names):
        allowed = f"{', '.join(others)} or {last}"
        raise AttndslError(f"a run needs a proposer that makes programs: {allowed}")
