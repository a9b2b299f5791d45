"""What is built and installed holds what a checkout does: package, grammar, prompts, examples."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("grammar", "prompts", "examples")


def files(folder: str) -> set[str]:
    """Tracked or not, what lies in a folder of the checkout."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts}


@pytest.mark.slow
def test_wheel_and_sdist_hold_everything(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    for folder in SHIPPED:
        assert {f"attndsl/_data/{name}" for name in files(folder)} <= held
    assert {name for name in files("attndsl") if not name.startswith("attndsl/_data")} <= held
    with tarfile.open(sdist) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "CITATION.cff", "constraints.txt", "LICENSE", "README.md"} | files(
        "tests"
    ) <= shipped

    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target"]
    subprocess.run([*command, str(target), str(wheel)], check=True)
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r}); import attndsl.language.assets as a;"
        "print(a.__file__, *(a.asset(name) for name in ('grammar/attndsl.lark', 'prompts')))"
    )
    shown = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    ).stdout.split()
    assert len(shown) == 3
    assert all(path.startswith(str(target)) for path in shown)


def test_every_package_of_the_project_is_pinned() -> None:
    import re
    import tomllib

    def plain(name: str) -> str:
        return re.split(r"[\[><=; ]", name)[0].lower().replace("_", "-")

    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {plain(line) for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for name in extras if name not in ("eval", "all")
                                          for one in extras[name])]  # fmt: skip
    assert {plain(name) for name in wanted} - {"attndsl"} <= pinned
