"""Numbers for what a plan's instructions name: columns, matrices, constants, tables."""

from dataclasses import dataclass, field

from attndsl.engines.batch.planning.items import Item

Constant = float | str  # a text stands for its code, known once the tokenizer is


@dataclass(frozen=True, slots=True)
class Matches:
    """A look-up table, by the code of a text: whether it passes a test."""

    mode: str
    literals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Powers:
    """A look-up table, by the exponent."""

    base: float


Table = Matches | Powers  # made when the texts are known


@dataclass(slots=True)
class Numbering:
    """Numbers for the columns, matrices, constants and tables of a whole plan."""

    columns: dict[Item, int] = field(default_factory=dict)
    matrices: dict[Item, int] = field(default_factory=dict)
    constants: dict[tuple[type, Constant], int] = field(default_factory=dict)
    tables: dict[Table, int] = field(default_factory=dict)

    def column(self, item: Item) -> int:
        return self.columns.setdefault(item, len(self.columns))

    def matrix(self, item: Item) -> int:
        return self.matrices.setdefault(item, len(self.matrices))

    def constant(self, value: Constant) -> int:
        return self.constants.setdefault((type(value), value), len(self.constants))

    def table(self, table: Table) -> int:
        return self.tables.setdefault(table, len(self.tables))
