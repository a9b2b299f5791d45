"""The pages' scripts have no errors of type and one format, by what builds the editor's bundle."""

import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "editors/page"
TSC = PAGE / "node_modules/.bin/tsc"


@pytest.mark.parametrize(
    "project",
    [".", *(f"tsconfig.{one}.json" for one in ("report", "inspector", "page", "playground"))],
)
def test_scripts_have_no_errors_of_type(project: str) -> None:
    if shutil.which("node") is None or not TSC.exists():
        pytest.skip("needs Node and its packages (make bundle)")
    command = [TSC, "--noEmit", "-p", project]
    done = subprocess.run(command, cwd=PAGE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_scripts_are_in_the_one_format() -> None:
    if shutil.which("node") is None or not TSC.exists():
        pytest.skip("needs Node and its packages (make bundle)")
    command = ["npm", "run", "-s", "formatted"]
    done = subprocess.run(command, cwd=PAGE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_script_of_the_pages_is_checked() -> None:
    """None is left out of both projects: a script that no page has is dead."""
    from attndsl.report.write import SCRIPTS

    written = {path.name for path in (PAGE.parents[1] / "attndsl/report").glob("*.js")}
    assert written == {*SCRIPTS, "inspector.js"}
