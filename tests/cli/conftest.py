"""A folder with a few programs, and a way to run the command line in it."""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from attndsl.cli.entry import run

# What compares programs by running them compares them by form alone without Numba.
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="needs the extra `score`")

PREVIOUS = '''\
def previous_token(q, k):
    """Look at the token before."""
    return k == q.prev
'''
HEADS = '''\
"""A few heads."""


def first_token(q, k):
    """Look at the first token."""
    return k.i == 0


def before_me(q, k):
    return 2.0 if q.prev == k else 0.0


def whole_text(q, k):
    return k.i / n
'''
FOUND = """\
SPEECH = {"said", "asked"}


def in_speech(q, k):
    quotes = count(t for t in upto(q) if t.is_quote)
    if quotes % 2 == 1 and not any(t.lower in SPEECH for t in between(k, q)):
        longest = max(t.len for t in upto(q) if t.is_alpha)
        return k.len / longest
    return all(t.is_alpha for t in between(k, q)) and any(c in k.text for c in "Aa")
"""
WRONG = """\
def typo(q, k):
    return k.is_qoute


def fine(q, k):
    return k.is_quote
"""
FILES = {
    "previous.attn": PREVIOUS,
    "heads.py": (Path(__file__).parents[1] / "authoring/porting/pairs/cells.py").read_text(),
    "heads.attn": HEADS,
    "found.attn": FOUND,
    "wrong.attn": WRONG,
    "with space.attn": PREVIOUS,
    "library.attn": HEADS,
    "stories.txt": "The cat sat on the mat.\n\nThe dog barked.\n\nIt rained.\n\nTom left.\n",
    "story.txt": "The cat sat on the mat.\nIt slept.\n\nThe dog barked.\n",
    "story.jsonl": '{"text": "One two three."}\n{"text": "Four five."}\n',
}


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Command = Callable[..., Result]


class Stream(io.TextIOWrapper):
    """Standard output as a pipe has it."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode("utf-8")


@pytest.fixture
def attndsl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `attndsl WORDS...` in a folder with the files above: 80 columns, a pipe, no colour."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)

    def call(*words: str, stdin: str | bytes = "") -> Result:
        out, err, given = Stream(), Stream(), Stream()
        given.buffer.write(stdin.encode() if isinstance(stdin, str) else stdin)
        given.buffer.seek(0)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", given)
            status = run(words)
        return Result(status, out.text(), err.text())

    return call


@pytest.fixture(scope="session")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the small model's heads on a few texts."""
    from attndsl.models.places import packaged

    if packaged("smollm2") is None:
        pytest.skip("needs smollm2: attndsl doctor --get smollm2")
    folder = tmp_path_factory.mktemp("captured")
    (folder / "stories.txt").write_text(FILES["stories.txt"])
    store = folder / "stories.attnstore"
    assert run(["capture", "smollm2", "--text", str(folder / "stories.txt"), "-o", str(store)]) == 0
    return store


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with its golden file; ATTNDSL_UPDATE_GOLDEN=1 writes the file anew."""
    folder = Path(__file__).parent / "goldens"

    def compare(name: str, text: str) -> None:
        file = folder / name
        if os.environ.get("ATTNDSL_UPDATE_GOLDEN") == "1":
            folder.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"no golden {name}; make it with ATTNDSL_UPDATE_GOLDEN=1"
        assert text == file.read_text(encoding="utf-8")

    return compare
