"""Syntax errors in the author's words: what is wrong, where, and what is allowed there.

The parser says only where it stopped and what it could have gone on with. Each rule in `mistakes`
and `slips` knows one mistake by the words around that place; the first that fits speaks.
"""

from typing import Any

from lark import UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_analysis import Shift

from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.foreign import KEYWORDS
from attndsl.language.mistakes import LINE_RULES, NOTHING, Spot
from attndsl.language.scan import Chunk, Lexeme, Lines
from attndsl.language.slips import EXPRESSION_RULES

RULES = (*LINE_RULES, *EXPRESSION_RULES)


def explain(error: UnexpectedInput, chunk: Chunk, lines: Lines, file: str) -> Diagnostic:
    """The diagnostic for a place where the parser stopped."""
    spot = _spot(error, chunk)
    code, message, hint, *meant = next(found for rule in RULES if (found := rule(spot)))
    kind, word, start = meant[0] if meant else spot.token
    line, column = lines.place(start)
    span = Span(line, column, line, column + 1)
    if kind != "newline":
        span = lines.span(start, start + len(word))
    return Diagnostic(code, "error", message, span, hint, file)


def _spot(error: UnexpectedInput, chunk: Chunk) -> Spot:
    tokens = [token for token in chunk.tokens if token[0] != "comment"]
    terminal = error.token.type if isinstance(error, UnexpectedToken) else ""
    index = _stopped_at(error, terminal, tokens, chunk.start)
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
        accepts=_accepted(error),
        top=index <= first_line_end,
        suite=suite,
        after=tokens[index + 1] if index + 1 < len(tokens) else NOTHING,
    )


def _stopped_at(error: UnexpectedInput, terminal: str, tokens: list[Lexeme], start: int) -> int:
    """Which token of a chunk that starts there the parser couldn't go on with."""
    position = error.pos_in_stream
    index = len(tokens) - 1
    if terminal != "$END" and position is not None:
        offset = start + position
        ends = (i for i, (_, word, begin) in enumerate(tokens) if begin + len(word) > offset)
        index = next(ends, index)
    if terminal in ("_INDENT", "_DEDENT") and index + 1 < len(tokens):
        index += 1  # a margin is told at the line end before it; the word behind it is at fault
    return index


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


def _accepted(error: UnexpectedInput) -> frozenset[str]:
    """What the parser could have gone on with: the terminals that it comes to shift."""
    if not isinstance(error, UnexpectedToken):
        return frozenset()
    state: Any = error.state
    table, stack = state.parse_conf.states, state.state_stack
    return frozenset(name for name in table[stack[-1]] if _shifts(name, table, list(stack)))


def _shifts(terminal: str, table: Any, stack: list[int]) -> bool:
    while action := table[stack[-1]].get(terminal):
        kind, rule = action
        if kind is Shift:
            return terminal.isupper()
        if rule.expansion:
            del stack[-len(rule.expansion) :]
        stack.append(table[stack[-1]][rule.origin.name][1])
    return False
