"""The page for who can't see it: Chromium's accessibility tree stands in for a screen reader."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attndsl.report.data import HeadEntry, Report
from attndsl.report.write import write
from tests.report.browser import Browser
from tests.report.conftest import opened_on

pytestmark = pytest.mark.browser
PAGES = ("#/", "#/head/1.1", "#/library", "#/program/2", "#/x")
CONTROLS = {
    "link", "button", "combobox", "searchbox", "textbox", "DisclosureTriangle", "checkbox",
}  # fmt: skip
NAMED = {"image", "img", "table", "region", "navigation", "toolbar", "article", "complementary"}
Node = dict[str, Any]


@pytest.fixture
def opened(small: Report, browser: Browser, tmp_path: Path) -> Browser:
    write(small, tmp_path / "r.html")
    browser.open(tmp_path / "r.html")
    return browser


def go(browser: Browser, address: str) -> None:
    """To a page, with its maps drawn and described."""
    browser.go(address)
    browser.until("!!document.querySelector('h1')")
    if "head" in address:
        browser.until("document.querySelectorAll('.row-table tbody tr').length > 0")
    if address == "#/":
        browser.until("document.querySelector('.preview canvas').ariaLabel.includes('strongest')")


def heard(browser: Browser) -> Iterator[Node]:
    """What the tree has for a reader, in its order."""
    nodes = {node["nodeId"]: node for node in browser.call("Accessibility.getFullAXTree")["nodes"]}
    waiting = [next(iter(nodes))]
    while waiting:
        node = nodes.get(waiting.pop())
        if node is None:
            continue
        if not node["ignored"]:
            yield node
        waiting += reversed(node.get("childIds", []))


def role(node: Node) -> str:
    return str(node["role"]["value"])


def name(node: Node) -> str:
    return str(node.get("name", {}).get("value", "")).strip()


def has(node: Node, what: str) -> Any:
    found = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
    return found.get(what)


@pytest.mark.parametrize("address", PAGES)
def test_what_can_be_used_or_must_be_told_has_a_name(opened: Browser, address: str) -> None:
    go(opened, address)
    nodes = list(heard(opened))
    nameless = [node for node in nodes if role(node) in CONTROLS | NAMED and not name(node)]
    assert [node["role"] for node in nameless] == []
    assert sum(role(node) in CONTROLS for node in nodes) >= 4
    stops = [node for node in nodes if has(node, "focusable") and role(node) != "RootWebArea"]
    odd = {role(node) for node in stops} - CONTROLS - {"region", "main", "heading", "option"}
    assert odd == set(), "what takes the focus has a role"
    assert [role(node) for node in nodes].count("main") == 1


@pytest.mark.parametrize("address", PAGES)
def test_headings_go_down_one_level_at_a_time(opened: Browser, address: str) -> None:
    go(opened, address)
    levels = [int(has(node, "level")) for node in heard(opened) if role(node) == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_names_of_one_page_tell_its_controls_apart(opened: Browser) -> None:
    """Not twenty buttons called Source."""
    go(opened, "#/library")
    names = [name(node) for node in heard(opened) if role(node) in CONTROLS]
    names = [one for one in names if not one.startswith("L")]  # a head that a program serves
    assert len(set(names)) == len(names)


def test_a_cell_says_its_head_its_fit_and_its_program(opened: Browser, small: Report) -> None:
    names = {name(node) for node in heard(opened) if role(node) == "link"}
    for head in small.heads:
        program = small.programs[head.program]
        assert any(
            one.startswith(
                f"{head.name}: {content_of(head)}, IoU {head.iou.mean:.3f}, {program.name}, "
                f"{program.family}"
            )
            for one in names
        )


def content_of(head: HeadEntry) -> str:
    content = head.content_iou
    return f"content IoU {content.mean:.3f}" if content else "content IoU not defined"


def test_a_map_says_its_shares_and_its_strongest_edges(opened: Browser, small: Report) -> None:
    go(opened, "#/head/1.1")
    told = [name(node) for node in heard(opened) if role(node) in ("image", "img")]
    assert [one.split(",")[0] for one in told] == [
        "Real", "Predicted by the program", "Best constant pattern", "Predicted minus real",
    ]  # fmt: skip
    text, head = opened_on(small, 5), small.heads[5]
    for said, packed in zip(told, (text.real[5], text.predicted[head.map]), strict=False):
        matrix = np.zeros((len(text.tokens),) * 2)
        matrix[np.tril_indices(len(text.tokens))] = packed
        first = matrix[2:, 0].sum() / (len(text.tokens) - 2)
        assert int(said.split(". ")[1].split("%")[0]) == pytest.approx(100 * first, abs=1.01)
        rows, columns = np.indices(matrix.shape)
        matrix[(columns == 0) | (columns >= rows - 1)] = 0.0
        if matrix.max() > 0.02:
            assert float(said.split("strongest elsewhere: ")[1].split(",")[0].split()[-1]) == (
                pytest.approx(matrix.max(), abs=0.011)
            )
    real, predicted = (text.real[5].astype(float), text.predicted[head.map].astype(float))
    most = float(
        told[3].split("largest differences: ")[1].split(",")[0].split()[-1].replace("−", "-")
    )
    assert abs(most) == pytest.approx(np.abs(predicted - real).max(), abs=0.015)


def test_a_token_says_its_weights_and_a_change_is_told(opened: Browser, small: Report) -> None:
    go(opened, "#/head/1.1")
    opened.evaluate("document.querySelector('.token:nth-of-type(5)').focus()")
    opened.press("ArrowRight")
    query, text = 5, opened_on(small, 5)
    opened.until("document.activeElement.matches('.token:nth-of-type(6).query')")
    tokens = [node for node in heard(opened) if role(node) == "button" and has(node, "pressed")]
    tokens = tokens[-len(text.tokens) :]
    start = query * (query + 1) // 2
    for key, node in enumerate(tokens[: query + 1]):
        assert name(node).startswith(text.tokens[key].strip())
        said = float(name(node).split("real ")[1].split(",")[0])
        assert said == pytest.approx(text.real[5][start + key], abs=0.011)
    assert name(tokens[query + 1]).endswith("hidden from the query")
    assert [has(node, "pressed") for node in tokens].index("true") == query
    lives = [node for node in heard(opened) if has(node, "live") == "polite"]
    assert "status" in {role(node) for node in lives}
    status = "[...document.querySelectorAll('main [role=status]')].map(s => s.textContent).join()"
    assert f"From {text.tokens[query].strip()} ({query}): " in opened.evaluate(status)
    opened.evaluate("[...document.querySelectorAll('.choice button')].find("
                    "b => b.ariaLabel.startsWith('Text 2:')).click()")  # fmt: skip
    opened.until(f"({status}).includes('Text 2: IoU')")


def test_sorting_is_told(opened: Browser) -> None:
    status = "document.querySelector('.bar [role=status]').textContent"
    before = opened.evaluate(status)
    opened.evaluate("[...document.querySelectorAll('.heads th button')][1].click()")
    assert opened.evaluate(status) not in ("", before)
    assert opened.evaluate("document.querySelectorAll('.heads [aria-sort=ascending]').length") == 1


@pytest.mark.parametrize("address", ["#/", "#/head/1.1", "#/program/2"])
def test_the_tabulator_goes_through_the_page_in_its_order(opened: Browser, address: str) -> None:
    """Every stop once, down the page; the grid and the tokens are one stop each."""
    go(opened, address)
    opened.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    opened.evaluate("document.querySelector('.skip').focus()")
    # Anew each time: the preview beside the grid changes with the cell in focus.
    stops = (
        "[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]"
        ".filter(e => e.tabIndex >= 0 && e.checkVisibility())"
    )
    wanted = opened.evaluate(f"{stops}.length")
    place = f"{stops}.indexOf(document.activeElement)"
    seen = [opened.evaluate(place)]
    for _ in range(wanted - 1):
        opened.press("Tab")
        seen.append(opened.evaluate(place))
    assert seen == list(range(wanted))
    for one in (".grid a", ".token"):
        found = f"{stops}.filter(e => e.matches({json.dumps(one)})).length"
        assert opened.evaluate(found) <= 1


def test_another_page_begins_at_its_heading_and_other_colours_move_nothing(opened: Browser) -> None:
    go(opened, "#/head/1.1")
    focus = "document.activeElement.tagName + '#' + document.activeElement.id"
    assert opened.evaluate(focus) == "H1#"
    opened.evaluate("document.getElementById('theme').focus(); scrollTo(0, 300)")
    opened.evaluate("document.getElementById('theme').click()")
    assert opened.evaluate(focus) == "BUTTON#theme"
    opened.evaluate("document.getElementById('theme').click()")


@pytest.mark.parametrize("dark", [False, True])
def test_figures_stand_out_from_their_cells(
    small: Report, browser: Browser, tmp_path: Path, dark: bool
) -> None:
    """At least 4.5 to 1, as WCAG 2 asks of small text, in the grid and on the tokens."""
    write(small, tmp_path / "r.html")
    browser.open(tmp_path / "r.html", dark=dark)
    pairs = "[...document.querySelectorAll('{}')].map(e => getComputedStyle(e)).map("
    pairs += "s => [s.color, s.backgroundColor])"
    found = browser.evaluate(pairs.format(".grid tbody a"))
    go(browser, "#/head/1.1")
    found += browser.evaluate(pairs.format(".token:not(.hidden-key)"))
    for ink, ground in found:
        assert contrast(ink, ground) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    lights = sorted(map(light, (one, other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def light(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
