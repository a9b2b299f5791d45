"""From source text to the syntax tree: `parse`, which never raises for bad source."""

import threading
from bisect import bisect_left
from functools import cache
from typing import TypeAlias

from lark import Lark, UnexpectedToken

from attndsl.language.budget import MAX_DIAGNOSTICS
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.errors.syntax import explain
from attndsl.language.lexing import frontdoor
from attndsl.language.lexing.inspection import MAX_NESTING, TOO_DEEP, inspect
from attndsl.language.lexing.lexer import lexemes, tokens
from attndsl.language.lexing.scan import MAX_CHUNKS, Chunk, Lines, scan
from attndsl.language.nodes import Constant, Definition, Module, Node, children
from attndsl.language.parsing.recovery import without_line
from attndsl.language.parsing.syntax import Syntax
from attndsl.language.parsing.tables import load

BLANK = ("newline", "comment")
MAX_MISTAKES = 20  # of syntax, in one definition
Item: TypeAlias = Constant | Definition | str  # a text is a docstring
_one_at_a_time = threading.Lock()  # Lark's indenter and our node makers keep state while they parse


def parse(source: str | bytes, file: str = "<text>") -> tuple[Module, tuple[Diagnostic, ...]]:
    """The tree of a file, as far as it can be read, and every error in it.

    A syntax error is confined to its top-level definition or constant, which is then left out.

    >>> module, errors = parse("def f(q, k):\\n    return 1.0\\n\\ndef g(q, k):\\n    retrun 2\\n")
    >>> [definition.name for definition in module.definitions], [e.span.line for e in errors]
    (['f'], [5])
    """
    text, problems = frontdoor.read_text(source, file)
    lines = Lines(text)
    hidden, reports = frontdoor.hidden_characters(text, lines, file)
    problems.extend(reports)
    chunks = scan(text)
    if len(chunks) > MAX_CHUNKS:
        message = f"more than {MAX_CHUNKS} definitions and constants"
        problems.append(_at_start(chunks.pop(), lines, file, "ATT006", message, "split the file"))
        chunks = []
    items = _items(chunks, text, lines, file, hidden, problems)
    module = Module(
        Span(1, 1, *lines.place(len(text))),
        file,
        text,
        next((item for item in items if isinstance(item, str)), None),
        tuple(item for item in items if isinstance(item, Constant)),
        tuple(item for item in items if isinstance(item, Definition)),
        sum(len(word) for chunk in chunks for kind, word, _ in chunk.tokens if kind not in BLANK),
    )
    return module, tuple(sorted(problems, key=lambda diagnostic: diagnostic.span))


def _items(
    chunks: list[Chunk],
    text: str,
    lines: Lines,
    file: str,
    hidden: list[int],
    diagnostics: list[Diagnostic],
) -> list[Item]:
    """What the chunks hold; what is wrong with them is added to `diagnostics`."""
    items: list[Item] = []
    with _one_at_a_time:
        for number, chunk in enumerate(chunks):
            if bisect_left(hidden, chunk.start) < bisect_left(hidden, chunk.end):
                continue  # its hidden characters are reported already
            new, problems = _read(chunk, text, lines, file)
            if number and any(isinstance(item, str) for item in new):
                hint = "a file's docstring is the first thing in it"
                message = "a text stands alone"
                problems.append(_at_start(chunk, lines, file, "ATT026", message, hint))
            diagnostics.extend(problems)
            if not problems:
                items.extend(new)
            if len(diagnostics) > MAX_DIAGNOSTICS and chunk is not chunks[-1]:
                message = f"more than {MAX_DIAGNOSTICS} errors: the file isn't read further"
                diagnostics.append(
                    _at_start(chunk, lines, file, "ATT015", message, "mend these first")
                )
                break
    return items


@cache
def grammar() -> tuple[Lark, Syntax]:
    """The parser, and the node makers that it calls."""
    syntax = Syntax()
    return load(syntax), syntax


def _read(chunk: Chunk, text: str, lines: Lines, file: str) -> tuple[list[Item], list[Diagnostic]]:
    """What a chunk holds, and what is wrong with it."""
    problems, may_be_deep = inspect(chunk, text, lines, file)
    if problems:
        return [], problems
    parser, syntax = grammar()
    syntax.problems = []
    line_start = lines.starts[chunk.line - 1]
    try:
        items: list[Item] = parser.parse(tokens(chunk.tokens, chunk.line, line_start))  # type: ignore[assignment]  # what `start` gives
    except UnexpectedToken as error:
        return [], _mistakes(error, text[chunk.start : chunk.end], chunk, lines, file)
    for code, message, hint, span in syntax.problems:
        problems.append(Diagnostic(code, "error", message, span, hint, file))
    nodes = (item for item in items if not isinstance(item, str))
    if may_be_deep and any(_depth(node) > MAX_NESTING for node in nodes):
        problems.append(_at_start(chunk, lines, file, "ATT007", *TOO_DEEP))
    return items, problems


def _mistakes(
    error: UnexpectedToken, source: str, chunk: Chunk, lines: Lines, file: str
) -> list[Diagnostic]:
    """The first syntax error of a chunk, and what is found once its line is taken out."""
    parser, _ = grammar()
    mistakes: list[Diagnostic] = []
    while len(mistakes) < MAX_MISTAKES:
        mistake = explain(error, chunk, lines, file)
        if any(mistake.span.line <= earlier.span.line for earlier in mistakes):
            break
        mistakes.append(mistake)
        mended = without_line(source, chunk, lines.offset(mistake.span))
        if mended is None:
            break
        source = mended
        try:
            words = lexemes(source, chunk.start)
            parser.parse(tokens(words, chunk.line, lines.starts[chunk.line - 1]))
            break
        except UnexpectedToken as another:
            error = another
    return mistakes


def _at_start(
    chunk: Chunk, lines: Lines, file: str, code: str, message: str, hint: str
) -> Diagnostic:
    span = lines.span(chunk.start, chunk.start + 1)
    return Diagnostic(code, "error", message, span, hint, file)


def _depth(item: Node) -> int:
    """How deep operators, calls, attributes and blocks stand in each other; no recursion."""
    deepest = 0
    stack: list[tuple[Node, int]] = [(item, -2)]  # the statement and the innermost name are free
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        for child in children(node):
            stack.append((child, depth + 1))
    return deepest
