"""`replace` and `generate` on tiny models: the order, the tables, going on, and refusals."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="replacing heads needs transformers")

import torch

from attndsl.cli.entry import run
from attndsl.files.journal import Appending, read_lines
from attndsl.fit.assignment import Assigned, Assignment, write_assignment
from attndsl.fit.selection import keep_selection
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.surrogates import evaluation, experiment, tasks
from attndsl.tokens import linguistics
from tests.models.folders import model_folder

ROOT = Path(__file__).resolve().parents[2]
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
OTHERS = ("the dog ran on the mat .", "a big cat sat and a dog ran , and sat .")
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
    loaded = load(model)
    assigned = tuple(Assigned(at, head, PROGRAMS[name], iou) for at, head, name, iou in heads)
    write_assignment(folder / "run", Assignment(model, loaded.hash, assigned))
    keep_selection(folder / "run", [loaded.encode(one) for one in OTHERS])
    (folder / "text.txt").write_text(TEXT)
    return Case(model, folder / "run", str(folder / "text.txt"))


@pytest.fixture
def llama(tmp_path: Path) -> Case:
    return case(tmp_path, "llama", HEADS)


def test_the_table_shows_programs_beside_ablations(
    llama: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--fraction", "0.125", "--fraction", "0.375", "--tokens", "8", "--order", "fit")
    assert llama.replace(*words) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == (
        "note: 2 texts longer than 8 tokens split into pieces that begin 8 tokens apart: "
        "4 passages in all"
    )
    assert shown[1].endswith("no order by effect")
    assert shown[2].startswith("perplexity of the unmodified model ")
    assert shown[3].split()[:6] == ["order", "share", "heads", "perplexity", "ablated", "by"]
    rows = [line.split() for line in shown[4:6]]
    assert [row[:3] for row in rows] == [["fit", "12%", "1"], ["fit", "38%", "3"]]
    assert all(row[5:8] == ["mean", "by", "position"] for row in rows)
    assert any(line.startswith("2 texts, which are few; 95%: paired") for line in shown)


def test_all_orders_and_ablations(llama: Case, capsys: pytest.CaptureFixture[str]) -> None:
    run_summary(llama)
    assert llama.replace("--json", "--quiet") == 0
    found = json.loads(capsys.readouterr().out)
    shares = {(p["order"], p["fraction"]) for p in found["curve"] if p["by"] == "programs"}
    assert shares == {
        *(("neutral", share) for share in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)),
        *((name, 0.25) for name in ("fit", "effect", "random")),
    }, "3 of 8 heads have a program"
    assert {r["against"] for r in found["recovered"]} == {"mean by position"}
    assert llama.replace("--json", "--all") == 0
    found = json.loads(capsys.readouterr().out)
    assert {r["against"] for r in found["recovered"]} == {
        "mean by position", "mean", "resample", "zero",
    }  # fmt: skip
    assert {p["order"] for p in found["curve"]} == {
        "", "neutral", "fit", "effect", "random", *(f"random {n}" for n in (2, 3, 4, 5)),
    }  # fmt: skip


def run_summary(of: Case) -> None:
    (of.run / "summary.json").write_text(json.dumps({"effects": {"L0.H1": 1.1}}))


def test_the_neutral_order_is_kept_in_the_run(llama: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = experiment.ablation_effects

    def counted(*parts: Any) -> Any:
        calls.append(1)
        return real(*parts)

    monkeypatch.setattr(experiment, "ablation_effects", counted)
    for _ in range(2):
        assert llama.replace("--fraction", "0.125", "--order", "neutral", "--quiet") == 0
    assert len(calls) == 1
    kept = llama.run / "neutral.json"
    lines = json.loads(kept.read_text())["heads"]
    assert [tuple(line[:2]) for line in lines] == [(0, 1), (1, 0), (1, 2)]
    kept.write_text("[")
    assert llama.replace("--fraction", "0.125", "--order", "neutral", "--quiet") == 1


def test_orders_by_fit_and_by_effect(llama: Case, capsys: pytest.CaptureFixture[str]) -> None:
    run_summary(llama)
    asked: list[Any] = []
    real = experiment.settings
    for order, heads in (
        ("fit", [(1, 2), (1, 0), (0, 1)]),
        ("effect", [(0, 1), (1, 2), (1, 0)]),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(experiment, "settings", lambda *p: asked.append(p[0]) or real(*p))
            assert llama.replace("--fraction", "0.125", "--order", order, "--quiet") == 0
        assert [one.heads for one in asked[-1]] == [tuple(heads)]
    (llama.run / "summary.json").unlink()
    assert llama.replace("--fraction", "0.125", "--order", "effect") == 1
    assert "no order by effect" in capsys.readouterr().err


def test_a_run_without_selection_texts_needs_some(
    llama: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (llama.run / "selection.json").unlink()
    words = ("--fraction", "0.125", "--order", "fit")
    assert llama.replace(*words) == 1
    assert "--selection FILE" in capsys.readouterr().err
    (tmp_path / "others.txt").write_text("\n\n".join(OTHERS))
    assert llama.replace(*words, "--selection", str(tmp_path / "others.txt")) == 0
    (llama.run / "selection.json").write_text('{"texts": 7}')
    assert llama.replace(*words) == 1
    assert "selection.json: texts is 7, not a list" in capsys.readouterr().err


def test_a_stopped_run_goes_on(
    llama: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = evaluation.answer

    def answer(*parts: Any) -> Any:
        calls.append(1)
        if len(calls) == 5:  # in the second text
            raise KeyboardInterrupt
        return real(*parts)

    monkeypatch.setattr(evaluation, "answer", answer)
    words = ("--fraction", "0.125", "--order", "fit", "--json")
    assert llama.replace(*words) == 130
    assert llama.replace(*words) == 0
    first = capsys.readouterr().out
    done = len(calls)
    assert done == 5 + 3, "the first text is not measured again"
    assert llama.replace(*words) == 0
    assert capsys.readouterr().out == first
    assert len(calls) == done, "nothing is measured twice"
    assert llama.replace(*words, "--dtype", "float64") == 0
    assert len(calls) == done + 6, "figures of another number format are other figures"


KILLED = """
import os, signal, sys
honest, left = os.fsync, [int(sys.argv[1])]
def killed(handle):
    left[0] -= 1
    if not left[0]:  # half of what was to be on the disk is there
        os.ftruncate(handle, os.fstat(handle).st_size - 7)
        os.kill(os.getpid(), signal.SIGKILL)
    honest(handle)
