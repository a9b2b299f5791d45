"""The playground as a folder of plain files, for any server of such files; nothing runs there."""

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path

from attndsl import __version__
from attndsl.authoring.listing import callables, of_level
from attndsl.authoring.pieces import needed, pieces_of
from attndsl.authoring.playground.tutorial import steps
from attndsl.authoring.playground.wheels import own_wheel, parser_wheel
from attndsl.files.whole import write_bytes
from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError
from attndsl.language.python_habits import KEYWORDS
from attndsl.language.vocabulary import CALLABLES, LEVELS, NUMBERS

PYODIDE = "314.0.7"  # the version that the tests run on
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
VENDORED = (
    "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json",
)  # fmt: skip
# In this order they make the page's one script; the report's come first.
REPORT = ("dom.js", "maps.js", "language.js", "figure.js", "linked.js", "tree.js")
OWN = ("compiler.js", "link.js", "telling.js", "page.js")
STYLES = (
    ("report", "page.css"),
    ("report", "inspector.css"),
    ("authoring.playground", "playground.css"),
)
EXAMPLES_LEFT_OUT = ("syntax.attn", "clauses.attn")  # they need a parser


def write_playground(folder: Path, pyodide: str = ADDRESS) -> list[str]:
    """Write the page and what it loads; `pyodide` is an address, or a folder to copy from.

    Gives the files' names.
    """
    vendored = _vendored(pyodide)
    wheels = dict((own_wheel(), parser_wheel()))
    settings: dict[str, object] = {
        "worker": f"worker.js?{__version__}",
        "wheels": [*wheels],
        "pyodide": "pyodide/" if vendored else pyodide.rstrip("/") + "/",
        "steps": [asdict(step) for step in steps()],
        "examples": examples(),
        "vocabulary": _vocabulary(),
    }
    written = {
        "index.html": _page(settings).encode(),
        "playground.css": "".join(_file(room, name) for room, name in STYLES).encode(),
        "playground.js": _script().encode(),
        "editor.js": _file("authoring.studio", "built/editor.js").encode(),
        "worker.js": _file("authoring.playground", "worker.js").encode(),
        **wheels,
        **{f"pyodide/{name}": content for name, content in vendored.items()},
    }
    for name, content in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    return list(written)


def _vendored(pyodide: str) -> dict[str, bytes]:
    """Pyodide's files out of a folder; none where it is an address."""
    if pyodide.startswith(("https://", "http://")):
        return {}
    missing = [name for name in VENDORED if not Path(pyodide, name).is_file()]
    if missing:
        raise AttndslError(
            f"{pyodide} isn't Pyodide's folder: it has no {missing[0]}; fetch it with"
            f" npm install pyodide@{PYODIDE} and name node_modules/pyodide, or give an address"
        )
    return {name: Path(pyodide, name).read_bytes() for name in VENDORED}


def examples() -> list[dict[str, str]]:
    """A program of the examples each, with what it needs of its file."""
    programs = []
    for path in sorted(asset("examples").glob("*.attn")):
        pieces = () if path.name in EXAMPLES_LEFT_OUT else pieces_of(path.read_text("utf-8")) or ()
        for piece in pieces:
            if piece.head and path.name != "mechanisms.attn":
                own = needed({one.name: one for one in pieces if one.name}, piece)
                program = "\n\n\n".join(one.text for one in own) + "\n"
                programs.append({"name": piece.name, "program": program})
    return programs


def _vocabulary() -> dict[str, list[tuple[str, str]]]:
    by_level = {
        f"{level}: {origin}": [(name, says) for name, _, _, says in of_level(level)]
        for level, origin in LEVELS.items()
    }
    return by_level | callables()


def _page(settings: dict[str, object]) -> str:
    """No script but the files beside it, and no request; the worker loads what Python needs."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "worker-src 'self'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    report = {"heads": [], "programs": [], "texts": [], "mask": {"kind": "causal", "window": 0}}
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>attndsl playground</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="playground.css">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header id="top"></header>
<main id="main" tabindex="-1">
<noscript>The compiler runs in this page: allow its scripts.</noscript></main>
<div id="tip" role="status" aria-live="polite"></div>
<script type="application/json" id="report">{_json(report)}</script>
<script type="application/json" id="settings">{_json(settings)}</script>
<script src="editor.js"></script>
<script src="playground.js"></script>
</body>
</html>
"""


def _json(value: object) -> str:
    """JSON in which no letter can end or begin a tag."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _file(room: str, name: str) -> str:
    return files(f"attndsl.{room}").joinpath(name).read_text("utf-8")


def _script() -> str:
    words = {"keywords": sorted(KEYWORDS), "builtIn": sorted({*CALLABLES, *NUMBERS})}
    known = f"const LANGUAGE = {json.dumps(words)};"
    own = (_file("authoring.playground", name) for name in OWN)
    parts = "\n".join([known, *(_file("report", name) for name in REPORT), *own])
    return f'(() => {{\n"use strict";\n{parts}\n}})();\n'
