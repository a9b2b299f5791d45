"""What a streaming kernel keeps and reads, by number: columns, notes, texts, tables of buckets."""

from dataclasses import dataclass, field
from typing import TypeVar

from attndsl.engines.kernel.steps import VALUES

Test = tuple[str, tuple[str, ...]]
Item = TypeVar("Item")


@dataclass(slots=True)
class Table:
    """Buckets of one part, or of a search: how wide, and how many are there from the start."""

    width: int
    static: bool  # one bucket, there from the start
    slots: int  # vectors that a bucket takes
    positions: bool  # of a search: positions in place of sums

    @property
    def columns(self) -> int:
        return VALUES + self.width


@dataclass(slots=True)
class Layout:
    """Filled as the source is written."""

    columns: list[str] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    matches: list[Test] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    registers: int = 0
    similar: bool = False
    near: int = 0  # most weights that a token puts on the tape
    marks: int = 0  # and most instructions

    def column(self, name: str) -> int:
        return _number(self.columns, name)

    def note(self, term: int) -> int:
        return _number(self.notes, term)

    def text(self, text: str) -> int:
        return _number(self.texts, text)

    def match(self, test: Test) -> int:
        return _number(self.matches, test)

    def table(self, width: int, slots: int, positions: bool = False) -> int:
        self.tables.append(Table(width, width == 0, slots, positions))
        return len(self.tables) - 1

    def register(self) -> int:
        self.registers += 1
        return self.registers - 1


def _number(items: list[Item], item: Item) -> int:
    if item not in items:
        items.append(item)
    return items.index(item)