os.fsync = killed
from attndsl.cli.entry import run
run(sys.argv[2:])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that can't be caught")
def test_killed_in_the_middle_of_a_line_it_goes_on(
    llama: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--fraction", "0.125", "--order", "fit", "--json", "--quiet")
    command = ["replace", llama.model, "--run", str(llama.run), "--text", llama.text, *words]
    journal = llama.run / "replace.jsonl"
    lines = []
    for write in (2, 3):
        done = subprocess.run([sys.executable, "-c", KILLED, str(write), *command], cwd=ROOT)
        assert done.returncode == -signal.SIGKILL
        lines.append(len(read_lines(journal)))
        assert not journal.read_bytes().endswith(b"\n"), "the last line is torn"
    assert lines[0] < lines[1]
    assert llama.replace(*words) == 0
    found = capsys.readouterr().out
    journal.unlink()
    assert llama.replace(*words) == 0
    assert capsys.readouterr().out == found


def test_a_second_writer_is_told(llama: Case, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fcntl", reason="needs a system with locks")
    with Appending(llama.run / "replace.jsonl"):
        assert llama.replace("--fraction", "0.125", "--order", "fit", "--quiet") == 1
    assert "another process is writing" in capsys.readouterr().err


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
    words = ["--fraction", "0.125", "--order", "fit", "--tasks", str(questions)]
    words += ["--csv", str(table)]
    assert llama.replace(*words) == 0
    shown = capsys.readouterr().out
    assert "quiz.jsonl" in shown
    assert "0.500 +- 0.080" in shown
    with (tmp_path / "out-tasks.csv").open() as lines:
        assert [row["by"] for row in csv.DictReader(lines)] == [
            "unmodified", "programs", "mean by position",
        ]  # fmt: skip
    assert len(table.read_text().splitlines()) == 4
    assert len((tmp_path / "out-recovered.csv").read_text().splitlines()) == 2
    assert llama.replace(*words, "--json") == 0
    assert [one["acc_norm"] for one in json.loads(capsys.readouterr().out)["tasks"]] == [0.25] * 3
    assert len(asked) == 3, "finished tasks are not run again"
    questions.write_text('{"query": "a dog", "choices": ["sat", "dog"], "gold": 1}\n')
    assert llama.replace(*words, "--json") == 0
    assert len(asked) == 6, "other questions are another task"


def test_texts_are_read_for_their_perplexity_at_every_share_that_is_named(
    llama: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "wiki.txt"
    other.write_text(OTHERS[0] + "\n\n" + OTHERS[1] + "\n")
    words = ["--order", "fit", "--fraction", "0.125", "--fraction", "0.25", "--tasks", str(other)]
    assert llama.replace(*words, "--csv", str(tmp_path / "out.csv")) == 0
    assert capsys.readouterr().out.count("wiki.txt") == 5, "unmodified, two shares by two ways"
    assert len((tmp_path / "out-wiki.csv").read_text().splitlines()) == 6
    more = tmp_path / "more" / "wiki.txt"
    more.parent.mkdir()
    more.write_text(OTHERS[1] + "\n")
    both = [*words[:-1], f"{other},{more}"]
    assert llama.replace(*both, "--csv", str(tmp_path / "out.csv")) == 0
    assert capsys.readouterr().out.count("wiki.txt") == 10
    tables = [(tmp_path / name).read_text() for name in ("out-wiki.csv", "out-wiki-2.csv")]
    assert len(set(tables)) == 2, "files of one name have a table each"
    assert llama.replace(*words, "--limit", "1", "--json") == 0
    (points,) = json.loads(capsys.readouterr().out)["texts"].values()
    assert [(one["by"], one["fraction"]) for one in points[:2]] == [
        ("unmodified", 0.0), ("programs", 0.125),
    ]  # fmt: skip
    loaded = load(llama.model)
    ids = torch.as_tensor(loaded.encode(OTHERS[0]))[None]
    with torch.no_grad():
        loss = float(loaded.model(ids, labels=ids).loss)
    assert points[0]["perplexity"] == pytest.approx(math.exp(loss), rel=1e-4)
    assert llama.replace("--tasks", str(tmp_path / "none.txt")) == 1
    assert "there is no such file" in capsys.readouterr().err


def test_tasks_without_lm_eval_are_refused_before_anything_is_measured(
    llama: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert llama.replace("--tasks", "piqa") == 1
    assert "attndsl doctor --get eval" in capsys.readouterr().err
    assert not (llama.run / "replace.jsonl").exists()


def test_encoders_are_compared_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bert = case(tmp_path, "bert", HEADS)
    assert bert.replace("--fraction", "0.25", "--order", "fit") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[1].split()[:6] == ["order", "share", "heads", "KL", "ablated", "by"]
    assert "KL: from the unmodified model" in shown[-3]


def test_what_sees_ahead_is_labelled_and_does_not_generate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peeking = case(tmp_path, "llama", [(0, 0, "ahead", 0.9)])
    assert peeking.replace("--fraction", "0.125", "--order", "fit") == 0
    shown = capsys.readouterr().out
    (row,) = [line for line in shown.splitlines() if line.startswith("fit ")]
    assert row.rstrip().endswith("sees ahead")
    words = ["generate", peeking.model, "--run", str(peeking.run), "--prompt", "the cat"]
    assert run([*words, "--fraction", "0.125"]) == 1
    out, err = capsys.readouterr()
    assert out == "", "nothing is written before it is refused"
    assert "'ahead' in layer 0, head 0 is not causal" in err


def test_one_text_has_no_intervals(llama: Case, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert llama.replace("--fraction", "0.25", "--order", "fit", "--texts", "1") == 0
    shown = capsys.readouterr().out.splitlines()
    (row,) = [line for line in shown if line.startswith("fit ")]
    assert " to " not in row
    assert any(line.startswith("1 text, which says nothing of others") for line in shown)


def test_what_sees_ahead_is_no_headline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = [(layer, head, "previous", 0.5) for layer in range(2) for head in range(4)]
    peeking = case(tmp_path, "llama", [*every[:-1], (1, 3, "ahead", 0.9)])
    assert peeking.replace("--fraction", "1", "--order", "fit") == 0
    shown = capsys.readouterr().out.splitlines()
    assert "no headline: of the programs of all 8 heads some look past their query" in shown
    assert not any(line.startswith("KL recovered") for line in shown)


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


def test_a_run_of_fewer_heads_than_any_share_is_told_which_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = case(tmp_path, "llama", HEADS[:1])
    assert few.replace("--order", "fit") == 1
    said = capsys.readouterr().err
    assert "1 of 8 heads have a program" in said
    assert few.replace("--order", "fit", *said.strip().rsplit(": ", 1)[1].split()) == 0


def test_heads_of_other_texts_are_not_put_into_a_run(
    llama: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folders = []

    def captured(_: object, text: object, folder: Path, *__: object) -> None:
        folders.append(folder)
        raise AttndslError("so far")

    monkeypatch.setattr("attndsl.cli.heads.captured_heads", captured)
    assert run(["heads", llama.model, "--run", str(llama.run)]) == 1
    assert "so far" in capsys.readouterr().err
    assert folders[0] != llama.run / "heads"
    other = model_folder(tmp_path / "other", "gpt2")
    assert run(["heads", str(other), "--run", str(llama.run)]) == 1
    assert "fitted to another model" in capsys.readouterr().err


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
