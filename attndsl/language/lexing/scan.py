"""Source text to plain tokens and top-level chunks, in one pass that nothing can derail.

The front door, the parser (by `lexer`), the explanations of errors and the formatter read these
tokens, so that a word is the same word everywhere.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from attndsl.language.diagnostics import Span

Kind = Literal[
    "name", "operator", "newline", "comment", "long", "string", "number",
    "foreign", "open_long", "open_string", "other",
]  # fmt: skip
Lexeme: TypeAlias = tuple[str, str, int]  # kind, text, offset

MAX_PROGRAM = 16 * 1024
MAX_TOKENS = 4096
MAX_CHUNKS = 20_000

# What starts a new chunk wherever it stands at the left margin, even in an unclosed bracket.
TOP_LINE = r"(?:def[ \t]|@|[A-Za-z_][A-Za-z0-9_]*[ \t]*=(?!=))"
TOP = re.compile(f"^{TOP_LINE}", re.MULTILINE)

# Every alternative starts with its own character or reads a bounded text first: one pass, no
# backtracking that grows. `foreign` are signs of other languages, refused with a hint.
TOKEN = re.compile(
    r"""[ \t]*(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<foreign>:=|->|=>|=<|<>|===|!==|\*\*=|//=|%=|\|=|&&?|\|\||<<|>>|!(?!=)|[\^~;?$`\\])
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<operator>\*\*|//|[=!<>+\-*/]=|[()\[\]{}.,:=<>+\-*/%|@])
    | (?P<newline>\n(?:[ \t]*+\n)*+)
    | (?P<comment>\#[^\n]*)
    | (?P<long>\"\"\"(?:\"{0,2}(?:[^\"\\\n]++|\\.|\\?\nTOP_NOT))*+\"\"\"
              |'''(?:'{0,2}(?:[^'\\\n]++|\\.|\\?\nTOP_NOT))*+''')
    | (?P<open_long>\"\"\"|''')
    | (?P<string>\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+')
    | (?P<open_string>[\"'][^\n]*)
    | (?P<other>[^\x00-\x7f]+|[^ \t])
    )""".replace("TOP_NOT", f"(?!{TOP_LINE})"),
    re.VERBOSE,
)


@dataclass(slots=True)
class Chunk:
    """A top-level piece of a file: a definition with its decorators, a constant, a docstring."""

    start: int
    line: int  # of its first token, from 1
    end: int = 0
    tokens: list[Lexeme] = field(default_factory=list)
    too_big: bool = False


class Lines:
    """Offsets to lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        return self._starts

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, span: Span) -> int:
        """Where a span starts in the text."""
        return self.starts[span.line - 1] + span.column - 1

    def span(self, start: int, end: int) -> Span:
        return Span(*self.place(start), *self.place(end))


def scan(text: str) -> list[Chunk]:
    """The top-level chunks of a text with their tokens; at most one more than MAX_CHUNKS.

    >>> chunks = scan("A = 1\\n\\ndef f(q, k):\\n    return A\\n")
    >>> [(chunk.line, len(chunk.tokens)) for chunk in chunks]
    [(1, 4), (3, 12)]
    """
    chunks: list[Chunk] = []
    position, size = 0, len(text)
    while position < size and len(chunks) <= MAX_CHUNKS:
        position = _scan_from(text, position, chunks)
    line, seen = 1, 0
    ends = [chunk.start for chunk in chunks] + [size]
    for chunk, end in zip(chunks, ends[1:], strict=True):
        chunk.end = end
        line += text.count("\n", seen, chunk.start)
        chunk.line, seen = line, chunk.start
    return chunks


def _scan_from(text: str, position: int, chunks: list[Chunk]) -> int:
    """Read on from `position`; gives where reading must start afresh, or the end."""
    chunk = None
    depth = 0  # open brackets
    words = 0  # tokens of the chunk but for newlines and comments
    state = "none"  # of the chunk: decorators, header (a def without a body yet), other
    margin = position  # where the current line starts
    for match in TOKEN.finditer(text, position):
        kind = match.lastgroup
        if kind is None:  # blanks behind the last newline
            continue
        start = match.start(kind)
        word = match[kind]
        if kind == "newline" or kind == "comment":
            if kind == "newline":
                margin = start + len(word)
            if chunk is not None and start - chunk.start <= MAX_PROGRAM:
                chunk.tokens.append((kind, word, start))
            continue
        if start == margin:
            top = (
                chunk is None
                or word == "@"
                or word == "def"
                or (depth == 0 and state != "header")
                or (kind == "name" and TOP.match(text, start) is not None)
            )
            if top and not (state == "decorators" and word in ("@", "def")):
                if len(chunks) > MAX_CHUNKS:
                    return len(text)
                chunk = Chunk(start, 0)
                chunks.append(chunk)
                depth, words, state = 0, 0, "other"
            if word == "@":
                state = "decorators"
            elif word == "def":
                state = "header"
            elif state == "header":
                state = "other"  # an unindented body is reported with its def
        elif state == "header" and text[margin] in " \t":
            state = "other"
        if chunk is None:  # an indented first line
            chunk = Chunk(start, 0)
            chunks.append(chunk)
        chunk.tokens.append((kind, word, start))
        words += 1
        if kind == "operator":
            if word in "([{":
                depth += 1
            elif word in ")]}" and depth:
                depth -= 1
        if words > MAX_TOKENS or start - chunk.start > MAX_PROGRAM:
            chunk.too_big = True
            return _next_top(text, start)
        if kind == "open_long":
            return _next_top(text, start)
    return len(text)


def _next_top(text: str, start: int) -> int:
    top = TOP.search(text, text.find("\n", start) + 1 or len(text))
    return top.start() if top else len(text)
