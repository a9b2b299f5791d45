"""A run for HeadVis: the folder `data/` that its pages read, from the maps that the report keeps.

HeadVis (github.com/anthropics/headvis) says the format in the docstrings of `data_pipeline.py`. Row
and key 0 count nowhere there, and attention is kept sparse. Beside each head's own texts, by tenths
of their strongest weight, its program's pattern on the same texts is what HeadVis calls custom.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.files.places import Place
from attndsl.files.whole import make_folder, write_text
from attndsl.heads.packing import unpack
from attndsl.report.data import HeadEntry, Report, TextEntry
from attndsl.runs.kept import kept_report
from attndsl.runs.opened import OpenedRun

Square = NDArray[np.float32]
Json = dict[str, Any]

KEPT, LEAST = 8, 0.005  # weights kept of a row, and from where: as HeadVis advises
INTERVALS = 10  # the last holds the texts with the strongest weights
RANKED = 30  # tokens in a table
BINS = 20  # of strongest weights

DESCRIPTIONS = {
    "self_attention_score": "mean weight on the query itself",
    "previous_token_score": "mean weight on the token before",
    "pattern_entropy": "mean entropy of a row, in nats",
    "qk_distance": "mean distance of a key, by weight",
    "qk_distance_variance": "variance of that distance",
    "induction_score": "mean weight on what followed earlier copies, where there are some",
    "iou": "attndsl: intersection over union of the head's and its program's rows",
    "content": "attndsl: what of the rows doesn't rest on the first token",
    "content_iou": "attndsl: the same IoU of what doesn't rest",
    "rest_error": "attndsl: how far the program is off in what rests",
    "excess": "attndsl: IoU beyond the head's best constant pattern",
    "output_explained": "attndsl: what of the head's output the program explains",
}
PLOTS = {"qk_distance_histogram": "Q-K distance"}
TABLES = {"top_query_tokens": "Top query tokens", "top_key_tokens": "Top key tokens"}
STATISTICS = {
    "program": "Program",
    "says": "What it says",
    "contradictions": "Probes against it",
    "mean_max_activation": "Mean of texts' strongest weights",
}


@dataclass(frozen=True)
class Drawn:
    """A pattern on a text, as HeadVis keeps it; `square` is whole."""

    text: TextEntry
    square: Square
    indices: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def strongest(self) -> float:
        """Of what is kept, but of the first row and key."""
        n = len(self.text.tokens)
        return max((value for at, value in zip(self.indices, self.values, strict=True)
                    if at >= n and at % n), default=0.0)  # fmt: skip

    def as_json(self, name: int | str) -> Json:
        return {
            "sequence_id": name, "tokens": list(self.text.tokens),
            "attention_indices": list(self.indices), "attention_values": list(self.values),
            "seq_len": len(self.text.tokens), "max_activation": self.strongest,
        }  # fmt: skip


def write_headvis(run: OpenedRun, folder: Place | str) -> int:
    """Write HeadVis's `data/`; gives how many heads it shows. Weights are to within 0.004."""
    report = kept_report(run.folder)
    heads = [head for head in report.heads if head.asked]
    data = make_folder(folder)
    own, custom = make_folder(data / "heads"), make_folder(data / "custom_sequences")
    rows = []
    for head in heads:
        shown = [drawn(report, text, text.real[number_of(report, head)]) for text in report.texts]
        said = [drawn(report, text, text.predicted[head.map]) for text in report.texts]
        rows.append({"layer": head.layer, "head": head.head, **metrics(shown), **figures(head)})
        name = f"L{head.layer}H{head.head}.json"
        program = report.programs[head.program]
        _write(own / name, {**payload(shown), "statistics": {
            "program": program.name, "says": program.docstring,
            "contradictions": len(head.contradictions),
            "mean_max_activation": _short(float(np.mean([one.strongest for one in shown]))),
        }})  # fmt: skip
        _write(custom / name, {"sequences": [
            one.as_json(f"c{one.text.number}-{program.name}") for one in said
        ]})  # fmt: skip
    # HeadVis takes for axes what the first head has, so a figure that some head lacks is none.
    names = [name for name in DESCRIPTIONS if all(name in row for row in rows)]
    axes = ("layer", "head", *names)
    _write(data / "scatter_data.json", [{name: row[name] for name in axes} for row in rows])
    _write(data / "config.json", config(report, heads, names))
    _write(data / "server_config.json", {})
    _write(make_folder(data / "attributions") / "manifest.json", {})
    return len(heads)


def _write(path: Place, value: object) -> None:
    write_text(path, json.dumps(value))


def config(report: Report, heads: Sequence[HeadEntry], names: Sequence[str]) -> Json:
    """What HeadVis reads first."""
    return {
        "model_name": report.model,
        "heads": [[head.layer, head.head] for head in heads],
        "n_layers": report.layers,
        "n_heads": report.heads_per_layer,
        "n_intervals": min(INTERVALS, len(report.texts)),
        "metrics": list(names),
        "metric_descriptions": {name: DESCRIPTIONS[name] for name in names},
        "head_data_pattern": "L{layer}H{head}.json",
        "has_umap": False,
        "umap_heads": [],
        "custom_plots": [{"key": key, "label": label} for key, label in PLOTS.items()],
        "custom_tables": [{"key": key, "label": label} for key, label in TABLES.items()],
        "statistics_display": {
            key: {"label": label, "format": "default"} for key, label in STATISTICS.items()
        },
    }


def number_of(report: Report, head: HeadEntry) -> int:
    return head.layer * report.heads_per_layer + head.head


