"""What heads cost alone is the same however often the measuring was killed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="reads a model")

from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.models.loading import LoadedModel, load
from attndsl.models.passages import Passage, passages
from attndsl.surrogates.effects import effects_of
from attndsl.surrogates.handle import Head
from benchmarks import each_alone as room
from tests.models.folders import model_folder

TEXTS = ("the cat sat on the mat", "a big dog ran .", "the dog and a cat sat and ran on the mat")
NEAR, COPIES = verify("""
def near(q, k):
    return 0.7 ** (q.i - k.i)

def copies(q, k):
    return k.lower == q.lower
""").programs
PROGRAMS = {(layer, head): (NEAR, COPIES)[head % 2] for layer in range(2) for head in range(4)}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(str(model_folder(tmp_path_factory.mktemp("model"), "llama")))


@pytest.fixture
def texts(loaded: LoadedModel) -> list[Passage]:
    return passages(loaded, TEXTS)[0]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The layers that are measured, noted as they are; a kill comes where -1 is first in it."""
    layers: list[int] = []

    def noted(model: LoadedModel, asked: Any, programs: Mapping[Head, Program]) -> Any:
        (layer,) = {layer for layer, _ in programs}
        if layers[:1] == [-1] and layer == 1:
            raise KeyboardInterrupt
        layers.append(layer)
        return effects_of(model, asked, programs)

    monkeypatch.setattr(room, "effects_of", noted)
    return layers


def test_killed_in_a_layer_it_goes_on_with_that_layer(
    loaded: LoadedModel, texts: list[Passage], measured: list[int], tmp_path: Path
) -> None:
    journal = tmp_path / "alone.jsonl"
    measured.append(-1)
    with pytest.raises(KeyboardInterrupt):
        room.each_alone(loaded, texts, PROGRAMS, journal)
    assert measured == [-1, 0]
    with journal.open("a") as file:
        file.write('{"of": "half a li')
    measured.clear()
    found = room.each_alone(loaded, texts, PROGRAMS, journal)
    assert measured == [1]
    assert found == room.each_alone(loaded, texts, PROGRAMS, tmp_path / "never killed.jsonl")
    for head, one in effects_of(loaded, texts, PROGRAMS).items():
        assert found[head].divergence == pytest.approx(one.divergence, rel=1e-6)
        assert found[head].ratio == pytest.approx(one.ratio, rel=1e-6)


def test_other_programs_and_other_texts_are_measured_anew(
    loaded: LoadedModel, texts: list[Passage], measured: list[int], tmp_path: Path
) -> None:
    journal = tmp_path / "alone.jsonl"
    room.each_alone(loaded, texts, PROGRAMS, journal)
    measured.clear()
    room.each_alone(loaded, texts, {**PROGRAMS, (1, 2): COPIES}, journal)
    assert measured == [1]
    room.each_alone(loaded, texts[:2], PROGRAMS, journal)
    assert measured == [1, 0, 1]
