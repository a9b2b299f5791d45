"""Answers while one writes: an edit in a file of 100 programs, through the language server.

python -m benchmarks.authoring [--json FILE]
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
from benchmarks.measure import finish, machine

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PROGRAMS, EDITS = 100, 120
URI = "file:///benchmark.attn"
NOTES = {
    "lsp_edit_ms": "95th percentile, change to diagnostics, 100 programs in the file; at most 50",
    "lsp_edit_ms_median": "",
    "whole_check_ms": "the rival: the whole file checked anew",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="answers while one writes")
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
    finish("authoring", figures, NOTES, chosen.json)


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

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
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
    await client.stop()
    return times


if __name__ == "__main__":
    main()