def drawn(report: Report, text: TextEntry, packed: NDArray[np.floating]) -> Drawn:
    """The strongest weights of each row, by row and key."""
    n = len(text.tokens)
    square = unpack(packed, report.mask, n).astype(np.float32)
    keys = np.sort(np.argsort(-square, axis=1, kind="stable")[:, :KEPT], axis=1)
    flat = (np.arange(n)[:, None] * n + keys).ravel()
    weights = square.ravel()[flat]
    kept = weights >= LEAST
    values = tuple(_short(weight) for weight in weights[kept])
    return Drawn(text, square, tuple(flat[kept].tolist()), values)


def _short(value: float) -> float:
    return round(float(value), 4)


def payload(shown: Sequence[Drawn]) -> Json:
    """A head's file but for its statistics."""
    strongest = [one.strongest for one in shown]
    counts, edges = np.histogram(strongest, BINS, (0, 1))
    return {
        "sequences": [
            {**one.as_json(one.text.number), "interval": interval}
            for one, interval in zip(shown, intervals(strongest), strict=True)
        ],
        "qk_distance_histogram": distances(shown),
        "top_query_tokens": ranked(shown, lambda at, n: at // n),
        "top_key_tokens": ranked(shown, lambda at, n: at % n),
        "histogram": {"bin_edges": [_short(edge) for edge in edges], "bin_values": counts.tolist()},
    }


def intervals(strongest: Sequence[float]) -> list[int]:
    """Tenths of texts, or as many parts as there are texts, the strongest last.

    >>> intervals([0.5, 0.1, 0.9])
    [2, 1, 3]
    """
    count = min(INTERVALS, len(strongest))
    found = [0] * len(strongest)
    for rank, number in enumerate(np.argsort(strongest, kind="stable")):
        found[number] = 1 + rank * count // len(strongest)
    return found


def counted(one: Drawn) -> list[tuple[int, float]]:
    """What is kept of a text, but of the first row and key."""
    n = len(one.text.tokens)
    return [(at, value) for at, value in zip(one.indices, one.values, strict=True)
            if at >= n and at % n]  # fmt: skip


def distances(shown: Sequence[Drawn]) -> Json:
    """How many of the kept weights lie how far, by powers of two."""
    found = [abs(at // len(one.text.tokens) - at % len(one.text.tokens))
             for one in shown for at, _ in counted(one)]  # fmt: skip
    longest = max((len(one.text.tokens) for one in shown), default=1)
    edges = [0, *(1 << power for power in range(longest.bit_length() + 1))]
    return {"bin_edges": edges, "bin_values": np.histogram(found, edges)[0].tolist()}


def ranked(shown: Sequence[Drawn], place: Callable[[int, int], int]) -> list[Json]:
    """Tokens by their share of the kept weight."""
    sums: dict[str, float] = {}
    for one in shown:
        tokens = one.text.tokens
        for at, value in counted(one):
            token = tokens[place(at, len(tokens))]
            sums[token] = sums.get(token, 0.0) + value
    whole = sum(sums.values())
    best = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:RANKED]
    return [{"token": token, "weight": _short(value / whole)} for token, value in best]


def metrics(shown: Sequence[Drawn]) -> dict[str, float]:
    """HeadVis's figures that need no scores before the softmax, over the texts' rows."""
    sums = dict.fromkeys(("itself", "previous", "entropy", "far", "squares", "after"), 0.0)
    rows = later = repeated = 0
    for one in shown:
        square, n = one.square.astype(np.float64), len(one.text.tokens)
        far = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
        rows, later = rows + n, later + n - 1
        sums["itself"] += float(np.trace(square))
        sums["previous"] += float(np.trace(square, -1))
        sums["entropy"] -= float((square * np.log(np.where(square > 0, square, 1))).sum())
        sums["far"] += float((square * far).sum())
        sums["squares"] += float((square * far**2).sum())
        after, queries = followers(one.text.tokens)
        sums["after"] += float(square[after].sum())
        repeated += queries
    mean = sums["far"] / max(rows, 1)
    found = {
        "self_attention_score": sums["itself"] / max(rows, 1),
        "previous_token_score": sums["previous"] / max(later, 1),
        "pattern_entropy": sums["entropy"] / max(rows, 1),
        "qk_distance": mean,
        "qk_distance_variance": sums["squares"] / max(rows, 1) - mean**2,
        "induction_score": sums["after"] / max(repeated, 1),
    }
    return {name: _short(value) for name, value in found.items()}


def followers(tokens: Sequence[str]) -> tuple[tuple[list[int], list[int]], int]:
    """Queries and the keys after their earlier copies; and how many queries have such.

    >>> followers(("a", "b", "a", "a"))
    (([2, 3, 3], [1, 1, 3]), 2)
    """
    seen: dict[str, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    queries = 0
    for query, token in enumerate(tokens):
        earlier = seen.setdefault(token, [])
        queries += bool(earlier)
        pairs += [(query, key + 1) for key in earlier]
        earlier.append(query)
    return ([query for query, _ in pairs], [key for _, key in pairs]), queries


def figures(head: HeadEntry) -> dict[str, float]:
    """Our own of a head, as far as it has them."""
    found = {
        "iou": head.iou.mean,
        "content": head.content,
        "content_iou": None if head.content_iou is None else head.content_iou.mean,
        "rest_error": None if head.rest_error is None else head.rest_error.mean,
        "excess": head.excess,
        "output_explained": None if head.output is None else head.output.mean,
    }
    return {
        name: _short(value)
        for name, value in found.items()
        if value is not None and math.isfinite(value)
    }
