"""The vocabulary: the one table of everything that a program can name.

The checker, every engine, the specification's tables, the prompts and `attndsl vocabulary` are all
made from it. `entries` says what a row of the table holds, `attributes` what a position knows,
`callables` what can be called, `labels` the closed label sets of the linguistics columns.
"""

from attndsl.language.nodes import Type
from attndsl.language.vocabulary.attributes import ATTRIBUTES
from attndsl.language.vocabulary.callables import (
    AGGREGATES,
    DECORATORS,
    FUNCTIONS,
    METHODS,
    NUMBERS,
    RANGES,
    ROWS,
)
from attndsl.language.vocabulary.entries import (
    LEVELS,
    AggregateEntry,
    Attribute,
    DecoratorEntry,
    Function,
    Level,
    Method,
    NumberEntry,
    RangeEntry,
    RowEntry,
)

# What can be called with `(...)`; a file's own def of the same name hides it.
CALLABLES: frozenset[str] = frozenset({*FUNCTIONS, *AGGREGATES, *ROWS, *RANGES})
# The functions from numbers to a number, as hints list them; and what finds a position.
ARITHMETIC = " ".join(
    each.name
    for each in FUNCTIONS.values()
    if {each.result, *(kind for _, kind in each.parameters)} == {Type.NUMBER}
)
FINDERS = " ".join(
    [one.name for one in AGGREGATES.values() if one.result is Type.POSITION]
    + [one.name for one in FUNCTIONS.values() if one.result is Type.POSITION]
)

__all__ = [
    "AGGREGATES",
    "ARITHMETIC",
    "ATTRIBUTES",
    "CALLABLES",
    "DECORATORS",
    "FINDERS",
    "FUNCTIONS",
    "LEVELS",
    "METHODS",
    "NUMBERS",
    "RANGES",
    "ROWS",
    "AggregateEntry",
    "Attribute",
    "DecoratorEntry",
    "Function",
    "Level",
    "Method",
    "NumberEntry",
    "RangeEntry",
    "RowEntry",
]
