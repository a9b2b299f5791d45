"""Question answering through lm-eval, and what local files must hold."""

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.surrogates import tasks as room
from attndsl.surrogates.evaluation import Setting
from attndsl.surrogates.handle import install
from attndsl.surrogates.paired import mcnemar, paired, points
from attndsl.surrogates.questions import check_questions, named_tasks
from attndsl.surrogates.sources import first_token, rules
from attndsl.surrogates.tasks import TaskResult, answer_tasks, as_csv
from tests.models.folders import model_folder
from tests.surrogates.tiny import mixed

HALF = Setting("programs", "fit", 0.5, dict(list(mixed().items())[:4]), rules)
QUESTIONS = [
    {"query": "the cat sat", "choices": ["on the mat", "big dog ."], "gold": 0},
    {"query": "a dog", "choices": ["ran", "the the the", "cat"], "gold": 0},
    {"query": "the big", "choices": ["and", "dog and cat"], "gold": 1},
]


@pytest.fixture
def llama(tmp_path: Path) -> LoadedModel:
    return load(str(model_folder(tmp_path / "llama", "llama")))


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "small.jsonl"
    path.write_text("\n".join(json.dumps(question) for question in QUESTIONS))
    return path


def by_hand(loaded: LoadedModel, normalised: bool) -> float:
    """The share of questions whose right choice is the likeliest."""
    right = 0
    for question in QUESTIONS:
        scores = []
        for choice in question["choices"]:  # type: ignore[attr-defined]
            start = len(loaded.encode(str(question["query"])))
            ids = torch.as_tensor(loaded.encode(f"{question['query']} {choice}"))
            with torch.no_grad():
                logs = loaded.model(ids[None]).logits[0].log_softmax(-1)
            score = float(logs[torch.arange(start - 1, len(ids) - 1), ids[start:]].sum())
            scores.append(score / len(choice) if normalised else score)
        right += scores.index(max(scores)) == question["gold"]
    return right / len(QUESTIONS)


def test_local_questions_with_and_without_programs(
    llama: LoadedModel, questions: Path, tmp_path: Path
) -> None:
    if importlib.util.find_spec("lm_eval") is None:
        pytest.skip("needs lm-eval (attndsl doctor --get eval)")
    wanted = [HALF, Setting("mean", "fit", 0.5, {(0, 1): first_token}, rules)]
    journal = tmp_path / "qa.jsonl"
    found = answer_tasks(llama, [str(questions)], wanted, journal=journal)
    assert [result.by for result in found] == ["unmodified", "programs", "mean"]
    assert found[0].questions == len(found[0].right) == len(found[0].right_norm) == 3
    assert found[1].right.count("1") / 3 == found[1].acc
    assert (found[0].acc, found[0].acc_norm) == (by_hand(llama, False), by_hand(llama, True))
    with install(llama.model, wanted[0].assignment, rules):
        assert found[1].acc == by_hand(llama, False)
    assert answer_tasks(llama, [str(questions)], wanted, journal=journal) == found
    whole = journal.read_bytes()
    assert answer_tasks(llama, [str(questions)], wanted, limit=9, journal=journal) == found
    assert journal.read_bytes() == whole, "a limit that the file doesn't reach asks nothing anew"
    assert as_csv(found).splitlines()[1].split(",")[1] == "unmodified"
    with pytest.raises(AttndslError, match="could not run the task no_such_task"):
        answer_tasks(llama, ["no_such_task"], [])


def test_texts_alone_ask_for_their_last_words(llama: LoadedModel, tmp_path: Path) -> None:
    if importlib.util.find_spec("lm_eval") is None:
        pytest.skip("needs lm-eval (attndsl doctor --get eval)")
    texts = ["the cat sat on the", "a big dog and a cat", "the dog ran ."]
    path = tmp_path / "last.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts))
    right = ""
    for text in texts:
        ids = torch.as_tensor(llama.encode(text))
        start = len(llama.encode(text.rsplit(" ", 1)[0]))
        with torch.no_grad():
            likeliest = llama.model(ids[None]).logits[0].argmax(-1)
        right += str(int((likeliest[start - 1 : -1] == ids[start:]).all()))
    (found,) = answer_tasks(llama, [str(path)], [])
    assert (found.right, found.acc, found.acc_norm) == (right, right.count("1") / 3, None)


@pytest.mark.parametrize("line", ['{"text": "one"}', '{"text": "ends blank "}', "{}", "["])
def test_texts_without_a_last_word(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "the cat sat"}\n' + line + "\n")
    with pytest.raises(AttndslError, match=r"bad\.jsonl, line 2: a text that asks for its last"):
        check_questions(path)


