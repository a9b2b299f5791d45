"""docs/how-to-extend.md is followed to the letter, in a copy of the project."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EDIT = re.compile(r"In `([^`]+)`, (after|before|without) `([^`\n]+)`")
CODE = re.compile(r"^(`{3,})text\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
# For each section the most product files that it may touch, and the tests that judge it.
SECTIONS = {
    "attribute": (3, ["tests/tokens/test_builtin.py", "tests/language/test_vocabulary.py"]),
    "function": (7, ["tests/graph/test_intervals.py"]),
    "aggregate": (8, []),  # four of them engines
}
JUDGES = [
    "tests/graph/test_operations.py", "tests/graph/test_length.py", "tests/engines/test_tables.py",
    "tests/engines/test_arithmetic.py", "tests/language/test_manual.py",
    "tests/language/test_hints.py", "tests/programs/test_generator.py",
    "tests/authoring/test_colours.py",
]  # fmt: skip

UNTIMED = ("-o", "timeout=0")


@dataclass(frozen=True)
class Edit:
    file: str
    how: str
    line: str  # how the line begins, the first that does
    code: str


def edits(section: str) -> list[Edit]:
    text = (ROOT / "docs" / "how-to-extend.md").read_text("utf-8")
    (part,) = re.findall(rf"^## An? {section}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    found = []
    for paragraph in re.split(r"^(?=In `)", part, flags=re.MULTILINE)[1:]:
        place, code = EDIT.match(paragraph), CODE.search(paragraph)
        assert place is not None, paragraph
        found.append(Edit(place[1], place[2], place[3], code[2] if code else ""))
    return found


def made(text: str, edit: Edit) -> str:
    lines = text.splitlines(keepends=True)
    at = next((at for at, line in enumerate(lines) if line.startswith(edit.line)), None)
    assert at is not None, f"{edit.file} has no line that begins with {edit.line!r}"
    new = edit.code.splitlines(keepends=True)
    start, stop = {"after": (at + 1, at + 1), "before": (at, at), "without": (at, at + 1)}[edit.how]
    return "".join([*lines[:start], *new, *lines[stop:]])


@pytest.mark.parametrize("section", SECTIONS)
def test_an_example_says_where_everything_goes(section: str) -> None:
    """And touches few files of the product."""
    most, _ = SECTIONS[section]
    texts: dict[str, str] = {}
    for edit in edits(section):
        assert bool(edit.code) == (edit.how != "without")
        text = texts.get(edit.file) or (ROOT / edit.file).read_text("utf-8")
        texts[edit.file] = made(text, edit)
    assert 0 < len([file for file in texts if file.startswith("attndsl/")]) <= most


USES = {
    "attribute": "k.is_hyphen + 0.5",
    "function": "sign(similarity(q, k)) + sign(q.i - k.i) + sign(k.len - 3) + 2",
    "aggregate": "median(t.len for t in before(q)) + median(t.i for t in before(k) "
    "if t.is_alpha) + row_sum(median(t.len for t in upto(k) if t.len > 2))",
}
AGREE = """
import numpy as np
from attndsl.graph.verify import verify
from attndsl.engines.reference import pattern
from attndsl.engines.table import ENGINES
from tests.engines.agreement import MASKS, by_engine, by_torch, short_texts
verified = verify("def f(q, k):\\n    return {use}\\n")
assert not verified.errors, verified.errors
texts = [text for text in short_texts(3) if text.n]
for mask in MASKS:
    plain = [pattern(verified.programs[0], text, mask, lowered=False) for text in texts]
    made = [by_engine(name, verified.programs, texts, mask) for name in ENGINES]
    for squares in (*made, by_torch(verified.programs, texts, mask)):
        for found, expected in zip(squares[0], plain, strict=True):
            assert np.abs(found - expected).max() < 1e-6
"""
REFUSED = """
from attndsl.graph.verify import verify
per_pair = "def f(q, k):\\n    return median(t.len * k.len * q.len % 7 for t in before(q))\\n"
print([error.message for error in verify(per_pair).errors])
assert [error.code for error in verify(per_pair).errors] == ["ATT091"]
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("section", SECTIONS)
def test_an_example_does_what_it_says(section: str, tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    for edit in edits(section):
        target = tmp_path / edit.file
        target.write_text(made(target.read_text("utf-8"), edit), "utf-8")

    def run(*command: str, **more: str) -> None:
        """Under this test's limit of time alone: the copy compiles everything anew."""
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), **more}
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    python = [edit.file for edit in edits(section) if edit.file.endswith(".py")]
    run("-m", "ruff", "check", "--quiet", *python)
    run("-m", "ruff", "format", "--check", *python)
    golden = [
        "tests/language", "tests/graph/test_length.py", "tests/conformance",
        "tests/authoring/test_colours.py",
    ]  # fmt: skip
    written = "test_the_tables or how_many_operations or 14_limits or editors_query"
    run("-m", "pytest", "-q", *UNTIMED, *golden, "-k", written, ATTNDSL_UPDATE_GOLDEN="1")
    run("-m", "pytest", "-q", "-x", *UNTIMED, *JUDGES, *SECTIONS[section][1])
    shown = "09_texts or 10_aggregates or 12_functions or 14_limits or every"
    run("-m", "pytest", "-q", "-x", *UNTIMED, "tests/conformance", "tests/independent", "-k", shown)
    run("-c", AGREE.format(use=USES[section]))
    if section == "aggregate":
        run("-c", REFUSED)
