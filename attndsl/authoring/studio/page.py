"""The studio's one page: the report's scripts and style, ours, and the editor; nothing else."""

import json
from base64 import b64encode
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from attndsl.language.mask import Mask
from attndsl.language.python_habits import KEYWORDS
from attndsl.language.vocabulary import CALLABLES, NUMBERS

# Of the report, and then of the studio, in the order in which each uses those before.
OF_REPORT = (
    "dom.js", "maps.js", "language.js", "figure.js", "why.js", "linked.js", "detectors.js",
    "tree.js",
)  # fmt: skip
OWN = ("talk.js", "desk.js", "writing.js", "looking.js", "starting.js", "main.js")
EDITOR = "built/editor.js"


def page(name: str, mask: Mask) -> str:
    """The page of one desk; `name` is that of its run, file or model."""
    title = f"{name}: attndsl studio" if name else "attndsl studio"
    about = {"model": name, "mask": asdict(mask), "heads": [], "programs": [], "texts": [],
             "mechanisms": []}  # fmt: skip
    data = json.dumps(about)
    for letter in "<>&":
        data = data.replace(letter, f"\\u{ord(letter):04x}")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>
{_of("report", "page.css")}
{_of("authoring.studio", "studio.css")}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header id="top"></header>
<main id="main" tabindex="-1"><noscript>The studio is drawn by its own script; allow scripts for \
this page. It loads nothing from the network.</noscript></main>
<div id="tip" role="status" aria-live="polite"></div>
<script type="application/json" id="report">{data}</script>
<script>{_script()}</script>
</body>
</html>
"""


def headers(host: str) -> dict[str, str]:
    """What a browser is allowed: this script, and the socket of this host."""
    mark = b64encode(sha256(_script().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{mark}'; style-src 'unsafe-inline'; "
        f"img-src data: blob:; connect-src ws://{host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy, "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff", "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }  # fmt: skip


@cache
def _script() -> str:
    words = {"keywords": sorted(KEYWORDS), "builtIn": sorted({*CALLABLES, *NUMBERS})}
    parts = "\n".join([
        _of("authoring.studio", EDITOR),
        f"const LANGUAGE = {json.dumps(words)};",
        *(_of("report", name) for name in OF_REPORT),
        *(_of("authoring.studio", name) for name in OWN),
    ])  # fmt: skip
    return f'(() => {{\n"use strict";\n{parts}\n}})();\n'


@cache
def _of(room: str, name: str) -> str:
    return files(f"attndsl.{room}").joinpath(name).read_text("utf-8")
