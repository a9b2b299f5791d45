"""The file: whole in itself, small, true to its numbers, and safe from what it shows."""

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from attndsl.report.blocks import blocks_of
from attndsl.report.data import Report, TextEntry
from attndsl.report.levels import COARSE, FINE, quantised, weights_of
from attndsl.report.write import SAID_COARSE, SCRIPTS, page, write


class Tags(HTMLParser):
    """Every tag with its attributes, and what stands in scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts[-1] += data


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    return tags


def told(text: str) -> dict[str, object]:
    """The JSON in the page."""
    found = re.search(r'id="report">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def cells(text: str, number: int) -> np.ndarray:
    found = re.search(rf'id="maps-{number}">([^<]*)<', text)
    assert found is not None
    return np.frombuffer(zlib.decompress(base64.b64decode(found[1])), dtype=np.uint8)


def test_nothing_in_the_page_comes_from_programs_or_texts_as_markup(small: Report) -> None:
    tags = parsed(page(small))
    names = [tag for tag, _ in tags.tags]
    assert "img" not in names
    assert "b" not in names
    told = sum(bool(one.why) for one in small.programs)
    assert names.count("script") == 3 + len(small.texts) + len(small.programs) + told
    assert all("window.stolen" not in s.replace("\\u003c", "<") for s in tags.scripts[1:])


def test_the_page_asks_for_nothing_from_afar(small: Report) -> None:
    text = page(small)
    for _, attributes in parsed(text).tags:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", text)


def test_no_part_of_the_page_makes_markup_of_strings() -> None:
    folder = Path(__file__).parents[2] / "attndsl" / "report"
    scripts = {path.name: path.read_text("utf-8") for path in folder.glob("*.js")}
    assert set(scripts) == {*SCRIPTS, "inspector.js", "tree.js"}
    for source in scripts.values():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", source)


def test_weights_are_within_a_hundredth() -> None:
    weights = np.linspace(0, 1, 100_001)
    shown = (quantised(weights) / 255.0) ** 2
    assert np.abs(shown - weights).max() < 0.005


def test_the_maps_in_the_file_are_those_of_the_report(small: Report) -> None:
    text = page(small)
    for number, entry in enumerate(small.texts):  # of which each predicted map is kept whole
        shown = (cells(text, number).reshape(-1, entry.real.shape[1]) / 255.0) ** 2
        true = np.concatenate([entry.real, entry.predicted])
        assert shown.shape == true.shape
        assert np.abs(shown - true).max() < 0.01


def test_a_page_of_very_many_maps_has_coarser_ones_and_says_so(
    small: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine, coarse = blocks_of(small), blocks_of(small, room=0)
    assert fine.levels is FINE
    assert coarse.levels is COARSE
    assert sum(map(len, coarse.texts)) < sum(map(len, fine.texts))
    weights = np.linspace(0, 1, 100_001)
    off = np.abs(weights_of(quantised(weights, COARSE)) - weights)
    assert off.max() <= COARSE.within
    assert not quantised(weights[weights < COARSE.least], COARSE).any()
    assert SAID_COARSE not in page(small)
    monkeypatch.setattr("attndsl.report.write.blocks_of", lambda report: blocks_of(report, 0))
    assert SAID_COARSE in page(small)


def test_figures_are_those_of_the_report(small: Report) -> None:
    data = told(page(small))
    assert data["mean"] == {k: _near(v) for k, v in small.mean.as_json().items()}
    for shown, head in zip(data["heads"], small.heads, strict=True):  # type: ignore[call-overload]
        assert shown["iou"]["mean"] == _near(head.iou.mean)
        assert shown["name"] == head.name
    assert data["command"] == small.command
    assert ["seed", "7"] in data["settings"]  # type: ignore[operator]


def _near(value: object) -> object:
    return round(value, 5) if isinstance(value, float) else value


def test_a_model_of_270_heads_and_8_texts_stays_under_10_megabytes(small: Report) -> None:
    """With weights of the worst kind: noise that hardly deflates."""
    rng = np.random.default_rng(0)
    count, size = 270, 64 * 65 // 2
    heads = tuple(replace(small.heads[i % 12], map=i % 100) for i in range(count))

    def noise(number: int) -> np.ndarray:
        return (rng.random((number, size)) ** 8).astype(np.float32)

    texts = tuple(TextEntry(i, 64, ("word",) * 64, noise(count), noise(100)) for i in range(8))
    assert len(page(replace(small, heads=heads, texts=texts)).encode()) < 10_000_000


def test_the_file_appears_whole_and_says_its_size(small: Report, tmp_path: Path) -> None:
    target = tmp_path / "a report.html"
    assert write(small, target) == target.stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["a report.html"]
    assert target.read_text("utf-8") == page(small)
