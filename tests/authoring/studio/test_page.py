"""The studio in a real browser, by typing and clicking."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the studio needs the extra `studio`")

from attndsl.authoring.bench import Bench, open_bench
from attndsl.authoring.studio.desk import BEGIN, Desk, desk_of, open_desk
from attndsl.authoring.studio.guard import Guard
from attndsl.authoring.studio.serve import listening, server_of
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.runs.opened import open_run
from attndsl.tokens.tokenizer import builtin_table
from tests.authoring.studio.conftest import PREVIOUS, with_ladder
from tests.report.browser import Browser
from tests.report.conftest import browser  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
FIRST = "def mine(q, k):\nreturn 0.7 * (k == q.prev) + 0.3 * (k.i == 0)"  # it indents by itself
Serve = Callable[[Desk], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a desk in a thread and gives its address; ends with the test."""
    running = []

    def start(desk: Desk) -> str:
        bound = listening(0)
        guard = Guard(bound.getsockname()[1])
        server = server_of(desk, guard)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        running.append((server, thread))
        return guard.address

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def page(browser: Browser) -> Iterator[Browser]:  # noqa: F811 - the fixture of that name
    browser.faults.clear()
    browser.requests.clear()
    yield browser
    browser.call("Page.navigate", url="about:blank")


def write(page: Browser, text: str) -> None:
    """Type a text in place of all that is there."""
    page.click(".cm-content")
    page.key("a", 65, control=True)
    page.type(text)


def shown(page: Browser, name: str) -> None:
    page.until(f"document.getElementById('state').textContent.startsWith({json.dumps(name)})")
    page.until("document.querySelectorAll('.row-table tbody tr').length > 0")


def predicted(page: Browser, text: str) -> str:
    """The picture of the predicted map, once it is that of a text that was typed."""
    form = verify(text.replace("\nreturn", "\n    return") + "\n").programs[0].hash
    page.until(f"document.getElementById('maps').dataset.program === '{form}'")
    found = page.evaluate("document.querySelector('canvas[data-kind=predicted]').toDataURL()")
    return str(found)


def choose(page: Browser, select: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const one = document.getElementById('{select}'); one.value = '{value}';"
        "one.dispatchEvent(new Event('change')); })()"
    )


def test_a_newcomers_first_program_a_typo_and_its_fix(page: Browser, serve: Serve) -> None:
    address = serve(open_desk(None))
    page.visit(address)
    shown(page, "previous")
    before = predicted(page, BEGIN)
    write(page, FIRST)
    shown(page, "mine")
    page.until("document.getElementById('programs').textContent.includes('causal, at most')")
    good = predicted(page, FIRST)
    assert good != before
    write(page, FIRST.replace("q.prev", "q.previous"))
    page.until("document.querySelector('#problems .error').textContent.includes('no `previous`')")
    page.until("document.querySelectorAll('.cm-lintRange-error').length > 0")
    page.until("document.getElementById('maps').classList.contains('stale')")
    page.until("document.querySelector('#problems .fix')")
    page.click("#problems .fix")
    shown(page, "mine")
    page.until("document.querySelectorAll('#problems li').length === 0")
    assert predicted(page, FIRST) == good
    assert page.faults == []
    origin = address.split("/?")[0]
    assert {one for one in page.requests if not one.startswith(("data:", origin))} <= {
        "about:blank"
    }


def test_completion_and_hover(page: Browser, serve: Serve) -> None:
    page.visit(serve(open_desk(None)))
    shown(page, "previous")
    write(page, "def f(q, k):\nreturn k == q.pre")
    page.until("document.querySelector('.cm-tooltip-autocomplete').textContent.includes('prev')")
    time.sleep(0.2)  # an editor's list takes no key in the moment in which it opens
    page.key("Enter", 13, "\r")
    shown(page, "f")
    x, y = page.middle(".cm-line:nth-child(2) span:last-child")
    page.hover(x, y)
    page.until("document.querySelector('.told').textContent.includes('.prev: position')")
    assert page.faults == []


def test_a_better_program_than_the_runs_is_saved_and_can_be_taken_back(
    page: Browser, serve: Serve, bench: Bench, run: Path
) -> None:
    held, kept = bench.heads["L0.H0"], "document.getElementById('kept').textContent"
    page.visit(serve(desk_of(bench, None)))
    shown(page, held.program.name)
    page.until(f'{kept} === "as good as the run\'s program"')
    write(page, "def better(q, k):\nreturn 0.5 * sink(q, k) + 0.5 * fading(q, k, 0.7)")
    shown(page, "better")
    page.until(f'{kept}.startsWith("better than the run\'s program by ")')
    page.click("#save")
    page.until("document.querySelectorAll('.history li').length === 2")
    saved = open_run(run).head(0, 0)
    assert saved.program.name == "better"
    assert "fading(q, k, 0.7)" in saved.source
    page.until(f'{kept} === "as good as the run\'s program"')
    page.click(".history li:last-child .take")
    shown(page, held.program.name)
    page.until(f'{kept}.startsWith("worse than the run\'s program by ")')
    page.click("#save")
    page.until("document.querySelectorAll('.history li').length === 3")
    assert open_run(run).head(0, 0).program.hash == held.program.hash
    assert page.faults == []


