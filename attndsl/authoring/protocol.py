"""Our answers in the Language Server Protocol: places, diagnostics, choices, symbols."""

from collections.abc import Iterator

from lsprotocol import types as lsp

from attndsl.authoring.completion import Choice
from attndsl.authoring.document import Checked, Placed
from attndsl.authoring.pieces import Piece
from attndsl.authoring.told import parameters, proved
from attndsl.authoring.words import Place, call_at, occurrences
from attndsl.language.diagnostics import Diagnostic, Span

_KINDS = {
    "attribute": lsp.CompletionItemKind.Property, "method": lsp.CompletionItemKind.Method,
    "function": lsp.CompletionItemKind.Function, "aggregate": lsp.CompletionItemKind.Function,
    "range": lsp.CompletionItemKind.Function, "row": lsp.CompletionItemKind.Function,
    "mechanism": lsp.CompletionItemKind.Module, "table": lsp.CompletionItemKind.Module,
    "decorator": lsp.CompletionItemKind.Keyword,
    "label": lsp.CompletionItemKind.EnumMember, "local": lsp.CompletionItemKind.Variable,
    "definition": lsp.CompletionItemKind.Function, "constant": lsp.CompletionItemKind.Constant,
    "keyword": lsp.CompletionItemKind.Keyword, "number": lsp.CompletionItemKind.Constant,
}  # fmt: skip
_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning,
}  # fmt: skip


def as_diagnostic(checked: Checked, fault: Diagnostic) -> lsp.Diagnostic:
    message = f"{fault.message}\n{fault.hint}" if fault.hint else fault.message
    return lsp.Diagnostic(
        as_range(checked, fault.span), message, _SEVERITIES[fault.severity], fault.code,
        source="attndsl",
    )  # fmt: skip


def as_item(choice: Choice) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        choice.name, kind=_KINDS[choice.sort], detail=choice.detail, insert_text=choice.insert
    )


def as_signature(place: Place) -> lsp.SignatureHelp | None:
    """The call that the place is in."""
    call = call_at(place)
    signature = parameters(place.checked, call[0]) if call else None
    return _shown(call[0], signature, call[1]) if call and signature else None


def _shown(name: str, signature: tuple[tuple[str, ...], str], active: int) -> lsp.SignatureHelp:
    names, doc = signature
    one = lsp.SignatureInformation(
        f"{name}({', '.join(names)})", doc, [lsp.ParameterInformation(name) for name in names]
    )
    return lsp.SignatureHelp([one], 0, min(active, max(0, len(names) - 1)))


def as_symbol(checked: Checked, piece: Piece) -> lsp.DocumentSymbol:
    kind = lsp.SymbolKind.Constant if piece.kind == "constant" else lsp.SymbolKind.Function
    whole = Span(piece.line, 1, piece.last, len(checked.lines[piece.last - 1]) + 1)
    detail = "head program" if piece.head else "helper" if piece.kind == "def" else ""
    return lsp.DocumentSymbol(
        piece.name,
        kind,
        as_range(checked, whole),
        as_range(checked, name_of(checked, piece)),
        detail,
    )


def name_of(checked: Checked, piece: Piece) -> Span:
    """Where a piece has its name."""
    return next(iter(occurrences(checked, piece.name, piece)))


def as_inlay(checked: Checked, placed: Placed, first: int, last: int) -> lsp.InlayHint | None:
    line = placed.program.definition.name_span.line + placed.shift
    if not first <= line <= last:
        return None
    end = as_position(checked, line, len(checked.lines[line - 1]) + 1)
    return lsp.InlayHint(end, f"  {proved(placed)}", padding_left=True)


def as_range(checked: Checked, span: Span) -> lsp.Range:
    return lsp.Range(
        as_position(checked, span.line, span.column),
        as_position(checked, span.end_line, span.end_column),
    )


def as_position(checked: Checked, line: int, column: int) -> lsp.Position:
    """Lines and columns from 1 in characters as the protocol has them: from 0, in UTF-16 units."""
    before = checked.lines[line - 1][: column - 1] if line <= len(checked.lines) else ""
    return lsp.Position(line - 1, sum(_units(before)))


def place_of(checked: Checked, position: lsp.Position) -> tuple[int, int]:
    line = max(0, min(position.line, len(checked.lines) - 1))
    left, column = position.character, 1
    for units in _units(checked.lines[line]):
        left -= units
        if left < 0:
            break
        column += 1
    return line + 1, column


def unit_of(checked: Checked, position: lsp.Position) -> int:
    """The place in the whole text, in UTF-16 units."""
    above = "\n".join(checked.lines[: position.line])
    return sum(_units(above)) + bool(position.line) + position.character


def _units(text: str) -> Iterator[int]:
    return (2 if letter > "\uffff" else 1 for letter in text)
