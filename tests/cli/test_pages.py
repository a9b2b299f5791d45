"""What README and docs show is what happens; ATTNDSL_UPDATE_GOLDEN=1 writes their output anew."""

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Command, needs_numba

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(python \S+\.attn|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    pytest.param(page, id=page.name, marks=[needs_numba] if "$ attndsl dedup" in text else [])
    for page in (README, *sorted((ROOT / "docs").glob("*.md")))
    if BLOCK.search(text := page.read_text("utf-8"))
]


def stable(text: str) -> str:
    """Bounds and hashes get better with the compiler; that alone is no fault of the README."""
    text = re.sub(r"\b[0-9a-f]{12,64}\b", "<hash>", text)
    return re.sub(r" *\d+(\.\d+)?[kMG]? ops +\d+(\.\d+)?[kMG]?B", " <bounds>", text)


@pytest.mark.parametrize("page", PAGES)
def test_the_output_shown_is_real(page: Path, attndsl: Command) -> None:
    text = page.read_text(encoding="utf-8")

    def shown(block: re.Match[str]) -> str:
        kind, body = block[1], block[2]
        if kind != "console":
            Path(kind.split()[1]).write_text(body, encoding="utf-8")
            return block[0]
        parts = []
        for line in body.splitlines():
            if line.startswith("$ "):
                result = attndsl(*shlex.split(line)[2:])
                output = (result.out + result.err).rstrip("\n")
                parts.append(f"{line}\n{output}\n")
        return "```console\n" + "\n".join(parts) + "```"

    again = BLOCK.sub(shown, text)
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN") == "1":
        page.write_text(again, encoding="utf-8")
    assert stable(again) == stable(page.read_text(encoding="utf-8"))


def test_the_python_example_runs(attndsl: Command) -> None:
    text = README.read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert getattr(names["matrix"], "shape", None) == (7, 7)


@pytest.mark.parametrize("target", re.findall(r"make ([a-z-]+)", README.read_text("utf-8")))
def test_every_make_target_named_is_there(target: str) -> None:
    makefile = README.with_name("Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)
