"""How an expression is written: brackets only where the order of operators asks for them."""

from collections.abc import Callable

from attndsl.authoring.porting.code import Code
from attndsl.authoring.porting.refusal import Refused

TIGHT = {"+": 8, "-": 8, "*": 9, "/": 9, "//": 9, "%": 9, "**": 11}
CHOICE, ANY, ALL, NOT, COMPARE, SUM, SIGN, ATOM = 1, 2, 3, 4, 5, 8, 10, 12


def spelled(code: Code) -> str:
    return _written(code, 0)


def _written(code: Code, outside: int) -> str:
    words, tightness = SPELLERS[code.op](code)
    return f"({words})" if tightness < outside else words


def literal(value: str) -> str:
    """A text between quotes; what isn't ASCII by its number, as such marks look alike.

    >>> print(literal('say "\\u0120"'), literal("a\\n"))
    "say \\"\\u0120\\"" "a\\n"
    """
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(named.get(letter) or _letter(letter) for letter in value) + '"'


def _letter(letter: str) -> str:
    place = ord(letter)
    if 32 <= place < 127:
        return letter
    return f"\\u{place:04x}" if place < 0x10000 else f"\\U{place:08x}"


def _number(code: Code) -> tuple[str, int]:
    value = code.parts[0]
    return repr(value), SIGN if str(value).startswith("-") else ATOM


def _attribute(code: Code) -> tuple[str, int]:
    return f"{_written(code.code(1), ATOM)}.{code.parts[0]}", ATOM


def _arithmetic(code: Code) -> tuple[str, int]:
    operator, left, right = str(code.parts[0]), code.code(1), code.code(2)
    tight = TIGHT[operator]
    base, exponent = (tight + 1, SIGN) if operator == "**" else (tight, tight + 1)
    return f"{_written(left, base)} {operator} {_written(right, exponent)}", tight


def _compare(code: Code) -> tuple[str, int]:
    left, right = _written(code.code(1), COMPARE + 1), _written(code.code(2), COMPARE + 1)
    return f"{left} {code.parts[0]} {right}", COMPARE


def _among(code: Code) -> tuple[str, int]:
    items = ", ".join(_item(item) for item in code.parts[1:])
    return f"{_written(code.code(0), COMPARE + 1)} in {{{items}}}", COMPARE


def _item(item: object) -> str:
    return literal(item) if isinstance(item, str) else repr(item)


def _if(code: Code) -> tuple[str, int]:
    test, yes, no = code.codes
    return (
        f"{_written(yes, CHOICE + 1)} if {_written(test, CHOICE + 1)} else {_written(no, CHOICE)}",
        CHOICE,
    )


def _call(code: Code) -> tuple[str, int]:
    return f"{code.parts[0]}({', '.join(spelled(part) for part in code.codes)})", ATOM


def _aggregate(code: Code) -> tuple[str, int]:
    function, variable, span, body, condition = code.parts[:5]
    assert isinstance(body, Code)
    assert isinstance(condition, Code)
    ends = ", ".join(spelled(end) for end in code.codes[2:])
    tail = "" if condition.op == "True" else f" if {_written(condition, CHOICE + 1)}"
    # A choice as the body would take the `for` into its else; brackets part them for the reader.
    return f"{function}({_written(body, CHOICE + 1)} for {variable} in {span}({ends}){tail})", ATOM


def _joined(word: str, tight: int) -> Callable[[Code], tuple[str, int]]:
    return lambda code: (f" {word} ".join(_written(p, tight + 1) for p in code.codes), tight)


def _not(code: Code) -> tuple[str, int]:
    inner = code.code(0)
    if inner.op == "is":
        return f"{_written(inner.code(0), COMPARE + 1)} is not None", COMPARE
    if inner.op == "among":
        return _among(inner)[0].replace(" in {", " not in {", 1), COMPARE
    return f"not {_written(inner, NOT)}", NOT


def _old(code: Code) -> tuple[str, int]:
    raise Refused(f"{code.parts[0]}, as a turn of a loop before left it")


def _word(code: Code) -> tuple[str, int]:
    return code.op, ATOM


SPELLERS: dict[str, Callable[[Code], tuple[str, int]]] = {
    "True": _word,
    "False": _word,
    "None": _word,
    "name": lambda code: (str(code.parts[0]), ATOM),
    "number": _number,
    "text": lambda code: (literal(str(code.parts[0])), ATOM),
    "attribute": _attribute,
    "call": _call,
    "not": lambda code: _not(code),
    "and": _joined("and", ALL),
    "or": _joined("or", ANY),
    "arithmetic": _arithmetic,
    "negative": lambda code: (f"-{_written(code.code(0), SIGN)}", SIGN),
    "compare": _compare,
    "is": lambda code: (f"{_written(code.code(0), COMPARE + 1)} is None", COMPARE),
    "among": _among,
    "contains": lambda code: (
        f"{literal(str(code.parts[0]))} in {_written(code.code(1), COMPARE + 1)}",
        COMPARE,
    ),
    "method": lambda code: (
        f"{_written(code.code(1), ATOM)}.{code.parts[0]}({literal(str(code.parts[2]))})",
        ATOM,
    ),
    "if": _if,
    "aggregate": _aggregate,
    "old": lambda code: _old(code),
}
