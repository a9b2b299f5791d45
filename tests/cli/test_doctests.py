"""The examples in docstrings of the commands' files give what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import attndsl.cli

ROOM = Path(attndsl.cli.__file__).parent
MODULES = sorted(path.stem for path in ROOM.glob("*.py") if ">>>" in path.read_text())


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_file_hold(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    done = doctest.testmod(importlib.import_module(f"attndsl.cli.{name}"))
    assert done.attempted > 0
    assert done.failed == 0
