"""Examples in docstrings of synthesis are true."""

import doctest
import importlib
import pkgutil

import pytest

import attndsl.synthesis as room

MODULES = [one.name for one in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]


@pytest.mark.parametrize("name", MODULES)
def test_doctests(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
