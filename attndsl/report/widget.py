"""A head's page as a widget of notebooks: the report's own page, which tells where one looks.

Needs the extra `notebook` (anywidget). What is shown is followed from Python, and the other way:

    view = attndsl.open_run("run").view(18, 7)
    view.query, view.key    # the cell that is pointed at
    view.text = 2
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from attndsl.language.diagnostics import AttndslError
from attndsl.report.alone import alone
from attndsl.report.data import Report
from attndsl.report.write import page

FOLLOWED = ("text", "query", "key")  # what a page tells of, and is told
MARK = "attndsl: "  # before a frame's title

# The page stands in a frame that can't reach the notebook; the two talk by messages.
SCRIPT = """
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = model.get("title");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  Object.assign(frame.style, { width: "100%", height: `${model.get("height")}px`, border: "0" });
  frame.srcdoc = model.get("page");
  const show = () =>
    frame.contentWindow?.postMessage({ attndsl: { head: model.get("head"), text: model.get("text") } }, "*");
  const hear = (event) => {
    if (event.source !== frame.contentWindow || !event.data?.attndsl) return;
    const told = event.data.attndsl;
    if (told.ready) return show();
    for (const name of ["text", "query", "key"]) if (name in told) model.set(name, told[name]);
    model.save_changes();
  };
  addEventListener("message", hear);
  model.on("change:text", show);
  el.append(frame);
  return () => { removeEventListener("message", hear); model.off("change:text", show); };
}
export default { render };
"""  # noqa: E501  (a script as it stands in the notebook)


def view_of(report: Report, layer: int, head: int, height: int = 900) -> Any:
    """The widget of one head of a report."""
    shown = alone(report, layer, head)
    given = {"page": page(shown), "head": f"{layer}.{head}", "height": height}
    return _kind()(title=f"{MARK}view of L{layer}.H{head} of {report.model}", **given)


def _kind() -> Any:
    """The widget's class; anywidget is loaded here alone."""
    try:
        anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    except ModuleNotFoundError:
        raise AttndslError(
            "a view needs anywidget, which isn't installed: pip install 'attndsl[notebook]'"
        ) from None
    synced = {"sync": True}
    traits = {
        **{name: traitlets.Unicode("").tag(**synced) for name in ("page", "head", "title")},
        "height": traitlets.Int(900).tag(**synced),
        **{name: traitlets.Int(None, allow_none=True).tag(**synced)
           for name in FOLLOWED},
        "_esm": SCRIPT,
    }  # fmt: skip
    return type("HeadView", (anywidget.AnyWidget,), traits | {"__repr__": _told})


def _told(view: Any) -> str:
    """In a word, where no notebook shows it: whose page it is, and the cell that is pointed at."""
    followed = ((name, getattr(view, name)) for name in FOLLOWED)
    at = "".join(f", {name} {number}" for name, number in followed if number is not None)
    return f"<{view.title.removeprefix(MARK)}{at}>"
