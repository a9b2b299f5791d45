"""The kinds of text that the experiments are made on: one half chooses, the other is measured."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.reading import read_texts
from attndsl.tokens.texts import builtin_texts

SHARED = Path(os.environ.get("ATTNDSL_SHARED", Path(__file__).parents[3] / "shared"))
# Those of the published work, or what stands in for them, where the measuring data is at hand.
FILES = {"stories": "tinystories.jsonl", "code": "mbpp.jsonl", "mathematics": "math500.jsonl"}
SHORTEST = 150  # letters: headings and the like say nothing of a kind of text
MIDDLE = {"stories": 200}  # the row that the half to report on begins at


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of text: `choose` for fitting and choosing, `report` for every figure."""

    name: str
    choose: tuple[str, ...]
    report: tuple[str, ...]


def kinds_of(given: Sequence[str], rows: int) -> tuple[Kind, ...]:
    """The kinds named as `FILE:NAME`, or stories, code and mathematics of the measuring data, or
    else of the built-in texts; of each half at most `rows` texts."""
    if given:
        return tuple(_of_file(*_named(one), rows) for one in given)
    if all((SHARED / "data/text" / file).exists() for file in FILES.values()):
        folder = SHARED / "data/text"
        return tuple(_of_file(name, folder / file, rows) for name, file in FILES.items())
    return tuple(_builtin(name, rows) for name in FILES)


def _named(given: str) -> tuple[str, Path]:
    file, colon, name = given.rpartition(":")
    return (name, Path(file)) if colon and not Path(given).exists() else (Path(given).stem,
                                                                         Path(given))  # fmt: skip


def _of_file(name: str, file: Path, rows: int) -> Kind:
    texts = [one.text for one in read_texts(file) if len(one.text) >= SHORTEST]
    if len(texts) < 2:
        raise AttndslError(f"{file}: two texts of {SHORTEST} letters or more are needed")
    middle = MIDDLE.get(name, 0)
    if not middle < len(texts):
        middle = len(texts) // 2
    middle = middle or len(texts) // 2
    return Kind(name, tuple(texts[:middle][:rows]), tuple(texts[middle:][:rows]))


def _builtin(name: str, rows: int) -> Kind:
    own = [one for one in builtin_texts() if one.family == name]
    choose, report = (
        tuple(one.text for one in own if one.held_out is held)[:rows] for held in (False, True)
    )
    return Kind(name, choose, report)
