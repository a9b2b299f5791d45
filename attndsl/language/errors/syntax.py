"""Syntax errors in the author's words: what is wrong, where, and what is allowed there.

The parser says only where it stopped and what it could have gone on with. Each rule in `lines`
and `expressions` knows one mistake by the words around that place; the first that fits speaks.
"""

from lark import UnexpectedToken

from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.errors.expressions import EXPRESSION_RULES
from attndsl.language.errors.lines import LINE_RULES, NOTHING, Spot
from attndsl.language.lexing.scan import Chunk, Lexeme, Lines
from attndsl.language.python_habits import KEYWORDS

RULES = (*LINE_RULES, *EXPRESSION_RULES)


def explain(error: UnexpectedToken, chunk: Chunk, lines: Lines, file: str) -> Diagnostic:
    """The diagnostic for a place where the parser stopped."""
    spot = _spot(error, chunk)
    code, message, hint, *meant = next(complaint for rule in RULES if (complaint := rule(spot)))
    kind, word, start = meant[0] if meant else spot.token
    line, column = lines.place(start)
    span = Span(line, column, line, column + 1)
    if kind != "newline":
        span = lines.span(start, start + len(word))
    return Diagnostic(code, "error", message, span, hint, file)


def _spot(error: UnexpectedToken, chunk: Chunk) -> Spot:
    tokens = [token for token in chunk.tokens if token[0] != "comment"]
    terminal = error.token.type
    index = _stopped_at(error, tokens)
    line, opened, suite = _before(tokens, index)
    opener, callee = opened[-1] if opened else ("", "")
    first_line_end = next((i for i, t in enumerate(tokens) if t[0] == "newline"), len(tokens))
    kind, word, _ = tokens[index]
    return Spot(
        kind=kind,
        word=word,
        token=tokens[index],
        terminal=terminal,
        line=tuple(line),
        opener=opener,
        callee="" if callee in KEYWORDS else callee,
        accepts=frozenset(error.accepts),
        top=index <= first_line_end,
        suite=suite,
        after=tokens[index + 1] if index + 1 < len(tokens) else NOTHING,
    )


def _stopped_at(error: UnexpectedToken, tokens: list[Lexeme]) -> int:
    """Which token of a chunk the parser couldn't go on with; a margin stands at the word behind."""
    if error.token.type == "$END":
        return len(tokens) - 1
    position = error.token.start_pos
    assert position is not None
    ends = (i for i, (_, word, begin) in enumerate(tokens) if begin + len(word) > position)
    return next(ends, len(tokens) - 1)


def _before(tokens: list[Lexeme], index: int) -> tuple[list[Lexeme], list[tuple[str, str]], bool]:
    """The logical line before a token, the brackets open there, and whether it's behind a colon."""
    line: list[Lexeme] = []
    opened: list[tuple[str, str]] = []
    suite = False
    for number, token in enumerate(tokens[:index]):
        kind, word, _ = token
        if kind == "newline":
            if not opened:
                line, suite = [], False
            continue
        if kind == "operator" and word in "([{":
            before = line[-1] if line else NOTHING
            opened.append((word, before[1] if before[0] == "name" else ""))
        elif kind == "operator" and word in ")]}" and opened:
            opened.pop()
        line.append(token)
        behind = tokens[number + 1][0]
        if word == ":" and not opened and behind != "newline" and number + 1 < index:
            suite = suite or line[0][1] in ("if", "elif", "else", "def")
            line = [] if suite else line
    return line, opened, suite
