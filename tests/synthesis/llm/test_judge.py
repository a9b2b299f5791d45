"""Replies that cost too much to check: refused, journaled before use, no run ends by them."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from attndsl.synthesis import turns
from attndsl.synthesis.archive import Archive, Scorer
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.account import AskingOutcome
from attndsl.synthesis.llm.judge import TOO_COSTLY, Allowance, Judge
from attndsl.synthesis.llm.loop import Asking
from attndsl.synthesis.llm.replies import Rules, written
from attndsl.synthesis.llm.subject import Subject
from tests.synthesis.llm.server import Answer, Body, chat, endpoint, fenced
from tests.synthesis.llm.test_loop import FIRST, settings_of, taken

RULES = Rules(frozenset(("place", "piece", "class", "repeat", "model")), 120, 25)
GOOD = fenced(FIRST)
LONG = fenced("\n\n\n".join(FIRST.replace("sink", f"sink_{n}") for n in range(3_000)))
DOUBLING = "\n".join(
    ['S0 = {"a", "b"}', *(f"S{n} = S{n - 1} | S{n - 1}" for n in range(1, 26)), FIRST]
)


@contextmanager
def judge(folder: Path, allowed: Allowance) -> Iterator[Judge]:
    with Journal(folder / "journal.jsonl", {}) as journal:
        made = Judge(journal, journal.write, allowed)
        try:
            yield made
        finally:
            made.close()


def refused(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "journal.jsonl").read_text().splitlines()
    return [one for one in map(json.loads, lines) if one["kind"] == "llm_refused"]


def test_the_child_finds_what_we_would(tmp_path: Path) -> None:
    reply = "é\ud800 " + GOOD + fenced("def b(q, k):\n    return 2 +\n")
    with judge(tmp_path, Allowance()) as ours:
        assert ours.written("0", reply, RULES, False) == written(reply, RULES)
        assert ours.written("1", FIRST, RULES, True) == written(FIRST, RULES, True)
    assert refused(tmp_path) == []


@pytest.mark.parametrize("allowed", [Allowance(seconds=1), Allowance(megabytes=8)])
def test_over_time_or_memory_it_is_refused_and_the_next_is_checked(
    tmp_path: Path, allowed: Allowance
) -> None:
    with judge(tmp_path, allowed) as ours:
        assert ours.written("0", LONG, RULES, False) is None
        assert ours.written("1", GOOD, RULES, False) == written(GOOD, RULES)
    assert [(one["place"], one["said"]) for one in refused(tmp_path)] == [("0", TOO_COSTLY)]


def test_a_run_taken_up_again_does_not_try_it_again(tmp_path: Path) -> None:
    with judge(tmp_path, Allowance(seconds=1)) as ours:
        assert ours.written("0", LONG, RULES, False) is None
    with judge(tmp_path, Allowance(seconds=100)) as again:
        began = time.process_time()
        assert again.written("0", LONG, RULES, False) is None
        assert time.process_time() - began < 0.05
    assert len(refused(tmp_path)) == 1


def test_a_child_that_was_killed_is_started_again(tmp_path: Path) -> None:
    with judge(tmp_path, Allowance()) as ours:
        ours.written("0", GOOD, RULES, False)
        assert ours._child is not None
        ours._child.kill()
        ours._child.wait()
        assert ours.written("1", GOOD, RULES, False) == written(GOOD, RULES)


def by_head(body: Body) -> Answer:
    """A bomb for one head, an honest program for the other."""
    asked = body["messages"][1]["content"]
    return chat(fenced(DOUBLING) if "Head L0.H0" in asked else GOOD)


def test_a_bomb_ends_no_run(scorer: Scorer, tmp_path: Path) -> None:
    pytest.importorskip("openai", reason="the LLM path needs the extra llm")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    archive = Archive(2)
    with endpoint(usual=by_head) as server:
        outcome = run(scorer, settings_of(server.url, repairs=0), tmp_path, archive)
        again = run(scorer, settings_of(server.url, repairs=0), tmp_path, Archive(2))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < 300_000  # KB
    assert archive.ranks[1][0].source.startswith("def sink")
    assert outcome.account == again.account
    assert outcome.account.replies == 2


def run(scorer: Scorer, settings: Any, folder: Path, archive: Archive) -> AskingOutcome:
    with Journal(folder / "journal.jsonl", settings.identity()) as journal:
        asked = Subject(settings, scorer, RULES, Allowance(seconds=5, megabytes=200))
        return taken(Asking(asked, journal, folder), archive)


def test_the_refusal_is_journaled_before_the_round(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openai", reason="the LLM path needs the extra llm")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(turns, "consider", killed)
    with endpoint(usual=lambda _: chat(LONG)) as server:
        settings = settings_of(server.url, repairs=0)
        with Journal(tmp_path / "journal.jsonl", settings.identity()) as journal:
            asked = Subject(settings, scorer, RULES, Allowance(seconds=1))
            with pytest.raises(KeyboardInterrupt):
                taken(Asking(asked, journal, tmp_path), Archive(2))
    assert [one["said"] for one in refused(tmp_path)] == [TOO_COSTLY] * 2
