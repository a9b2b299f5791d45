"""The page of the experiments: a section for each table and figure, with charts and figures."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.paper.charts import boxes, dots, heat, lines
from benchmarks.paper.work import Table

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .5em;text-align:right}
td{white-space:nowrap}
td:first-child,th:first-child{text-align:left}tr:nth-child(even){background:#8881}
svg{font-family:system-ui,sans-serif;max-width:100%}.legend span{margin-right:1.2em}
.legend i{display:inline-block;width:1em;height:.25em;margin-right:.4em;vertical-align:middle}
.note{color:#777}"""
READING = (
    "IoU: the smaller of a program's and a head's weight, summed over all cells, over the sum of"
    " the larger; 1 is the same pattern. Many heads mostly rest on the first token (of an encoder,"
    " on special tokens), and resting alone gives much IoU. So beside it stand content IoU (without"
    " what rests), rest error (how far off the resting share of a row is) and excess IoU (what is"
    " beyond the head's best constant, which doesn't look at words: 0 is no better than that, 1 is"
    " all that is left). In brackets: 95% intervals over texts."
)


def page(title: str, about: Sequence[str], parts: Mapping[str, Table]) -> str:
    """One HTML file that loads nothing."""
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(line)}</p>" for line in about),
            f"<h2>How to read it</h2><p>{escape(READING)}</p>"]  # fmt: skip
    for name, (heading, note, shown) in SECTIONS.items():
        if name in parts:
            body.append(f"<h2>{escape(heading)}</h2><p class=note>{escape(note)}</p>")
            left_out = parts[name].get("left_out")
            body += [f"<p>Left out: {escape(left_out)}</p>"] if left_out else shown(parts[name])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style>{''.join(body)}</html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines_ = ["".join(f"<th>{escape(str(cell))}</th>" for cell in head)]
    lines_ += ["".join(f"<td>{escape(_shown(cell))}</td>" for cell in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines_) + "</table>"


def told(sentence: str) -> str:
    return f"<p>{escape(sentence)}</p>"


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dict):
        if cell.get("mean") is None:
            return "not defined"
        return f"{cell['mean']:.3f} ({cell['low']:.3f} to {cell['high']:.3f})"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _similarity(found: Table) -> Iterator[str]:
    for kind, rows in found.items():
        yield f"<h3>{escape(kind)}</h3>"
        yield boxes({name: (one["least"], one["quartiles"][0], one["median"], one["quartiles"][1],
                            one["most"]) for name, one in rows.items()})  # fmt: skip
        yield table(
            ("", "IoU, mean over heads", "median", "content IoU", "rest error", "excess IoU"),
            [(name, one["iou"], one["median"], one.get("content_iou"), one["rest_error"],
              one.get("excess_iou")) for name, one in rows.items()],
        )  # fmt: skip


def _layers(found: Table) -> Iterator[str]:
    sides = {name: one for name, one in found.items() if isinstance(one, dict)}
    yield lines({name: list(zip(found["layers"], one["iou"], strict=True))
                 for name, one in sides.items()}, "layer", "IoU, mean over heads")  # fmt: skip
    for name, one in sides.items():
        yield f"<h3>{escape(name)}: the heads of each layer by IoU</h3>"
        yield heat(one["heads"], [f"L{layer}" for layer in found["layers"]])
        count: Counter[str] = Counter(one["categories"])
        yield table(("category of the best program", "heads"), count.most_common())


COUNTS = (1, 2, 5, 10, 20, 40, 60, 80, 150, 300, 600)  # of programs, as the table has them


def _cover(found: Table) -> Iterator[str]:
    sides = {name: one for name, one in found.items() if isinstance(one, dict)}
    yield lines({name: [(at + 1, value) for at, value in enumerate(one["iou"])]
                 for name, one in sides.items()}, "programs in the library",
                "IoU, mean over heads")  # fmt: skip
    most = [len(one["iou"]) for one in sides.values()]
    counts = sorted({*(one for one in COUNTS if one < max(most)), *most})
    yield table(
        ("programs", *sides),
        [(count, *(one["iou"][count - 1] if count <= len(one["iou"]) else None
                   for one in sides.values())) for count in counts],
    )  # fmt: skip
    yield from (told(f"{name}: {len(one['iou'])} of {one['of']} programs add something.")
                for name, one in sides.items())  # fmt: skip


