"""A report as one HTML file: data, maps of 8 bits a weight, scripts and style, nothing from afar.

The maps of a text are one block: a byte a weight on a square-root scale (so a shown weight is
within 0.004 of the true one), all heads, then all predicted patterns; deflated, in base64.
"""

import json
import zlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, astuple, replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import count

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place
from attndsl.files.whole import write_bytes
from attndsl.fit.intervals import Estimate
from attndsl.language.python_habits import KEYWORDS
from attndsl.language.shipped import source, tables
from attndsl.language.vocabulary import CALLABLES, NUMBERS
from attndsl.report.data import HeadEntry, Ladder, ProgramEntry, Report, TextEntry
from attndsl.report.story import story

# In this order they make the page's one script.
SCRIPTS = (
    "dom.js", "maps.js", "language.js", "colourings.js", "story.js",
    "overview.js", "table.js", "figure.js", "why.js", "linked.js", "head.js", "detectors.js",
    "strongest.js", "rungs.js", "probes.js", "multiples.js", "beside.js", "another.js",
    "tree.js", "inspecting.js", "library.js", "curve.js", "recovered.js", "framed.js", "main.js",
)  # fmt: skip

PLAIN = (
    "model", "layers", "heads_per_layer", "settings", "command", "left_out", "effect_of", "measure",
)  # fmt: skip
ESTIMATES = ("iou", "margin", "content_iou", "rest_error", "output")  # of a head
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
    blocks = "\n".join(
        f'<script type="application/octet-stream" id="maps-{number}">{_block(text)}</script>'
        for number, text in enumerate(_shown(report))
    )
    if rungs := _rung_maps(report):
        blocks += f'\n<script type="application/octet-stream" id="maps-rungs">{rungs}</script>'
    blocks += "".join(
        f'\n<script type="application/octet-stream" id="tree-{number}">'
        f"{_packed(program.inspected.encode())}</script>"
        for number, program in enumerate(report.programs) if program.inspected
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
<script type="application/json" id="report">{_json(report)}</script>
{blocks}
<script>{script}</script>
</body>
</html>
"""


def quantised(weights: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A byte a weight.

    >>> quantised(np.array([0.0, 0.0001, 0.25, 1.0]))
    array([  0,   3, 128, 255], dtype=uint8)
    """
    levels: NDArray[np.uint8] = np.rint(255 * np.sqrt(np.clip(weights, 0, 1))).astype(np.uint8)
    return levels


def _block(text: TextEntry) -> str:
    return _packed(quantised(text.real).tobytes() + quantised(text.predicted).tobytes())


def _packed(data: bytes) -> str:
    return b64encode(zlib.compress(data, 9)).decode()


def _json(report: Report) -> str:
    """JSON in which no letter can end or begin a tag."""
    fields: dict[str, object] = {name: getattr(report, name) for name in PLAIN}
    fields |= {name: [asdict(one) for one in getattr(report, name)] for name in RECORDS}
    fields |= {"mean": _estimate(report.mean), "mask": asdict(report.mask)}
    numbers = count()
    fields["heads"] = [
        _estimated(head) | {"ladder": _ladder(head.ladder, numbers)} for head in report.heads
    ]
    fields["programs"] = [_program(one) for one in report.programs]
    fields["measured"] = report.measured.as_json() if report.measured else None
    fields["story"] = asdict(story(report))
    fields["texts"] = [_text(text) for text in report.texts]
    fields["probes"] = [
        _text(one.text) | {"kind": one.kind, "marks": [asdict(mark) for mark in one.marks]}
        for one in report.probes
    ]
    text = json.dumps(_rounded(fields), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _estimated(head: HeadEntry) -> dict[str, object]:
    spots = [astuple(one) for one in head.strongest]
    return asdict(replace(head, ladder=None, strongest=())) | {
        "strongest": spots,
        **{name: _estimate(getattr(head, name)) for name in ESTIMATES},
    }


def _ladder(ladder: Ladder | None, numbers: Iterator[int]) -> object:
    """A ladder's record; maps of rungs stand in one block, numbered from head to head."""
    if ladder is None:
        return None
    rungs = [
        {"parts": one.parts, "worth": one.worth, "gain": one.gain, "source": one.source,
         "map": None if one.predicted is None else next(numbers),
         "measures": [list(pair) for pair in one.measures]}
        for one in ladder.rungs
    ]  # fmt: skip
    return {"picked": ladder.picked, "rungs": rungs}


def _rung_maps(report: Report) -> str:
    """The block of all rungs' maps, in the order of their numbers; empty without any."""
    maps = [
        quantised(rung.predicted).tobytes()
        for head in report.heads if head.ladder
        for rung in head.ladder.rungs if rung.predicted is not None
    ]  # fmt: skip
    return _packed(b"".join(maps)) if maps else ""


def _program(program: ProgramEntry) -> dict[str, object]:
    """A program's record; tests on the way to cells, which many share, are numbered."""
    tests = list(dict.fromkeys(test for why in program.why for test in why.taken))
    numbers = {test: at for at, test in enumerate(tests)}
    cells = [
        [
            one.text,
            one.query,
            one.key,
            one.parts,
            [numbers[test] for test in one.taken],
            *([one.factors] if one.factors else []),
        ]
        for one in program.why
    ]
    told = asdict(replace(program, why=(), inspected=""))
    return told | {"why": cells, "tests": tests, "inspected": bool(program.inspected)}


def _shown(report: Report) -> tuple[TextEntry, ...]:
    """Held-out texts, then probe texts: the page numbers their maps through."""
    return (*report.texts, *(one.text for one in report.probes))


def _text(text: TextEntry) -> dict[str, object]:
    kept = ("number", "length", "tokens", "resting", "inside")
    return {name: getattr(text, name) for name in kept} | {"maps": len(text.predicted)}


def _estimate(estimate: Estimate | None) -> object:
    return None if estimate is None else estimate.as_json()


def _rounded(value: object) -> object:
    """Numbers to five digits after the point, at any depth: more is not shown."""
    if isinstance(value, float):
        return round(value, 5) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


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
