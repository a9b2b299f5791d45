"""Answers while one writes: an edit in a file of 100 programs, through the language server.

python -m benchmarks.authoring [--run RUN [--run-model MODEL]] [--json FILE]
                              [--programs DIR [--texts FILE --model MODEL] [--journal FILE]]
                              [--submitted RUN [--run-model MODEL]]
"""

import argparse
import asyncio
import random
import re
import statistics
import sys
import time
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from attndsl.authoring.pieces import pieces_of
from attndsl.authoring.playground.folder import examples
from benchmarks.measure import finish, machine
from benchmarks.pyodide import Absent, Pyodide

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PROGRAMS, EDITS = 100, 120
URI = "file:///benchmark.attn"
NOTES = {
    "lsp_edit_ms": "95th percentile, change to diagnostics, 100 programs in the file; at most 50",
    "lsp_edit_ms_median": "",
    "mcp_gain": "content IoU of heads that an agent worked on, after minus before, report texts",
    "mcp_heads": "heads with a program that was kept",
    "mcp_before": "content IoU, mean over them",
    "mcp_after": "",
    "playground_check_ms": "95th percentile, an edit of an example in Pyodide; at most 50",
    "playground_check_ms_median": "",
    "whole_check_ms": "the rival: the whole file checked anew",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="answers while one writes")
    parser.add_argument(
        "--programs", metavar="DIR", help="a folder of published programs (*_programs.py) to port"
    )
    parser.add_argument(
        "--texts", metavar="FILE", help="texts (.jsonl) on which what is ported runs beside them"
    )
    parser.add_argument("--model", metavar="MODEL", help="tokenizer and similarity for --texts")
    parser.add_argument("--journal", metavar="FILE", help="ports so far: see benchmarks.ports")
    parser.add_argument("--run", metavar="RUN", help="a run to type beside, in the studio")
    parser.add_argument("--run-model", metavar="MODEL", help="its model, where it has moved")
    parser.add_argument(
        "--submitted", metavar="RUN", help="a run that an agent handed programs in to, by MCP"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    text = file_of(PROGRAMS)
    times = sorted(asyncio.run(edits(text)))
    figures = {
        "lsp_edit_ms": times[int(0.95 * len(times))],
        "lsp_edit_ms_median": statistics.median(times),
        "whole_check_ms": whole(text),
    }
    figures |= playground_figures()
    if chosen.run:
        from benchmarks.studio import NOTES as MORE
        from benchmarks.studio import key_to_map

        NOTES.update(MORE)
        figures |= key_to_map(chosen.run, chosen.run_model)
    if chosen.submitted:
        figures |= gain_figures(Path(chosen.submitted), chosen.run_model)
    if chosen.programs:
        from benchmarks.ports import NOTES as PORTS
        from benchmarks.ports import Journal, port_figures

        NOTES.update(PORTS)
        kept = Journal.open(chosen.journal)
        figures |= port_figures(Path(chosen.programs), chosen.texts, chosen.model, kept)
    finish("authoring", figures, NOTES, chosen.json)


def gain_figures(run: Path, model: str | None) -> dict[str, float]:
    """What an agent's programs gained on texts that none of its tools reads."""
    from attndsl.authoring.bench import open_bench
    from attndsl.heads.store import HeadStore
    from attndsl.models import load

    store = HeadStore.open(run / "heads")
    loaded = load(model or store.meta.model)
    found = open_bench(run, store, loaded.table).gain()
    for head, (before, after) in found.items():
        print(f"{head}: {before.content_iou:.3f} before, {after.content_iou:.3f} after")
    pairs = [(a.content_iou, b.content_iou) for a, b in found.values()]
    before, after = (statistics.mean(side) for side in zip(*pairs, strict=True))
    return {"mcp_gain": after - before, "mcp_heads": float(len(pairs)), "mcp_before": before,
            "mcp_after": after}  # fmt: skip


def playground_figures() -> dict[str, float]:
    """Milliseconds of processor for a check after an edit of an example, as the playground asks:
    a letter anywhere, mostly a mistake, and one in the docstring, so that all is proved anew."""
    try:
        python = Pyodide.start(EXAMPLES)
    except Absent as reason:
        print(f"playground_check_ms left out: {reason}")
        return {}
    draw, times = random.Random(3), list[float]()
    for example in (one["program"] for one in examples()):
        python.ask(ask="check", program=example)
        for at in (draw.randrange(len(example) + 1), example.index('"""') + 3):
            edited = example[:at] + draw.choice("abkq1. ") + example[at:]
            times.append(python.ask(ask="check", program=edited)["ms"])
    python.close()
    times.sort()
    return {
        "playground_check_ms": times[int(0.95 * len(times))],
        "playground_check_ms_median": statistics.median(times),
    }


def file_of(programs: int) -> str:
    """A file of so many programs, out of the examples."""
    found: list[str] = []
    while len(found) < programs:
        for path in sorted(EXAMPLES.glob("*.attn")):
            for piece in pieces_of(path.read_text(encoding="utf-8")) or ():
                if piece.head and len(found) < programs:
                    name = f"{piece.name}_{len(found)}"
                    found.append(re.sub(rf"\bdef {piece.name}\b", f"def {name}", piece.text))
    return "\n\n\n".join(found) + "\n"


def whole(text: str) -> float:
    from attndsl.graph.verify import verify

    times = []
    for _ in range(3):
        start = time.perf_counter()
        verify(text)
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


async def edits(text: str) -> list[float]:
    """Milliseconds from each change to the diagnostics that answer it."""
    client, news = LanguageClient("benchmark", "1"), asyncio.Event()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # a client of pygls has no types
    def published(params: lsp.PublishDiagnosticsParams) -> None:
        news.set()

    await client.start_io(sys.executable, "-c", "from attndsl.cli import main; main()", "lsp")
    await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
    client.initialized(lsp.InitializedParams())
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(URI, "attndsl", 0, text))
    )
    await news.wait()
    draw, lines, times = random.Random(3), text.split("\n"), []
    for version in range(1, EDITS + 1):
        line = draw.randrange(len(lines))
        where = lsp.Position(line, draw.randrange(len(lines[line]) + 1))
        letter = draw.choice("abkq1. ")
        news.clear()
        start = time.perf_counter()
        change = lsp.TextDocumentContentChangePartial(lsp.Range(where, where), letter)
        document = lsp.VersionedTextDocumentIdentifier(version, URI)
        client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))
        await news.wait()
        times.append(1000 * (time.perf_counter() - start))
        undo = lsp.Range(where, lsp.Position(where.line, where.character + 1))
        back = lsp.TextDocumentContentChangePartial(undo, "")
        news.clear()
        client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [back]))
        await news.wait()
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]  # nor here
    return times


if __name__ == "__main__":
    main()
