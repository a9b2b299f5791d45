"""`replace` and `generate` on tiny models: the order, the tables, going on, and refusals."""

import csv
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="replacing heads needs transformers")

from attndsl.cli.entry import run
from attndsl.fit.assignment import Assigned, Assignment, write_assignment
from attndsl.graph.verify import verify
from attndsl.models import load
from attndsl.surrogates import evaluation, tasks
from attndsl.tokens import linguistics
from tests.models.folders import model_folder

SOURCE = """
def first(q, k):
    return k.i == 0

def previous(q, k):
    return k == q.prev

def ahead(q, k):
    return n - k.i

def nouns(q, k):
    return k.pos == "NOUN"
"""
PROGRAMS = {program.name: program for program in verify(SOURCE).programs}
TEXT = "the cat sat on the mat . a big dog ran .\n\na dog and the cat sat , and ran .\n"
# The run's own order is not that of the fit.
HEADS = [(0, 1, "previous", 0.2), (1, 2, "first", 0.9), (1, 0, "previous", 0.5)]


@dataclass(frozen=True)
class Case:
    """A tiny model, a run for it, and a text."""

    model: str
    run: Path
    text: str

    def replace(self, *more: str) -> int:
        words = ["replace", self.model, "--run", str(self.run), "--text", self.text]
        return run([*words, *more])


def case(folder: Path, kind: str, heads: Sequence[tuple[int, int, str, float]]) -> Case:
    model = str(model_folder(folder / kind, kind))
    assigned = tuple(Assigned(at, head, PROGRAMS[name], iou) for at, head, name, iou in heads)
    write_assignment(folder / "run", Assignment(model, load(model).hash, assigned))
    (folder / "text.txt").write_text(TEXT)
    return Case(model, folder / "run", str(folder / "text.txt"))


@pytest.fixture
def llama(tmp_path: Path) -> Case:
    return case(tmp_path, "llama", HEADS)


def test_the_table_shows_intervals_and_baselines(
    llama: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    assert llama.replace("--fraction", "0.125", "--fraction", "0.375", "--tokens", "8") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == (
        "note: 2 texts longer than 8 tokens split into pieces that begin 8 tokens apart: "
        "4 passages in all"
    )
    assert shown[1].split() == ["heads", "share", "by", "perplexity", "change", "95%", "KL", "95%"]
    bys = [line.split()[2] for line in shown[2:9]]
    assert bys == ["unmodified", *("programs", "uniform", "first") * 2]
    assert "% to " not in shown[2], "the model itself has nothing to be compared with"
    assert "% to " in shown[3]
    assert shown[9].startswith("2 texts, which are few; 95%: paired intervals over texts")


def test_heads_go_in_the_order_of_the_run_or_of_their_fit(
    llama: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[int, int]]] = []
    real = evaluation.settings

    def settings(order: Any, *rest: Any) -> Any:
        seen.append([head for head, _ in order])
        return real(order, *rest)

    monkeypatch.setattr(evaluation, "settings", settings)
    for order in ("run", "iou"):
        assert llama.replace("--fraction", "0.125", "--order", order, "--quiet") == 0
    assert seen == [[(0, 1), (1, 2), (1, 0)], [(1, 2), (1, 0), (0, 1)]]


