"""A report as one HTML file: data, maps, scripts and style, nothing from afar."""

import json
from base64 import b64encode
from dataclasses import asdict, astuple, replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from attndsl.files.places import Place
from attndsl.files.whole import write_bytes
from attndsl.fit.intervals import Estimate
from attndsl.language.python_habits import KEYWORDS
from attndsl.language.shipped import source, tables
from attndsl.language.vocabulary import CALLABLES, NUMBERS
from attndsl.report.blocks import Blocks, blocks_of, packed
from attndsl.report.data import HeadEntry, ProgramEntry, Report, TextEntry
from attndsl.report.details import DETAILS, details_of, rounded
from attndsl.report.levels import COARSE
from attndsl.report.story import story
from attndsl.report.told import told_of

# In this order they make the page's one script.
SCRIPTS = (
    "dom.js", "maps.js", "own.js", "language.js", "colourings.js", "story.js",
    "overview.js", "table.js", "figure.js", "why.js", "linked.js", "head.js", "detectors.js",
    "strongest.js", "rungs.js", "probes.js", "multiples.js", "beside.js", "another.js",
    "tree.js", "inspecting.js", "library.js", "curve.js", "recovered.js", "framed.js", "main.js",
)  # fmt: skip

PLAIN = (
    "model", "layers", "heads_per_layer", "settings", "command", "left_out", "effect_of", "measure",
    "shortfalls",
)  # fmt: skip
ESTIMATES = ("iou", "margin", "content_iou", "rest_error", "output")  # of a head
SAID_COARSE = f"so many that weights are shown to within 0.01, and those under {COARSE.least} as 0"
RECORDS = ("curve", "answers", "mechanisms", "recovered", "alike", "read")


def write(report: Report, path: Place | str) -> int:
    """Write the file in one step and give its size in bytes."""
    data = page(report).encode("utf-8", "replace")
    write_bytes(path, data)
    return len(data)


def page(report: Report) -> str:
    """The whole page. Its policy forbids every request and every script but its own."""
    script = _script()
    mark = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{mark}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    maps = blocks_of(report)
    data = {
        **{f"maps-{number}": block for number, block in enumerate(maps.texts)},
        "maps-rungs": maps.rungs,
        "details": packed(details_of(report).encode()),
        **{f"own-{number}": block for number, block in enumerate(maps.own)},
        **{f"tree-{number}": packed(program.inspected.encode())
           for number, program in enumerate(report.programs) if program.inspected},
        **{f"why-{number}": packed(told_of(program).encode())
           for number, program in enumerate(report.programs) if program.why},
    }  # fmt: skip
    blocks = "\n".join(
        f'<script type="application/octet-stream" id="{name}">{block}</script>'
        for name, block in data.items() if block
    )  # fmt: skip
    title = escape(f"{report.model}: attention heads as programs")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{_file("page.css")}
{_file("inspector.css")}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header id="top"></header>
<main id="main" tabindex="-1"><noscript>This report draws its maps with its own script; \
allow scripts for this file. It loads nothing from the network.</noscript></main>
<div id="tip" role="status" aria-live="polite"></div>
<script type="application/json" id="report">{_json(report, maps)}</script>
{blocks}
<script>{script}</script>
</body>
</html>
"""


def _json(report: Report, maps: Blocks) -> str:
    """JSON in which no letter can end or begin a tag."""
    fields: dict[str, object] = {name: getattr(report, name) for name in PLAIN}
    fields |= {name: [asdict(one) for one in getattr(report, name)] for name in RECORDS}
    fields |= {"mean": _estimate(report.mean), "mask": asdict(report.mask)}
    fields["heads"] = [_head(head) for head in report.heads]
    fields["programs"] = [_program(one) for one in report.programs]
    fields["measured"] = report.measured.as_json() if report.measured else None
    fields["story"] = asdict(story(report))
    whole = iter(maps.whole)
    fields["texts"] = [_text(text, next(whole)) for text in report.texts]
    fields["probes"] = [
        _text(one.text, next(whole))
        | {"kind": one.kind, "marks": [asdict(mark) for mark in one.marks]}
        for one in report.probes
    ]
    fields["rests"] = [one and astuple(one) for one in maps.rests] if any(maps.rests) else []
    if maps.levels is COARSE:
        fields["settings"] = (*report.settings, ("maps", SAID_COARSE))
    text = json.dumps(rounded(fields), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _head(head: HeadEntry) -> dict[str, object]:
    """What all pages say of a head; what its own page alone does stands apart."""
    constant = head.constant and {"kind": head.constant.kind, "iou": head.constant.iou}
    bare = replace(head, constant=None, ladder=None, strongest=(), runners_up=(), own=None)
    kept = {name: value for name, value in asdict(bare).items() if name not in DETAILS}
    return kept | {
        "constant": constant,
        **{name: _estimate(getattr(head, name)) for name in ESTIMATES},
    }


def _program(program: ProgramEntry) -> dict[str, object]:
    """A program's record; what is told of cells stands apart, and of which texts here."""
    told = asdict(replace(program, why=(), inspected=""))
    texts = sorted({one.text for one in program.why})
    return told | {"why": texts, "inspected": bool(program.inspected)}


def _text(text: TextEntry, whole: tuple[int, ...]) -> dict[str, object]:
    kept = ("number", "length", "tokens", "resting", "inside")
    return {name: getattr(text, name) for name in kept} | {
        "maps": len(text.predicted), "whole": whole
    }  # fmt: skip


def _estimate(estimate: Estimate | None) -> object:
    return None if estimate is None else estimate.as_json()


@cache
def _file(name: str) -> str:
    return files("attndsl.report").joinpath(name).read_text("utf-8")


@cache
def _script() -> str:
    words = {
        "keywords": sorted(KEYWORDS),
        "builtIn": sorted({*CALLABLES, *NUMBERS}),
        "tables": {name: source(name).strip() for name in tables()},
    }
    known = f"const LANGUAGE = {json.dumps(words)};"
    parts = "\n".join([known, *(_file(name) for name in SCRIPTS)])
    return f'(() => {{\n"use strict";\n{parts}\n}})();\n'
