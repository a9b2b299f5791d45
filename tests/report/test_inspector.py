"""The inspector says of each part where it comes from, what it is, and its value on a text."""

import json
import re
from pathlib import Path

import pytest

import attndsl
from attndsl.engines.reference import values
from attndsl.graph.trace import seen
from attndsl.report.data import Report
from attndsl.report.inspector import inspector
from attndsl.report.tree import rebuilt, tree_of
from attndsl.report.write import write
from tests.report.browser import Browser

SOURCE = """
def _near(q, k):
    return 0.5 ** (q.i - k.i)


def blend(q, k):
    \"\"\"Marks and what is near: <b>é</b>.\"\"\"
    share = 0.25 * normalized(k.is_punct)
    return share + 0.75 * _near(q, k)
"""
TEXT = attndsl.encode("One, two; three. </script> Four")


def data_of(page: str) -> dict[str, list[dict[str, object]]]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(found)


@pytest.fixture(scope="module")
def page() -> str:
    return inspector(attndsl.verify(SOURCE).programs, TEXT)


def test_each_node_points_into_its_source(page: str) -> None:
    (program,) = data_of(page)["programs"]
    lines = SOURCE.splitlines()
    texts = {
        lines[line - 1][column - 1 : end - 1]
        for node in program["nodes"]
        for line, column, last, end in node["spans"]
        if line == last
    }
    assert {"k.is_punct", "q.i", "0.5 ** (q.i - k.i)"} <= texts
    root = program["nodes"][program["root"]]
    assert root["spans"], "the value itself comes from the return"


def test_the_value_drawn_is_the_programs_own(page: str) -> None:
    (program,) = data_of(page)["programs"]
    drawn = program["nodes"][program["root"]]["values"]["cells"]
    exact = values(attndsl.verify(SOURCE).programs[0], TEXT)
    for query, row in enumerate(drawn):
        for key, value in enumerate(row):
            assert (value is None) == (key > query)
            if value is not None:
                assert value == pytest.approx(exact[query, key], abs=1e-4)


def test_the_last_step_gives_the_canonical_program(page: str) -> None:
    (program,) = data_of(page)["programs"]
    assert program["steps"][-1]["source"] == program["canonical"]
    assert all(step["why"] and step["before"] != step["after"] for step in program["steps"])


def test_nothing_in_the_page_can_end_a_script(page: str) -> None:
    assert page.count("</script>") == 2
    assert not re.search(r"(?:src|href)=", page)