def _mixtures(found: Table) -> Iterator[str]:
    sides = {name: one for name, one in found.items() if isinstance(one, list)}
    yield lines({name: [(at + 1, value["mean"]) for at, value in enumerate(one)]
                 for name, one in sides.items()}, "programs a head",
                "IoU, mean over heads")  # fmt: skip
    yield table(("", *(f"{n + 1}" for n in range(max(map(len, sides.values()))))),
                [(name, *one) for name, one in sides.items()])  # fmt: skip


def _curves(found: Table) -> Iterator[str]:
    measure = "perplexity_increase" if found["points"][0]["perplexity_increase"] is not None else (
        "kl"
    )  # fmt: skip
    own = found["own"].get("perplexity")
    yield told(f"{found['texts']} texts of the kind {found['kind']}."
               + (f" The model's own perplexity is {own:.2f}." if own else ""))  # fmt: skip
    series: dict[str, list[tuple[float, float]]] = {}
    for one in found["points"]:
        name = f"{one['by']}, heads {one['order']}"
        if one[measure] is not None:
            series.setdefault(name, []).append((100 * one["share"], one[measure]))
    titles = {"perplexity_increase": "perplexity increase %", "kl": "KL"}
    yield lines(series, "% of heads replaced", titles[measure], logarithmic=True)
    rows = [
        (one["by"], one["order"], f"{one['share']:.0%}", one["heads"],
         "" if one["perplexity_increase"] is None else f"{one['perplexity_increase']:+,.1f}%",
         one["kl"], one.get("recovered_kl")) for one in found["points"]
        if one["share"] in (0.25, 0.5, 1.0)
    ]  # fmt: skip
    titles_ = ("by", "heads taken", "share", "heads", "perplexity", "KL", "KL recovered")
    yield table(titles_, rows)
    yield table(("along the curve", "Spearman of IoU and cost"),
                [(name, one["spearman"]) for name, one in
                 found["spearman_along_the_curve"].items()])  # fmt: skip


