"""A run for other tools: one line a head as CSV, and all predicted maps as safetensors."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

from attndsl.files.places import Place
from attndsl.files.whole import replacing, write_text
from attndsl.heads.packing import unpack
from attndsl.runs.kept import kept_report
from attndsl.runs.opened import OpenedRun


def write_csv(run: OpenedRun, path: Place | str) -> int:
    """One line a head, layer and head as columns; gives how many."""
    rows = run.rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, out.getvalue())
    return len(rows)


def write_maps(run: OpenedRun, path: Place | str) -> int:
    """Every head's predicted map on the texts that the run's report shows; gives how many texts.

    `predicted.N` is float16 [layers, heads, queries, keys]; `real.N` the same of the heads
    themselves. The metadata holds each text's tokens. Weights are to within 0.004.
    """
    from safetensors.numpy import save

    report = kept_report(run.folder)
    maps, tokens = {}, {}
    shape = (report.layers, report.heads_per_layer)
    slots = [head.map for head in report.heads]
    for text in report.texts:
        n = len(text.tokens)
        for name, packed in (("real", text.real), ("predicted", text.predicted[slots])):
            square = unpack(packed, report.mask, n).astype(np.float16)
            maps[f"{name}.{text.number}"] = np.ascontiguousarray(square.reshape(*shape, n, n))
        tokens[str(text.number)] = list(text.tokens)
    about = {"model": report.model, "tokens": json.dumps(tokens)}
    with replacing(path) as stream:
        stream.write(save(maps, metadata=about))
    return len(report.texts)
