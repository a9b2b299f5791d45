"""The playground's Python under Node: the compiler as a browser runs it, without the browser."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attndsl.authoring.playground.folder import PYODIDE, VENDORED
from attndsl.authoring.playground.wheels import own_wheel, parser_wheel

SCRIPT = Path(__file__).with_name("pyodide.mjs")


class Absent(Exception):
    """What is missing here to run Pyodide."""


def pyodide_folder() -> Path:
    """Pyodide's files: where ATTNDSL_PYODIDE says, else npm's, fetched once to the user's cache."""
    named = os.environ.get("ATTNDSL_PYODIDE")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "attndsl" / f"pyodide-{PYODIDE}"
    folder = Path(named) if named else home / "node_modules" / "pyodide"
    if not named and not (folder / VENDORED[0]).exists():
        _fetch(home)
    missing = [name for name in VENDORED if not (folder / name).exists()]
    if missing:
        raise Absent(f"{folder} has no {missing[0]}")
    return folder


def _fetch(home: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Absent("needs npm, or Pyodide's folder in ATTNDSL_PYODIDE")
    home.mkdir(parents=True, exist_ok=True)
    asked = [npm, "install", "--prefix", str(home), "--no-audit", "--no-fund", "--ignore-scripts",
             "--no-save", f"pyodide@{PYODIDE}"]  # fmt: skip
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Absent(f"npm can't fetch pyodide@{PYODIDE}: {done.stderr.strip()[-200:]}")


@dataclass
class Pyodide:
    """One process; `ask` as the page's worker does, `run` Python in it."""

    process: subprocess.Popen[str]
    python: str = ""

    @classmethod
    def start(cls, files: Path) -> "Pyodide":
        node = shutil.which("node")
        if node is None:
            raise Absent("needs Node")
        folder = pyodide_folder()
        with tempfile.TemporaryDirectory() as place:
            wheels = []
            for name, content in (own_wheel(), parser_wheel()):
                wheels.append(str(Path(place, name)))
                Path(place, name).write_bytes(content)
            process = subprocess.Popen(
                [node, str(SCRIPT), str(folder), str(files), *wheels],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            found = cls(process)
            found.python = found._answer()["python"]
        return found

    def ask(self, **question: Any) -> dict[str, Any]:
        """The answer, and the milliseconds of processor that it took as `ms`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def run(self, code: str) -> str:
        return str(self.ask(run=code)["ran"])

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"Pyodide has gone, status {self.process.poll()}"
        return dict(json.loads(line))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