@pytest.mark.browser
def test_pointing_at_a_node_marks_its_source(page: str, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    browser.open(tmp_path / "page.html")
    browser.until("document.querySelectorAll('.tree button').length > 5")
    browser.evaluate(
        "[...document.querySelectorAll('.tree button')]"
        ".find(b => b.textContent === 'column k.is_punct').focus()"
    )
    assert browser.evaluate("document.querySelector('.source mark').textContent") == "k.is_punct"
    assert "bool" in browser.evaluate("document.querySelector('.told').textContent")
    browser.evaluate(
        "(() => { const s = document.querySelector('.steps input'); s.value = s.max;"
        "s.dispatchEvent(new Event('input')); })()"
    )
    shown = browser.evaluate("document.querySelector('.rule').textContent")
    last = int(browser.evaluate("document.querySelector('.steps input').max")) + 1
    assert shown.startswith(f"{last} of {last}.")
    assert browser.faults == []


def test_in_a_notebook_it_is_a_frame_that_can_reach_nothing() -> None:
    shown = attndsl.inspect(attndsl.verify(SOURCE).programs[0], "One </iframe> two")
    assert repr(shown) == "<the inspector of blend>"
    html = shown._repr_html_()
    assert (html.count("<iframe"), html.count(">")) == (1, 2), "its own tag, opened and closed"
    assert 'sandbox="allow-scripts"' in html
    assert html.startswith("<iframe title=")


@pytest.mark.browser
def test_a_report_inspects_its_programs(small: Report, browser: Browser, tmp_path: Path) -> None:
    write(small, tmp_path / "report.html")
    browser.faults.clear()
    browser.open(tmp_path / "report.html")
    number = next(n for n, one in enumerate(small.programs) if one.name == "same_word")
    browser.go(f"#/program/{small.programs[number].hash}")
    browser.until("document.querySelector('details.inspector')")
    assert browser.evaluate("document.querySelectorAll('.tree').length") == 0, "nothing unpacked"
    browser.evaluate("document.querySelector('details.inspector').open = true")
    browser.until("document.querySelectorAll('.tree button').length > 5")
    browser.evaluate(
        "[...document.querySelectorAll('.tree button')]"
        ".findLast(b => /lower.*==.*lower/.test(b.textContent)).focus()"
    )
    assert "k.lower == q.lower" in browser.evaluate("document.querySelector('mark').textContent")
    told = browser.evaluate("document.querySelector('.told').textContent")
    assert "bool" in told
    assert browser.evaluate("document.querySelector('.told canvas').width") == min(
        20, len(small.texts[0].tokens)
    )
    assert browser.faults == []


@pytest.mark.browser
def test_a_long_program_fits_a_narrow_screen(browser: Browser, tmp_path: Path) -> None:
    """What is wide scrolls in its own frame, the page doesn't."""
    calls = " + ".join(f"similarity(q, k) * {number}.5" for number in range(2, 12))
    programs = attndsl.verify(
        f"def wide(q, k):\n    return {calls} if k.is_punct else 1\n"
    ).programs
    (tmp_path / "i.html").write_text(inspector(programs, TEXT))
    browser.faults.clear()
    browser.open(tmp_path / "i.html", 390, dark=True)
    browser.until("document.querySelectorAll('pre.card').length > 0")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    assert browser.faults == []


MADE = """
def mixed(q, k):
    near = normalized(0.7 ** (q.i - k.i))
    if k.i > 0:
        return 0.5 * near + 0.2 * k.is_punct
    return 0.3 * ends_names_nouns(k)
"""


def nodes_of(source: str) -> list[dict[str, object]]:
    nodes: list[dict[str, object]] = tree_of(attndsl.verify(source).programs[0])["nodes"]
    return nodes


def of_text(nodes: list[dict[str, object]], text: str) -> dict[str, object]:
    return next(node for node in nodes if node["text"] == text)


def marks(node: dict[str, object], source: str) -> list[str]:
    lines = source.splitlines()
    return [lines[one[0] - 1][one[1] - 1 : one[3] - 1] for one in node["spans"]]


def test_a_node_says_which_rule_made_it_and_of_what() -> None:
    nodes = nodes_of(MADE)
    chosen = of_text(nodes, "0.2 if k.is_punct else 0")
    assert chosen["made"] == "the rule factors into select"
    assert marks(chosen, MADE) == ["0.2 * k.is_punct"]
    turned = of_text(nodes, "k.i == 0")
    assert turned["made"].startswith("the rule whole order")
    assert marks(turned, MADE)[0] == "k.i > 0"
    written = of_text(nodes, "0.7 ** (q.i - k.i)")
    assert (written["made"], marks(written, MADE)) == (
        "as it is written",
        ["0.7 ** (q.i - k.i)"],
    )
    within = of_text(nodes, "k.is_newline")
    assert within["made"] == "as it is written, inside ends_names_nouns"
    assert marks(within, MADE) == ["ends_names_nouns(k)"]


def test_every_node_has_a_place_and_none_costs_less_than_its_parts() -> None:
    program = attndsl.verify(MADE).programs[0]
    built = rebuilt(program)
    costs = {term: cost for term, (_, cost) in built.costs.items()}
    for term in built.costs:
        assert built.spans(term), term
        for arg in built.graph[term].args:
            assert operations_at(costs[arg], 50) <= operations_at(costs[term], 50)
    assert of_text(nodes_of(MADE), "q.i - k.i")["cost"] == "1 operation a cell"


def operations_at(said: str, n: int) -> int:
    total = 0
    for count, power in re.findall(r"(\d*) ?(n\^\d|n\b|(?= operation))", said.replace(",", "")):
        if count or power:
            degree = int(power[2:] or 1) if power else 0
            total += int(count or 1) * n**degree
    return total


def test_a_step_within_a_sum_over_the_row_is_a_difference_of_two_programs() -> None:
    source = "def f(q, k):\n    return normalized(k.lower == q.lower and k != q)\n"
    before = None
    for step in seen(attndsl.verify(source).programs[0]):
        if step.source == before:
            was, now = step.spelled
            assert was != now
            assert attndsl.verify(was).programs[0].hash == attndsl.verify(now).programs[0].hash
        before = step.source


def test_helpers_and_constants_of_the_file_are_shown_beside_the_program(page: str) -> None:
    (program,) = data_of(page)["programs"]
    assert program["homes"] == [[2, 3], [6, 9]]


@pytest.mark.browser
def test_a_line_that_is_cut_ends_in_an_ellipsis(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "i.html").write_text(inspector(attndsl.verify(MADE).programs, TEXT))
    browser.open(tmp_path / "i.html", 800)
    cut = browser.evaluate(
        "[...document.querySelectorAll('.tree button')].filter(b => b.scrollWidth > b.clientWidth)"
        ".map(b => [getComputedStyle(b).textOverflow, b.textContent.endsWith(b.title)])"
    )
    assert cut
    assert all(one == ["ellipsis", True] for one in cut)
