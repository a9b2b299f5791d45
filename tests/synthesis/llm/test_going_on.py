"""Going on with asking: after kills and errors, with a mended name, a larger budget, not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.archive import Archive, Scorer
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.client import Hopeless
from attndsl.synthesis.llm.loop import Asking
from attndsl.synthesis.llm.settings import Budget
from attndsl.synthesis.llm.subject import Subject
from attndsl.synthesis.turns import Proposing
from tests.synthesis.llm.server import chat, endpoint, fault, fenced
from tests.synthesis.llm.test_loop import FIRST, RULES, by_head, run, settings_of, taken

pytest.importorskip("openai", reason="the LLM path needs the extra llm")


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("write", range(1, 9))
def test_killed_at_any_line_no_reply_is_bought_twice(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    honest, count = Journal.write, [0]

    def killed(self: Journal, line: dict[str, Any]) -> None:
        honest(self, line)
        count[0] += 1
        if count[0] == write + 1:  # the first line is the run's own
            raise Killed

    with endpoint(usual=by_head) as server:
        settings = settings_of(server.url)
        monkeypatch.setattr(Journal, "write", killed)
        with pytest.raises(Killed):
            run(scorer, settings, tmp_path)
        monkeypatch.setattr(Journal, "write", honest)
        outcome, archive = run(scorer, settings, tmp_path)
        asked = len(server.asked)
        again, same = run(scorer, settings, tmp_path)
        assert len(server.asked) == asked
    assert archive.mean == same.mean == pytest.approx(1.0)
    assert archive.ranks == same.ranks
    assert outcome.account == again.account
    assert asked == 3
    journal = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    requests = [line["place"] for line in journal if line["kind"] == "llm_request"]
    assert len(requests) - len(set(requests)) == outcome.in_flight <= 1


def test_interrupted_the_call_in_flight_is_kept_and_no_other_begins(
    scorer: Scorer, tmp_path: Path
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with endpoint(usual=by_head) as server:
        settings = settings_of(server.url, rounds=4)
        with Journal(tmp_path / "journal.jsonl", settings.identity()) as journal:
            asked = Subject(settings, scorer, RULES)
            with pytest.raises(KeyboardInterrupt):
                taken(Asking(asked, journal, tmp_path, stop), Archive(2))
            kept = len(journal.of_kind("llm_reply"))
        assert kept == len(server.asked) < 4
        outcome, _ = run(scorer, settings, tmp_path)
    assert outcome.in_flight == 0


def test_with_a_larger_budget_the_same_run_goes_on(scorer: Scorer, tmp_path: Path) -> None:
    with endpoint(usual=by_head) as server:
        settings = settings_of(server.url, budget=Budget(calls=1))
        run(scorer, settings, tmp_path)
        again, _ = run(scorer, settings, tmp_path)
        assert len(server.asked) == 1
        outcome, archive = run(scorer, replace(settings, budget=Budget(calls=9)), tmp_path)
        assert len(server.asked) == 3
    assert again.account.replies == 1
    assert (outcome.account.replies, outcome.calls) == (2, 3)
    assert archive.mean == pytest.approx(1.0)


def test_an_endpoint_that_goes_away_ends_the_asking_and_is_told(
    scorer: Scorer, tmp_path: Path
) -> None:
    with endpoint(chat(fenced(FIRST)), usual=fault(401, "expired")) as server:
        outcome, archive = run(scorer, settings_of(server.url, rounds=3), tmp_path)
        assert "refuses the key" in outcome.ended
        assert archive.ranks[0][0].origin == "llm"
        server.usual, before = by_head, len(server.asked)
        renewed, _ = run(scorer, settings_of(server.url, rounds=3), tmp_path)
        assert "refused this program" not in "".join(server.prompts[:before])
    assert renewed.ended == "all rounds done"
    assert renewed.account.replies == 6
    assert renewed.in_flight == 0, "what the server refused was not lost in a kill"


def test_what_was_in_flight_is_told_after_any_number_of_starts(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Journal.write

    def killed(kind: str) -> Callable[[Journal, dict[str, Any]], None]:
        def write(self: Journal, line: dict[str, Any]) -> None:
            honest(self, line)
            if line["kind"] == kind:
                raise Killed

        return write

    with endpoint(usual=by_head) as server:
        settings = settings_of(server.url)
        for kind in ("llm_request", "generation"):
            monkeypatch.setattr(Journal, "write", killed(kind))
            with pytest.raises(Killed):
                run(scorer, settings, tmp_path)
        monkeypatch.setattr(Journal, "write", honest)
        outcome, _ = run(scorer, settings, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    places = [line["place"] for line in lines if line["kind"] == "llm_request"]
    assert outcome.in_flight == len(places) - len(set(places)) > 0
    assert outcome.account.replies == 2


def test_the_model_may_be_named_anew_until_it_has_replied(scorer: Scorer, tmp_path: Path) -> None:
    with endpoint(usual=fault(404, "no model smal")) as server:
        settings = settings_of(server.url)
        wrong = replace(settings, endpoint=replace(settings.endpoint, model="smal"))
        with pytest.raises(Hopeless, match="has no model 'smal'"):
            run(scorer, wrong, tmp_path)
        server.usual = by_head
        outcome, _ = run(scorer, settings, tmp_path)
        before = (tmp_path / "journal.jsonl").read_bytes()
        with pytest.raises(AttndslError, match="holds replies of small: ask it again, not smal"):
            run(scorer, wrong, tmp_path)
    assert outcome.account.replies == 2
    assert (tmp_path / "journal.jsonl").read_bytes() == before


def test_programs_can_be_taken_without_asking(scorer: Scorer, tmp_path: Path) -> None:
    with endpoint(usual=by_head) as server:
        settings = settings_of(server.url, budget=Budget(calls=1))
        _, archive = run(scorer, settings, tmp_path)
        asked = len(server.asked)
        found = Archive(2)
        with Journal(tmp_path / "journal.jsonl", settings.identity()) as journal:
            more = Subject(replace(settings, budget=Budget()), scorer, RULES)
            asking = Asking(more, journal, tmp_path)
            turns = Proposing({"llm": asking}, found, RULES.terms, RULES.levels, journal.write)
            turns.take_up(journal.of_kind("generation"))
        assert len(server.asked) == asked == 1
    outcome = asking.outcome()
    assert found.ranks == archive.ranks
    assert (outcome.calls, outcome.account.replies) == (1, 1)
    assert outcome.ended == "the budget of 1 calls is spent"
