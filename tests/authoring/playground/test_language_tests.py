"""The language's own tests, run in Pyodide: another Python, without NumPy and without threads."""

import shutil
from importlib import metadata
from pathlib import Path

import pytest

from benchmarks.pyodide import Pyodide

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1500)]
ROOT = Path(__file__).resolve().parents[3]
PURE = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
# What these hold is held here; they need NumPy, Hypothesis or the commands.
LEFT_OUT = (
    "language/test_grammar.py", "language/test_emission.py", "language/test_bombs.py",
    "language/test_mask.py", "graph/test_canonical.py", "graph/test_digits.py",
    "graph/test_library.py", "graph/test_mechanisms.py", "graph/test_streams.py",
    "graph/test_cost.py", "graph/test_growth.py", "graph/test_printing.py",
)  # fmt: skip
# Threads, NumPy, and a clock that counts this process alone.
NOT_THERE = (
    "graph/test_verify.py::test_checking_a_file_takes_time_in_proportion_to_its_programs",
    "language/test_parser.py::test_several_threads_parse_at_once",
    "graph/test_doctests.py::test_the_examples_of_a_file_hold[attndsl.engines.reference.arithmetic]",
)
RUN = """
import os, sys
for name in [name for name in sys.modules if name.split(".")[0] == "attndsl"]:
    del sys.modules[name]
sys.path[:0] = ["/files", "/files/site"]
sys.dont_write_bytecode = True
os.chdir("/files")
import pytest
str(int(pytest.main({options!r})))
"""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """The project and what runs its tests, as files that Pyodide can see."""
    for name in PURE:
        for file in metadata.distribution(name).files or ():
            if file.suffix == ".py" and ".." not in file.parts:
                place = tmp_path / "site" / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), place)
    for folder in ("attndsl", "grammar", "examples", "prompts", "docs", "tests"):
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=left_out)
    return tmp_path


def test_the_languages_tests_pass(vendored: Path, stage: Path) -> None:
    options = [
        "-q", "--noconftest", "--import-mode=importlib", "-p", "no:cacheprovider",
        "-p", "no:faulthandler", "-o", "addopts=", "--tb=short",
        *(f"--ignore=tests/{name}" for name in LEFT_OUT),
        *(f"--deselect=tests/{name}" for name in NOT_THERE),
        "tests/language", "tests/graph",
    ]  # fmt: skip
    python = Pyodide.start(stage)
    try:
        assert python.run(RUN.format(options=options)) == "0"
    finally:
        python.close()
