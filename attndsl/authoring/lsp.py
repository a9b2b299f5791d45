"""The language server: what the compiler answers, in the words of the Language Server Protocol."""

from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

import attndsl
from attndsl.authoring.answers import program_at
from attndsl.authoring.completion import choices
from attndsl.authoring.document import Checked, Checker
from attndsl.authoring.mapping import map_of
from attndsl.authoring.mending import mends
from attndsl.authoring.naming import rename
from attndsl.authoring.protocol import (
    as_diagnostic,
    as_inlay,
    as_item,
    as_range,
    as_signature,
    as_symbol,
    name_of,
    place_of,
    unit_of,
)
from attndsl.authoring.told import told_of
from attndsl.authoring.words import Place, occurrences, place_at
from attndsl.language.diagnostics import AttndslError, Span
from attndsl.language.formatter import format_source
from attndsl.language.lexing.scan import Lines


class Answering(LanguageServerProtocol):
    """The protocol, with an answer to questions that have another form than theirs, such as a line
    of -1: pygls only reports those, and an editor would wait for ever."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as fault:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=fault.to_response_error())
            raise


@dataclass(slots=True)
class Files:
    """The files that an editor has open, as last checked."""

    checker: Checker = field(default_factory=Checker)
    open: dict[str, Checked] = field(default_factory=dict)


def make_server() -> LanguageServer:
    """A server with every feature; it keeps what editors open and reads no other file."""
    server = LanguageServer("attndsl", attndsl.__version__, protocol_cls=Answering)
    files = Files()

    def checked(uri: str) -> Checked:
        document = server.workspace.text_documents.get(uri)
        text = document.source if document else ""  # what isn't open isn't read from the disk
        known = files.open.get(uri)
        if known is None or known.text != text:
            known = files.open[uri] = files.checker.check(text, uri)
        return known

    def place(uri: lsp.TextDocumentIdentifier, at: lsp.Position) -> Place:
        document = checked(uri.uri)
        return place_at(document, *place_of(document, at))

    def tell(uri: str) -> None:
        document = checked(uri)
        server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri, [as_diagnostic(document, one) for one in document.diagnostics]
            )
        )

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        tell(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        tell(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        files.open.pop(params.text_document.uri, None)
        server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(params.text_document.uri, [])
        )

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        here = place(params.text_document, params.position)
        text = told_of(here.checked, here.word) if here.word else None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text)) if text else None

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[".", "@", '"', "'"])
    )
    def complete(params: lsp.CompletionParams) -> lsp.CompletionList:
        items = [
            as_item(choice) for choice in choices(place(params.text_document, params.position))
        ]
        return lsp.CompletionList(is_incomplete=False, items=items)

    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpOptions(trigger_characters=["(", ","])
    )
    def signatures(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        return as_signature(place(params.text_document, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> lsp.Location | None:
        here = place(params.text_document, params.position)
        word = here.word
        if word is None or word.before == ".":
            return None
        for piece in here.checked.pieces:
            if piece.name == word.text:
                return lsp.Location(
                    params.text_document.uri, as_range(here.checked, name_of(here.checked, piece))
                )
        return None

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        here = place(params.text_document, params.position)
        word = here.word
        if word is None or word.before == ".":
            return []
        top = any(piece.name == word.text for piece in here.checked.pieces)
        spans = occurrences(here.checked, word.text, None if top else here.piece)
        return [
            lsp.Location(params.text_document.uri, as_range(here.checked, one)) for one in spans
        ]

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def can_rename(params: lsp.PrepareRenameParams) -> lsp.Range | None:
        here = place(params.text_document, params.position)
        word = here.word
        if word is None or word.before in (".", "@"):
            return None
        return as_range(here.checked, Lines(here.checked.text).span(word.start, word.end))

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def renamed(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        here = place(params.text_document, params.position)
        try:
            spans = rename(files.checker, here, params.new_name)
        except AttndslError as fault:
            server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, str(fault)))
            return None
        edits = [lsp.TextEdit(as_range(here.checked, span), params.new_name) for span in spans]
        return lsp.WorkspaceEdit({params.text_document.uri: edits})

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        document = checked(params.text_document.uri)
        return [as_symbol(document, piece) for piece in document.pieces if piece.name]

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def formatted(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        document = checked(params.text_document.uri)
        try:
            text = format_source(document.text)
        except AttndslError:  # its diagnostics say why
            return None
        whole = Span(1, 1, len(document.lines), len(document.lines[-1]) + 1)
        return [] if text == document.text else [lsp.TextEdit(as_range(document, whole), text)]

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        document = checked(params.text_document.uri)
        first, last = params.range.start.line + 1, params.range.end.line + 1
        asked = [one for one in document.diagnostics if first <= one.span.line <= last]
        return [
            lsp.CodeAction(
                mend.title, lsp.CodeActionKind.QuickFix, [as_diagnostic(document, one)],
                is_preferred=True,
                edit=lsp.WorkspaceEdit({params.text_document.uri: [lsp.TextEdit(
                    as_range(document, Lines(document.text).span(mend.start, mend.end)), mend.text
                )]}),
            )
            for one in asked[:20]
            for mend in mends(files.checker, document, one)
        ]  # fmt: skip

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def inlays(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        document = checked(params.text_document.uri)
        first, last = params.range.start.line + 1, params.range.end.line + 1
        return [hint for one in document.placed if (hint := as_inlay(document, one, first, last))]

    @server.feature("attndsl/map")
    def drawn(params: Any) -> dict[str, Any]:
        """Ours, for the map beside a text: the program that a place is in, on a text of its own."""
        try:
            document = checked(str(params.textDocument.uri))
            here = lsp.Position(int(params.position.line), int(params.position.character))
            placed = program_at(document, unit_of(document, here))
            if placed is None:
                return {"error": "no program here is whole yet"}
            return map_of(placed.program, str(params.text))
        except AttndslError as fault:
            return {"error": str(fault)}

    return server
