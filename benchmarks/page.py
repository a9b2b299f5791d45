"""The report's page in a headless Chromium: its size, how soon it is there, what pointing costs.

    python -m benchmarks.page [--json FILE]

A made-up model of 1,024 heads with 8 texts of 64 tokens, and one of 64 heads with texts of 512
tokens, opened from disk. The first has all that a real report has: a rest of its own for each head,
ten probe texts, two texts of its own for each head, a ladder with a map of each rung, strongest
queries, and what is told of cells.
Weights are softmaxes of noise so wide that they pack about as real heads do: 5.6 bits a weight
(heads of a small model of stories 4.9 to 5.0), and 2.35 by the coarser levels of large reports
(2.34 to 2.41; predicted maps, which are noise here too, 2.2).
A frame's cost is the page's processor time by the browser's own count, for real movements of the
mouse; the other times are by the clock.
"""

import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import Estimate
from attndsl.fit.table import Headline
from attndsl.heads.packing import pack
from attndsl.language.mask import CAUSAL
from attndsl.report.cells import (
    OwnMaps,
    OwnTexts,
    PartEntry,
    Passage,
    ReadEntry,
    Reason,
    Spot,
)
from attndsl.report.data import (
    ConstantEntry,
    HeadEntry,
    Ladder,
    MarkEntry,
    ProbeEntry,
    ProgramEntry,
    Report,
    Rung,
    RunnerUp,
    TextEntry,
)
from attndsl.report.rested import Rows
from attndsl.report.write import write
from benchmarks.measure import Figures, finish, json_file
from tests.report.browser import Browser, chromium

NOTES = {
    "mb_1024_heads": "one file, 8 texts of 64 tokens, 10 probe texts, 2 texts a head; at most 30",
    "open_s_1024_heads": "until the overview is drawn; at most 2",
    "open_cpu_s_1024_heads": "processor time of all the browser's processes until then",
    "head_s_1024_heads": "from there to a head's maps",
    "head_cpu_s_1024_heads": "processor time of all the browser's processes until then",
    "frame_ms_64": "script for a movement of the mouse over a map of 64 tokens; at most 16",
    "frame_ms_512": "over a map of 512 tokens; at most 16",
    "frame_all_ms_512": "with style and layout",
    "maps_cpu_s_512": "the page's processor time until the first maps of 512 tokens are drawn",
}
MOVES = 60
PATIENCE = 600.0  # seconds: other work may have the machine, and processor time is still true
FRAME = "requestAnimationFrame"
LOADED = (
    "new Promise(done => document.readyState === 'complete' ? done()"
    " : addEventListener('load', () => done()))"
)
PROGRAMS, PROBES, RUNGS, SPOTS, READ, OWN = 80, 10, 5, 8, 40, 2
WIDE, FADING, SINK = 2.5, 0.15, 5.0  # of scores: their noise, what a step further costs, the first
SOURCE = """def made_{n}(q, k):
    \"\"\"About half rests on the first token. The remainder: most to the token before.\"\"\"
    content = 0.7 * previous_token(q, k) + 0.3 * nearby(q, k)
    content *= 3 if k.is_punct else 1
    return 0.5 * sink(q, k) + 0.5 * content"""


@dataclass(frozen=True)
class Shape:
    """How large a made-up model is, and whether its report has all that a real one has."""

    layers: int
    heads: int
    texts: int
    tokens: int
    whole: bool = True


