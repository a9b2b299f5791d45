"""The whole loop against a scripted endpoint: archive, account, budgets, going on after a kill."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.archive import Archive, Scorer
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm import loop
from attndsl.synthesis.llm.account import AskingOutcome
from attndsl.synthesis.llm.client import Hopeless
from attndsl.synthesis.llm.loop import Asking
from attndsl.synthesis.llm.replies import Rules
from attndsl.synthesis.llm.settings import Budget, Endpoint, LlmSettings, Price
from attndsl.synthesis.llm.subject import Subject
from attndsl.synthesis.turns import Proposing
from tests.synthesis.llm.server import (
    FENCE,
    KEY,
    Act,
    Answer,
    Body,
    chat,
    endpoint,
    fault,
    fenced,
)

pytest.importorskip("openai", reason="the LLM path needs the extra llm")
RULES = Rules(frozenset(("place", "piece", "class", "repeat", "model")), 120, 25)
FIRST = 'def sink(q, k):\n    """All on the first."""\n    return k.i == 0\n'
PREVIOUS = "def back(q, k):\n    return _near(q, k)\n\n\ndef _near(q, k):\n    return k == q.prev\n"
WRONG = "def back(q, k):\n    return float(k == q.prev)\n"
ESCAPE = 'def a(q, k):\n    return __import__("os").system("touch escaped")\n'


def settings_of(url: str, **changed: Any) -> LlmSettings:
    given = {"rounds": 1, "first_pause": 0.01, "longest_pause": 0.05, "concurrency": 1}
    target = Endpoint("small", url, KEY, timeout=0.6)
    return LlmSettings(**{"endpoint": target, **given, **changed})


def run(
    scorer: Scorer, settings: LlmSettings, folder: Path, archive: Archive | None = None
) -> tuple[AskingOutcome, Archive]:
    archive = archive or Archive(2)
    with Journal(folder / "journal.jsonl", settings.identity()) as journal:
        return taken(Asking(Subject(settings, scorer, RULES), journal, folder), archive), archive


def taken(asking: Asking, archive: Archive) -> AskingOutcome:
    """All turns of a model that nobody else takes turns with."""
    turns = Proposing({"llm": asking}, archive, RULES.terms, RULES.levels, asking.journal.write)
    done = asking.journal.of_kind("generation")
    turns.take_up(done)
    turns.go_on(asking.asked.scorer, done[-1] if done else None, first="llm")
    return asking.outcome()


def by_head(body: Body) -> Answer:
    """As a capable model would answer: what fits the head, with one mistake that it mends."""
    asked = body["messages"][1]["content"]
    if "refused this program" in asked:
        return chat(fenced(PREVIOUS))
    return chat("Here:\n" + fenced(FIRST) if "Head L0.H0" in asked else fenced(FIRST, WRONG))


def test_programs_are_asked_for_repaired_and_scored(scorer: Scorer, tmp_path: Path) -> None:
    with endpoint(usual=by_head) as server:
        outcome, archive = run(scorer, settings_of(server.url), tmp_path)
        prompts = server.prompts
    assert archive.mean == pytest.approx(1.0)
    assert [rank[0].origin for rank in archive.ranks] == ["llm", "llm, repaired"]
    account = outcome.account
    assert (account.replies, account.programs, account.valid_first) == (2, 3, 2)
    assert (account.repaired, account.scored, account.same) == (1, 2, 1)
    assert outcome.calls == 3
    assert (outcome.sent, outcome.received) == (300, 60)
    assert "there is no function `float`" in prompts[-1]
    assert "all rounds done" in outcome.told()


def test_programs_of_many_replies_can_stand_in_one_file(scorer: Scorer, tmp_path: Path) -> None:
    both = fenced(PREVIOUS, PREVIOUS.replace("q.prev", "q.prev.prev"))
    with endpoint(usual=chat(both)) as server:
        _, archive = run(scorer, settings_of(server.url), tmp_path)
    joined = "\n\n".join(entry.source for entry in archive.entries)
    checked = verify(joined)
    assert not checked.errors
    assert len(checked.programs) == len(archive.entries) == 2


def test_the_second_round_shows_the_best_and_its_worst_rows(scorer: Scorer, tmp_path: Path) -> None:
    with endpoint(usual=chat(fenced(FIRST))) as server:
        run(scorer, settings_of(server.url, rounds=2), tmp_path)
        prompts = server.prompts
    assert len(prompts) == 4
    assert all("No program has been written" in prompt for prompt in prompts[:2])
    assert all("The best program so far" in prompt for prompt in prompts[2:])
    assert "program: first 1.00" in "".join(prompts[2:])


def test_a_server_at_its_worst_leaves_the_archive_intact_and_the_account_true(
    scorer: Scorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script: list[Act] = [
        chat(fenced(FIRST)),
        fault(429, "slow down", Retry_After="0.02"), fault(500, "oops"),
        Answer(b"{}", late=1.0), Answer(chat("x" * 900).body, cut=500), chat(fenced(ESCAPE)),
        chat("I can't help with that."),
        chat("", refusal="I won't"),
        chat(f"{FENCE}\ndef a(q, k):\n    return 1", "length"), chat("no"),
        Answer(chat("x" * 10_000_000).body),
        Answer(chat(fenced(FIRST)).body.replace(b"def", b"d\xe9f")),
        Answer(b'{"choices": []}'), Answer(b"\xff\xfe"), chat(fenced(PREVIOUS)),
    ]  # fmt: skip
    settings = settings_of("", rounds=4, repairs=1)
    with endpoint(*script, usual=chat("nothing more")) as server:
        patient = Endpoint("small", server.url, KEY, timeout=0.6)
        outcome, archive = run(scorer, replace(settings, endpoint=patient), tmp_path)
        assert not server.script
    account = outcome.account
    assert archive.mean == pytest.approx(1.0)
    assert account.replies == 8
    assert (account.refused, account.oversized, account.cut) == (1, 1, 1)
    assert account.valid_first == 2
    assert account.invalid == 2
    assert account.improved == 2
    assert not (tmp_path / "escaped").exists()
    log = [json.loads(line) for line in (tmp_path / loop.LOG).read_text().splitlines()]
    said = [line["outcome"] for line in log]
    assert {"status 429", "status 500", "no reply in time", "an empty reply"} <= set(said)
    assert any("broke off" in one for one in said)


def test_no_file_of_a_run_holds_the_key(scorer: Scorer, tmp_path: Path) -> None:
    script = (chat(f"you sent {KEY}"), fault(500, KEY), fault(403, KEY))
    with endpoint(*script, usual=chat("no")) as server:
        run(scorer, settings_of(server.url), tmp_path)
    files = [path.read_text() for path in tmp_path.iterdir() if path.is_file()]
    assert files
    assert all(KEY not in text for text in files)
    assert any("***" in text for text in files)


BUDGETS: dict[str, tuple[dict[str, Any], int, str]] = {
    "calls": ({"budget": Budget(calls=1)}, 1, "the budget of 1 calls is spent"),
    "tokens": ({"budget": Budget(tokens=14_000)}, 1, "no room for another call"),
    "money": (
        {"budget": Budget(money=0.03), "price": Price(1.0, 4.0)}, 1, "0.03 in money has no room",
    ),
    "time": ({"budget": Budget(minutes=1e-9)}, 0, "minutes is spent"),
}  # fmt: skip


@pytest.mark.parametrize("what", BUDGETS)
def test_a_budget_is_never_passed(scorer: Scorer, tmp_path: Path, what: str) -> None:
    changed, calls, said = BUDGETS[what]
    body = json.loads(chat(fenced(FIRST)).body)
    body["usage"] = {"prompt_tokens": 7000, "completion_tokens": 2000}
    with endpoint(usual=Answer(json.dumps(body).encode())) as server:
        outcome, _ = run(scorer, settings_of(server.url, **changed), tmp_path)
        assert len(server.asked) == calls
    assert said in outcome.ended
    assert outcome.calls == calls


def test_an_endpoint_that_never_answers_is_an_error_with_nothing_lost(
    scorer: Scorer, tmp_path: Path
) -> None:
    with endpoint(usual=fault(500, "oops")) as server:
        settings = settings_of(server.url, attempts=3)
        with pytest.raises(Hopeless, match="gave no reply in 3 attempts; the last: status 500"):
            run(scorer, settings, tmp_path)
        assert len(server.asked) == 3
        server.usual = by_head
        _, archive = run(scorer, settings, tmp_path)
    assert archive.mean == pytest.approx(1.0)


def test_calls_go_out_together_and_the_result_is_the_same(scorer: Scorer, tmp_path: Path) -> None:
    found = []
    for concurrency in (1, 4):
        with endpoint(usual=by_head) as server:
            settings = settings_of(server.url, concurrency=concurrency, rounds=2)
            found.append(run(scorer, settings, tmp_path / str(concurrency)))
    assert found[0][1].ranks == found[1][1].ranks
    assert found[0][0] == found[1][0]


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "a budget of zero": (lambda: Budget(calls=0), "leaves nothing to do"),
    "a negative budget": (lambda: Budget(money=-1.0), "leaves nothing to do"),
    "money without a price": (
        lambda: LlmSettings(Endpoint("m"), Budget(money=1.0)), "needs the price of m",
    ),
    "no programs": (lambda: LlmSettings(Endpoint("m"), programs=0), "at least 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_settings_are_said(what: str) -> None:
    make, said = BAD[what]
    with pytest.raises(AttndslError, match=said):
        make()


@pytest.mark.parametrize("form", ["openai", "vllm"])
def test_with_a_grammar_replies_are_code_alone(scorer: Scorer, tmp_path: Path, form: str) -> None:
    call = {"type": "custom", "custom": {"name": "write_program", "input": FIRST}}
    usual = chat(None, tool_calls=[call]) if form == "openai" else chat(FIRST)
    with endpoint(usual=usual) as server:
        settings = settings_of(server.url)
        settings = replace(settings, endpoint=replace(settings.endpoint, grammar=form))
        outcome, archive = run(scorer, settings, tmp_path)
        bodies = [body for _, body in server.asked]
    assert archive.ranks[0][0].scores[0] == pytest.approx(1.0)
    assert outcome.account.valid_first == 2
    assert all("Write the code and nothing else" in prompt for prompt in server.prompts)
    assert all("start:" in json.dumps(body) for body in bodies)
