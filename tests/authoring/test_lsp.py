"""The language server through a real client: what an editor is told, and what it can ask."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from attndsl.language.formatter import format_source
from tests.authoring.conftest import URI, Editor

FILE = '''\
SPEECH = {"said", "asked"}


def is_speech(t):
    return t.lower in SPEECH


def quote_to_verb(q, k):
    """After a closing quote look back to the verb of saying."""
    verb = last(t for t in before(q) if is_speech(t))
    return q.is_quote and k == verb


def looks_ahead(q, k):
    return k.i / n
'''


def at(text: str, word: str, behind: int = 1) -> lsp.Position:
    """A place in the first occurrence of a word, so many characters in."""
    offset = text.index(word) + behind
    line = text.count("\n", 0, offset)
    return lsp.Position(line, offset - (text.rfind("\n", 0, offset) + 1))


def test_diagnostics_follow_what_is_typed(editor: Editor) -> None:
    assert editor.open(FILE) == []
    line = FILE[: FILE.index("is_quote and")].count("\n")
    column = FILE.splitlines()[line].index("is_quote")
    (found,) = editor.change(line, column, column + 8, "is_qoute")
    assert (found.code, found.severity) == ("ATT042", lsp.DiagnosticSeverity.Error)
    assert found.range.start == lsp.Position(line, column)
    assert "k.is_quote" in found.message or "q.is_quote" in found.message
    actions = editor.ask(
        editor.client.text_document_code_action_async,
        lsp.CodeActionParams(editor.document, found.range, lsp.CodeActionContext([found])),
    )
    (edit,) = actions[0].edit.changes[URI]
    assert edit.new_text == "q.is_quote"
    assert editor.change(line, column, column + 8, "is_quote") == []


def test_hover_tells_of_attributes_functions_and_programs(editor: Editor) -> None:
    editor.open(FILE)

    def hover(word: str) -> str:
        params = lsp.HoverParams(editor.document, at(FILE, word))
        found = editor.ask(editor.client.text_document_hover_async, params)
        return found.contents.value if found else ""

    assert "level piece" in hover("is_quote and")
    assert "the latest position" in hover("last(t")
    program = hover("quote_to_verb")
    assert "causal, at most" in program
    assert "def quote_to_verb(q, k):" in program
    assert "not causal" in hover("looks_ahead")
    assert '{"said", "asked"}' in hover("SPEECH\n")
    assert hover("before(q) if") != ""


CALLS = {
    "similarity(q, k)": ("similarity(a, b): number", "level model", "causal, ", "operations each"),
    "count(t for t in upto(q))": ("count(... for t in visible(q) if ...): number", "causal where"),
    "induction(q, k)": ("shipped mechanism, causal, at most ", "copies: the first key"),
}


def test_hover_tells_of_calls_what_they_give_and_cost(editor: Editor) -> None:
    for call, told in CALLS.items():
        text = f"def f(q, k):\n    return 1.0 * {call}\n"
        editor.open(text)
        params = lsp.HoverParams(editor.document, at(text, call))
        found = editor.ask(editor.client.text_document_hover_async, params).contents.value
        assert [one for one in told if one not in found] == [], found


def test_completion_knows_what_can_stand_where(editor: Editor) -> None:
    text = (
        "def f(q, k):\n    weight = 0.5\n    return q.\n\n\n"
        'def g(q, k):\n    return k.usual_pos == "\n\n\n@\ndef h(q, k):\n    return 1\n'
    )
    editor.open(text)

    def names(position: lsp.Position) -> set[str]:
        params = lsp.CompletionParams(editor.document, position)
        found = editor.ask(editor.client.text_document_completion_async, params)
        return {item.label for item in found.items}

    attributes = names(at(text, "q.\n", 2))
    assert {"is_quote", "prev", "lower"} <= attributes
    assert "similarity" not in attributes
    everything = names(at(text, "return q", 7))
    assert {"similarity", "last", "before", "normalized", "induction", "weight", "g"} <= everything
    assert {"NOUN", "VERB"} <= names(at(text, '"\n', 1))
    assert names(at(text, "@\n", 1)) == {"softmax", "fallback"}


def test_a_call_tells_what_it_takes(editor: Editor) -> None:
    text = "def f(q, k):\n    return clip(k.i, 0, 1) + near(q, k, 0.5)\n"
    editor.open(text)

    def asked(word: str) -> tuple[str, int]:
        params = lsp.SignatureHelpParams(editor.document, at(text, word))
        found = editor.ask(editor.client.text_document_signature_help_async, params)
        return found.signatures[0].label, found.active_parameter

    assert asked("0, 1)") == ("clip(x, lo, hi)", 1)
    assert asked("0.5)") == ("near(q, k, rate)", 2)


def test_names_are_found_and_changed(editor: Editor) -> None:
    editor.open(FILE)
    where = at(FILE, "is_speech(t))")
    definition = editor.ask(
        editor.client.text_document_definition_async, lsp.DefinitionParams(editor.document, where)
    )
    assert definition.range.start == at(FILE, "is_speech", 0)
    edit = editor.ask(
        editor.client.text_document_rename_async,
        lsp.RenameParams(editor.document, where, "says"),
    )
    places = [change.range.start for change in edit.changes[URI]]
    assert places == [at(FILE, "is_speech(t):", 0), at(FILE, "is_speech(t))", 0)]
    refused = editor.ask(
        editor.client.text_document_rename_async,
        lsp.RenameParams(editor.document, where, "looks_ahead"),
    )
    assert refused is None
    assert "would mean another thing" in editor.messages[-1]


def test_symbols_formatting_and_what_is_proved(editor: Editor) -> None:
    untidy = FILE.replace("t.lower in SPEECH", "t.lower   in SPEECH")
    editor.open(untidy)
    symbols = editor.ask(
        editor.client.text_document_document_symbol_async,
        lsp.DocumentSymbolParams(editor.document),
    )
    assert [(one.name, one.detail) for one in symbols] == [
        ("SPEECH", ""),
        ("is_speech", "helper"),
        ("quote_to_verb", "head program"),
        ("looks_ahead", "head program"),
    ]
    (edit,) = editor.ask(
        editor.client.text_document_formatting_async,
        lsp.DocumentFormattingParams(editor.document, lsp.FormattingOptions(4, True)),
    )
    assert edit.new_text == format_source(untidy)
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(100, 0))
    hints = editor.ask(
        editor.client.text_document_inlay_hint_async, lsp.InlayHintParams(editor.document, whole)
    )
    labels = [hint.label for hint in hints]
    assert labels[0].strip().startswith("causal, at most")
    assert "not causal" in labels[1]


def test_half_typed_files_and_strange_places_are_no_trouble(editor: Editor) -> None:
    text = "def f(q, k):\n    return (k.\n\nX = {\n@soft\ndef \u00e9\U0001f600(q\n"
    assert editor.open(text)
    for position in (lsp.Position(99, 99), lsp.Position(5, 7), lsp.Position(0, 9999)):
        params = lsp.HoverParams(editor.document, position)
        editor.ask(editor.client.text_document_hover_async, params)
        editor.ask(
            editor.client.text_document_completion_async,
            lsp.CompletionParams(editor.document, position),
        )
        editor.ask(
            editor.client.text_document_signature_help_async,
            lsp.SignatureHelpParams(editor.document, position),
        )
    assert editor.open(FILE) == []


def test_questions_of_another_form_are_answered() -> None:
    """An editor that asks for a line of -1 waits for no answer that doesn't come."""
    places: list[object] = [{"line": -1, "character": 0}, {"line": "a", "character": 0}, None]
    asked: list[tuple[str, object]] = [("initialize", {"processId": None, "capabilities": {}})]
    asked += [("textDocument/hover", {"textDocument": {"uri": URI}, "position": p}) for p in places]
    sent = b""
    for number, (method, params) in enumerate([*asked, ("shutdown", None)]):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        body = json.dumps(message).encode()
        sent += b"Content-Length: %d\r\n\r\n" % len(body) + body
    code = "from attndsl.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "lsp"], input=sent, capture_output=True, timeout=60
    )
    bodies = re.split(rb"Content-Length: .*\r\n(?:.+\r\n)*\r\n", ended.stdout)[1:]
    answers = {one["id"]: one for one in map(json.loads, bodies) if "id" in one}
    assert [answers[number]["error"]["message"] for number in (1, 2, 3)] == ["Invalid Params"] * 3
    assert answers[4]["result"] is None