def main() -> None:
    file = json_file("The report's page in a headless Chromium")
    if chromium() is None:
        raise SystemExit("needs a headless Chromium (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        finish("page", measured(Path(folder)), NOTES, file)


def measured(folder: Path) -> Figures:
    many, long = folder / "many.html", folder / "long.html"
    found: Figures = {"mb_1024_heads": write(made(Shape(32, 32, 8, 64)), many) / 1e6}
    write(made(Shape(8, 8, 2, 512, whole=False)), long)
    browser = Browser.start(folder)
    try:
        clock, spent = zip(*(opened(browser, many) for _ in range(3)), strict=True)
        found["open_s_1024_heads"], found["open_cpu_s_1024_heads"] = min(clock), median(spent)
        before_head = sum(processor(browser.process.pid).values())
        found["head_s_1024_heads"] = _seconds(browser, "#/head/3.3")
        after_head = sum(processor(browser.process.pid).values())
        found["head_cpu_s_1024_heads"] = after_head - before_head
        found["frame_ms_64"], _ = pointing(browser)
        opened(browser, long)
        browser.call("Performance.enable", timeDomain="threadTicks")
        before = _metrics(browser)
        _seconds(browser, "#/head/3.3")
        after = _metrics(browser)
        found["maps_cpu_s_512"] = sum(after[name] - before[name] for name in before)
        found["frame_ms_512"], found["frame_all_ms_512"] = pointing(browser)
        if browser.faults:
            raise SystemExit(f"the page has faults: {browser.faults[0]}")
    finally:
        browser.close()
    return found


def opened(browser: Browser, file: Path) -> tuple[float, float]:
    """Seconds until the overview is drawn with its first map: by the clock, of the processor."""
    browser.call("Page.navigate", url="about:blank")
    start, spent = time.perf_counter(), processor(browser.process.pid)
    browser.call("Page.navigate", url=file.resolve().as_uri())
    browser.evaluate(LOADED)  # rather than to ask again and again, which costs the page time
    browser.until("document.querySelector('.preview canvas').width > 10", PATIENCE)
    browser.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    took, after = time.perf_counter() - start, processor(browser.process.pid)
    return took, sum(now - spent.get(number, 0.0) for number, now in after.items())


def processor(root: int) -> dict[int, float]:
    """Seconds that a process and those it began have had, each that still lives."""
    spent: dict[int, float] = {}
    for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda file: int(file.parts[2])):
        with suppress(OSError):  # one that has ended meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            number = int(stat.parts[2])
            if number == root or int(fields[1]) in spent:
                spent[number] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def _seconds(browser: Browser, address: str) -> float:
    start = time.perf_counter()
    browser.go(address)
    browser.until("document.querySelectorAll('.row-table tbody tr').length > 2", PATIENCE)
    return time.perf_counter() - start


def pointing(browser: Browser) -> tuple[float, float]:
    """Milliseconds of script, and of script, style and layout, for a movement over a map.

    By processor time, which other work on the machine doesn't stretch.
    """
    x, y = browser.middle(".maps canvas")
    browser.call("Performance.enable", timeDomain="threadTicks")
    browser.hover(x, y)
    before = _metrics(browser)
    for move in range(MOVES):
        browser.hover(x - 60 + 2 * move, y - 60 + 2 * move)
        browser.evaluate(f"new Promise(done => {FRAME}(() => setTimeout(done)))")
    after = _metrics(browser)
    spent = {name: 1e3 * (after[name] - before[name]) / MOVES for name in before}
    return spent["ScriptDuration"], sum(spent.values())


def _metrics(browser: Browser) -> dict[str, float]:
    wanted = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    found = browser.call("Performance.getMetrics")["metrics"]
    return {one["name"]: float(one["value"]) for one in found if one["name"] in wanted}