def test_finished_tasks_are_not_run_again(
    llama: LoadedModel, questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def run(loaded: Any, name: str, scratch: str, limit: Any, batch_size: int) -> dict[str, Any]:
        described = json.loads((Path(scratch) / f"{name}.yaml").read_text())
        assert described["doc_to_choice"] == "choices"
        calls.append(name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return {"questions": 3, "acc,none": 0.5, "acc_stderr,none": "N/A"}

    monkeypatch.setattr(room, "run_task", run)
    monkeypatch.setattr(room, "need_lm_eval", lambda: None)
    wanted = [HALF]
    journal = tmp_path / "qa.jsonl"
    with pytest.raises(KeyboardInterrupt):
        answer_tasks(llama, [str(questions)], wanted, journal=journal)
    found = answer_tasks(llama, [str(questions)], wanted, journal=journal)
    assert len(calls) == 3
    assert (found[0].acc, found[0].acc_error) == (0.5, None)


def test_lm_eval_absent_says_how_to_get_it(
    llama: LoadedModel, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AttndslError, match="attndsl doctor --get eval"):
        answer_tasks(llama, [str(questions)], [])


@pytest.mark.parametrize(
    "line",
    [
        '{"query": "a", "choices": ["b"], "gold": 0}',
        '{"query": "a", "choices": ["b", 3], "gold": 0}',
        '{"query": "a", "choices": "bc", "gold": 0}',
        '{"query": "a", "choices": ["b", "c"], "gold": true}',
        "[]",
        "{",
    ],
)
def test_lines_that_are_no_question(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(QUESTIONS[0]) + "\n" + line + "\n")
    with pytest.raises(AttndslError, match=r"bad\.jsonl, line 2: a question is"):
        check_questions(path)
    path.write_text("\n")
    with pytest.raises(AttndslError, match="holds no questions"):
        check_questions(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"query": "a", "choices": ["b", "c"]}', "says of no choice that it is right"),
        ('{"query": "a", "choices": ["b", "c"], "gold": null}', "says of no choice"),
        ('{"query": "a", "choices": ["b", "c"], "gold": 2}', "is number 2, but the 2 choices"),
        ('{"query": "a", "choices": ["b", "c"], "gold": [0, 1]}', "has 2 right answers"),
        ('{"query": "a", "choices": ["b", "c", "b"], "gold": 0}', "'b' is there twice"),
        ('{"query": "a", "choices": ["b", ""], "gold": 0}', "a choice without a letter"),
    ],
)
def test_questions_with_two_right_answers_or_none(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(QUESTIONS[0]) + "\n" + line + "\n")
    with pytest.raises(AttndslError, match=rf"bad\.jsonl, line 2: .*{message}"):
        check_questions(path)


def test_a_folder_stands_for_its_files(tmp_path: Path, questions: Path) -> None:
    assert named_tasks(str(tmp_path)) == (str(questions),)
    (tmp_path / "empty").mkdir()
    with pytest.raises(AttndslError, match=r"holds no \.jsonl files"):
        named_tasks(str(tmp_path / "empty"))


def result_of(task: str, by: str, right: str) -> TaskResult:
    acc = right.count("1") / len(right)
    return TaskResult(task, by, 0.25, by, len(right), acc, None, None, None, False, right)


def test_answers_are_compared_in_pairs() -> None:
    own, ours = "1111100000" * 4, "1110010000" * 4
    results = [result_of("one", "unmodified", own), result_of("one", "programs", ours)]
    (found,) = paired(results)
    assert (found.own, found.ours, found.change) == (50, 40, pytest.approx(-10))
    assert (found.lost, found.won) == (8, 4)
    # McNemar's exact test by the sum of its binomial: 8 or more of 12 changed answers, both ways.
    expected = 2 * sum(math.comb(12, k) for k in range(8, 13)) / 2**12
    assert found.p == pytest.approx(expected)
    # The interval by draws of our own: the draws differ, the interval hardly.
    change = np.array([int(b) - int(a) for a, b in zip(own, ours, strict=True)])
    drawn = np.random.default_rng(1).choice(change, (20_000, len(change))).mean(1)
    low, high = 100 * np.percentile(drawn, [2.5, 97.5])
    assert found.change_low == pytest.approx(low, abs=2.6)
    assert found.change_high == pytest.approx(high, abs=2.6)
    more = [result_of("two", "unmodified", "11"), result_of("two", "programs", "01")]
    *_, mean = paired([*results, *more])
    assert (mean.task, mean.questions, mean.p) == ("mean", 42, None)
    assert mean.change == pytest.approx((-10 - 50) / 2), "each task counts alike"
    assert points([np.ones(5)]) == (100, 100, 100)
    assert mcnemar(0, 0) == 1


def test_the_measuring_questions_are_of_this_shape(shared: Path) -> None:
    for path in (*(shared / "data/qa").glob("*.jsonl"), shared / "data/text/lambada.jsonl"):
        check_questions(path)
