"""The whole loop against a real server, whatever its model writes; docs/llm.md says how to start
one.
"""

import json
import os
from pathlib import Path

import pytest

from attndsl.synthesis.archive import Archive, Scorer
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.loop import LOG, Asking
from attndsl.synthesis.llm.replies import Rules
from attndsl.synthesis.llm.settings import Endpoint, LlmSettings
from attndsl.synthesis.llm.subject import Subject
from tests.synthesis.llm.test_loop import taken

URL, MODEL = os.environ.get("ATTNDSL_LLM_URL"), os.environ.get("ATTNDSL_LLM_MODEL")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not (URL and MODEL), reason="needs ATTNDSL_LLM_URL and ATTNDSL_LLM_MODEL")
def test_a_real_server_is_asked_and_told_of_truly(scorer: Scorer, tmp_path: Path) -> None:
    key = os.environ.get("OPENAI_API_KEY", "")
    endpoint = Endpoint(str(MODEL), str(URL), key, timeout=500, answer_tokens=120)
    settings = LlmSettings(
        endpoint, programs=1, rounds=1, repairs=1, concurrency=1, attempts=2, summary_tokens=600
    )
    rules = Rules(frozenset(("place", "piece", "class", "repeat", "model")), 120, 25)
    archive = Archive(2)
    with Journal(tmp_path / "journal.jsonl", settings.identity()) as journal:
        outcome = taken(Asking(Subject(settings, scorer, rules), journal, tmp_path), archive)
    account, log = outcome.account, (tmp_path / LOG).read_text().splitlines()
    assert account.replies == 2
    assert outcome.calls >= 2
    assert outcome.sent > 1000
    assert account.programs == account.valid_first + account.repaired + account.invalid
    assert len(log) >= outcome.calls
    assert all(json.loads(line)["at"] for line in log)
