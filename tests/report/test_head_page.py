"""A head's page in a real browser: detectors, ladder, constant pattern, and addresses that last."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.fit.intervals import Estimate
from attndsl.report.cells import PartEntry
from attndsl.report.census import looked_for
from attndsl.report.data import FindingEntry, GivenBack, HeadEntry, Ladder, Report, Rung
from attndsl.report.write import write
from tests.report.browser import Browser
from tests.report.conftest import opened_on

pytestmark = pytest.mark.browser
LADDER = Ladder(3, (Rung(1, 0.31, 90.0), Rung(2, 0.44, 210.0), Rung(3, 0.5, 260.0)))


def known(head: HeadEntry) -> HeadEntry:
    """A head with all that a new run tells of it."""
    numbers = {one.name: at for at, one in enumerate(looked_for())}
    findings = (
        FindingEntry(numbers["previous_token"], "text", Estimate(0.71, 0.7, 0.72, 30), 0.6, True),
        FindingEntry(numbers["digits"], "lists", Estimate(0.06, 0.01, 0.1, 9), 0.05, False),
    )
    return replace(
        head,
        findings=findings,
        names=("previous_token",),
        ladder=LADDER,
        output=Estimate(0.62, 0.6, 0.64, 30),
        contradictions=("induction: both",),
        ablated=1.5,
    )


@pytest.fixture
def opened(small: Report, browser: Browser, tmp_path: Path) -> Browser:
    heads = (known(small.heads[0]), *small.heads[1:])
    curve = (
        GivenBack("neutral", 0.25, None, None, None), GivenBack("neutral", 0.5, 0.4, 0.3, 0.5),
        GivenBack("neutral", 1.0, 0.6, 0.5, 0.7), GivenBack("random", 1.0, 0.6, 0.5, 0.7),
    )  # fmt: skip
    write(
        replace(small, heads=heads, mechanisms=looked_for(), recovered=curve), tmp_path / "r.html"
    )
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    return browser


def go(browser: Browser, address: str) -> str:
    browser.go(address)
    browser.until("document.querySelectorAll('.row-table tbody tr').length > 0")
    return str(browser.evaluate("document.querySelector('main').textContent"))


def test_the_constant_pattern_is_the_third_map(opened: Browser, small: Report) -> None:
    go(opened, "#/head/0.0")
    kinds = "[...document.querySelectorAll('canvas[data-kind]')].map(c => c.dataset.kind)"
    assert opened.evaluate(kinds) == ["real", "predicted", "constant", "difference"]
    told = opened.evaluate("document.querySelector('canvas[data-kind=constant]').ariaLabel")
    constant, length = small.heads[0].constant, len(opened_on(small, 0).tokens)
    assert constant is not None
    shares = []
    for query in range(2, length):
        weights = [constant.rest, *(constant.behind[min(query - k, len(constant.behind) - 1)]
                                    for k in range(1, query + 1))]  # fmt: skip
        shares.append(weights[0] / sum(weights))
    assert int(told.split(". ")[1].split("%")[0]) == pytest.approx(100 * np.mean(shares), abs=1.01)
    assert opened.faults == []


def test_contradictions_stand_on_top_and_rest_apart_from_content(opened: Browser) -> None:
    go(opened, "#/head/0.0")
    order = opened.evaluate(
        "[...document.querySelector('main').children].map(e => e.className + e.textContent)"
    )
    at = [place for place, one in enumerate(order) if "induction: both" in one]
    assert at == [2], "right below the name"
    cards = opened.evaluate("document.querySelector('main .cards').textContent")
    assert "content IoU" in cards
    assert "rests on the first token" in cards
    assert "of its output explained0.620" in cards


def test_the_detectors_are_told_with_their_thresholds(opened: Browser) -> None:
    said = go(opened, "#/head/0.0")
    assert "Named: previous_token" in said
    rows = opened.evaluate(
        "[...document.querySelectorAll('section:has(> #detectors-title) tbody tr')].map("
        "r => [...r.children].map(c => c.textContent))"
    )
    assert rows == [
        ["previous_token (names it)", "held-out texts", "0.71", "0.70 to 0.72", "0.60", "0.40"],
        ["digits", "probes: lists", "0.06", "0.01 to 0.10", "0.05", "0.30"],
    ]
    assert "No mechanism names this head" in go(opened, "#/head/0.1")


def test_the_ladder_is_walked_with_keys(opened: Browser) -> None:
    go(opened, "#/head/0.0")
    status = "document.querySelector('section:has(> #ladder-title) [role=status]').textContent"
    assert opened.evaluate(status) == "3 parts (picked): worth 0.500, codelength gain 260 bits"
    opened.evaluate("document.getElementById('rung').focus()")
    opened.press("ArrowLeft")
    opened.until(f"{status}.startsWith('2 parts: worth 0.440')")
    assert opened.evaluate("document.getElementById('rung').ariaValueText") == "2 parts"
    largest = "[...document.querySelectorAll('.ladder circle')].map(c => c.getAttribute('r'))"
    assert opened.evaluate(largest) == ["4", "7", "4"]
    go(opened, "#/head/0.1")
    assert opened.evaluate("document.getElementById('ladder-title')") is None


def test_a_head_opens_on_the_text_with_the_largest_error(opened: Browser, small: Report) -> None:
    go(opened, "#/head/0.1")
    buttons = "[...document.querySelectorAll('[aria-label=\"IoU by text\"] button')]"
    order = opened.evaluate(f"{buttons}.map(b => b.ariaLabel)")
    figures = small.heads[1].per_text
    worst = sorted(range(len(figures)), key=lambda text: round(figures[text], 5))
    assert [int(one.split()[1].rstrip(":")) - 1 for one in order] == worst
    assert "tenth 1 of 10" in order[0]
    pressed = "document.querySelector('[aria-pressed=true][aria-label^=Text]').ariaLabel"
    assert opened.evaluate(pressed) == order[0]


def test_texts_are_listed_by_activity_too(opened: Browser, small: Report) -> None:
    go(opened, "#/head/0.1")
    buttons = "[...document.querySelectorAll('[aria-label=\"IoU by text\"] button')]"
    assert "by activity, 1 the most active" in opened.evaluate(f"{buttons}[0].ariaLabel")
    choice = "document.querySelector('[aria-label=\"Order of the texts\"]')"
    opened.evaluate(f"{choice}.value = 'active'; {choice}.dispatchEvent(new Event('change'))")
    order = opened.evaluate(f"{buttons}.map(b => Number(b.ariaLabel.split(' ')[1].slice(0, -1)))")
    activity = small.heads[1].activity
    assert [activity[text - 1] for text in order] == sorted(activity)
    assert opened.faults == []


def test_the_strongest_queries_of_all_texts_open_their_row(opened: Browser, small: Report) -> None:
    go(opened, "#/head/0.1")
    section = "document.querySelector('section:has(> #strongest-title)')"
    rows = opened.evaluate(
        f"[...{section}.querySelectorAll('tbody tr')].map(r => [...r.children].map("
        "c => c.textContent))"
    )
    spots = small.heads[1].strongest
    assert [float(row[3]) for row in rows] == [round(one.real, 2) for one in spots]
    tokens = {one.number: one.tokens for one in small.read}
    for row, one in zip(rows, spots, strict=True):
        assert tokens[one.text][one.query] in row[1]
        assert row[2].endswith(f"({one.key})")
    shown = [text.number for text in small.texts]
    at = next(at for at, one in enumerate(spots) if one.text in shown)
    opened.evaluate(f"{section}.querySelectorAll('tbody tr')[{at}].querySelector('button').click()")
    opened.until("document.querySelector('.row-table caption').textContent.includes("
                 f"'(token {spots[at].query})')")  # fmt: skip
    pressed = "document.querySelector('[aria-pressed=true][aria-label^=Text]').ariaLabel"
    assert opened.evaluate(pressed).startswith(f"Text {shown.index(spots[at].text) + 1}:")
    assert opened.faults == []


def test_what_ablating_the_head_alone_costs_stands_beside_its_program(opened: Browser) -> None:
    go(opened, "#/head/0.0")
    cards = opened.evaluate("document.querySelector('main .cards').textContent")
    assert "perplexity if replaced+25.0%" in cards
    assert "perplexity if ablated+50.0%this head alone, by its mean output" in cards
    go(opened, "#/head/0.1")
    assert "if ablated" not in opened.evaluate("document.querySelector('.cards').textContent")


def test_addresses_go_by_hash_and_name(opened: Browser, small: Report) -> None:
    go(opened, "#/head/L1.H2")
    assert opened.evaluate("document.querySelector('h1').textContent").startswith("Head L1.H2")
    program = small.programs[small.heads[6].program]
    opened.click(".lead a")
    opened.until(f"location.hash === '#/program/{program.hash}'")
    opened.until(f"document.querySelector('h1').textContent === '{program.name}'")
    opened.go("#/program/ffffffffffffffff")
    opened.until("document.querySelector('h1').textContent === 'Nothing here'")
    assert opened.faults == []


def test_what_programs_give_back_is_drawn_by_order(opened: Browser) -> None:
    section = "document.querySelector('section:has(> #recovered-title)')"
    said = opened.evaluate(f"{section}.textContent")
    assert "With all heads, which is the same in every order: 0.60 (0.50 to 0.70)" in said
    assert "not defined" in said
    label = opened.evaluate(f"{section}.querySelector('svg').getAttribute('aria-label')")
    assert "neutral: 0.40 at 50%, 0.60 at 100%" in label
    assert opened.evaluate(f"{section}.querySelectorAll('circle').length") == 3


@pytest.mark.parametrize("address", ["#/", "#/head/0.0"])
def test_a_narrow_window_holds_all_of_it(
    opened: Browser, browser: Browser, tmp_path: Path, address: str
) -> None:
    browser.open(tmp_path / "r.html", 390)
    browser.go(address)
    title = "Head " if "/head/" in address else ""
    browser.until(f"document.querySelector('h1').textContent.startsWith('{title}')")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    assert browser.faults == []


def test_a_click_on_a_cell_says_why_it_has_its_weight(opened: Browser, small: Report) -> None:
    """Of the row's strongest key; of a text without reasons, that there are none."""
    head = small.heads[5]
    told = small.programs[head.program].why
    by_text = {place: [one for one in told if one.text == place] for place in (0, 1, 2)}
    place = next(place for place in (0, 1) if by_text[place])
    kept = sorted(at + 1 for at in by_text if by_text[at])
    one, length = by_text[place][-1], len(small.texts[place].tokens)
    go(opened, "#/head/1.1")
    opened.evaluate(f"[...document.querySelectorAll('.choice button')].find(b => "
                    f"b.ariaLabel.startsWith('Text {place + 1}:')).click()")  # fmt: skip
    opened.until(f"document.querySelectorAll('.token').length === {length}")
    x, y = opened.middle("canvas[data-kind=predicted]")
    size = opened.evaluate(
        "document.querySelector('canvas[data-kind=predicted]').getBoundingClientRect().width"
    )
    at = [size * ((cell + 0.5) / length - 0.5) for cell in (one.key, one.query)]
    for kind in ("mousePressed", "mouseReleased"):
        opened.call("Input.dispatchMouseEvent", type=kind, x=x + at[0], y=y + at[1],
                    button="left", clickCount=1)  # fmt: skip
    opened.until(f"document.querySelector('.why').textContent.includes('(token {one.key})')")
    said = opened.evaluate("[...document.querySelectorAll('.why td')].map(c => c.textContent)")
    predicted = small.texts[place].predicted[head.map]
    weight = predicted[one.query * (one.query + 1) // 2 + one.key]
    assert sum(float(cell) for cell in said) == pytest.approx(weight, abs=0.02)
    for missing in set(by_text) - {at - 1 for at in kept}:
        opened.evaluate("[...document.querySelectorAll('.choice button')].find(b => "
                        f"b.ariaLabel.startsWith('Text {missing + 1}:')).click()")  # fmt: skip
        said = f"kept of text{'s' if kept[1:] else ''} {', '.join(map(str, kept))} only"
        opened.until(f"document.querySelector('.why').textContent.includes('{said}')")
    assert opened.faults == []


def test_a_weight_of_one_product_is_told_by_its_factors(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    head = small.heads[5]
    program = small.programs[head.program]
    text = next(place for place in (0, 1) if any(one.text == place for one in program.why))
    (parts, row) = (len(program.parts), next(o for o in program.why if o.text == text and o.key))
    told = replace(row, factors=((parts, 0.4242), (parts + 1, 30.0)))
    names = (PartEntry("falling_away(q, k)", None), PartEntry("30 (k.is_title is true)", None))
    entry = replace(program, parts=(*program.parts, *names), why=(told,))
    programs = tuple(entry if at == head.program else one
                     for at, one in enumerate(small.programs))  # fmt: skip
    write(replace(small, programs=programs), tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    go(browser, "#/head/1.1")
    browser.evaluate(f"[...document.querySelectorAll('.choice button')].find(b => "
                     f"b.ariaLabel.startsWith('Text {text + 1}:')).click()")  # fmt: skip
    browser.until(f"document.querySelectorAll('.token').length === {len(small.texts[text].tokens)}")
    browser.click(f".token:nth-of-type({row.query + 1})")
    rows = "[...document.querySelectorAll('.why tbody tr')].map(r => [...r.children].map("
    browser.until("document.querySelector('.why').textContent.includes('none has a share')")
    assert browser.evaluate(f"{rows}c => c.textContent))") == [
        ["falling_away(q, k)", "0.42"], ["30 (k.is_title is true)", "30"],
    ]  # fmt: skip
    assert browser.faults == []


def test_what_is_in_the_tables_that_a_program_calls_is_one_click_away(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    calls = "def f(q, k):\n    return 6 if k.i == 0 else names_and_nouns(k) ** 1.2\n"
    head = small.heads[0]
    programs = tuple(replace(one, source=calls) if at == head.program else one
                     for at, one in enumerate(small.programs))  # fmt: skip
    write(replace(small, programs=programs), tmp_path / "r.html")
    browser.open(tmp_path / "r.html")
    go(browser, "#/head/0.0")
    table = "[aria-label='Table names_and_nouns']"
    seen = "document.querySelector('.tables').open"
    assert not browser.evaluate(seen)
    browser.click(".tables summary")
    browser.until(seen)
    told = str(browser.evaluate(f'document.querySelector("{table}").textContent'))
    assert told.startswith("def names_and_nouns(t):")
    assert 'elif t.usual_pos == "PROPN":' in told
    assert browser.faults == []
    other = next(one for one in small.heads if one.program != head.program)
    go(browser, f"#/head/{other.name[1:].replace('.H', '.')}")
    assert browser.evaluate("document.querySelector('.tables') === null")