def test_the_ladder_tells_what_each_rung_reaches_and_gives_its_program(
    page: Browser, serve: Serve, run: Path
) -> None:
    with_ladder(run, "L0.H0")
    bench = open_bench(run, HeadStore.open(run / "heads"), builtin_table())
    page.visit(serve(desk_of(bench, None)))
    shown(page, bench.heads["L0.H0"].program.name)
    told = "document.querySelector('section:has(> #ladder-title) [role=status]').textContent"
    page.until(f"{told}.startsWith('1 part (picked): worth 0.4')")
    assert page.evaluate(told).endswith("content IoU 0.30, IoU 0.50")
    page.evaluate("document.getElementById('rung').focus()")
    page.key("ArrowRight", 39)
    page.until(f"{told}.startsWith('2 parts: worth 0.5')")
    page.key("ArrowLeft", 37)
    page.click("section:has(> #ladder-title) .take")
    shown(page, "l0_h0_of_1")
    assert page.faults == []


def test_why_a_text_of_ones_own_and_two_heads(page: Browser, serve: Serve, bench: Bench) -> None:
    page.visit(serve(desk_of(bench, None)))
    shown(page, bench.heads["L0.H0"].program.name)
    page.click("canvas[data-kind=predicted]")
    page.until("document.querySelector('.why table')")
    assert "Why this weight" in page.evaluate("document.querySelector('.why').textContent")
    choose(page, "beside", "L1.H2")
    page.until("document.querySelectorAll('#maps > section').length === 2")
    names = "[...document.querySelectorAll('#maps > section > h3')].map(e => e.textContent)"
    assert page.evaluate(names) == ["L0.H0", "L1.H2"]
    page.click(".prompt summary")
    page.click("#prompt")
    page.type("A dog saw a dog.")
    page.click("#read")
    page.until("document.querySelectorAll('#maps .side:first-child .token').length === 6")
    page.click("#tree summary")
    page.until("document.querySelector('#tree .tree button')")
    assert page.faults == []


def test_a_file_that_changes_and_a_studio_that_stops(
    page: Browser, serve: Serve, tmp_path: Path
) -> None:
    file = tmp_path / "mine.attn"
    file.write_text(PREVIOUS)
    page.visit(serve(open_desk(str(file))))
    shown(page, "previous")
    file.write_text(PREVIOUS.replace("previous", "other"))
    page.until("document.getElementById('banner-changed')")
    page.click("#save")
    page.until("document.getElementById('banner-changed')")
    assert "other" in file.read_text(), "not written over unseen"
    page.click("#banner-changed button")
    shown(page, "other")
    write(page, FIRST)
    predicted(page, FIRST)
    page.key("s", 83, control=True)
    page.until("document.getElementById('tip').textContent === 'mine.attn saved'")
    assert "def mine(q, k):\n    return 0.7" in file.read_text()
    assert page.faults == []


def test_a_tab_of_another_origin_gets_nothing(
    page: Browser, serve: Serve, bench: Bench, tmp_path: Path
) -> None:
    address = serve(desk_of(bench, None))
    socket = address.replace("http", "ws").replace("/?", "/socket?")
    (tmp_path / "evil.html").write_text("<!doctype html><h1>evil</h1>")
    page.open(tmp_path / "evil.html")
    found = page.evaluate(
        "(async () => { const got = [];"
        f"await fetch({json.dumps(address)}).then(r => r.text()).then(t => got.push(t), "
        "() => got.push('no answer'));"
        f"await new Promise(done => {{ const s = new WebSocket({json.dumps(socket)});"
        "s.onopen = () => { got.push('open'); done(); };"
        "s.onerror = () => { got.push('refused'); done(); }; });"
        "return got; })()"
    )
    assert found == ["no answer", "refused"]


def test_an_address_without_its_token_is_told(page: Browser, serve: Serve) -> None:
    address = serve(open_desk(None)).split("?")[0]
    page.call("Page.navigate", url=address)
    page.until("document.body.textContent.includes('lacks its token')")


@pytest.mark.parametrize("dark", [False, True])
def test_a_narrow_window_holds_all_of_it(
    page: Browser, serve: Serve, bench: Bench, dark: bool
) -> None:
    page.visit(serve(desk_of(bench, None)), 390, 844, dark)
    shown(page, bench.heads["L0.H0"].program.name)
    page.until("document.querySelector('#measures td[data-side=constant]')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ink = page.evaluate("getComputedStyle(document.querySelector('.cm-editor')).backgroundColor")
    assert ink == ("rgb(27, 32, 39)" if dark else "rgb(255, 255, 255)")
    assert page.faults == []
