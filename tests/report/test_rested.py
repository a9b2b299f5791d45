"""Maps that differ in what rests alone are kept as one number, and come out as they were."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attndsl.heads.packing import pack
from attndsl.language.mask import CAUSAL, Mask
from attndsl.report.data import Report, TextEntry
from attndsl.report.levels import COARSE, FINE, Levels, quantised, weights_of
from attndsl.report.rested import Rows, rested, whole
from attndsl.report.write import write
from tests.report.browser import Browser

MASKS = (CAUSAL, Mask("window", 4), Mask("full"))


def text_of(
    length: int, mask: Mask, times: Sequence[float], seed: int, resting: tuple[int, ...] = (0,)
) -> TextEntry:
    """A text with a map, and that map with what rests so many times as heavy."""
    draw = np.random.default_rng(seed)
    square = draw.random((length, length)) ** 3 + 1e-3
    text = TextEntry(0, length, ("a",) * length, np.zeros((1, 1)), np.zeros((1, 1)), resting)
    packed = np.asarray(pack(square, mask))[None]
    made = Rows.of(text, mask).times(np.repeat(packed, len(times), 0), np.array(times))
    return replace(text, real=made.astype(np.float32), predicted=made.astype(np.float32))


def of_one_program(small: Report, count: int) -> Report:
    heads = tuple(replace(small.heads[at], program=0, map=at) for at in range(count))
    return replace(small, heads=heads)


@given(
    length=st.integers(2, 12),
    times=st.lists(st.floats(0.05, 20), min_size=2, max_size=5),
    mask=st.sampled_from(MASKS),
    levels=st.sampled_from((FINE, COARSE)),
    resting=st.sampled_from(((0,), (0, 3), (1,))),
    seed=st.integers(0, 9),
)
def test_what_is_worked_out_is_as_near_as_it_says(
    small: Report,
    length: int,
    times: list[float],
    mask: Mask,
    levels: Levels,
    resting: tuple[int, ...],
    seed: int,
) -> None:
    text = text_of(length, mask, times, seed, resting)
    rests = rested(of_one_program(small, len(times)).heads, [text], mask)
    assert sum(one is None for one in rests) == 1, "one of them is kept"
    kept = whole(text, rests, mask, levels)
    for slot, one in enumerate(rests):
        if one is None or slot in kept:
            continue
        other = weights_of(quantised(text.predicted[one.of]))[None]
        made = Rows.of(text, mask).times(other, np.array([one.times]))[0]
        off = np.abs(weights_of(quantised(made)) - text.predicted[slot])
        assert off.max() <= levels.within


def test_heads_of_one_program_are_known_by_how_much_rests(small: Report) -> None:
    text = text_of(24, CAUSAL, (0.5, 1.0, 2.0), 0)
    rests = rested(of_one_program(small, 3).heads, [text], CAUSAL)
    assert rests[1] is None
    assert [one and one.of for one in rests] == [1, None, 1]
    assert [one.times for one in rests if one] == pytest.approx([0.5, 2.0], rel=0.01)
    assert whole(text, rests, CAUSAL, FINE) == ()


def test_a_map_that_differs_otherwise_is_kept_whole(small: Report) -> None:
    text = text_of(24, CAUSAL, (0.5, 1.0, 2.0), 0)
    other = text.predicted.copy()
    other[2] = text_of(24, CAUSAL, (1.0,), 1).predicted[0]
    text = replace(text, predicted=other)
    rests = rested(of_one_program(small, 3).heads, [text], CAUSAL)
    assert whole(text, rests, CAUSAL, FINE) == (2,)


@pytest.mark.browser
def test_the_page_shows_the_same_numbers(small: Report, browser: Browser, tmp_path: Path) -> None:
    """Of maps that are kept whole, that are worked out, and that had to be kept whole."""
    count, texts = 5, []
    for seed, entry in enumerate(small.texts):
        made = text_of(len(entry.tokens), CAUSAL, (0.3, 1.0, 2.0, 5.0, 1.0), seed)
        predicted = made.predicted.copy()
        if seed == 0:
            predicted[3] = text_of(len(entry.tokens), CAUSAL, (1.0,), 9).predicted[0]
        texts.append(replace(entry, predicted=predicted))
    heads = tuple(replace(one, program=0, map=at % count) for at, one in enumerate(small.heads))
    report = replace(small, heads=heads, texts=tuple(texts))
    write(report, tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    browser.go("#/head/0.3")
    browser.until("document.querySelectorAll('.row-table tbody tr').length > 0")
    buttons = "[...document.querySelectorAll('.choice button')]"
    for number, text in enumerate(report.texts):
        browser.evaluate(
            f"{buttons}.find(b => b.ariaLabel.startsWith('Text {number + 1}:')).click()"
        )
        length = len(text.tokens)
        browser.until(f"document.querySelectorAll('.token').length === {length}")
        browser.click(f".token:nth-of-type({length})")
        browser.until(
            "document.querySelector('.row-table caption').textContent"
            f".includes('(token {length - 1})')"
        )
        cells = "r.children[0].textContent, r.children[3].textContent"
        rows = browser.evaluate(
            f"[...document.querySelectorAll('.row-table tbody tr')].map(r => [{cells}])"
        )
        start = length * (length - 1) // 2
        assert rows
        for key, shown in rows:
            weight = float(text.predicted[3][start + int(key)])
            assert float(shown) == pytest.approx(weight, abs=0.012)
    assert browser.faults == []
