"""The extension for VS Code is built, type-checked, tested and packed: `make vsix` by its steps."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
HOME = ROOT / "editors/vscode"
PACKED = {
    "extension/package.json", "extension/dist/extension.js", "extension/dist/NOTICES.txt",
    "extension/generated/attndsl.tmLanguage.json", "extension/generated/snippets.json",
    "extension/generated/map.js", "extension/generated/map.css", "extension/icon.png",
    "extension/icon.svg", "extension/language-configuration.json", "extension/LICENSE.txt",
    "extension/readme.md", "extension.vsixmanifest", "[Content_Types].xml",
}  # fmt: skip


def test_the_extension_is_built_and_packed(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs Node and npm")
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns("node_modules", "dist", "generated")
    shutil.copytree(HOME, copy / "editors/vscode", ignore=left_out)
    for name in ("attndsl", "grammar", "examples", "LICENSE"):
        (copy / name).symlink_to(ROOT / name)
    (copy / "build").mkdir()

    def run(*asked: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [npm, *asked], cwd=copy / "editors/vscode", capture_output=True, text=True,
            env={**os.environ, "ATTNDSL_PYTHON": sys.executable}, timeout=1200,
        )  # fmt: skip

    if (HOME / "node_modules").is_dir():  # fetched before, by `make vsix`
        shutil.copytree(HOME / "node_modules", copy / "editors/vscode/node_modules", symlinks=True)
    else:
        fetched = run("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        if fetched.returncode:
            pytest.skip(f"npm can't fetch what the build needs: {fetched.stderr[-200:]}")
    for step in ("check", "build", "test", "package"):
        done = run("run", "-s", step)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
    with zipfile.ZipFile(copy / "build/attndsl.vsix") as packed:
        assert {*packed.namelist()} == PACKED
        manifest = json.loads(packed.read("extension/package.json"))
    assert manifest["contributes"]["languages"][0]["extensions"] == [".attn"]