def _alone(found: Table) -> Iterator[str]:
    yield told(f"{found['texts']} texts.")
    heads = list(zip(found["iou"], found["kl"], found["perplexity_increase"], strict=True))
    yield dots([(iou, kl, f"IoU {iou:.3f}, KL {kl:.2g}") for iou, kl, _ in heads],
               "IoU of the head's program", "KL, that head replaced")  # fmt: skip
    yield table(
        ("each head alone", "Spearman of IoU and cost"),
        [("perplexity", found["spearman_perplexity"]), ("KL", found["spearman_kl"])],
    )
    heads.sort()
    tenths = [heads[len(heads) * at // 10 : len(heads) * (at + 1) // 10] for at in range(10)]
    yield table(("a tenth of the heads, IoU up to", "mean KL", "mean change of perplexity"),
                [(some[-1][0], f"{mean_of(1, some):.4f}", f"{mean_of(2, some):+.2f}%")
                 for some in tenths if some])  # fmt: skip


def mean_of(column: int, rows: Sequence[Sequence[float]]) -> float:
    """
    >>> mean_of(1, [(0.0, 2.0), (0.0, 4.0)])
    3.0
    """
    return sum(row[column] for row in rows) / len(rows)


def _questions(found: Table) -> Iterator[str]:
    if found["limit"]:
        yield told(f"The first {found['limit']} questions of each set, or all where it has fewer.")
    rows = [one for one in found["paired"] if one["metric"] == "acc_norm" or one["task"] in
            ("mean", "lambada")]  # fmt: skip
    yield table(
        ("task", "by", "share", "metric", "questions", "guessing", "model", "replaced", "change",
         "95%", "lost, won", "McNemar p"),
        [(one["task"], one["by"], f"{one['fraction']:.0%}", one["metric"], one["questions"],
          f"{found['guessing'][one['task']]:.0f}" if one["task"] in found["guessing"] else "",
          f"{one['own']:.1f}", f"{one['ours']:.1f}",
          f"{one['change']:+.1f}", f"{one['change_low']:+.1f} to {one['change_high']:+.1f}",
          f"{one['lost']}, {one['won']}", one["p"]) for one in rows],
    )  # fmt: skip


def _wikitext(found: Table) -> Iterator[str]:
    own, *replaced = found["points"]
    yield told(f"{found['texts']} texts of {found['file']}.")
    rows = [("none", "", f"{own['perplexity']:.1f}", "")]
    rows += [
        (f"{one['fraction']:.0%}", one["by"], f"{one['perplexity']:.1f}",
         f"{100 * (one['ratio'] - 1):+,.1f}% ({100 * (one['ratio_low'] - 1):+,.1f} to "
         f"{100 * (one['ratio_high'] - 1):+,.1f})") for one in replaced
    ]  # fmt: skip
    yield table(("heads replaced", "by", "perplexity", "change"), rows)


def _transfer(found: Table) -> Iterator[str]:
    yield table(
        ("our programs as they stand, on", "content IoU", "IoU", "IoU of the best constants",
         "excess IoU"),
        [(kind, one["mean_content_iou"], one["mean_iou"], one["constant_iou"], one["excess_iou"])
         for kind, one in found["kinds"].items()],
    )  # fmt: skip
    if found["files"]:
        yield table(("published programs of", "that run", "IoU, best of the file"),
                    [(file, one["programs"], one["iou"])
                     for file, one in found["files"].items()])  # fmt: skip
    if found["models"]:
        yield table(
            ("our programs on the heads of", "heads", "IoU, best of the library", "constant"),
            [(name, one["heads"], one["mean_iou"], one["constant_iou"])
             for name, one in found["models"].items()],
        )  # fmt: skip


Shown = Callable[[Table], Iterator[str]]
# By part: the heading, what is to be known of it, and what is shown. The published work's figure
# or table is named in the heading.
SECTIONS: dict[str, tuple[str, str, Shown]] = {
    "similarity": (
        "Programs and heads: intended, best, baselines (Figure 2)",
        "A box spans the middle half of the heads, its line all of them, its mark the median. The "
        "program made for a head is that of its run, or of its file; the best of the library, and "
        "the head's best constant, are chosen on one half of the texts and measured on the other.",
        _similarity,
    ),
    "by_layer": (
        "By layer, and what kind of program (Figures 4, 7, 8, 9)",
        "The best of the library. In the grid a row is a layer, its heads from the least IoU to the"
        " most; white is 0, the darkest blue 1. A program has the category of the shipped mechanism"
        " whose whole pattern is most like its own, so one that mostly rests counts as first token,"
        " whatever it says of the rest; the published work asked a language model.", _layers,
    ),
    "cover": (
        "How many programs a library needs",
        "Grown greedily on texts that choose, each time the program that brings most; the IoU is "
        "that of the other half.", _cover,
    ),
    "mixtures": (
        "Mixtures of programs for each head",
        "Shares by least squares, none negative, found on texts that choose. Least squares is not "
        "IoU, so more programs can have less of it.", _mixtures,
    ),
    "curves": (
        "Heads replaced against perplexity (Figure 5a), beside baselines and random programs",
        "KL recovered: what programs give back of what the same heads cost when each gives its mean"
        " output by position; below 0 they cost more than that. Heads by IoU: the best explained "
        "first. Random programs: each head has another of the same library.", _curves,
    ),
    "alone": (
        "Does IoU tell what replacing costs? (Figure 5b)",
        "Each head replaced alone, a dot a head; KL of 0 is on the lowest line. A Spearman "
        "correlation of -1 would be: the better it fits, the less it costs. The correlation along "
        "the curve above also has the share of heads in it.", _alone,
    ),
    "questions": (
        "Questions (Figure 6 and its table)",
        "In points of a hundred; the best explained heads are replaced first. Intervals are paired "
        "over questions, the test is McNemar's. Guessing: what answers at random get.", _questions,
    ),
    "wikitext": (
        "WikiText perplexity (of the table of Figure 6)",
        "Pieces of 128 tokens; the best explained heads are replaced first.", _wikitext,
    ),
    "transfer": (
        "Elsewhere: other kinds of text, other files' programs, other models",
        "The programs that the run gave the heads, as they stand; on another model's heads the best"
        " of the library for each.", _transfer,
    ),
}  # fmt: skip
