"""A run whose programs a language model writes: from prompts to the library, and bad input."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attndsl.cli.entry import run as command_line
from attndsl.cli.explain import show
from attndsl.explain import Settings, explain
from attndsl.explain.llm import dry_run
from attndsl.explain.texts import read_passages, sample
from attndsl.graph.verify import verify
from attndsl.heads.probes import StoredProbe, write_labels
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.capture import capture_passages
from attndsl.models.loading import load
from attndsl.runs import open_run
from attndsl.runs.schema import portable
from attndsl.synthesis.llm.settings import Budget, Endpoint, LlmSettings, Price
from attndsl.tokens.probes.probe import Label
from tests.explain.conftest import QUICK, TEXTS
from tests.models.folders import model_folder
from tests.synthesis.llm.server import KEY, Act, chat, endpoint, fault, fenced

pytest.importorskip("openai", reason="the LLM path needs the extra llm")
LOCAL = """
def local(q, k):
    \"\"\"Nearer tokens more, and the first.\"\"\"
    return 0.7 * normalized(_near(q, k)) + 0.3 * (k.i == 0)


def _near(q, k):
    return 0.6 ** (q.i - k.i)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("models") / "llama", "llama")


def settings_of(model: Path, folder: Path, url: str, **changed: Any) -> Settings:
    asked = LlmSettings(
        Endpoint("small", url, KEY, timeout=5.0), first_pause=0.01, rounds=1, **changed
    )
    return Settings(
        model=str(model), folder=folder, texts=TEXTS, tokens=16, heads="0.*", llm=asked,
        proposers=("llm", "polish"),
        skip=frozenset(("fit", "effects", "replace", "report")),
    )  # fmt: skip


def test_programs_of_a_language_model_make_the_library(model: Path, tmp_path: Path) -> None:
    with endpoint(usual=chat(fenced(LOCAL))) as server:
        settings = settings_of(model, tmp_path, server.url, budget=Budget(calls=2))
        summary = explain(settings)
        asked = len(server.asked)
        again = explain(settings)
        assert len(server.asked) == asked == 2
    assert summary["llm"]["calls"] == 2
    assert summary["llm"]["valid_first"] == 2
    assert again["llm"] == summary["llm"]
    checked = verify((tmp_path / "library.attn").read_text())
    assert not checked.errors
    assert (summary["llm"]["scored"], summary["llm"]["same"]) == (1, 1)


DECAY = """
def fading(q, k):
    return 0.9 ** (q.i - k.i)
"""


class Stopped(Exception):
    """Stands for a kill: nothing of ours catches it."""


def test_proposers_take_turns_and_go_on_where_a_run_was_stopped(
    model: Path, tmp_path: Path
) -> None:
    """The model is shown what the parts found; what it writes is polished after its turn."""
    with endpoint(usual=chat(fenced(DECAY))) as server:

        def settings(folder: str) -> Settings:
            asked = settings_of(model, tmp_path / folder, server.url)
            # One part for all heads, so that what the language model writes is the best for one.
            return replace(asked, proposers=("polish", "parts", "llm"), effort=QUICK, parts=1,
                           programs=1)  # fmt: skip

        explain(settings("whole"))
        prompts, calls = server.prompts, len(server.asked)
        for number in range(3):

            def stop(phase: str, done: int, of: int, note: str, number: int = number) -> None:
                if "programs scored" in note and len(turns(tmp_path / "stopped")) > number:
                    raise Stopped

            with pytest.raises(Stopped):
                explain(settings("stopped"), stop)
        explain(settings("stopped"))
        assert len(server.asked) == 2 * calls
    assert any("rest if k.i == 0" in prompt for prompt in prompts)
    assert all("## What few parts and more reach" in prompt for prompt in prompts), "its ladder"
    found = turns(tmp_path / "whole")
    assert [one["by"] for one in found] == ["parts", "llm", "polish"]
    assert found[2]["proposed"] == 1
    assert {one["origin"] for one in found[2]["entries"]} <= {"llm, polished"}
    again = turns(tmp_path / "stopped")
    for name in ("by", "scored", "improved", "mean", "entries", "state"):
        assert [one[name] for one in again] == [one[name] for one in found]
    library = (tmp_path / "whole" / "library.attn").read_bytes()
    assert (tmp_path / "stopped" / "library.attn").read_bytes() == library


