"""The specification: its tables are those of the code, its programs pass the checks."""

import os
import re

import pytest

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.formatter import format_source
from attndsl.language.vocabulary import (
    AGGREGATES,
    ATTRIBUTES,
    DECORATORS,
    FUNCTIONS,
    RANGES,
    ROWS,
)
from tests.language.manual import TABLES, filled

SPECIFICATION = asset("grammar") / "README.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = [(found.start(), found[1]) for found in BLOCK.finditer(SPECIFICATION.read_text())]


def line_of(offset: int) -> int:
    return SPECIFICATION.read_text().count("\n", 0, offset) + 1


def test_the_tables_are_those_of_the_code() -> None:
    """Set ATTNDSL_UPDATE_GOLDEN=1 to write the tables anew."""
    text = SPECIFICATION.read_text()
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN") == "1":
        SPECIFICATION.write_text(filled(text))
        text = SPECIFICATION.read_text()
    assert filled(text) == text
    assert set(re.findall(r"<!-- table: ([a-z-]+) -->", text)) == set(TABLES)


@pytest.mark.parametrize(("offset", "source"), EXAMPLES, ids=[f"at{at}" for at, _ in EXAMPLES])
def test_the_programs_of_the_specification_pass(offset: int, source: str) -> None:
    verified = verify(source)
    found = [(line_of(offset) + note.span.line, note.message) for note in verified.diagnostics]
    assert found == []
    assert verified.programs
    assert format_source(source, "example") == source


def test_sections_are_numbered_without_gaps() -> None:
    numbers = re.findall(r"^#{2,3} §(\d+)(?:\.(\d+))? ", SPECIFICATION.read_text(), re.MULTILINE)
    expected = (1, 0)
    for section, part in numbers:
        here = (int(section), int(part or 0))
        assert here in ((expected[0], expected[1] + 1), (expected[0] + 1, 0), (1, 0)), here
        expected = here


def test_the_programs_name_every_built_in() -> None:
    """So that a reader finds an example of each; attributes that a table explains may miss."""
    programs = "".join(source for _, source in EXAMPLES)
    words = set(re.findall(r"\w+", programs))
    tables = (AGGREGATES, DECORATORS, RANGES, ROWS)
    missing = {name for table in tables for name in table} - words
    assert missing == {"argmin"}
    assert {"similarity", "is_child", "is_ancestor", "at", "abs", "exp"} <= words & FUNCTIONS.keys()
    assert len(words & ATTRIBUTES.keys()) > 30
