"""A language server in a process of its own, and an editor's side of the conversation."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="the language server needs the extra `lsp`")
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

ROOT = Path(__file__).resolve().parents[2]
URI = "file:///written/here.attn"


class Editor:
    """Opens, changes and asks; keeps the diagnostics that it was told last."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.client = LanguageClient("tests", "1")
        self.told: list[lsp.Diagnostic] = []
        self.messages: list[str] = []
        self.version = 0
        self.news = asyncio.Event()

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: lsp.PublishDiagnosticsParams) -> None:
            self.told = list(params.diagnostics)
            self.news.set()

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def shown(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

    def run(self, what: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(what, 60))

    def start(self) -> None:
        code = "from attndsl.cli import main; main()"
        self.run(self.client.start_io(sys.executable, "-c", code, "lsp", cwd=str(ROOT)))
        wanted = lsp.InitializeParams(capabilities=lsp.ClientCapabilities())
        self.run(self.client.initialize_async(wanted))
        self.client.initialized(lsp.InitializedParams())

    def stop(self) -> None:
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())

    def open(self, text: str) -> list[lsp.Diagnostic]:
        self.version += 1
        self.news.clear()
        document = lsp.TextDocumentItem(URI, "attndsl", self.version, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(document))
        self.run(self.news.wait())
        return self.told

    def change(self, line: int, column: int, end: int, text: str) -> list[lsp.Diagnostic]:
        """Put a text in place of some columns of a line, all from 0."""
        self.version += 1
        self.news.clear()
        where = lsp.Range(lsp.Position(line, column), lsp.Position(line, end))
        change = lsp.TextDocumentContentChangePartial(where, text)
        document = lsp.VersionedTextDocumentIdentifier(self.version, URI)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))
        self.run(self.news.wait())
        return self.told

    def ask(self, what: Callable[..., Any], params: Any) -> Any:
        return self.run(what(params))

    @property
    def document(self) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(URI)


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    editor = Editor(loop)
    loop.run_until_complete(asyncio.sleep(0))
    editor.start()
    yield editor
    editor.stop()
    loop.close()
