"""The studio in a notebook: its page in a frame, whose questions go by the widget's messages.

Needs the extra `notebook` (anywidget):

    attndsl.studio("run")    # or a file, or nothing

Nothing is served: the page asks the notebook that shows it, and that asks Python.
"""

import json
from importlib import import_module
from typing import Any

from attndsl.authoring.studio.asks import answer, question
from attndsl.authoring.studio.desk import Desk, open_desk
from attndsl.authoring.studio.page import page
from attndsl.language.diagnostics import AttndslError

# In the frame: what stands in the place of a socket.
SHIM = """
window.WebSocket = class {
  constructor() {
    addEventListener("message", (event) => {
      if (event.source === parent && typeof event.data?.attndsl === "string")
        this.onmessage({ data: event.data.attndsl });
    });
    setTimeout(() => this.onopen());
  }
  send(text) { parent.postMessage({ attndsl: text }, "*"); }
};
"""
# Around it: the frame can't reach the notebook; the two talk by messages.
SCRIPT = """
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = "attndsl studio";
  frame.setAttribute("sandbox", "allow-scripts");
  Object.assign(frame.style, { width: "100%", height: `${model.get("height")}px`, border: "0" });
  frame.srcdoc = model.get("page");
  const hear = (event) => {
    if (event.source === frame.contentWindow && typeof event.data?.attndsl === "string")
      model.send({ asked: event.data.attndsl });
  };
  const tell = (message) => frame.contentWindow?.postMessage({ attndsl: message.told }, "*");
  addEventListener("message", hear);
  model.on("msg:custom", tell);
  el.append(frame);
  return () => { removeEventListener("message", hear); model.off("msg:custom", tell); };
}
export default { render };
"""


def studio(
    target: str | None = None, *, store: str | None = None, model: str | None = None,
    height: int = 1000,
) -> Any:  # fmt: skip
    """The studio as a widget of notebooks, on a run, on a file, or with neither to try programs.

    As in `attndsl studio` programs are written beside the heads that they explain, and saved.
    """
    kind = _kind()
    desk = open_desk(target, store, model)
    shown = kind(page=framed(desk), height=height, about=desk.name)
    shown.on_msg(lambda widget, content, _: widget.send({"told": reply(desk, content)}))
    return shown


def framed(desk: Desk) -> str:
    """The page, asking the one who shows it."""
    return page(desk.name, desk.mask).replace("<body>", f"<body>\n<script>{SHIM}</script>", 1)


def reply(desk: Desk, content: Any) -> str:
    """What a message of the page is answered."""
    asked = question(str(content.get("asked") if isinstance(content, dict) else ""))
    if isinstance(asked, str):
        return json.dumps({"id": None, "error": asked})
    told: dict[str, Any] = {"id": asked["id"]}
    try:
        told["answer"] = answer(desk, asked["ask"], asked["given"])
    except AttndslError as fault:
        told["error"] = str(fault)
    return json.dumps(told)


def _kind() -> Any:
    """The widget's class; anywidget is loaded here alone."""
    try:
        anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    except ModuleNotFoundError:
        raise AttndslError(
            "the studio in a notebook needs anywidget, which isn't installed: "
            "pip install 'attndsl[notebook]'"
        ) from None
    traits = {"page": traitlets.Unicode("").tag(sync=True), "about": traitlets.Unicode(""),
              "height": traitlets.Int(1000).tag(sync=True), "_esm": SCRIPT,
              "__repr__": _told}  # fmt: skip
    return type("Studio", (anywidget.AnyWidget,), traits)


def _told(view: Any) -> str:
    return f"<studio on {view.about}>" if view.about else "<studio>"
