"""What a row of the vocabulary table holds: one frozen class for each kind of entry."""

from dataclasses import dataclass
from typing import Literal

from attndsl.language.nodes import Type

Level = Literal["place", "piece", "class", "repeat", "model", "linguistics"]
Quantifier = Literal["", "contains", "made of"]

# What each level is made from; all but linguistics are functions of the ids alone.
LEVELS: dict[Level, str] = {
    "place": "where the position stands, from the ids up to it",
    "piece": "what the piece itself is, a table made once per tokenizer",
    "class": "closed word classes, by word lists on the piece's own text",
    "repeat": "what came before with the same text, from the ids up to it",
    "model": "the model's input embeddings",
    "linguistics": "spaCy on the whole text (extra `spacy`), one word a piece",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a position knows: `q.text`, `k.is_quote`.

    `quantifier` tells whether a flag's piece contains such a character or is made of them only.
    `missing` is the value at the missing position; None where that is the missing position itself.
    `labels` is the closed set of values of a text column, empty where any text may stand.
    `cost` counts operations an element, as the proved bounds do. Hidden attributes belong to the
    engines and can't be written.
    """

    name: str
    type: Type
    level: Level
    causal: bool
    doc: str
    quantifier: Quantifier = ""
    missing: bool | float | str | None = None
    cost: int = 2
    labels: frozenset[str] = frozenset()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in function; with `variadic` the last parameter may repeat."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    result: Type
    doc: str
    cost: int
    variadic: bool = False
    level: Level | None = None
    causal: bool = True


@dataclass(frozen=True, slots=True)
class AggregateEntry:
    """An aggregate over positions; `body` lists the types that its body may have."""

    name: str
    body: tuple[Type, ...]
    result: Type
    empty: str
    doc: str
    variable_only: bool = False  # the body must be the variable itself


@dataclass(frozen=True, slots=True)
class RangeEntry:
    """The positions that an aggregate runs over, always earliest first."""

    name: str
    parameters: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class RowEntry:
    """A function of a whole row: its argument is looked at for each visible position as `k`."""

    name: str
    doc: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method of texts; its argument is a literal."""

    name: str
    doc: str


@dataclass(frozen=True, slots=True)
class DecoratorEntry:
    """What may stand above a head program; `arguments` are the words it takes, none without."""

    name: str
    arguments: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class NumberEntry:
    """A number known by name."""

    name: str
    causal: bool
    doc: str