def test_a_stopped_run_goes_on(
    llama: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = evaluation.answer

    def answer(*parts: Any) -> Any:
        calls.append(1)
        if len(calls) == 6:  # in the second text
            raise KeyboardInterrupt
        return real(*parts)

    monkeypatch.setattr(evaluation, "answer", answer)
    words = ("--fraction", "0.125", "--json")
    assert llama.replace(*words) == 130
    assert llama.replace(*words) == 0
    first = capsys.readouterr().out
    done = len(calls)
    assert done == 6 + 4, "the first text is not measured again"
    assert llama.replace(*words) == 0
    assert capsys.readouterr().out == first
    assert len(calls) == done, "nothing is measured twice"
    assert llama.replace(*words, "--dtype", "float64") == 0
    assert len(calls) == done + 8, "figures of another number format are other figures"


def test_tasks_in_table_json_and_csv(
    llama: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run_task(loaded: Any, name: str, *rest: Any) -> dict[str, Any]:
        asked.append(name)
        return {"questions": 40, "acc,none": 0.5, "acc_stderr,none": 0.08, "acc_norm,none": 0.25}

    monkeypatch.setattr(tasks, "run_task", run_task)
    monkeypatch.setattr(tasks, "need_lm_eval", lambda: None)
    questions = tmp_path / "quiz.jsonl"
    questions.write_text('{"query": "a cat", "choices": ["sat", "dog"], "gold": 0}\n')
    table = tmp_path / "out.csv"
    words = ["--fraction", "0.125", "--tasks", str(questions), "--csv", str(table)]
    assert llama.replace(*words) == 0
    shown = capsys.readouterr().out
    assert "quiz.jsonl" in shown
    assert "0.500 +- 0.080" in shown
    with (tmp_path / "out-tasks.csv").open() as lines:
        assert [row["by"] for row in csv.DictReader(lines)] == [
            "unmodified", "programs", "uniform", "first token",
        ]  # fmt: skip
    assert len(table.read_text().splitlines()) == 5
    assert llama.replace(*words, "--json") == 0
    assert [one["acc_norm"] for one in json.loads(capsys.readouterr().out)["tasks"]] == [0.25] * 4
    assert len(asked) == 4, "finished tasks are not run again"
    questions.write_text('{"query": "a dog", "choices": ["sat", "dog"], "gold": 1}\n')
    assert llama.replace(*words, "--json") == 0
    assert len(asked) == 8, "other questions are another task"


def test_tasks_without_lm_eval_are_refused_before_anything_is_measured(
    llama: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert llama.replace("--tasks", "piqa") == 1
    assert "attndsl doctor --get eval" in capsys.readouterr().err
    assert not (llama.run / "replace.jsonl").exists()


def test_encoders_are_compared_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bert = case(tmp_path, "bert", HEADS)
    assert bert.replace("--fraction", "0.25") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["heads", "share", "by", "KL", "95%"]
    assert "KL: of the distributions" in shown[-1]


def test_what_sees_ahead_is_labelled_and_does_not_generate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peeking = case(tmp_path, "llama", [(0, 0, "ahead", 0.9)])
    assert peeking.replace("--fraction", "0.125") == 0
    shown = capsys.readouterr().out
    assert [line.rstrip().endswith("sees ahead") for line in shown.splitlines()[1:5]] == [
        False, True, False, False,
    ]  # fmt: skip
    words = ["generate", peeking.model, "--run", str(peeking.run), "--prompt", "the cat"]
    assert run([*words, "--fraction", "0.125"]) == 1
    out, err = capsys.readouterr()
    assert out == "", "nothing is written before it is refused"
    assert "'ahead' in layer 0, head 0 is not causal" in err


def test_generate_writes_both_texts(llama: Case, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["generate", llama.model, "--run", str(llama.run), "--prompt", "the cat"]
    assert run([*words, "--fraction", "0.25", "--tokens", "6"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("the unmodified model\nthe cat")
    assert "2 of 8 heads by programs\nthe cat" in shown
    assert run([*words, "--fraction", "1"]) == 1
    assert "is 8 heads, but only 3 have a program" in capsys.readouterr().err
    assert run([*words[:-1], ""]) == 1
    assert "the prompt is empty" in capsys.readouterr().err


def test_bad_runs_are_explained(llama: Case, capsys: pytest.CaptureFixture[str]) -> None:
    record = llama.run / "assignment.json"
    good = record.read_text()
    for change, message in (
        (good.replace('"layer": 0', '"layer": 7'), "names layer 7; this model has attention in"),
        (good.replace('"head": 2', '"head": 9'), "names head 9 of layer 1, which has heads 0 to 3"),
        (good.replace('"previous"', '"nobody"'), "names the program nobody"),
        ("{", "can't be read"),
    ):
        record.write_text(change)
        assert llama.replace("--fraction", "0.375") == 1
        assert message in capsys.readouterr().err
    record.unlink()
    assert llama.replace() == 1
    assert "is no run: it has no assignment.json" in capsys.readouterr().err


def test_a_program_that_needs_a_parse_without_spacy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsing = case(tmp_path, "llama", [(0, 0, "nouns", 0.9)])
    linguistics._pipeline.cache_clear()
    monkeypatch.setitem(sys.modules, "spacy", None)  # what Python knows to be absent
    assert parsing.replace("--fraction", "0.125") == 1
    assert "attndsl doctor --get spacy" in capsys.readouterr().err


def test_a_read_only_run_says_where_it_could_not_write(
    llama: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    (llama.run / "replace.jsonl").mkdir()
    assert llama.replace("--fraction", "0.125") == 1
    assert f"{llama.run}{os.sep}replace.jsonl" in capsys.readouterr().err
