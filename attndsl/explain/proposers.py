"""The proposers by the names that --proposers takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.explain.run import Run
    from attndsl.synthesis.turns import Proposer


@dataclass(frozen=True, slots=True)
class ProposerRow:
    """One proposer: what it is in words, the module whose `proposer(work, until)` takes turns,
    whether it makes programs or betters those of others, and whether it needs none to begin."""

    says: str
    module: str
    makes: bool = True
    begins: bool = False

    @property
    def maker(self) -> "Callable[[Run, float], Proposer]":
        return cast("Callable[[Run, float], Proposer]", import_module(self.module).proposer)


PROPOSERS = {
    "parts": ProposerRow(
        "few named factors, shared by heads", "attndsl.explain.parts", begins=True
    ),
    "llm": ProposerRow("a language model, see --llm-model", "attndsl.explain.llm"),
    "polish": ProposerRow("numbers fitted by gradient", "attndsl.explain.polishing", makes=False),
}
GONE = {"search": "parts, the default, took its place"}


def first(names: Iterable[str]) -> str:
    """Whose turn comes first: that of one who begins, else the examples'.

    >>> first(["llm", "parts"]), first(["llm", "polish"])
    ('parts', 'examples')
    """
    return next((name for name in names if PROPOSERS[name].begins), "examples")


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
