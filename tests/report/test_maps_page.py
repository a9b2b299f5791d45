"""All maps at once, heads alike, two heads side by side and probe texts, in a real browser."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from attndsl.report.census import looked_for
from attndsl.report.data import MarkEntry, ProbeEntry, Report
from attndsl.report.write import write
from tests.report.browser import Browser
from tests.report.conftest import opened_on

pytestmark = pytest.mark.browser
ROWS = "document.querySelectorAll('.row-table tbody tr').length"


@pytest.fixture
def opened(small: Report, browser: Browser, tmp_path: Path) -> Browser:
    marks = (
        MarkEntry("induction", 4, (1, 2)), MarkEntry("copies", 5, (3,)),
        MarkEntry("induction", 6, (2,)),
    )  # fmt: skip
    heads = (replace(small.heads[0], contradictions=("copies on the probes names: 0",)),
             *small.heads[1:])  # fmt: skip
    probes = (
        ProbeEntry("repeats", small.texts[1], marks),
        ProbeEntry("names", small.texts[2], marks),
    )
    write(replace(small, heads=heads, probes=probes), tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    return browser


def picture(browser: Browser) -> str:
    return str(browser.evaluate("document.querySelector('.multiples canvas').toDataURL()"))


def test_every_head_has_both_maps_and_a_way_to_its_page(opened: Browser, small: Report) -> None:
    opened.click("#top nav a[href='#/maps']")
    opened.until("document.querySelectorAll('.multiples a').length === 12")
    height = len(small.texts[0].tokens)
    opened.until(f"document.querySelector('.multiples canvas').height === {height}")
    assert opened.evaluate("document.querySelector('#top a[aria-current]').textContent") == "Maps"
    before = picture(opened)
    opened.evaluate(
        "(() => { const s = document.getElementById('multiples-text'); s.value = 2;"
        "s.dispatchEvent(new Event('change')); })()"
    )
    height = len(small.texts[2].tokens)
    opened.until(f"document.querySelector('.multiples canvas').height === {height}")
    assert picture(opened) != before
    opened.click(".multiples .layer:nth-child(2) a")
    opened.until(f"location.hash === '#/head/1.0' && {ROWS} > 2")
    assert opened.faults == []


def test_heads_alike_stand_with_their_layers_and_a_specimen(opened: Browser, small: Report) -> None:
    opened.go("#/maps")
    opened.until("document.querySelectorAll('#main .story > li').length > 0")
    first = small.alike[0]
    told = opened.evaluate("document.querySelector('.story h3').textContent")
    assert told == f"{len(first.heads)} heads, likeness {first.likeness:.2f}"
    names = opened.evaluate(
        "[...document.querySelectorAll('.story > li:first-child .chips a')].map(a => a.textContent)"
    )
    assert sorted(names) == sorted(small.heads[number].name for number in first.heads)
    label = opened.evaluate("document.querySelector('.layers').getAttribute('aria-label')")
    assert f"in layer {small.heads[first.heads[0]].layer}" in label


def test_programs_and_heads_of_a_group_are_told_apart(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    one, other = next(
        pair for pair in itertools.pairwise(small.heads) if pair[0].program != pair[1].program
    )
    pair = tuple(small.heads.index(head) for head in (one, other))
    mixed = replace(small, alike=(replace(small.alike[0], heads=pair),))
    write(mixed, tmp_path / "r.html")
    browser.open(tmp_path / "r.html")
    browser.go("#/maps")
    browser.until("document.querySelectorAll('#main .story > li').length > 0")
    said = browser.evaluate("document.querySelector('.story > li .note').textContent")
    assert "2 programs; 1 of the heads by " in said


@pytest.mark.parametrize("looked", [False, True])
def test_no_mechanism_is_said_to_name_heads_where_none_was_looked_for(
    small: Report, browser: Browser, tmp_path: Path, looked: bool
) -> None:
    mechanisms = looked_for() if looked else ()
    write(replace(small, mechanisms=mechanisms), tmp_path / "r.html")
    browser.open(tmp_path / "r.html")
    browser.go("#/maps")
    browser.until("document.querySelectorAll('#main .story > li').length > 0")
    told = browser.evaluate("document.querySelector('#main .story').textContent")
    assert ("No mechanism names them." in told) == looked


def test_pointing_at_one_of_two_heads_shows_the_row_of_both(opened: Browser, small: Report) -> None:
    opened.go("#/head/0.0")
    opened.until(f"{ROWS} > 2")
    opened.evaluate(
        "(() => { const s = document.getElementById('beside');"
        "s.value = [...s.options].find(o => o.textContent === 'L1.H2').value;"
        "s.dispatchEvent(new Event('change')); })()"
    )
    opened.until("document.querySelectorAll('.beside .row-table').length === 2")
    titles = opened.evaluate("[...document.querySelectorAll('.beside h2')].map(h => h.textContent)")
    assert titles[0].startswith("L0.H0")
    assert titles[1].startswith("L1.H2")
    x, y = opened.middle(".beside section:nth-child(2) canvas")
    opened.hover(x, y + 4)  # within a row: of an even number of tokens the middle lies between two
    middle = len(opened_on(small, 0).tokens) // 2
    captions = "[...document.querySelectorAll('.beside caption')].map(c => c.textContent)"
    opened.until(f"{captions}.filter(c => c.includes('(token {middle})')).length === 2")
    assert opened.faults == []
    opened.go("#/heads/0.0/9.9")
    opened.until("document.querySelector('h1').textContent === 'Nothing here'")


def test_labelled_keys_are_outlined_on_the_probe_that_tells_most(opened: Browser) -> None:
    """It opens on the kind and the mechanism that contradict the program."""
    opened.go("#/head/0.0")
    opened.until(
        "document.querySelectorAll('section:has(> #probes-title) .row-table').length === 1"
    )
    pressed = (
        "document.querySelector('section:has(> #probes-title) [aria-pressed=true]').textContent"
    )
    assert opened.evaluate(pressed) == "names"
    assert opened.evaluate("document.getElementById('mechanism').value") == "copies"
    said = "document.querySelector('section:has(> #probes-title) .why').textContent"
    opened.until(f"{said}.startsWith('copies names ') && {said}.includes('(token 3)')")
    opened.evaluate(
        "(() => { const s = document.getElementById('mechanism'); s.value = 'induction';"
        "s.dispatchEvent(new Event('change')); })()"
    )
    opened.until(f"{said}.includes('(token 1)') && {said}.includes('(token 2)')")
    told = opened.evaluate("document.querySelector('section:has(> #probes-title)').textContent")
    assert "2 rows with keys named by induction: the head puts" in told
    assert opened.faults == []


def test_the_same_head_of_another_run_is_read_from_its_file(
    opened: Browser, small: Report, tmp_path: Path
) -> None:
    other = replace(
        small, heads=tuple(replace(head, program=1) for head in small.heads), texts=small.texts[1:]
    )
    write(other, tmp_path / "other.html")
    (tmp_path / "none.html").write_text("<p>nothing")
    write(replace(other, texts=()), tmp_path / "apart.html")
    opened.go("#/head/0.0")
    opened.until(f"{ROWS} > 2")
    told = "document.querySelector('section:has(> #another-title) [role=status]').textContent"
    for name, said in (("none", "is no report of attndsl"), ("apart", "none of the same texts")):
        choose(opened, "#another", tmp_path / f"{name}.html")
        opened.until(f"{told}.includes({said!r})")
    choose(opened, "#another", tmp_path / "other.html")
    opened.until("document.querySelectorAll('.beside .row-table').length === 2")
    sections = opened.evaluate(
        "[...document.querySelectorAll('.beside h3')].map(h => h.textContent)"
    )
    assert sections == ["this run", "other.html"]
    sources = opened.evaluate(
        "[...document.querySelectorAll('.beside .source')].map(s => s.textContent)"
    )
    assert small.programs[1].name in sources[1]
    assert opened.faults == []


def choose(browser: Browser, selector: str, file: Path) -> None:
    """Put a file into a field, as the browser's own dialogue does."""
    found = browser.call("Runtime.evaluate", expression=f"document.querySelector({selector!r})")
    browser.call("DOM.setFileInputFiles", files=[str(file)], objectId=found["result"]["objectId"])


def test_the_new_pages_fit_a_phone(opened: Browser, tmp_path: Path) -> None:
    opened.open(tmp_path / "r.html", width=390, height=800, dark=True)
    for address in ("#/maps", "#/heads/0.0/1.1", "#/head/0.0"):
        opened.go(address)
        opened.until("document.querySelectorAll('#main canvas').length > 1")
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390, address
    assert opened.faults == []
