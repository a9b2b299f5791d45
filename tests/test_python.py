"""The Python side: explain as a call, runs, diff, dedup, and what objects show of themselves."""

import doctest
import importlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

import attndsl
from attndsl.fit.findings import HeadCensus
from attndsl.models.capture import capture
from attndsl.models.loading import load
from tests.models.folders import model_folder

WRONG = "def f(q, k):\n    return weigh\n"
PREVIOUS = "def previous(q, k):\n    return k == q.prev\n"
BACK = "def back(q, k):\n    return 2 if k == q.prev else 0\n"
SCORES = "@softmax\ndef s(q, k):\n    return 2.0 * (k == q) + 1.5 * k.is_title\n"
MIXED = "def m(q, k):\n    return 0.5 * sink(q, k) + 0.5 * previous_token(q, k)\n"
ITSELF = "def itself(q, k):\n    return k == q\n"


class Balanced(HTMLParser):
    """Fails where tags aren't closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "progress"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "progress":
            assert self.open.pop() == tag


def check(shown: str) -> str:
    parser = Balanced()
    parser.feed(shown)
    assert not parser.open
    return shown


@pytest.mark.parametrize("name", ["fit.difference", "explain.python", "explain.settings"])
def test_the_examples_of_a_file_hold(name: str) -> None:
    done = doctest.testmod(importlib.import_module(f"attndsl.{name}"))
    assert done.attempted > 0
    assert done.failed == 0


def test_a_wrong_program_shows_the_caret_as_the_command_line_does() -> None:
    found = attndsl.verify(WRONG, "f.attn")
    assert "  2 |     return weigh\n    |            ^^^^^" in repr(found)
    shown = check(found._repr_html_())
    assert "^^^^^" in shown
    assert "font-family:monospace" in shown
    assert repr(found.diagnostics[0]).startswith("<f.attn:2:12: error ATT")
    check(found.diagnostics[0]._repr_html_())
    assert repr(attndsl.verify(PREVIOUS)) == "<verified: previous>"


def test_two_programs_are_compared_on_a_text() -> None:
    found = attndsl.diff(PREVIOUS, ITSELF, "The cat sat on the mat")
    assert not found.same_form
    assert found.iou < 0.2
    assert found.rows[1:].min() == pytest.approx(1.0)
    assert "<svg" in found._repr_html_() or "<rect" in found._repr_html_()
    with pytest.raises(attndsl.AttndslError, match="weigh"):
        attndsl.diff(WRONG, ITSELF)


def test_programs_that_are_the_same_are_found() -> None:
    pytest.importorskip("numba")
    programs = [attndsl.verify(one).programs[0] for one in (PREVIOUS, BACK, ITSELF)]
    (group,) = attndsl.dedup(programs, ["The cat sat on the mat"])
    assert (group.name, [one.name for one in group.members]) == ("previous", ["back"])
    check(attndsl.dedup(programs, ["The cat sat"])._repr_html_())


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("python") / "llama", "llama")


def test_models_stores_and_captures_show_themselves_shortly(llama: Path, tmp_path: Path) -> None:
    loaded = load(str(llama))
    done = capture(loaded, ["the cat sat on the mat", "a dog ran"], tmp_path / "store")
    store = attndsl.HeadStore.open(tmp_path / "store")
    heads = {(0, 0): attndsl.verify(PREVIOUS).programs[0]}
    with attndsl.install(loaded, heads) as handle:
        for one in (loaded, done, store, handle):
            assert len(repr(one)) < 400
            assert repr(one).startswith("<")
            check(one._repr_html_())
        assert "previous" in handle._repr_html_()
    assert "removed" in repr(handle)


def test_what_is_handed_out_shows_itself_shortly() -> None:
    """In a line each, and as HTML, hostile words and all."""
    pytest.importorskip("numba")
    source = 'def f(q, k):\n    """<script>"""\n    return (k == q.prev) * similarity(q, k)\n'
    program, text = attndsl.verify(source).programs[0], attndsl.encode("<script> a & b. " * 30)
    reason = attndsl.why(program, attndsl.encode("a <b> a"), 2, 1)
    asked = (attndsl.verify(SCORES).programs[0], attndsl.verify(MIXED).programs[0])
    others = [attndsl.why(one, attndsl.encode("a b a"), 2, 1) for one in asked]
    finding = HeadCensus("L0.H0", 0.5, 1.0, (), ("copies",))
    census = attndsl.Census("tiny <model>", (finding,), 1, 1)
    for one in (program, text, reason, *others, attndsl.Library([program]), census):
        assert len(repr(one)) < 140
        assert repr(one).startswith("<")
        check(one._repr_html_())
    assert "multiplies by" in reason._repr_html_()
    assert "adds to the score" in others[0]._repr_html_()
    assert "50.0%" in others[1]._repr_html_()
    assert all(len(repr(one)) < 140 for one in attndsl.builtin_texts())
    assert repr(text).startswith("<text of 211 tokens: '<script> a & b.")


def test_explain_is_a_call_that_gives_the_run(llama: Path, tmp_path: Path) -> None:
    texts = [f"the {one} sat on the {two} ." for one in ("cat", "dog") for two in ("mat", "dog")]
    run = attndsl.explain(
        load(str(llama)), texts, run=tmp_path / "run", budget="1s", tokens=16, heads="0.*",
        progress=False, skip=frozenset(("look", "fit", "effects", "replace", "report")),
    )  # fmt: skip
    assert run.head(0, 0).program.name
    assert "heads of llama" in repr(run)
    check(run._repr_html_())
    with pytest.raises(attndsl.AttndslError, match="a budget is a time such as 90s"):
        attndsl.explain(str(llama), texts, run=tmp_path / "other", budget="soon")
