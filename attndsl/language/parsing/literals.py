"""Literals as they are written and what they mean: escapes, docstrings, signed numbers."""

import re

from attndsl.language.nodes import Bool, Expression, Number, String, Unary

ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([\s\S]))")
SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "\n": ""}


def quotes_of(written: str) -> str:
    '''The quotes around a text: one or three.

    >>> [quotes_of(text) for text in ('"a"', "'a'", '"""a"""', '""')]
    ['"', "'", '"""', '"']
    '''
    triple = written[:3] in ('"""', "'''") and len(written) >= 6
    return written[:3] if triple else written[0]


def unescaped(inner: str) -> tuple[str, str]:
    """The text that is meant, and the first escape in it that isn't known.

    >>> unescaped(r"a\\n\\u2581"), unescaped(r"\\d")
    (('a\\n▁', ''), ('\\\\d', '\\\\d'))
    """
    if "\\" not in inner:
        return inner, ""
    unknown = ""

    def resolve(match: re.Match[str]) -> str:
        nonlocal unknown
        digits = match[1] or match[2] or match[3]
        if digits is None and match[4] in SIMPLE_ESCAPES:
            return SIMPLE_ESCAPES[match[4]]
        code = int(digits, 16) if digits else -1
        if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000:
            return chr(code)
        unknown = unknown or match[0]
        return match[0]

    return ESCAPE.sub(resolve, inner), unknown


def clean_docstring(written: str) -> str:
    """A docstring without the blanks around it and the margin that its lines share.

    >>> clean_docstring("  One.\\n\\n        Two.\\n          Three.\\n    ")
    'One.\\n\\nTwo.\\n  Three.'
    """
    first, *rest = written.strip().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.rstrip(), *(line[margin:].rstrip() for line in rest)])


def literal(value: Expression) -> Expression | None:
    """The value as one literal, a sign folded into its number; None if it isn't one."""
    if isinstance(value, Number | String | Bool):
        return value
    if isinstance(value, Unary) and isinstance(value.operand, Number) and value.operator in "+-":
        number = value.operand.value
        return Number(value.span, None, -number if value.operator == "-" else number)
    return None
