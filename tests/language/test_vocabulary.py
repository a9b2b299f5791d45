"""The vocabulary table is complete, consistent and says what the design promises."""

import pytest

from attndsl.language.nodes import Type
from attndsl.language.vocabulary import (
    AGGREGATES,
    ATTRIBUTES,
    CALLABLES,
    DECORATORS,
    FUNCTIONS,
    LEVELS,
    METHODS,
    NUMBERS,
    RANGES,
    ROWS,
    Attribute,
)

INDICES = {"i", "word", "sentence", "line", "char", "id", "parse_word", "parse_sentence"}


@pytest.mark.parametrize("entry", ATTRIBUTES.values(), ids=lambda entry: entry.name)
def test_an_attribute_fits_its_type_and_level(entry: Attribute) -> None:
    assert entry.level in LEVELS
    assert entry.doc
    assert entry.causal == (entry.level != "linguistics")
    assert entry.hidden == entry.name.startswith("_")
    expected: dict[Type, object] = {Type.BOOL: False, Type.TEXT: "", Type.POSITION: None}
    if entry.type is not Type.NUMBER:
        assert entry.missing == expected[entry.type]
    elif not entry.hidden:
        assert entry.missing == (-1.0 if entry.name in INDICES else 0.0)
    if entry.quantifier:
        assert entry.type is Type.BOOL
    if entry.labels:
        assert entry.type is Type.TEXT
        assert "" in entry.labels


def test_every_table_is_keyed_by_the_name_of_its_entries() -> None:
    for table in (AGGREGATES, ATTRIBUTES, DECORATORS, FUNCTIONS, METHODS, NUMBERS, RANGES, ROWS):
        assert all(name == entry.name for name, entry in table.items())


def test_only_numbers_by_name_and_the_parse_look_ahead() -> None:
    ahead = {name for name, entry in FUNCTIONS.items() if not entry.causal}
    assert ahead == {"same_word", "is_child", "is_ancestor"}
    assert [name for name, entry in NUMBERS.items() if not entry.causal] == ["n"]


def test_min_and_max_are_both_functions_and_aggregates() -> None:
    assert set(FUNCTIONS) & set(AGGREGATES) == {"min", "max"}
    assert {"row_sum", "between", "argmax", "clip"} <= CALLABLES
