"""The page in a browser, offline: a first program, a typo, its fix, a link, what is proved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Browser

pytestmark = pytest.mark.browser
READY = "document.documentElement.dataset.compiler === 'ready'"
SLOW = 120  # seconds that Python may take to come, on a machine that does other things


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Browser]:
    open_at(browser, address)
    yield browser
    assert browser.faults == []
    assert all(url.startswith((address, "data:", "about:")) for url in browser.requests)


def open_at(browser: Browser, address: str) -> None:
    browser.call("Page.navigate", url="about:blank")
    browser.call("Page.navigate", url=address)
    browser.until(f"document.querySelector('.lesson') && {READY}", SLOW)
    browser.until("document.querySelector('.maps canvas')", SLOW)
    # The row of numbers comes a frame after its map.
    browser.until("document.querySelector('.row-table tbody tr')")


def type_in(page: Browser, text: str) -> None:
    """Select all of the editor and type over it."""
    page.click(".cm-content")
    page.call("Input.dispatchKeyEvent", type="keyDown", key="a", code="KeyA", modifiers=2,
              commands=["selectAll"])  # fmt: skip
    page.call("Input.insertText", text=text)


def test_the_first_step_shows_a_map(page: Browser) -> None:
    assert page.evaluate("document.querySelector('.lesson h2').textContent") == (
        "Where does a token look?"
    )
    row = page.evaluate("document.querySelector('.row-table tbody tr').innerText")
    assert row.split() == ["1", "cat", "1.00"]


def test_a_typo_is_told_and_mended_by_a_click(page: Browser) -> None:
    type_in(page, "def mine(q, k):\n    return k == q.perv\n")
    page.until("document.querySelector('.problems .error .fix')", SLOW)
    assert page.evaluate("!!document.querySelector('.cm-lintRange-error')")
    page.click(".problems .fix")
    page.until("document.querySelector('.problems .well')?.innerText.startsWith('mine: causal')")
    page.until("document.querySelector('.desk h2.mono')?.textContent === 'mine'")
    assert "q.prev" in page.evaluate("document.querySelector('.cm-content').innerText")


def test_a_hostile_docstring_stays_text(page: Browser) -> None:
    evil = "<img src=x onerror=document.title=1>"
    type_in(page, f'def mine(q, k):\n    """{evil}"""\n    return k == q\n')
    page.evaluate("document.querySelector('[data-panel=proved]').click()")
    page.until(f"document.querySelector('.doc')?.textContent === {evil!r}", SLOW)
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("document.querySelectorAll('.tree button').length") >= 3
    page.evaluate("document.querySelector('[data-panel=map]').click()")


def test_another_text_gives_another_map(page: Browser) -> None:
    page.evaluate(
        "{ const field = document.getElementById('text'); field.value = 'One two';"
        " field.dispatchEvent(new Event('input')); }"
    )
    page.until("document.querySelectorAll('.token').length === 2", SLOW)


def test_a_link_brings_the_program_back(page: Browser, address: str) -> None:
    type_in(page, "def linked(q, k):\n    return k.i == 0\n")
    page.until("document.querySelector('.desk h2.mono')?.textContent === 'linked'", SLOW)
    page.click("#link")
    page.until("location.hash.length > 20")
    link = page.evaluate("location.href")
    open_at(page, link)
    page.until("document.querySelector('.desk h2.mono')?.textContent === 'linked'", SLOW)
    page.evaluate("location.hash = '#AAAA'")
    page.until("document.getElementById('tip').textContent.startsWith('This link is damaged')")


def test_what_takes_too_long_is_refused_and_the_page_goes_on(page: Browser) -> None:
    same = "similarity(t, k) > 0.5 and similarity(t, q) > 0.2"
    long = f"def long(q, k):\n    return count(t for t in before(q) if {same})\n"
    page.evaluate(
        "{ const field = document.getElementById('text'); field.value = 'word '.repeat(190);"
        " field.dispatchEvent(new Event('input')); }"
    )
    type_in(page, long)
    page.until("document.querySelector('.refused')?.textContent.includes('too many')", SLOW)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_it_fits_wide_and_narrow_screens(
    page: Browser, width: int, dark: bool, tmp_path: Path
) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=844,
              deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    page.call("Emulation.setEmulatedMedia", features=[scheme])
    page.evaluate("document.querySelector('[data-panel=map]').click()")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 5000
