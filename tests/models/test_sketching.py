"""Long texts are kept as a sketch: some rows whole, the rest near what it was."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.executors.here import Here
from attndsl.executors.named import named
from attndsl.fit.assignment import Assigned, Assignment
from attndsl.fit.best import score
from attndsl.fit.library import LibrarySource
from attndsl.fit.medians import fit_constants
from attndsl.fit.sketched import shown, sketch_error
from attndsl.fit.split import Split
from attndsl.fit.table import ScoreTable
from attndsl.graph.verify import verify
from attndsl.heads import sketch as room
from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.held import Workers, known_as
from attndsl.models.loading import LoadedModel
from attndsl.models.scoring import scored_by
from attndsl.models.transfer import Domain, on_texts
from attndsl.report.gather import from_scores
from attndsl.tokens.tokenizer import from_ids
from tests.models.folders import model_folder

WORDS = "the big dog and the cat sat , and ran . a cat sat on the mat ."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("model") / "llama", "llama")


@pytest.fixture
def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedModel:
    """Of a text of 100 tokens 3% is too little for anything."""
    monkeypatch.setattr(room, "WHOLE", 60)
    monkeypatch.setattr(room, "SHARE", 0.4)
    for module in ("attndsl.heads.meta", "attndsl.models.capture"):
        monkeypatch.setattr(f"{module}.WHOLE", 60)
    return load(str(folder))


def texts() -> list[str]:
    return [" ".join([WORDS] * 6)[:300], "the cat sat", " ".join([WORDS] * 5)]


def test_rows_are_kept_whole_and_the_others_nearly(loaded: LoadedModel, tmp_path: Path) -> None:
    capture(loaded, texts(), tmp_path / "whole", dtype="float32")
    capture(loaded, texts(), tmp_path / "sketch", sketch=True)
    whole, store = (HeadStore.open(tmp_path / name) for name in ("whole", "sketch"))
    assert store.meta.sketched
    assert not whole.meta.sketched
    assert store[1].rows is None
    assert np.allclose(store[1].patterns, whole[1].patterns, atol=1e-3)
    mask = store.meta.mask
    for number in (0, 2):
        text, starts = store[number], row_starts(mask, store.length(number))
        assert text.rows is not None
        assert text.rows.min() > 0
        cells = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in text.rows])
        assert np.allclose(text.patterns, whole[number].patterns[:, cells], atol=1e-3)
        heads, every = range(store.meta.total_heads), np.arange(text.length)
        near = shown(text, mask, (), heads, every)
        assert np.allclose(np.add.reduceat(near, starts[:-1], axis=1), 1, atol=0.03)
        assert np.allclose(near[:, starts[:-1]], whole[number].patterns[:, starts[:-1]], atol=2e-3)
        off = np.add.reduceat(np.abs(near - whole[number].patterns), starts[:-1], axis=1) / 2
        assert off.mean() < 0.1
    said = sketch_error(store)
    assert said is not None
    assert abs(said.mean() - off.mean()) < 0.05
    assert sketch_error(whole) is None


def test_workers_write_the_same_sketches(loaded: LoadedModel, folder: Path, tmp_path: Path) -> None:
    capture(loaded, texts(), tmp_path / "one", sketch=True)
    workers = Workers(named("here"), known_as(loaded, str(folder), {}))
    capture(loaded, texts(), tmp_path / "two", sketch=True, workers=workers)
    one, two = (HeadStore.open(tmp_path / name) for name in ("one", "two"))
    for mine, theirs in zip(one, two, strict=True):
        assert np.array_equal(mine.patterns, theirs.patterns)
        assert (mine.sketch is None) == (theirs.sketch is None)
        if mine.sketch is not None and theirs.sketch is not None:
            assert np.array_equal(mine.sketch.keys, theirs.sketch.keys)


def test_a_long_text_takes_3_percent_of_the_disk() -> None:
    mask = room.Mask()
    for length in (1024, 2048, 4096, 8192):
        assert room.sketch_bytes(mask, length, 9) < 0.03 * 9 * 2 * mask.cells(length)


LIBRARY = """
def first_token(q, k):
    return k.i == 0


def near(q, k):
    return 0.7 ** (q.i - k.i)


def copies(q, k):
    return 0.2 * (k.i == 0) + (k.word == q.word)
