"""Another name for something, wherever it stands, if the file still means the same with it."""

import re

from attndsl.authoring.document import Checked, Checker
from attndsl.authoring.words import Place, occurrences
from attndsl.language import shipped
from attndsl.language import vocabulary as table
from attndsl.language.diagnostics import AttndslError, Span
from attndsl.language.lexing.scan import Lines

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def rename(checker: Checker, place: Place, new: str) -> list[Span]:
    """Where the name stands that is to be replaced; an error in words where it can't be."""
    word = place.word
    if word is None or word.before in (".", "@"):
        raise AttndslError("there is no name of this file here to change")
    if not _NAME.fullmatch(new):
        raise AttndslError(f"`{new}` is no name: letters, digits and _, a letter or _ first")
    checked = place.checked
    top = any(piece.name == word.text for piece in checked.pieces)
    if not top and (word.text in table.CALLABLES or shipped.is_shipped(word.text)):
        raise AttndslError(f"`{word.text}` belongs to the language")
    spans = occurrences(checked, word.text, None if top else place.piece)
    changed = _with(checked, spans, new)
    before, after = _meaning(checked), _meaning(checker.check(changed))
    renamed = [(new if name == word.text and top else name, form) for name, form in before]
    if sorted(after) != sorted(renamed):
        raise AttndslError(
            f"with `{new}` in place of `{word.text}` the file would mean another thing"
        )
    return spans


def _with(checked: Checked, spans: list[Span], new: str) -> str:
    lines, text = Lines(checked.text), checked.text
    for span in sorted(spans, reverse=True):
        start = lines.offset(span)
        text = text[:start] + new + text[start + span.end_column - span.column :]
    return text


def _meaning(checked: Checked) -> list[tuple[str, str]]:
    """The programs with their forms, and how many errors there are."""
    errors = sum(one.severity == "error" for one in checked.diagnostics)
    programs = [(one.program.name, one.program.hash) for one in checked.placed]
    return [*programs, ("", str(errors))]
