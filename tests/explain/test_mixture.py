"""Built-in texts beside those given: programs are chosen by them, and nothing is said of them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from attndsl.explain import explain
from attndsl.explain.mixture import fitting, with_builtin
from attndsl.explain.texts import read_passages, sample, sources_of, three_sets
from attndsl.files.places import place
from attndsl.heads.store import HeadStore
from attndsl.models.loading import load
from attndsl.runs.opened import open_run
from attndsl.synthesis.parts import symbols
from attndsl.tokens.texts import builtin_texts
from tests.explain.conftest import TEXTS, settings_of

OTHERS = ("one two three and four", TEXTS[0], "a dog is a dog is a dog , and a cat")


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny tokenizer is one of words, not of symbols."""
    monkeypatch.setattr(symbols, "MOST", 10)


def test_programs_are_chosen_by_texts_beside_and_reported_on_those_given(
    models: dict[str, Path], tmp_path: Path, words: None
) -> None:
    kinds = ("mine",) * len(TEXTS) + ("numbers", "numbers", "talk")
    settings = settings_of(models["llama"], tmp_path, beside=OTHERS, kinds=kinds,
                           skip=frozenset(("fit", "effects", "replace")))  # fmt: skip
    summary = explain(settings)
    store = HeadStore.open(tmp_path / "heads")
    sets = three_sets(store, settings.shares, settings.given)
    source = sources_of(store)
    beside = [number for number in source if source[number] >= len(TEXTS)]
    assert [store[number].text for number in beside] == [OTHERS[0], OTHERS[2]], "none twice"
    assert set(beside) < set(sets.selection)
    given = three_sets(store, settings.shares)
    assert not set(beside) & {*sets.validation, *sets.report}
    assert set(beside) & {*given.validation, *given.report}, "which they would be among the others"
    assert summary["texts"] == {"selection": 9, "validation": 1, "report": 4}
    report = open_run(tmp_path).report()
    assert dict(report.settings)["texts to choose by"] == (
        "mine count half; numbers and talk share the other half"
    )
    mine = [text.replace(" ", "") for text in TEXTS]
    for text in report.texts:
        assert any(one.startswith("".join(text.tokens)) for one in mine)


def test_built_in_texts_that_are_held_out_choose_no_program() -> None:
    mine = with_builtin(settings_of(Path("m"), Path("run")), given=True)
    held = {one.text for one in builtin_texts() if one.held_out}
    assert mine.texts == TEXTS
    assert not held & set(mine.beside)
    ours = with_builtin(settings_of(Path("m"), Path("run"), texts=()), given=False)
    assert set(ours.texts[-len(held) :]) == held
    assert not ours.beside
    assert set(ours.kinds[:6]) == {one.family for one in builtin_texts()}
    few = with_builtin(settings_of(Path("m"), Path("run"), texts=()), given=False, most=5)
    assert len(few.texts) == len(few.kinds) == 5
    stored = settings_of(Path("m"), Path("run"), texts=(), store=place("heads"))
    assert with_builtin(stored, given=False) == stored


def test_texts_beside_are_left_out_where_they_say_nothing(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: Any = load(str(models["llama"]))
    mine = with_builtin(settings_of(models["llama"], Path("run")), given=True)
    alone = fitting(mine, loaded)  # whose tokenizer has 46 pieces
    assert (alone.beside, alone.kinds, alone.texts) == ((), (), TEXTS)
    monkeypatch.setattr(symbols, "MOST", 10)
    assert fitting(mine, loaded) == mine
    assert fitting(replace(mine, tokens=2048), loaded).beside == ()


def test_a_small_sample_has_enough_of_the_texts_given() -> None:
    found: Any = [SimpleNamespace(source=number) for number in range(50)]
    for count in (3, 6, 24, 60):
        some = sample(found, count, given=6)
        assert len(some) == min(count, 50)
        assert sum(one.source < 6 for one in some) == min(6, max(3, 2 * count // 3))
    assert sample(found, 10, float("inf")) == sample(found, 10, given=50)


def test_passages_beside_are_the_first_ones_of_their_texts(models: dict[str, Path]) -> None:
    loaded = load(str(models["llama"]))
    found = read_passages(loaded, TEXTS[:3], 8, beside=(" ".join(TEXTS[3:6]),))
    beside = [one for one in found if one.source >= 3]
    assert [(one.source, one.start, len(one.ids)) for one in beside] == [(3, 0, 8)]


def test_the_report_says_how_many_texts_there_was_time_for(
    models: dict[str, Path], tmp_path: Path
) -> None:
    words = ("cat", "dog", "mat", "big", "sat", "ran")
    texts = tuple(f"the {one} {other} ran on the mat ." for one in words for other in words)
    left = frozenset(("fit", "effects", "replace", "census"))
    explain(settings_of(models["llama"], tmp_path, texts=texts, minutes=0.001, skip=left))
    settings = dict(open_run(tmp_path).report().settings)
    assert settings["texts taken"] == "24 of 36 passages, as the budget had time for"
    assert "more validated fits" in settings["texts"]
