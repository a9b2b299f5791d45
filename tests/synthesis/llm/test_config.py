"""Where endpoint, key and prices come from, and what is said of mistakes there."""

from pathlib import Path
from typing import Any

import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.llm.config import llm_settings
from attndsl.synthesis.llm.settings import Price

KEYED = {"OPENAI_API_KEY": "sk-1234"}


def test_flags_come_before_the_file_and_the_file_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "llm.toml"
    file.write_text(
        'model = "of-file"\nbase_url = "http://file:1/v1"\napi_key = "sk-file"\ncalls = 9\n'
        "[prices]\nof-file = [1, 4]\n"
    )
    found = llm_settings({"calls": 5, "money": None}, file, KEYED)
    assert (found.endpoint.model, found.endpoint.base_url) == ("of-file", "http://file:1/v1")
    assert (found.endpoint.key, found.budget.calls) == ("sk-file", 5)
    assert found.price == Price(1.0, 4.0)
    assert "sk-file" not in repr(found)
    plain = llm_settings({"model": "m", "base_url": "http://localhost:1/v1/"}, None, {
        "OPENAI_BASE_URL": "http://elsewhere/v1"})  # fmt: skip
    assert plain.endpoint.base_url == "http://localhost:1/v1"
    copied = llm_settings({"model": "m"}, None, {"OPENAI_API_KEY": "sk-1234\n"})
    assert copied.endpoint.key == "sk-1234"


BAD: dict[str, tuple[dict[str, Any], str, dict[str, str], str]] = {
    "no model": ({}, "", KEYED, "--llm-model"),
    "no key": ({"model": "m"}, "", {}, "no key for api.openai.com: set OPENAI_API_KEY"),
    "no address": ({"model": "m", "base_url": "files"}, "", KEYED, "no address"),
    "a password in it": (
        {"model": "m", "base_url": "http://a:b@c/v1"}, "", KEYED, "holds a password",
    ),
    "an unknown entry": ({"model": "m"}, "modle = 1", KEYED, "no entry 'modle'"),
    "a wrong type": ({"model": "m"}, 'calls = "9"', KEYED, "wrong type"),
    "no TOML": ({"model": "m"}, "calls 9", KEYED, "no TOML"),
    "a wrong price": (
        {"model": "m"}, '[prices]\nm = "cheap"', KEYED, "the price of m is two numbers",
    ),
    "an unknown form": ({"model": "m", "grammar": "ebnf"}, "", KEYED, "grammar is one of"),
    "a budget of zero": ({"model": "m", "tokens": 0}, "", KEYED, "leaves nothing to do"),
    "a budget without end": ({"model": "m", "minutes": float("inf")}, "", KEYED, "leave it out"),
    "no time to reply": ({"model": "m"}, "timeout = 0", KEYED, "timeout must be at least 0.1"),
    "a rate of nothing": ({"model": "m"}, "per_minute = -1", KEYED, "at least 0.01, not -1"),
    "answers of nothing": ({"model": "m"}, "answer_tokens = 0", KEYED, "at least 1, not 0"),
    "fewer repairs than none": ({"model": "m"}, "repairs = -1", KEYED, "at least 0, not -1"),
    "no number": ({"model": "m"}, "temperature = nan", KEYED, "at least 0, not nan"),
    "a price without end": (
        {"model": "m"}, "[prices]\nm = [inf, 1]", KEYED, "the price of m is two numbers",
    ),
    "a port that is no number": (
        {"model": "m", "base_url": "http://localhost:port/v1"}, "", KEYED, "no address",
    ),
    "a key with other letters": (
        {"model": "m"}, "", {"OPENAI_API_KEY": "sk-schlüssel"}, "can't be sent",
    ),
    "a key of white space": ({"model": "m"}, "", {"OPENAI_API_KEY": " \n"}, "no key for"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_mistakes_are_said(tmp_path: Path, what: str) -> None:
    given, text, environment, said = BAD[what]
    file = tmp_path / "llm.toml"
    file.write_text(text)
    with pytest.raises(AttndslError, match=said):
        llm_settings(given, file, environment)


def test_a_config_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="No such file"):
        llm_settings({"model": "m"}, tmp_path / "none.toml", KEYED)
