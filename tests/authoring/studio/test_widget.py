"""The studio in a notebook: the same answers by a widget's messages, and the page in its frame."""

import json
from pathlib import Path
from typing import Any

import pytest

from attndsl.authoring.studio.desk import Desk
from attndsl.authoring.studio.widget import SCRIPT, framed, reply, studio
from attndsl.language.diagnostics import AttndslError
from tests.authoring.studio.conftest import PREVIOUS
from tests.report.browser import Browser
from tests.report.conftest import browser  # noqa: F401 - a fixture

# A notebook in little: what the page asks is kept until a test answers it.
HOST = """<!doctype html><meta charset="utf-8"><h1>Cell</h1><div id="cell"></div>
<script type="module">
window.asked = [];
const heard = {};
const traits = JSON.parse(document.getElementById("traits").textContent);
const model = {
  get: (name) => traits[name], send: (told) => asked.push(told),
  on: (name, call) => { heard[name] = call; }, off: (name) => { delete heard[name]; },
};
window.tell = (told) => heard["msg:custom"]({ told });
SCRIPT
render({ model, el: document.getElementById("cell") });
</script><script type="application/json" id="traits">TRAITS</script>"""


def asked(desk: Desk, name: str, **given: Any) -> Any:
    return json.loads(reply(desk, {"asked": json.dumps({"id": 7, "ask": name, "given": given})}))


def test_questions_are_answered_as_over_the_socket(desk: Desk) -> None:
    told = asked(desk, "open")
    assert told["id"] == 7
    assert [one["head"] for one in told["answer"]["heads"]] == list(desk.heads)
    assert asked(desk, "check", text=PREVIOUS)["answer"]["problems"] == []
    assert "no head" in asked(desk, "begin", head="L9.H9")["error"]
    assert "no question" in asked(desk, "import os")["error"]
    for content in (None, 3, {"asked": "{"}, {"asked": "[]"}, {"told": "x"}):
        assert json.loads(reply(desk, content))["error"]


def test_a_widget_answers_its_page(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("anywidget", reason="is a widget of it")
    file = tmp_path / "mine.attn"
    file.write_text(PREVIOUS)
    shown, sent = studio(str(file)), list[Any]()
    assert repr(shown) == f"<studio on {file.name}>"
    assert repr(studio()) == "<studio>"
    shown.send = sent.append
    shown._handle_custom_msg({"asked": '{"id": 1, "ask": "open"}'}, [])
    assert json.loads(sent[0]["told"])["answer"]["source"] == PREVIOUS
    assert "WebSocket = class" in shown.page
    with pytest.raises(AttndslError, match="neither a run nor a file"):
        studio(str(tmp_path / "nothing"))


@pytest.mark.browser
def test_the_page_draws_a_program_beside_a_head(
    desk: Desk,
    browser: Browser,  # noqa: F811 - the fixture of that name
    tmp_path: Path,
) -> None:
    traits = json.dumps({"page": framed(desk), "height": 900}).replace("<", "\\u003c")
    script = SCRIPT.replace("export default { render };", "")
    file = tmp_path / "cell.html"
    file.write_text(HOST.replace("SCRIPT", script).replace("TRAITS", traits), "utf-8")
    browser.faults.clear()
    browser.open(file, 1280, 1000)
    wanted, names = {"open", "begin", "check", "look"}, set[str]()
    while not wanted <= names:
        browser.until("window.asked?.length")  # at last it has asked all of them, or this fails
        for content in json.loads(browser.evaluate("JSON.stringify(asked.splice(0))")):
            names.add(json.loads(content["asked"])["ask"])
            browser.evaluate(f"tell({json.dumps(reply(desk, content))})")
    assert browser.faults == []
