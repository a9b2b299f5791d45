"""The examples in docstrings of the report's files give what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name", ["alike", "costs", "excerpt", "families", "levels", "oneline", "reasons", "texts"]
)
def test_the_examples_of_a_file_hold(name: str) -> None:
    done = doctest.testmod(importlib.import_module(f"attndsl.report.{name}"))
    assert done.attempted > 0
    assert done.failed == 0
