"""The inspector: a program's text beside its canonical tree, as one page that opens from disk.

A node says where in the source it comes from, its type, what it depends on, what it costs at most
and its value on a text; the steps of the rewriting are shown one by one.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.reference.evaluate import Evaluation
from attndsl.files.places import Place
from attndsl.files.whole import write_text
from attndsl.graph.lower import lower
from attndsl.graph.printing import bare_source, source_with
from attndsl.graph.program import Program, expect_programs
from attndsl.graph.terms import FREE_K, FREE_Q, Graph
from attndsl.graph.trace import seen
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask, expect_mask
from attndsl.language.nodes import Type
from attndsl.report.tree import Built, names_of, node_of, rebuilt

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

LONGEST = 48  # tokens whose values are drawn


@dataclass(frozen=True)
class Inspected:
    """The inspector of some programs: shows itself in a notebook; `page` is all of it."""

    names: tuple[str, ...]
    page: str

    def __repr__(self) -> str:
        return f"<the inspector of {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        return (
            '<iframe title="attndsl inspector" sandbox="allow-scripts" '
            'style="width:100%;height:700px;border:1px solid #8888" '
            f'srcdoc="{escape(self.page)}"></iframe>'
        )

    def write(self, path: Place | str) -> None:
        write_text(path, self.page)


def inspect(
    programs: Program | Sequence[Program], text: "Encoded | str | None" = None, mask: Mask = CAUSAL
) -> Inspected:
    """Programs beside their canonical trees: where each part comes from, what it costs, and its
    value on a text (by default a built-in one).

    >>> import attndsl
    >>> program = attndsl.verify("def f(q, k):\\n    return k == q.prev\\n").programs[0]
    >>> inspect(program, "The cat sat.")
    <the inspector of f>
    """
    from attndsl.tokens.texts import builtin_texts
    from attndsl.tokens.tokenizer import read_as

    expect_mask(mask)
    some = (programs,) if isinstance(programs, Program) else expect_programs(programs)
    read = read_as(builtin_texts()[0].text if text is None else text)
    if not some or not read.n:
        raise AttndslError("the text has no tokens" if some else "there is no program to inspect")
    return Inspected(tuple(one.name for one in some), inspector(some, read, mask))


def inspector(programs: Sequence[Program], text: "Encoded", mask: Mask = CAUSAL) -> str:
    """The page of these programs; values are those on the text's first tokens."""
    from attndsl.tokens.tokenizer import from_ids

    shown = text if text.n <= LONGEST else from_ids(text.table, text.ids[:LONGEST])
    data = {
        "tokens": shown.labels(),
        "programs": [described(program, shown, mask) for program in programs],
    }
    return _page(data, ", ".join(program.name for program in programs))


def described(program: Program, text: "Encoded", mask: Mask) -> dict[str, object]:
    """A program with its tree, each node's facts and values on the text, and the steps to it."""
    built = rebuilt(program)
    names = names_of(built)
    return {
        "name": program.name,
        "hash": program.hash,
        "source": program.source,
        "homes": _homes(built, names),
        "canonical": bare_source(program),
        "root": names[built.form],
        "nodes": [
            node_of(built, term, names) | {"values": _values(built.graph, term, text, mask)}
            for term in names
        ],
        "steps": [step.as_json() for step in seen(program)],
        "written": source_with(program, program.root),
    }


def _homes(built: Built, names: Iterable[int]) -> list[list[int]]:
    """The first and last lines of the program, and of the file's own helpers and constants that any
    node comes from."""
    lines = {span.line for term in names for span in built.spans(term)}
    module = built.module
    return sorted(
        [one.span.line, one.span.end_line]
        for one in (*module.definitions, *module.constants)
        if one.span == built.definition.span
        or lines.intersection(range(one.span.line, one.span.end_line + 1))
    )


def _values(graph: Graph, number: int, text: "Encoded", mask: Mask) -> dict[str, object] | None:
    """A term's value at each query and key; positions are indices; texts are not drawn."""
    free = graph[number].free
    if graph[number].type is Type.TEXT or not free or free & ~(FREE_Q | FREE_K):
        return None
    run = Evaluation(graph, lower(graph, number, mask), text, mask)
    cells = np.concatenate([np.array(cells, dtype=np.float64) for _, cells in run.rows()])
    visible = np.zeros_like(cells, dtype=bool)
    for query in range(text.n):
        first, last = mask.visible(query, text.n)
        visible[query, first : last + 1] = True
    return {
        "cells": [
            [round(float(v), 4) if seen else None for v, seen in zip(row, shown, strict=True)]
            for row, shown in zip(cells, visible, strict=True)
        ]
    }


def _page(data: dict[str, object], title: str) -> str:
    parts = "\n".join(_file(name) for name in ("tree.js", "inspecting.js", "inspector.js"))
    script = f'(() => {{\n"use strict";\n{parts}\n}})();\n'
    mark = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{mark}'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )
    body = json.dumps(data, separators=(",", ":"))
    for letter in "<>&":
        body = body.replace(letter, f"\\u{ord(letter):04x}")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}: canonical tree</title>
<style>
{_file("page.css")}
{_file("inspector.css")}</style>
</head>
<body>
<main id="main" tabindex="-1"><noscript>This page draws its tree with its own script; \
allow scripts for this file. It loads nothing from the network.</noscript></main>
<script type="application/json" id="data">{body}</script>
<script>{script}</script>
</body>
</html>
"""


@cache
def _file(name: str) -> str:
    return files("attndsl.report").joinpath(name).read_text("utf-8")
