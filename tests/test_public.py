"""The public names: each is there, typed and documented in one place, and loaded only when used."""

import ast
import doctest
import pydoc
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import attndsl
import attndsl.heads

SOURCE = Path(attndsl.__file__).read_text(encoding="utf-8")
ROOMS = [
    path.parent.name
    for path in sorted(Path(attndsl.__file__).parent.glob("*/__init__.py"))
    if "handing_out" in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", attndsl._HOMES)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(attndsl, name) is not None


def test_the_three_lists_of_names_agree() -> None:
    typed = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("attndsl.")
        and node.module != "attndsl.handed"
        for alias in node.names
    }
    listed = re.findall(r"^  (\w+) +\S", attndsl.__doc__ or "", re.MULTILINE)
    assert typed == set(listed) == set(attndsl._HOMES)
    assert len(listed) == len(set(listed))


def test_help_fits_two_screens() -> None:
    shown = pydoc.render_doc(attndsl, renderer=pydoc.plaintext)
    assert len(shown.splitlines()) <= 100
    assert "find a program for every head of a model" in shown


def test_a_wrong_name_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match="verify"):
        _ = attndsl.nothing  # type: ignore[attr-defined]


def test_the_example_of_the_docstring_holds() -> None:
    result = doctest.testmod(attndsl)
    assert result.attempted >= 5
    assert result.failed == 0


def test_checking_loads_nothing_heavy() -> None:
    code = (
        "import sys, attndsl; attndsl.verify('def f(q, k):\\n    return 1\\n');"
        "heavy = ('numpy', 'torch', 'numba', 'transformers', 'spacy', 'matplotlib', 'rich');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_rooms_hand_out_their_names_in_one_way() -> None:
    """One `__getattr__`, made by `attndsl.handed`; a wrong name says what there is."""
    package = Path(attndsl.__file__).parent
    own = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
    ]
    assert own == []
    with pytest.raises(AttributeError, match=r"attndsl\.heads has no nothing; it has HeadStore"):
        _ = attndsl.heads.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_hands_out_is_typed_and_no_module_hides_it(room: str) -> None:
    """Without a type a name is an object that type checkers refuse to call; a module of the same
    name takes its place as soon as it is loaded."""
    module = import_module(f"attndsl.{room}")
    typed = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"attndsl.{room}.")
        for alias in node.names
    }
    assert typed >= set(module.__all__)
    for name in module.__all__:
        getattr(module, name)  # which loads what it lives in
        assert not isinstance(getattr(module, name), ModuleType), name
