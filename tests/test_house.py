"""The house: imports run downwards, light rooms stay light, files say their job."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "attndsl"
ROOMS = (
    "language", "graph", "files", "tokens", "draw", "engines", "heads", "executors", "fit",
    "models", "surrogates", "synthesis", "report", "runs", "authoring", "explain", "cli",
)  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))
LIGHT = ("language", "graph")
ALLOWED_IN_LIGHT = {"lark", "attndsl", *sys.stdlib_module_names}


def imported(path: Path) -> set[str]:
    """Every module named by an import statement of the file, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room_of(path: Path) -> str | None:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else None


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_says_its_job_and_imports_downwards(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "the first line says the file's job"
    room = room_of(path)
    if room is None:
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "attndsl" and len(parts) > 1 and parts[1] in ROOMS:
            assert ROOMS.index(parts[1]) <= ROOMS.index(room), f"{room} imports {name}"
        if room in LIGHT:
            assert parts[0] in ALLOWED_IN_LIGHT, f"{room} is a light room; it imports {name}"


def test_contributing_lists_the_rooms_in_their_order() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert tuple(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)) == ROOMS
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders == set(ROOMS)


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("numpy", "torch", "numba", "transformers", "spacy", "matplotlib", "rich", "lark")
    code = f"import sys, attndsl; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
