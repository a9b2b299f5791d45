"""The front door of a file: bytes to text, and the characters that no program may hold."""

import re
import unicodedata

from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.given import expect_kind
from attndsl.language.lexing.scan import Lines

MAX_FILE = 8 * 1024 * 1024
MAX_REPORTS = 20  # of one kind in one file

UNPRINTABLE = re.compile(r"[^\x20-\x7e\n\t]")
# Never allowed, not even in texts and comments: controls, bidirectional and invisible characters,
# other line ends, lone surrogates, tags. A text that needs one writes an escape.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def read_text(source: str | bytes, file: str) -> tuple[str, list[Diagnostic]]:
    """The clean text of a source, and what is wrong with it; an unusable one gives empty text."""
    expect_kind(source, (str, bytes), "source", "a source is a text, such as open(FILE).read()")
    if len(source) > MAX_FILE:
        return "", [_whole_file("ATT006", "the file is larger than 8 MB", "split it", file)]
    if isinstance(source, bytes):
        try:
            source = source.decode("utf-8")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            column = error.start - error.object.rfind(b"\n", 0, error.start)
            span = Span(line, column, line, column + 1)
            message = f"byte {error.start} isn't valid UTF-8"
            return "", [Diagnostic("ATT001", "error", message, span, "save it as UTF-8", file)]
    if "\r" in source:
        source = source.replace("\r\n", "\n")
    if source and source[-1] != "\n":
        source += "\n"
    return source, []


def hidden_characters(text: str, lines: Lines, file: str) -> tuple[list[int], list[Diagnostic]]:
    """Where characters stand that no program may hold, and a report of the first of them."""
    if UNPRINTABLE.search(text) is None:
        return [], []
    places = [match.start() for match in HIDDEN.finditer(text)]
    reports = []
    for start in places[:MAX_REPORTS]:
        code = ord(text[start])
        name = unicodedata.name(text[start], "a control character")
        escape = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
        hint = f"delete it; in a text write {escape}"
        if text[start] == "\r":
            hint = "end lines with a line feed"
        if start == 0 and text[start] == "\ufeff":
            hint = "save it as UTF-8 without a byte order mark"
        message = f"a character that can't be seen: U+{code:04X}, {name}"
        span = lines.span(start, start + 1)
        reports.append(Diagnostic("ATT002", "error", message, span, hint, file))
    return places, reports


def _whole_file(code: str, message: str, hint: str, file: str) -> Diagnostic:
    return Diagnostic(code, "error", message, Span(1, 1, 1, 1), hint, file)
