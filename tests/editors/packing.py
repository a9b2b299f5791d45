"""The extension for VS Code packed by the steps of `make vsix`, in a copy of its sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "editors/vscode"


def npm(*asked: str, at: Path, seconds: float = 1200) -> subprocess.CompletedProcess[str]:
    """One call of npm there; without it the test is skipped."""
    program = shutil.which("npm")
    if program is None:
        pytest.skip("needs Node and npm")
    return subprocess.run(
        [program, *asked], cwd=at, capture_output=True, text=True, timeout=seconds,
        env={**os.environ, "ATTNDSL_PYTHON": sys.executable},
    )  # fmt: skip


def packed(folder: Path, *steps: str) -> Path:
    """The .vsix, made in a folder of its own by these scripts of the extension."""
    copy = folder / "copy"
    left_out = shutil.ignore_patterns("node_modules", "dist", "generated")
    shutil.copytree(HOME, copy / "editors/vscode", ignore=left_out)
    for name in ("attndsl", "grammar", "examples", "LICENSE"):
        (copy / name).symlink_to(ROOT / name)
    (copy / "build").mkdir()
    here = copy / "editors/vscode"
    if (HOME / "node_modules").is_dir():  # fetched before, by `make vsix`
        shutil.copytree(HOME / "node_modules", here / "node_modules", symlinks=True)
    else:
        fetched = npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", at=here)
        if fetched.returncode:
            pytest.skip(f"npm can't fetch what the build needs: {fetched.stderr[-200:]}")
    for step in steps:
        done = npm("run", "-s", step, at=here)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
    return copy / "build/attndsl.vsix"
