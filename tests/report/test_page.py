"""The page in a real browser: what it shows is true, it can be walked, and it asks for nothing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.fit.intervals import Estimate
from attndsl.report.census import looked_for
from attndsl.report.data import CurvePoint, Report
from attndsl.report.story import story
from attndsl.report.write import write
from tests.report.browser import Browser
from tests.report.conftest import opened_on

pytestmark = pytest.mark.browser
NUMBERS = "document.querySelectorAll('.row-table tbody tr').length"


@pytest.fixture
def opened(small: Report, browser: Browser, tmp_path: Path) -> Browser:
    write(small, tmp_path / "the report.html")
    browser.faults.clear()
    browser.requests.clear()
    browser.open(tmp_path / "the report.html")
    return browser


def text_of(browser: Browser, selector: str) -> str:
    return str(browser.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))


def quiet(browser: Browser) -> None:
    """Nothing went wrong, nothing was asked for but the file itself, no foreign script ran."""
    assert browser.faults == []
    assert all(url.startswith(("file:", "about:")) for url in browser.requests), browser.requests
    assert len(set(browser.requests)) <= 2
    assert browser.evaluate("typeof window.stolen") == "undefined"


def test_the_overview_has_every_head_and_the_headline(opened: Browser, small: Report) -> None:
    assert opened.evaluate("document.querySelectorAll('.grid tbody a').length") == 12
    assert f"{small.mean.mean:.3f}" in text_of(opened, ".cards")
    label = opened.evaluate("document.querySelector('.grid tbody a').getAttribute('aria-label')")
    assert f", IoU {small.heads[0].iou.mean:.3f}" in label
    content = small.heads[0].content_iou
    assert content is not None
    assert f"content IoU {content.mean:.3f}" in label
    assert "tiny <model>" in text_of(opened, "h1")
    quiet(opened)


def test_the_story_opens_the_report_with_specimens_and_both_lists(
    opened: Browser, small: Report
) -> None:
    found = story(small)
    titles = "[...document.querySelectorAll('.story h3')].map(h => h.textContent)"
    assert opened.evaluate(titles) == [one.text for one in found.sentences]
    assert found.sentences
    assert found.opening[0] in text_of(opened, "main")
    listed = "[...document.querySelectorAll('section:has(> #{}) li > a')].map(a => a.textContent)"
    for title, numbers in (("best-title", found.best), ("unexplained-title", found.unexplained)):
        names = [small.heads[number].name for number in numbers[:6]]
        assert opened.evaluate(listed.format(title)) == names
    opened.until(
        "[...document.querySelectorAll('.specimen canvas')].every("
        "c => c.ariaLabel.includes('strongest'))"
    )
    (number,) = {found.sentences[0].specimen}
    assert number is not None
    opened.click(".story .specimen a")
    opened.until(f"document.querySelector('h1').textContent.includes('{small.heads[number].name}')")
    quiet(opened)


def test_a_program_is_written_out_once_in_a_list(opened: Browser, small: Report) -> None:
    for title, numbers in (("best", story(small).best), ("unexplained", story(small).unexplained)):
        items = f"document.querySelectorAll('section:has(> #{title}-title) li')"
        lines = opened.evaluate(f"[...{items}].map(one => one.textContent)")
        first: dict[int, str] = {}
        for number, line in zip(numbers[:6], lines, strict=True):
            head = small.heads[number]
            above = first.setdefault(head.program, head.name)
            assert (f"the program of {above}" in line) == (above != head.name)


def test_the_best_say_who_is_left_out_for_what_a_constant_pattern_says_too(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    best = story(small).best
    content = [round(one.content_iou.mean, 5) if one.content_iou else 0.0 for one in small.heads]
    least = next(at for at in best if content[at] < max(content))
    heads = [replace(one, excess=0.0) if content[at] > content[least] else one
             for at, one in enumerate(small.heads)]  # fmt: skip
    write(replace(small, heads=tuple(heads)), tmp_path / "r.html")
    browser.open(tmp_path / "r.html")
    higher = sorted((at for at, one in enumerate(content) if one > content[least]),
                    key=lambda at: -content[at])  # fmt: skip
    told = text_of(browser, "section:has(> #best-title) .note")
    more = f" and {len(higher) - 3} more." if len(higher) > 3 else "."
    named = ", ".join(small.heads[at].name for at in higher[:3])
    assert f"with a higher content IoU: {named}{more}" in told


def test_the_preview_says_a_program_s_words_once(opened: Browser, small: Report) -> None:
    said = "Look at the token before"
    served = next(one.heads for one in small.programs if said in one.docstring)
    number, head = served[0], small.heads[served[0]]
    opened.evaluate(f"document.querySelectorAll('.grid tbody a')[{number}].focus()")
    opened.until(f"document.querySelector('.preview h3').textContent.startsWith('{head.name}')")
    assert text_of(opened, ".preview").count(said) == 1
    assert "return k == q.prev" in text_of(opened, ".preview pre")


def test_all_that_is_not_explained_is_one_click_away(opened: Browser, small: Report) -> None:
    opened.click("section:has(> #unexplained-title) button")
    opened.until("document.activeElement.id === 'list-title'")
    first = opened.evaluate("document.querySelector('.heads tbody a').textContent")
    least = min((h for h in small.heads if h.excess is not None), key=lambda h: h.excess or 0)
    assert first == least.name
    quiet(opened)


def test_a_head_without_content_has_no_content_iou_and_says_so(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    resting = replace(small.heads[0], content=0.01, content_iou=None)
    write(replace(small, heads=(resting, *small.heads[1:])), tmp_path / "resting.html")
    browser.faults.clear()
    browser.open(tmp_path / "resting.html")
    cell = "document.querySelector('.grid tbody a')"
    assert browser.evaluate(f"{cell}.textContent") == "–"
    assert "content IoU not defined" in browser.evaluate(f"{cell}.ariaLabel")
    for press in ("Best first", "Worst first"):
        browser.evaluate("[...document.querySelectorAll('button')].find("
                         f"b => b.textContent === '{press}').click()")  # fmt: skip
        rows = "[...document.querySelectorAll('.heads tbody tr')].map(r => r.textContent)"
        last = browser.evaluate(rows)[-1]
        assert last.startswith("L0.H0not defined99%"), "what isn't defined comes last"
    assert browser.faults == []


def test_a_click_on_a_cell_leads_to_the_head_and_its_numbers(
    opened: Browser, small: Report
) -> None:
    opened.click(".grid tbody tr:nth-child(2) td:nth-child(4) a")
    opened.until("document.querySelector('h1').textContent.startsWith('Head L1.H2')")
    opened.until(f"{NUMBERS} > 0")
    head = small.heads[6]
    assert f"{head.iou.mean:.3f}" in text_of(opened, ".cards")
    text = opened_on(small, 6)
    length = len(text.tokens)
    for query in (length - 1, length // 2):
        opened.click(f".token:nth-of-type({query + 1})")
        rows = opened.evaluate(
            "[...document.querySelectorAll('.row-table tbody tr')].map("
            "row => [...row.children].map(cell => cell.textContent))"
        )
        start = query * (query + 1) // 2
        found = head.constant
        assert found is not None
        weights = [
            found.rest if key == 0 else found.behind[min(query - key, len(found.behind) - 1)]
            for key in range(query + 1)
        ]
        for key, token, real, predicted, constant, _ in rows:
            share = weights[int(key)] / sum(weights)
            assert float(constant) == pytest.approx(share, abs=0.006)
            assert token == text.tokens[int(key)]
            assert float(real) == pytest.approx(text.real[6][start + int(key)], abs=0.011)
            shown = text.predicted[head.map][start + int(key)]
            assert float(predicted) == pytest.approx(shown, abs=0.011)
    quiet(opened)


def test_the_canvas_has_the_colours_of_the_weights(opened: Browser, small: Report) -> None:
    """Darker is more: the colours of a row order its keys as the weights do."""
    opened.go("#/head/0.0")
    opened.until(f"{NUMBERS} > 0")
    text = opened_on(small, 0)
    length, row = len(text.tokens), len(text.tokens) - 2
    opened.click(".token:nth-of-type(1)")  # so that the row looked at has no frame
    for kind, map_ in (("real", text.real[0]), ("predicted", text.predicted[small.heads[0].map])):
        shades = opened.evaluate(
            f"(() => {{ const c = document.querySelector('canvas[data-kind={kind}]');"
            f"const s = Math.round(c.width / {length}), pen = c.getContext('2d');"
            f"const line = pen.getImageData(0, Math.floor(({row} + 0.5) * s), c.width, 1).data;"
            f"return Array.from({{length: {row + 2}}}, (_, k) =>"
            "[...line].slice(4 * (k * s + 1), 4 * (k * s + 2))); })()"
        )
        weights = map_[row * (row + 1) // 2 :][: row + 1]
        red = np.array([red for red, _, _, _ in shades[: row + 1]])
        assert (np.diff(red[np.argsort(weights, kind="stable")]) <= 0).all()
        assert len(set(red)) > 1
        assert shades[row + 1][3] == 0, "what the query can't see is left empty"
    quiet(opened)


def test_looking_at_a_token_marks_it_and_draws_its_edges(opened: Browser, small: Report) -> None:
    opened.go("#/head/0.1")
    opened.until(f"{NUMBERS} > 0")
    opened.hover(*opened.middle(".token:nth-of-type(7)"))
    opened.until("document.querySelector('.token:nth-of-type(7)').classList.contains('query')")
    assert opened.evaluate("document.querySelectorAll('.edge.real').length") > 0
    opened.evaluate("document.querySelector('.token.query').focus()")
    opened.press("ArrowRight")
    opened.until("document.querySelector('.token:nth-of-type(8)').classList.contains('query')")
    x, y = opened.middle("canvas[data-kind=real]")
    height = opened.evaluate(
        "document.querySelector('canvas[data-kind=real]').getBoundingClientRect().height"
    )
    length = len(opened_on(small, 1).tokens)
    opened.hover(x, y + height * (3.5 / length - 0.5))
    opened.until("document.querySelector('.token:nth-of-type(4)').matches('.query')")
    quiet(opened)


def test_the_grid_is_walked_with_the_arrow_keys(opened: Browser) -> None:
    opened.evaluate("document.querySelector('.grid tbody a').focus()")
    opened.press("ArrowDown")
    opened.press("ArrowRight")
    assert opened.evaluate("document.activeElement.getAttribute('href')") == "#/head/1.1"
    assert text_of(opened, ".preview h3").startswith("L1.H1")
    assert "null" not in text_of(opened, ".preview")
    stops = "document.querySelectorAll('.grid a[tabindex=\"0\"]')"
    assert opened.evaluate(f"[...{stops}].map(a => a.getAttribute('href')).join()") == "#/head/1.1"
    quiet(opened)


def test_heads_that_were_not_asked_for_are_in_no_figure(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    some = tuple(replace(head, asked=number in (1, 6)) for number, head in enumerate(small.heads))
    write(replace(small, heads=some), tmp_path / "some.html")
    browser.faults.clear()
    browser.open(tmp_path / "some.html")
    assert browser.evaluate("document.querySelectorAll('.grid tbody a').length") == 2
    assert browser.evaluate("document.querySelectorAll('.heads tbody tr').length") == 2
    assert "of 2" in text_of(browser, ".cards")
    browser.evaluate("document.querySelector('.grid tbody a').focus()")
    browser.press("ArrowDown")
    assert browser.evaluate("document.activeElement.getAttribute('href')") == "#/head/0.1"
    browser.go("#/head/1.2")
    browser.until("document.querySelector('h1').textContent.startsWith('Head L1.H2')")
    browser.go("#/head/0.0")
    browser.until("document.querySelector('h1').textContent === 'Nothing here'")
    assert browser.faults == []


def test_the_list_sorts_and_filters(opened: Browser, small: Report) -> None:
    first = "document.querySelector('.heads tbody a').textContent"
    shown = {h.name: round(h.content_iou.mean, 3) for h in small.heads if h.content_iou}
    assert shown[opened.evaluate(first)] == max(shown.values())
    opened.evaluate("[...document.querySelectorAll('button')].find("
                    "b => b.textContent === 'Worst first').click()")  # fmt: skip
    assert shown[opened.evaluate(first)] == min(shown.values())
    opened.evaluate("(() => { const w = document.getElementById('words'); w.value = 'k == q.prev';"
                    "w.dispatchEvent(new Event('input')); })()")  # fmt: skip
    served = next(p for p in small.programs if p.name == "previous_token").heads
    assert opened.evaluate("document.querySelectorAll('.heads tbody tr').length") == len(served)
    quiet(opened)


def test_the_other_colourings_and_themes_change_the_grid(opened: Browser) -> None:
    colour = "getComputedStyle(document.querySelector('.grid tbody a')).backgroundColor"
    seen = {opened.evaluate(colour)}
    for label in ("IoU", "Family of program", "Effect on perplexity"):
        opened.evaluate("[...document.querySelectorAll('.choice button')].find("
                        f"b => b.textContent === '{label}').click()")  # fmt: skip
        seen.add(opened.evaluate(colour))
    assert len(seen) == 4
    light = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.click("#theme")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") != light
    opened.click("#theme")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == light
    quiet(opened)


def test_the_heads_to_look_at_first_lead_to_the_whole_order(opened: Browser, small: Report) -> None:
    first = "document.querySelector('.heads tbody a').textContent"
    for title, place in (("Most on the first token", 0), ("Most on the token before", 1)):
        most = max(small.heads, key=lambda head: head.on[place])
        opened.evaluate("(() => { const w = document.getElementById('words'); w.value = 'nothing';"
                        "w.dispatchEvent(new Event('input')); })()")  # fmt: skip
        look = (
            f"[...document.querySelectorAll('.look')].find(l => l.textContent.includes('{title}'))"
        )
        assert opened.evaluate(f"{look}.querySelector('a').textContent") == most.name
        opened.evaluate(f"{look}.querySelector('button').click()")
        assert opened.evaluate(first) == most.name
        assert opened.evaluate("document.querySelectorAll('.heads tbody tr').length") == 12
    quiet(opened)


def test_long_lines_of_a_program_go_on_below(opened: Browser, small: Report) -> None:
    opened.go("#/head/0.0")
    opened.until("!!document.querySelector('.source')")
    shown = "document.querySelector('.source')"
    opened.evaluate(f"{shown}.style.width = '120px'")
    assert opened.evaluate(f"{shown}.scrollWidth <= {shown}.clientWidth")
    assert opened.evaluate(f"{shown}.textContent") == small.programs[small.heads[0].program].source


def test_the_library_shows_hostile_docstrings_as_text(opened: Browser) -> None:
    opened.go("#/library")
    opened.until("document.querySelector('h1').textContent === 'Library'")
    assert "</script><script>window.stolen = 1</script>" in text_of(opened, "main")
    assert opened.evaluate("document.querySelectorAll('article').length") == 4
    assert opened.evaluate("document.querySelectorAll('main img, main b, main script').length") == 0
    opened.click("article a")
    opened.until("location.hash.startsWith('#/program/')")
    opened.until("!!document.querySelector('article .facts')")
    quiet(opened)


def test_one_program_serves_no_head(small: Report, browser: Browser, tmp_path: Path) -> None:
    first, *others = small.programs
    idle = replace(first, hash="0" * 64, heads=(), template="0" * 64)
    write(replace(small, programs=(first, *others, idle)), tmp_path / "idle.html")
    browser.open(tmp_path / "idle.html")
    browser.go("#/library")
    browser.until("document.querySelector('h1').textContent === 'Library'")
    assert "1 serves no head. " in text_of(browser, "main")


def test_hostile_tokens_are_text_too(opened: Browser, small: Report) -> None:
    opened.go("#/head/2.3")
    opened.until("!!document.getElementById('text')")
    for number, text in enumerate(small.texts):
        opened.evaluate(f"(() => {{ const s = document.getElementById('text'); s.value = {number};"
                        "s.dispatchEvent(new Event('change')); })()")  # fmt: skip
        shown = "[...document.querySelectorAll('.token')].map(t => t.textContent)"
        wanted = json.dumps(list(text.tokens))
        opened.until(f"JSON.stringify({shown}) === JSON.stringify({wanted})")
    quiet(opened)


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("address", ["#/", "#/head/1.1", "#/library", "#/program/2", "#/x"])
def test_no_page_is_wider_than_the_window(
    small: Report, browser: Browser, tmp_path: Path, width: int, address: str
) -> None:
    write(small, tmp_path / "r.html")
    browser.faults.clear()
    browser.open(tmp_path / "r.html", width)
    browser.go(address)
    title = "Head " if "/head/" in address else ""
    browser.until(f"document.querySelector('h1').textContent.startsWith('{title}')")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.faults == []


def test_on_paper_the_page_is_dark_on_light_and_keeps_what_buttons_say(
    opened: Browser, small: Report
) -> None:
    """Headers of columns and the tokens of a text are buttons; the switches have no use there."""
    opened.evaluate("document.documentElement.dataset.theme = 'dark'")
    opened.go("#/head/1.1")
    opened.until(f"{NUMBERS} > 0")
    opened.call("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll('{}')].map(e => getComputedStyle(e).display)"
    assert set(opened.evaluate(shown.format("#top"))) == {"none"}
    tokens = opened.evaluate(shown.format(".token"))
    assert tokens
    assert "none" not in tokens
    assert opened.evaluate("getComputedStyle(document.body).color") == "rgb(27, 34, 45)"
    opened.until(  # a map's corner, where the first query looks at itself alone: dark is much
        "document.querySelector('canvas[data-kind=real]').getContext('2d')"
        ".getImageData(2, 2, 1, 1).data[0] < 100"
    )
    opened.go("#/")
    opened.until("document.querySelectorAll('.heads tbody tr').length > 0")
    headers = opened.evaluate(shown.format(".heads th button"))
    assert len(headers) > 5
    assert "none" not in headers
    opened.call("Emulation.setEmulatedMedia", media="")
    quiet(opened)


def test_a_figure_on_one_text_has_no_interval(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    alone = replace(small.heads[5], iou=Estimate(0.4, 0.4, 0.4, 1))
    heads = tuple(alone if at == 5 else one for at, one in enumerate(small.heads))
    one = replace(small, heads=heads, mean=Estimate(0.4, 0.4, 0.4, 1))
    write(one, tmp_path / "one.html")
    browser.open(tmp_path / "one.html")
    assert "mean IoU0.400one held-out text" in text_of(browser, ".cards")
    browser.go("#/head/1.1")
    browser.until(f"{NUMBERS} > 0")
    assert "IoU on held-out texts0.400one text" in text_of(browser, ".cards")
    assert "0.400 to 0.400" not in text_of(browser, "main").partition("Real and predicted")[0]


def test_pictures_are_made(opened: Browser) -> None:
    """The blobs that would be saved: a PNG and an SVG of the three maps, an SVG of the curve."""
    opened.evaluate(
        "(() => { window.made = []; const make = URL.createObjectURL.bind(URL);"
        "URL.createObjectURL = b => { window.made.push([b.type, b.size]); return make(b); };"
        "HTMLAnchorElement.prototype.click = function () {}; })()"
    )
    press = "[...document.querySelectorAll('button')].find(b => b.textContent === '{}').click()"
    opened.evaluate(press.format("Save SVG"))
    opened.go("#/head/0.0")
    opened.until(f"{NUMBERS} > 0")
    opened.evaluate(press.format("Save PNG"))
    opened.evaluate(press.format("Save SVG"))
    opened.until("window.made.length === 3")
    kinds = sorted(kind for kind, size in opened.evaluate("window.made") if size > 1000)
    assert kinds == ["image/png", "image/svg+xml", "image/svg+xml"]
    quiet(opened)


CURVES = {
    "divergence": ((0.0, 0.4, 1.9), "0.400 nats", "masked tokens", "0 is unchanged"),
    "cosine": ((1.0, 0.97, 0.61), "0.970", "last hidden states", "1 is unchanged"),
}


@pytest.mark.parametrize("measure", CURVES)
def test_an_encoders_curve_is_of_its_own_measure_and_says_so(
    small: Report, browser: Browser, tmp_path: Path, measure: str
) -> None:
    (own, programs, uniform), card, *said = CURVES[measure]
    points = [CurvePoint("unmodified", 0.0, 0, own, own, own)]
    for by, value in (("programs", programs), ("uniform", uniform)):
        points.append(CurvePoint(by, 0.25, 3, value, value - 0.05, value + 0.05))
    some = replace(small, curve=tuple(points), measure=measure)
    write(some, tmp_path / "encoder.html")
    browser.faults.clear()
    browser.open(tmp_path / "encoder.html")
    section = text_of(browser, "section:has(> #curve-title)")
    assert all(words in section for words in said)
    assert f"{programs:.3f}" in section
    assert "lower is better" in section if measure == "divergence" else "higher is" in section
    assert card in text_of(browser, ".cards")
    assert "perplexity" not in text_of(browser, ".cards").lower()
    heights = browser.evaluate(
        "[...document.querySelectorAll('.chart circle')].map(c => Number(c.getAttribute('cy')))"
    )
    spread = sorted({round(height, 3) for height in heights})
    assert len(spread) == 3, "the unmodified model, the programs and the baseline"
    better = max(spread) if measure == "divergence" else min(spread)
    assert round(heights[0], 3) == better, "the unmodified model is at the good end"
    assert all(0 <= height <= 340 for height in heights)
    assert browser.faults == []


def test_a_report_without_a_curve_says_that_nothing_was_measured(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    write(replace(small, curve=()), tmp_path / "bare.html")
    browser.open(tmp_path / "bare.html")
    assert "Not measured" in text_of(browser, "section:has(> #curve-title)")
    assert browser.evaluate("document.querySelectorAll('.chart').length") == 0


def test_what_leaves_the_curve_is_named_with_its_figure(
    small: Report, browser: Browser, tmp_path: Path
) -> None:
    far = [replace(p, value=9e3, high=9e3) if p.by != "programs" and p.fraction == 1 else p
           for p in small.curve]  # fmt: skip
    write(replace(small, curve=tuple(far)), tmp_path / "far.html")
    browser.open(tmp_path / "far.html")
    browser.until("!!document.querySelector('.chart')")
    told = browser.evaluate(
        "[...document.querySelectorAll('.chart text')].filter(t => t.textContent.includes('↑'))"
        ".map(t => [t.textContent, t.getAttribute('y')])"
    )
    said = [text for text, _ in told]
    assert len(said) == len(set(said)) == 2, "one for each line, with all that left the picture"
    assert all(text.endswith("9,000") for text in said)
    assert {text.split(" ↑ ")[0] for text in said} == {"uniform", "first token"}
    assert len({y for _, y in told}) == 2, "one below the other"


@pytest.mark.parametrize("width", [800, 1280])
def test_every_column_of_the_list_of_heads_can_be_seen(
    small: Report, browser: Browser, tmp_path: Path, width: int
) -> None:
    """A usual window has them all; a narrow one a box that says that there is more, and whose foot,
    where its bar is, stands in the window. The head's name stays beside what it is scrolled to."""
    named = [replace(one, name="near_previous_and_sentence_ends") for one in small.programs]
    known = [replace(one, names=("previous_token", "last_newline")) for one in small.heads]
    longer = replace(small, programs=tuple(named), heads=tuple(known))
    write(replace(longer, mechanisms=looked_for()), tmp_path / "r.html")
    browser.open(tmp_path / "r.html", width)
    browser.evaluate("document.getElementById('list-title').scrollIntoView()")
    box = "document.querySelector('.listing')"
    over = browser.evaluate(f"{box}.scrollWidth - {box}.clientWidth")
    assert (over > 0) == (width < 1280)
    if over:
        assert edges(browser, ".listing")["bottom"] <= 900
        assert "gradient" in browser.evaluate(f"getComputedStyle({box}).backgroundImage")
        browser.evaluate(f"{box}.scrollTo(9999, 9999)")
    held, last = (edges(browser, one) for one in (".listing", ".heads thead th:last-child"))
    assert held["left"] < last["left"] < last["right"] <= held["right"]
    assert last["top"] == held["top"]
    assert edges(browser, ".heads tbody tr:last-child th")["left"] == held["left"]


def edges(browser: Browser, selector: str) -> dict[str, int]:
    """Where an element stands in the window, in whole pixels."""
    box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().toJSON()"
    return {side: round(at) for side, at in browser.evaluate(box).items()}
