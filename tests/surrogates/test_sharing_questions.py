"""Questions answered by workers are those that one process answers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.executors.here import Here
from attndsl.graph.program import Program
from attndsl.models.held import Workers, known_as
from attndsl.models.loading import LoadedModel
from attndsl.surrogates import tasks as room
from attndsl.surrogates.handle import Head
from attndsl.surrogates.sharing_questions import answer_shared
from attndsl.surrogates.tasks import answer_tasks
from tests.surrogates.test_sharing import TEXTS, asked_of, loaded, programs

__all__ = ["loaded", "programs"]


def test_questions_by_workers_have_the_same_answers(
    loaded: LoadedModel,
    programs: dict[Head, Program],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    questions = tmp_path / "questions.jsonl"
    asked = {"query": "the cat sat", "choices": ["on the mat", "big dog ."], "gold": 0}
    questions.write_text(json.dumps(asked) + "\n")
    ran: list[str] = []

    def run(model: Any, name: str, scratch: str, limit: Any, batch: int) -> dict[str, Any]:
        """In place of lm-eval: a figure that every replaced head moves."""
        ran.append(name)
        with torch.no_grad():
            found = model.model(torch.as_tensor(np.array(model.encode(TEXTS[0])))[None]).logits
        return {"questions": 1, "acc,none": float(found.abs().mean()), "acc_stderr,none": 0.0}

    monkeypatch.setattr(room, "run_task", run)
    monkeypatch.setattr(room, "need_lm_eval", lambda: None)
    workers = Workers(Here(), known_as(loaded, loaded.name, {}))
    wanted = asked_of(loaded, programs, tmp_path, None)
    some = wanted.settings[:3]
    alone = answer_tasks(loaded, [str(questions)], some, journal=tmp_path / "alone.jsonl")
    count = len(ran)
    told: list[tuple[int, int]] = []
    answer_shared(
        workers, loaded, [str(questions)], wanted, some, limit=None,
        journal=tmp_path / "shared.jsonl", progress=lambda *now: told.append(now),
    )  # fmt: skip
    assert len(ran) == 2 * count == 8
    assert told[-1] == (4, 4)
    found = answer_tasks(loaded, [str(questions)], some, journal=tmp_path / "shared.jsonl")
    assert len(ran) == 8, "all of it was in the journal"
    assert found == alone
    assert len({one.acc for one in found}) > 1
