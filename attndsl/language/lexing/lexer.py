"""The scanner's tokens as Lark wants them: terminals by name, margins as _INDENT and _DEDENT.

There is one lexer, `scan`. The terminals of `grammar/attndsl.lark` say the same for its readers and
for the emission grammar; a test holds the two together.
"""

from collections.abc import Iterable, Iterator

from lark import Token
from lark.lexer import Lexer

from attndsl.language.lexing.scan import TOKEN, Lexeme
from attndsl.language.python_habits import KEYWORDS

KINDS = {"number": "NUMBER", "string": "STRING", "long": "LONG_STRING"}
SIGNS = {
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE",
    ".": "DOT", ",": "COMMA", ":": "COLON", "=": "EQUAL", "|": "VBAR", "@": "AT",
    **dict.fromkeys(("+", "-"), "SIGN"),
    **dict.fromkeys(("*", "/", "//", "%"), "TIMES"),
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), "COMPARE"),
    **dict.fromkeys(("+=", "-=", "*=", "/="), "UPDATE"),
    "**": "POWER",
}  # fmt: skip
TERMINALS = {**SIGNS, **{word: word.upper() for word in KEYWORDS}}


class Scanned(Lexer):
    """Lark's lexer, which has nothing left to do: what is parsed is a list of tokens."""

    def __init__(self, lexer_conf: object) -> None:
        pass

    def lex(self, tokens: Iterable[Token]) -> Iterator[Token]:  # type: ignore[override]  # Lark's plain form
        return iter(tokens)


def lexemes(source: str, start: int) -> list[Lexeme]:
    """The tokens of a stretch of text that starts at an offset of its file."""
    return [
        (kind, match[kind], start + match.start(kind))
        for match in TOKEN.finditer(source)
        if (kind := match.lastgroup) is not None
    ]


def tokens(words: Iterable[Lexeme], line: int, line_start: int) -> list[Token]:
    """Tokens for Lark; `line` is that of the first, which starts at the offset `line_start`.

    >>> [token.type for token in tokens(lexemes("if q:\\n    return 1 # one\\n", 0), 1, 0)]
    ['IF', 'NAME', 'COLON', '_NEWLINE', '_INDENT', 'RETURN', 'NUMBER', '_NEWLINE', '_DEDENT']
    """
    made: list[Token] = []
    margins, depth, begins = [0], 0, True

    def put(terminal: str, word: str, start: int) -> None:
        column = start - line_start + 1
        end = start + len(word)
        made.append(Token(terminal, word, start, line, column, line, column + len(word), end))

    for kind, word, start in words:
        if kind == "comment":
            continue
        if kind == "newline":
            if not begins and depth == 0:
                put("_NEWLINE", word, start)
                begins = True
            line += word.count("\n")
            line_start = start + word.rfind("\n") + 1
            continue
        if begins:
            begins, margin = False, start - line_start
            if margin > margins[-1]:
                margins.append(margin)
                put("_INDENT", "", start)
            while margin < margins[-1]:
                margins.pop()
                put("_DEDENT", "", start)
        put(KINDS.get(kind) or TERMINALS.get(word, "NAME"), word, start)
        if kind == "operator":
            depth += (word in "([{") - (word in ")]}")
        elif kind == "long" and "\n" in word:
            line += word.count("\n")
            line_start = start + word.rfind("\n") + 1
    end = made[-1].end_pos if made else 0
    assert end is not None
    if not begins:
        put("_NEWLINE", "", end)
    for _ in margins[1:]:
        put("_DEDENT", "", end)
    return made