def test_what_others_add_to_the_search_is_told(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One part for all heads, so that what the language model writes is the best for some."""
    with endpoint(usual=chat(fenced(DECAY))) as server:
        asked = settings_of(model, tmp_path, server.url)
        summary = explain(replace(
            asked, proposers=("parts", "llm", "polish"), effort=QUICK, parts=1, programs=1,
            skip=asked.skip - {"report"},
        ))  # fmt: skip
    by, heads = summary["chosen_by"], summary["heads"]
    assert by["llm"] >= 1
    assert by.get("parts", 0) + by["llm"] == heads
    assert by["polish"] <= by["llm"]
    gain = summary["content_iou_chosen"] - summary["content_iou_search"]
    assert gain > 0, "else they weren't taken"
    show(summary, "m", str(tmp_path))
    told = dict(open_run(tmp_path).report().settings)["programs chosen"]
    assert f"llm for {by['llm']}" in told
    assert told.endswith(f"{gain:.4f} above that of parts alone")
    assert f"programs chosen: {told}" in capsys.readouterr().out


def turns(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "journal.jsonl").read_text().splitlines()
    return [found for line in lines if (found := json.loads(line))["kind"] == "generation"]


def test_where_proposing_is_skipped_nobody_is_asked(model: Path, tmp_path: Path) -> None:
    with endpoint(usual=chat(fenced(LOCAL))) as server:
        first = explain(settings_of(model, tmp_path, server.url, budget=Budget(calls=1)))
        more = settings_of(model, tmp_path, server.url, budget=Budget(calls=9))
        again = explain(replace(more, skip=more.skip | {"propose"}))
        assert len(server.asked) == 1
    assert again["llm"]["ended"] == "the budget of 1 calls is spent"
    assert again["mean_iou"] == first["mean_iou"]
    assert again["llm"]["model"] == "small"


def test_a_dry_run_asks_nobody_and_counts(model: Path, tmp_path: Path) -> None:
    settings = settings_of(model, tmp_path, "http://127.0.0.1:9/v1", price=Price(1.0, 4.0))
    prompts, estimate = dry_run(settings, lambda *_: None)
    heads = len(prompts)
    assert {name[:3] for name in prompts} == {"L0H"}
    assert (estimate.calls, estimate.most_calls) == (heads, heads * 7)
    assert estimate.money is not None
    assert estimate.money > 0
    assert not (tmp_path / "journal.jsonl").exists()
    stored = replace(settings, store=tmp_path / "heads", texts=(), folder=tmp_path / "other")
    again, _ = dry_run(stored, lambda *_: None)
    assert again.keys() == prompts.keys(), "heads captured before do as well"
    assert not (tmp_path / "other" / "heads").exists()


def test_a_dry_run_shows_what_probes_say_where_a_store_has_them(
    model: Path, tmp_path: Path
) -> None:
    settings = settings_of(model, tmp_path / "run", "http://127.0.0.1:9/v1")
    title = "On texts made for it"
    prompts, estimate = dry_run(settings, lambda *_: None)
    assert not estimate.probed
    assert not any(title in one.user for one in prompts.values())
    shutil.copytree(tmp_path / "run" / "heads", tmp_path / "run" / "probes")
    label = Label("copies", 5, (0, 1, 2, 3, 4))
    probes = [StoredProbe("repeats", at, bool(at % 2), (label,)) for at in range(len(TEXTS))]
    write_labels(tmp_path / "run" / "probes", probes, ())
    prompts, estimate = dry_run(settings, lambda *_: None)
    assert estimate.probed
    assert any(title in one.user for one in prompts.values())


def test_a_dry_run_and_a_run_share_a_folder(model: Path, tmp_path: Path) -> None:
    with endpoint(usual=chat(fenced(LOCAL))) as server:
        settings = settings_of(model, tmp_path / "run", server.url, budget=Budget(calls=1))
        few = capture_some(settings, 2 * len(TEXTS) // 3)
        explain(settings)
        prompts, _ = dry_run(settings, lambda *_: None)
        assert len(HeadStore.open(settings.folder / "heads")) == few < len(TEXTS)
        first = replace(settings, folder=tmp_path / "first")
        assert dry_run(first, lambda *_: None)[0].keys() == prompts.keys()
        explain(first)
        assert len(server.asked) == 2, "a dry run asks nobody"


def capture_some(settings: Settings, count: int) -> int:
    """The heads of a run that had time for so many texts."""
    loaded = load(settings.model)
    texts = read_passages(loaded, settings.texts, settings.tokens, settings.beside)
    some = sample(texts, count, settings.given)
    named = replace(loaded, name=portable(loaded.name))
    capture_passages(named, some, settings.folder / "heads")
    return len(some)


BAD: dict[str, tuple[list[str], Act | None, str]] = {
    "no model": ([], None, "--llm-model"),
    "no key": (["--llm-model", "m"], None, "set OPENAI_API_KEY"),
    "wrong key": (["--llm-model", "m"], fault(401, "Incorrect"), "refuses the key"),
    "unknown model": (["--llm-model", "m"], fault(404, "no model m"), "has no model 'm'"),
    "another kind of server": (
        ["--llm-model", "m"], fault(404, "Not Found"), "nothing at that address",
    ),
    "a budget of zero": (
        ["--llm-model", "m", "--llm-calls", "0", "--llm-base-url", "http://localhost:9/v1"],
        None, "nothing to do",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_exit_status_1_and_no_traceback(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: str,
) -> None:
    words, act, said = BAD[what]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    text = tmp_path / "texts.txt"
    text.write_text("\n\n".join(TEXTS))
    base = ["explain", str(model), "--text", str(text), "--tokens", "16", "--heads", "0.0"]
    base += ["--proposers", "llm", "-o", str(tmp_path / "run"), "--quiet", *words]
    if act is None:
        assert command_line(base) == 1
    else:
        with endpoint(usual=act) as server:
            assert command_line([*base, "--llm-base-url", server.url]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown


def test_the_command_writes_prompts_and_tells_the_cost(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "llm.toml"
    config.write_text('model = "m"\nmoney = 2\n[prices]\nm = [1, 4]\n')
    text = tmp_path / "texts.txt"
    text.write_text("\n\n".join(TEXTS))
    words = ["explain", str(model), "--text", str(text), "--tokens", "16", "--heads", "0.0,0.1"]
    words += ["--proposers", "llm", "--llm-config", str(config), "--dry-run", "-o"]
    words += [str(tmp_path / "run"), "--prompts-to", str(tmp_path / "prompts"), "--quiet"]
    assert command_line(words) == 0
    names = sorted(path.name for path in (tmp_path / "prompts").iterdir())
    assert names == ["L0H0.prompt.md", "L0H1.prompt.md"]
    shown = capsys.readouterr().out
    assert "2 prompts in" in shown
    assert "budget: 2 money" in shown
    assert "the prompts lack what heads do on probe texts" in shown
    few = [word.replace("0.0,0.1", "0.1") for word in words]
    assert command_line(few) == 0
    assert "1 prompt in" in capsys.readouterr().out
    assert command_line([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == 4


WRONG: dict[str, Callable[[Path, Path], object]] = {
    "nobody to ask": lambda model, run: Settings(
        model=str(model), folder=run, texts=TEXTS, proposers=("llm",)
    ),
    "no maker of programs": lambda model, run: Settings(
        model=str(model), folder=run, texts=TEXTS, proposers=("polish",)
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_settings_that_cannot_be_meant(model: Path, tmp_path: Path, what: str) -> None:
    with pytest.raises(AttndslError):
        WRONG[what](model, tmp_path)
