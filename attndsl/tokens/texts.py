"""The built-in texts: short, varied, written for attndsl; a third is kept from all selection.

They lie as plain files in texts/FAMILY/NAME.txt; texts/index.txt lists them with their use.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("texts")


@dataclass(frozen=True, slots=True)
class BuiltinText:
    """One text; `held_out` ones are for reporting and never for choosing a program."""

    name: str
    family: str
    text: str
    held_out: bool

    def __repr__(self) -> str:
        return f"<built-in text {self.name}: {self.text[:40]!r}...>"


@cache
def builtin_texts() -> tuple[BuiltinText, ...]:
    """All built-in texts, family by family.

    >>> sorted({text.family for text in builtin_texts()})
    ['code', 'dialogue', 'explanation', 'lists', 'mathematics', 'stories']
    """
    return tuple(
        BuiltinText(f"{family}/{name}", family, _text(family, name), use == "held_out")
        for family, name, use in _index()
    )


def _index() -> list[list[str]]:
    lines = (_FOLDER / "index.txt").read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def _text(family: str, name: str) -> str:
    return (_FOLDER / family / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")