def test_a_file_that_is_not_open_is_not_read(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "other.attn"
    file.write_text(FILE)
    other = lsp.TextDocumentIdentifier(file.as_uri())
    params = lsp.DocumentSymbolParams(other)
    assert editor.ask(editor.client.text_document_document_symbol_async, params) == []


def test_what_is_no_name_is_refused(editor: Editor) -> None:
    """Also in a file that has a mistake already."""
    text = "def f(q, k):\n    return k.is_qoute\n"
    editor.open(text)
    params = lsp.RenameParams(editor.document, lsp.Position(0, 4), "1 2")
    assert editor.ask(editor.client.text_document_rename_async, params) is None
    assert editor.messages[-1].startswith("`1 2` is no name: ")


def test_columns_are_told_in_utf16_units(editor: Editor) -> None:
    text = 'def f(q, k):\n    return "\U0001f600" == k.text and k.is_qoute\n'
    (found,) = [one for one in editor.open(text) if one.code == "ATT042"]
    line = text.splitlines()[1]
    before = line[: line.index("is_qoute")]
    assert found.range.start.character == len(before.encode("utf-16-le")) // 2


def test_a_map_is_drawn_of_the_program_under_the_cursor(editor: Editor) -> None:
    editor.open('"""😀 two programs."""\n\n\n' + FILE)

    def drawn(line: int, text: str) -> dict[str, Any]:
        asked = {
            "textDocument": {"uri": URI}, "position": {"line": line, "character": 3}, "text": text,
        }  # fmt: skip
        found = editor.ask(lambda params: editor.client.protocol.send_request_async(
            "attndsl/map", params), asked)  # fmt: skip
        return dict(found if isinstance(found, dict) else found._asdict())

    found = drawn(11, 'Tom said "no".')
    assert found["name"] == "quote_to_verb"
    assert found["tokens"] == ["Tom", "said", '"', "no", '"', "."]
    assert found["weights"][4] == [0.0, 1.0, 0.0, 0.0, 0.0]
    assert drawn(17, "a b")["name"] == "looks_ahead"
    assert "a map here takes" in drawn(11, "a " * 900)["error"]
    editor.open("def f(q, k):\n    return\n")
    assert drawn(1, "a b") == {"error": "no program here is whole yet"}
