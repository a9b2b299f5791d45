"""The report's page in a headless Chromium: its size, how soon it is there, what pointing costs.

    python -m benchmarks.page [--json FILE]

A made-up model of 1,024 heads with 8 texts of 64 tokens, and one of 64 heads with texts of 512
tokens, opened from disk. Weights are softmaxes of noise, which packs worse than real heads do. A
frame's cost is the page's processor time by the browser's own count, for real movements of the
mouse; the other times are by the clock.
"""

import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import Estimate
from attndsl.fit.table import Headline
from attndsl.heads.packing import pack
from attndsl.language.mask import CAUSAL
from attndsl.report.cells import PartEntry
from attndsl.report.data import (
    ConstantEntry,
    HeadEntry,
    ProgramEntry,
    Report,
    RunnerUp,
    TextEntry,
)
from attndsl.report.write import write
from benchmarks.measure import Figures, finish, json_file
from tests.report.browser import Browser, chromium

NOTES = {
    "mb_1024_heads": "one file, 8 texts of 64 tokens; at most 30",
    "open_s_1024_heads": "until the overview is drawn; at most 2",
    "open_cpu_s_1024_heads": "processor time of all the browser's processes until then",
    "head_s_1024_heads": "from there to a head's maps",
    "frame_ms_64": "script for a movement of the mouse over a map of 64 tokens; at most 16",
    "frame_ms_512": "over a map of 512 tokens; at most 16",
    "frame_all_ms_512": "with style and layout",
    "maps_cpu_s_512": "the page's processor time until the first maps of 512 tokens are drawn",
}
MOVES = 60
FRAME = "requestAnimationFrame"
PROGRAMS = 80
SOURCE = """def made_{n}(q, k):
    \"\"\"About half rests on the first token. The remainder: most to the token before.\"\"\"
    content = 0.7 * previous_token(q, k) + 0.3 * nearby(q, k)
    content *= 3 if k.is_punct else 1
    return 0.5 * sink(q, k) + 0.5 * content"""


@dataclass(frozen=True)
class Shape:
    """How large a made-up model is."""

    layers: int
    heads: int
    texts: int
    tokens: int


def main() -> None:
    file = json_file("The report's page in a headless Chromium")
    if chromium() is None:
        raise SystemExit("needs a headless Chromium (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        finish("page", measured(Path(folder)), NOTES, file)


def measured(folder: Path) -> Figures:
    many, long = folder / "many.html", folder / "long.html"
    found: Figures = {"mb_1024_heads": write(made(Shape(32, 32, 8, 64)), many) / 1e6}
    write(made(Shape(8, 8, 2, 512)), long)
    browser = Browser.start(folder)
    try:
        clock, spent = zip(*(opened(browser, many) for _ in range(3)), strict=True)
        found["open_s_1024_heads"], found["open_cpu_s_1024_heads"] = min(clock), median(spent)
        found["head_s_1024_heads"] = _seconds(browser, "#/head/3.3")
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
    start, spent = time.perf_counter(), processor(browser.process.pid)
    browser.open(file)
    browser.until("document.querySelector('.preview canvas').width > 10")
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
    browser.until("document.querySelectorAll('.row-table tbody tr').length > 2")
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
    programs = tuple(_program(number, heads) for number in range(PROGRAMS))
    texts = tuple(_text(draw, shape, heads, number) for number in range(shape.texts))
    entries = tuple(_head(draw, shape, number) for number in range(heads))
    some = Estimate(0.5, 0.45, 0.55, 100)
    return Report(
        "made up", shape.layers, shape.heads, some, entries, programs, texts, CAUSAL,
        measured=Headline(some, some, some, some, some, some, some, some, heads),
    )  # fmt: skip


def _program(number: int, heads: int) -> ProgramEntry:
    served = tuple(range(number, heads, PROGRAMS))
    source = SOURCE.format(n=number)
    doc = source.split('"""')[1]
    return ProgramEntry(
        f"made_{number}", "", "position", source, doc, source, True, (), "n^2", 2**20, 2**24,
        ("tokens",), "sum", "first", f"{number:064x}", "t", served,
        parts=(PartEntry("sink(q, k)", 0.5), PartEntry("previous_token(q, k)", 0.35)),
    )  # fmt: skip


def _text(draw: np.random.Generator, shape: Shape, heads: int, number: int) -> TextEntry:
    tokens = tuple(f"tok{draw.integers(1000)}" for _ in range(shape.tokens))
    real = np.stack([_map(draw, shape.tokens) for _ in range(heads)])
    predicted = np.stack([_map(draw, shape.tokens) for _ in range(PROGRAMS)])
    return TextEntry(number, shape.tokens, tokens, real, predicted)


def _map(draw: np.random.Generator, tokens: int) -> NDArray[np.float32]:
    scores = draw.normal(0, 1.5, (tokens, tokens)) - 0.05 * np.subtract.outer(
        np.arange(tokens), np.arange(tokens)
    )
    scores[:, 0] += 5
    scores[np.triu_indices(tokens, 1)] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return pack((weights / weights.sum(axis=1, keepdims=True)).astype(np.float32), CAUSAL)


def _head(draw: np.random.Generator, shape: Shape, number: int) -> HeadEntry:
    value = float(draw.uniform(0.2, 0.9))
    some = Estimate(value, value - 0.05, value + 0.05, 100)
    layer, head = divmod(number, shape.heads)
    runners = tuple(RunnerUp((number + more) % PROGRAMS, value, value) for more in range(1, 6))
    behind = tuple(draw.uniform(0, 1, shape.tokens).tolist())
    return HeadEntry(
        f"L{layer}.H{head}", layer, head, number % PROGRAMS, number % PROGRAMS, some, value, 0.1,
        None, runners, tuple(draw.uniform(0, 1, shape.texts).tolist()), (0.5, 0.2, 0.1),
        content=0.5, content_iou=some, rest_error=some, excess=value - 0.2,
        constant=ConstantEntry("distance", 0.5, 0.5, behind, ()),
        deciles=tuple(range(1, shape.texts + 1)),
    )  # fmt: skip


if __name__ == "__main__":
    main()