def made(shape: Shape) -> Report:
    """A report of a made-up model."""
    draw = np.random.default_rng(0)
    heads = shape.layers * shape.heads
    cells = [(query, key) for query in range(shape.tokens) for key in range(query + 1)]
    programs = tuple(_program(draw, number, heads, cells if shape.whole else [])
                     for number in range(PROGRAMS))  # fmt: skip
    rests = np.exp(draw.normal(0, 0.7, heads))
    texts = tuple(_text(draw, shape, rests, number) for number in range(shape.texts))
    probes = [_text(draw, shape, rests, number) for number in range(PROBES if shape.whole else 0)]
    entries = tuple(_head(draw, shape, number) for number in range(heads))
    some = Estimate(0.5, 0.45, 0.55, 100)
    marks = tuple(MarkEntry("copies", row, (row // 2,)) for row in range(4, shape.tokens))
    return Report(
        "made up", shape.layers, shape.heads, some, entries, programs, texts, CAUSAL,
        measured=Headline(some, some, some, some, some, some, some, some, heads),
        probes=tuple(ProbeEntry(f"kind {at}", text, marks) for at, text in enumerate(probes)),
        read=tuple(ReadEntry(number, texts[0].tokens) for number in range(READ)),
        passages=tuple(Passage(number, shape.tokens, texts[0].tokens, (0,), ())
                       for number in range(shape.texts, READ)),
    )  # fmt: skip


def _program(
    draw: np.random.Generator, number: int, heads: int, cells: list[tuple[int, int]]
) -> ProgramEntry:
    served = tuple(range(number, heads, PROGRAMS))
    source = SOURCE.format(n=number)
    doc = source.split('"""')[1]
    return ProgramEntry(
        f"made_{number}", "", "position", source, doc, source, True, (), "n^2", 2**20, 2**24,
        ("tokens",), "sum", "first", f"{number:064x}", "t", served,
        parts=(PartEntry("sink(q, k)", 0.5), PartEntry("previous_token(q, k)", 0.35)),
        why=_reasons(draw, cells),
    )  # fmt: skip


def _reasons(draw: np.random.Generator, cells: list[tuple[int, int]]) -> tuple[Reason, ...]:
    """Of every cell a product: of a number by distance, and of one by what the key is."""
    keys = draw.choice((0.2, 0.7, 1.0, 3.0), (4, max((key for _, key in cells), default=0) + 1))
    told = []
    for query, key in cells:
        near = float((1 + query - key) ** -0.8)
        factors = (near, *keys[:, key].tolist())
        made = tuple(enumerate(factors, 1))
        told.append(Reason(0, query, key, ((0, float(np.prod(factors))),), factors=made))
    return tuple(told)


def _text(
    draw: np.random.Generator, shape: Shape, rests: NDArray[np.float64], number: int
) -> TextEntry:
    """Each head has its program's map, with a rest of its own."""
    tokens = tuple(f"tok{draw.integers(1000)}" for _ in range(shape.tokens))
    real = np.stack([_map(draw, shape.tokens) for _ in rests])
    predicted = np.stack([_map(draw, shape.tokens) for _ in range(PROGRAMS)])
    text = TextEntry(number, shape.tokens, tokens, real, predicted)
    of_heads = predicted[np.arange(len(rests)) % PROGRAMS]
    own = Rows.of(text, CAUSAL).times(of_heads, rests).astype(np.float32)
    return replace(text, predicted=own)


def _map(draw: np.random.Generator, tokens: int) -> NDArray[np.float32]:
    scores = draw.normal(0, WIDE, (tokens, tokens)) - FADING * np.subtract.outer(
        np.arange(tokens), np.arange(tokens)
    )
    scores[:, 0] += SINK
    scores[np.triu_indices(tokens, 1)] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return pack((weights / weights.sum(axis=1, keepdims=True)).astype(np.float32), CAUSAL)


def _head(draw: np.random.Generator, shape: Shape, number: int) -> HeadEntry:
    value = float(draw.uniform(0.2, 0.9))
    some = Estimate(value, value - 0.05, value + 0.05, 100)
    layer, head = divmod(number, shape.heads)
    runners = tuple(RunnerUp((number + more) % PROGRAMS, value, value) for more in range(1, 6))
    behind = tuple(draw.uniform(0, 1, shape.tokens).tolist())
    spots = tuple(Spot(int(draw.integers(READ)), 40 + at, 30, value, value / 2)
                  for at in range(SPOTS))  # fmt: skip
    return HeadEntry(
        f"L{layer}.H{head}", layer, head, number % PROGRAMS, number, some, value, 0.1,
        None, runners, tuple(draw.uniform(0, 1, shape.texts).tolist()), (0.5, 0.2, 0.1),
        content=0.5, content_iou=some, rest_error=some, excess=value - 0.2,
        constant=ConstantEntry("distance", 0.5, 0.5, behind, ()),
        deciles=tuple(range(1, shape.texts + 1)), strongest=spots if shape.whole else (),
        activity=tuple(range(1, shape.texts + 1)),
        ladder=_ladder(draw, number, shape.tokens) if shape.whole else None,
        own=_own(draw, shape) if shape.whole else None,
    )  # fmt: skip


def _own(draw: np.random.Generator, shape: Shape) -> OwnTexts:
    """Two texts that are not among those of all heads."""
    wrong, active = draw.choice(np.arange(shape.texts, READ), OWN, replace=False).tolist()
    maps = tuple(
        OwnMaps(text, float(draw.uniform()), 1, 1, *(_map(draw, shape.tokens) for _ in "rp"))
        for text in sorted((wrong, active))
    )
    return OwnTexts(wrong, active, maps)


def _ladder(draw: np.random.Generator, number: int, tokens: int) -> Ladder:
    measures = tuple((name, float(draw.uniform())) for name in ("content IoU", "IoU", "rest error"))
    rungs = tuple(
        Rung(2 * parts, parts / 8, 100.0 * parts, SOURCE.format(n=number), _map(draw, tokens),
             measures)
        for parts in range(1, RUNGS + 1)
    )  # fmt: skip
    return Ladder(RUNGS * 2, rungs)


if __name__ == "__main__":
    main()