"""


@pytest.mark.parametrize("kind", ["llama", "gemma2", "bert"])
def test_figures_of_a_replay_are_those_of_whole_maps(
    loaded: LoadedModel, tmp_path: Path, kind: str
) -> None:
    if kind != "llama":
        loaded = load(str(model_folder(tmp_path / kind, kind)))
    capture(loaded, texts(), tmp_path / "whole", dtype="float32")
    capture(loaded, texts(), tmp_path / "sketch", sketch=True)
    whole, store = (HeadStore.open(tmp_path / name) for name in ("whole", "sketch"))
    programs, split = verify(LIBRARY).programs, Split((1,), (0, 2))
    constants = fit_constants(whole, split.report)

    def table(of: HeadStore, workers: Workers | None = None) -> ScoreTable:
        source = LibrarySource(programs, loaded.table, of.meta.mask)
        passes = scored_by(workers, loaded, of, tmp_path, lambda *_: None)
        made = None if passes is None else passes(source, 10**9)
        return score(of, source, split, constants=constants, passes=made)

    exact, found = table(whole), table(store)
    shared = table(store, Workers(Here(), known_as(loaded, loaded.name, {})))
    assert shared.fits == found.fits
    for one, other in zip(shared.report.pairs, found.report.pairs, strict=True):
        assert np.array_equal(one, other)
    for one, other in zip(exact.report.pairs, found.report.pairs, strict=True):
        assert np.allclose(one, other, atol=1e-4)
    for one, other in zip(exact.texts.pairs, found.texts.pairs, strict=True):
        assert np.allclose(one, other, atol=1e-4)
    assert np.allclose(exact.constant_texts.iou, found.constant_texts.iou, atol=1e-4)
    for mine, theirs in zip(exact.fits, found.fits, strict=True):
        assert abs(mine.js - theirs.js) < 1e-4
        assert abs(mine.content - theirs.content) < 1e-4
        assert abs(mine.against.bits - theirs.against.bits) < 1e-3


@pytest.mark.parametrize("kind", ["llama", "gemma2", "bert"])
def test_a_run_on_long_texts_has_the_figures_of_whole_maps(
    loaded: LoadedModel, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load(str(model_folder(tmp_path / kind, kind)))
    programs = verify(LIBRARY).programs
    heads = tuple(
        Assigned(layer.index, head, programs[head % 3], 0.5)
        for layer in loaded.attention for head in range(layer.heads)
    )  # fmt: skip
    mine = Assignment(loaded.name, loaded.hash, heads, loaded.masks[0].kind == "full")
    capture(loaded, texts(), tmp_path / "whole", dtype="float32")
    constants = fit_constants(HeadStore.open(tmp_path / "whole"), (0, 2))

    def on(long: int) -> Domain:
        monkeypatch.setattr("attndsl.models.transfer.WHOLE", long)
        return on_texts(loaded, mine, constants, "made", texts(), 80)

    exact, found = on(1000), on(60)
    for name in ("iou", "rest_error", "constant_iou"):
        one, other = getattr(exact.headline, name), getattr(found.headline, name)
        assert abs(one.mean - other.mean) < 1e-3, name  # the maps are stored as float16


def test_a_report_of_long_texts_tells_of_the_rows_that_are_kept_whole(
    loaded: LoadedModel, tmp_path: Path
) -> None:
    capture(loaded, texts(), tmp_path, sketch=True)
    store, programs = HeadStore.open(tmp_path), verify(LIBRARY).programs
    source = LibrarySource(programs, loaded.table, store.meta.mask)
    table = score(store, source, Split((1,), (0, 2)))
    report = from_scores(table, programs, store, loaded.table, texts=2, tokens=20)
    for head, entry in enumerate(report.heads):
        assert len(entry.strongest) == 4
        for spot in entry.strongest:
            text = store[spot.text]
            assert text.rows is not None
            at = int(np.searchsorted(text.rows, spot.query))
            first = row_starts(store.meta.mask, text.length, text.rows)[at]
            row = text.patterns[head][first : first + spot.query + 1]
            assert spot.real == float(row[1:].max()) == float(row[spot.key])
            opened = source.opened(from_ids(loaded.table, text.ids, text.text))
            predicted = opened.patterns(np.array([spot.query]))[entry.program]
            assert spot.predicted == pytest.approx(float(predicted[spot.key]), abs=1e-6)
