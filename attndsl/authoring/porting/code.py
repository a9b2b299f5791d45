"""Expressions of the language while a program is put together, simplified as they are made."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """An operation and its parts: other codes, and words, numbers and texts where it names one.

    `make` gives the same object for the same parts, so equality is identity.
    """

    op: str
    parts: tuple[object, ...] = ()
    size: int = 1

    @property
    def codes(self) -> "tuple[Code, ...]":
        return tuple(part for part in self.parts if isinstance(part, Code))

    def code(self, index: int) -> "Code":
        part = self.parts[index]
        assert isinstance(part, Code)
        return part

    def __repr__(self) -> str:
        from attndsl.authoring.porting.spelling import spelled

        return spelled(self)


_MADE: dict[tuple[object, ...], Code] = {}


def make(op: str, *parts: object) -> Code:
    key = (op, *parts)
    known = _MADE.get(key)
    if known is None:
        size = 1 + sum(part.size for part in parts if isinstance(part, Code))
        known = _MADE[key] = Code(op, parts, size)
    return known


TRUE, FALSE, MISSING = make("True"), make("False"), make("None")
LENGTH = make("name", "n")
LARGEST = 1e29  # the language's numbers end at 1e30; Python's inf is written as this


def name(word: str) -> Code:
    return make("name", word)


Q, K = name("q"), name("k")


def number(value: float) -> Code:
    """A literal; what is beyond the language's numbers is its largest.

    >>> number(2), number(-0.5), number(float("inf"))
    (2, -0.5, 1e+29)
    """
    held = max(-LARGEST, min(LARGEST, value))
    return make("number", int(held) if held == int(held) and abs(held) < 2**53 else float(held))


def text(value: str) -> Code:
    return make("text", value)


def constant(code: Code) -> float | None:
    """The number that a code is, where it is one."""
    value = code.parts[0] if code.op == "number" else None
    return value if isinstance(value, int | float) else None


def attribute(position: Code, word: str) -> Code:
    return make("attribute", word, position)


def call(function: str, *arguments: Code) -> Code:
    return make("call", function, *arguments)


def index(position: Code) -> Code:
    """The index of a position: x for at(x) only where x is an index, so it stays `at(x).i`."""
    return attribute(position, "i")


def step(position: Code, by: int) -> Code:
    """The position so many places on: its neighbours by name.

    >>> step(Q, -1), step(step(Q, -1), 1), step(Q, -3)
    (q.prev, q.prev.next, at(q.i - 3))
    """
    if abs(by) == 1:
        return attribute(position, "next" if by > 0 else "prev")
    return position if by == 0 else call("at", plus(index(position), number(by)))


# --- logic -----------------------------------------------------------------------------------


def negated(code: Code) -> Code:
    """Not a condition.

    >>> negated(negated(name("c"))), negated(TRUE)
    (c, False)
    """
    if code in (TRUE, FALSE):
        return FALSE if code == TRUE else TRUE
    if code.op == "not":
        return code.code(0)
    if code.op == "compare":
        return make("compare", OPPOSITE[str(code.parts[0])], *code.codes)
    return make("not", code)


def _joined(op: str, empty: Code, full: Code, codes: Iterable[Code]) -> Code:
    parts: list[Code] = []
    for code in codes:
        for part in code.codes if code.op == op else (code,):
            if part == full or negated(part) in parts:
                return full
            if part != empty and part not in parts:
                parts.append(part)
    if len(parts) < 2:
        return parts[0] if parts else empty
    return make(op, *parts)


def both(*codes: Code) -> Code:
    """All of some conditions.

    >>> both(name("a"), TRUE, both(name("b"), name("a"))), both(name("a"), negated(name("a")))
    (a and b, False)
    """
    return _joined("and", TRUE, FALSE, codes)


def either(*codes: Code) -> Code:
    """One of some conditions.

    >>> either(name("a"), FALSE), either(name("a"), name("b"))
    (a, a or b)
    """
    return _joined("or", FALSE, TRUE, codes)


def conjuncts(code: Code) -> tuple[Code, ...]:
    return code.codes if code.op == "and" else () if code == TRUE else (code,)


def without(code: Code, known: Code) -> Code:
    """A condition where others are known to hold."""
    held = conjuncts(known)
    return both(*[part for part in conjuncts(code) if part not in held])


def choose(test: Code, yes: Code, no: Code) -> Code:
    """One of two values of one type.

    >>> choose(TRUE, number(1), number(2)), choose(name("c"), TRUE, name("d"))
    (1, c or d)
    """
    if test == TRUE or yes == no:
        return yes
    if test == FALSE:
        return no
    if yes == TRUE:
        return either(test, no)
    if yes == FALSE:
        return both(negated(test), no)
    if no == FALSE:
        return both(test, yes)
    if no == TRUE:
        return either(negated(test), yes)
    if test.op == "not":
        return make("if", test.code(0), no, yes)
    return make("if", test, yes, no)


# --- numbers ---------------------------------------------------------------------------------

FOLDED: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: float(a**b),
}
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def arithmetic(operator: str, left: Code, right: Code) -> Code:
    """Two numbers joined; constants are worked out, steps of an index kept together.

    >>> arithmetic("+", arithmetic("-", name("x"), number(1)), number(1))
    x
    """
    a, b = constant(left), constant(right)
    if a is not None and b is not None:
        try:
            return number(FOLDED[operator](a, b))
        except (ArithmeticError, TypeError):
            return make("arithmetic", operator, left, right)
    if operator in "+-" and b is not None:
        by = b if operator == "+" else -b
        if left.op == "arithmetic" and left.parts[0] in ("+", "-"):
            inner = constant(left.code(2))
            if inner is not None and inner == int(inner) and by == int(by):
                by += inner if left.parts[0] == "+" else -inner
                left = left.code(1)
        if by == 0:
            return left
        return make("arithmetic", "+" if by > 0 else "-", left, number(abs(by)))
    if operator == "+" and a == 0:
        return right
    if operator == "*" and (a == 1 or b == 1):
        return right if a == 1 else left
    return make("arithmetic", operator, left, right)


def plus(left: Code, right: Code) -> Code:
    return arithmetic("+", left, right)


def minus(left: Code, right: Code) -> Code:
    return arithmetic("-", left, right)


def compared(operator: str, left: Code, right: Code) -> Code:
    """Two numbers compared, with what is the same on both sides taken away.

    >>> compared("<", index(K), plus(index(Q), number(1))), compared("==", index(K), index(Q))
    (k.i <= q.i, k == q)
    """
    a, b = constant(left), constant(right)
    if a is not None and b is not None:
        return TRUE if COMPARED[operator](a, b) else FALSE
    if left == right:
        return TRUE if operator in ("==", "<=", ">=") else FALSE
    for one, other, relation, turned in (
        (left, right, operator, False), (right, left, TURNED[operator], True)
    ):  # fmt: skip
        if (
            one.op == "arithmetic"
            and one.parts[0] in ("+", "-")
            and constant(one.code(2)) == 1
            and other.op == "attribute"
            and other.parts[0] == "i"
        ):
            less = one.parts[0] == "-"  # one.code(1) - 1 relation other
            closer = {(True, ">="): ">", (True, "<"): "<=", (False, "<="): "<", (False, ">"): ">="}
            if (less, relation) in closer:
                closest = closer[less, relation]
                if turned:
                    return _placed(TURNED[closest], other, one.code(1))
                return _placed(closest, one.code(1), other)
    return _placed(operator, left, right)


OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def _placed(operator: str, left: Code, right: Code) -> Code:
    if left == right:
        return TRUE if operator in ("==", "<=", ">=") else FALSE
    if operator == "!=":
        return negated(_placed("==", left, right))
    if (
        operator == "=="
        and _is_index(left)
        and _is_index(right)
        and "name" in (left.code(1).op, right.code(1).op)
    ):
        return make("compare", "==", left.code(1), right.code(1))
    if operator == "==" and _is_index(left) and right.op == "arithmetic":
        by = constant(right.code(2))
        if by == 1 and right.parts[0] in ("+", "-") and _is_index(right.code(1)):
            step_by = 1 if right.parts[0] == "+" else -1
            return make("compare", "==", left.code(1), step(right.code(1).code(1), step_by))
    if constant(left) is not None:
        return make("compare", TURNED[operator], right, left)
    return make("compare", operator, left, right)


def _is_index(code: Code) -> bool:
    return code.op == "attribute" and code.parts[0] == "i"


# --- changing --------------------------------------------------------------------------------


@lru_cache(maxsize=200_000)
def mentions(code: Code, variable: Code) -> bool:
    """Whether a name stands in a code."""
    return code == variable or any(mentions(part, variable) for part in code.codes)


def replaced(code: Code, variable: Code, value: Code) -> Code:
    """A code with another in a name's place.

    >>> replaced(both(attribute(K, "is_quote"), name("c")), K, Q)
    q.is_quote and c
    """
    return _replaced(code, variable, value, {})


def _replaced(code: Code, variable: Code, value: Code, done: dict[Code, Code]) -> Code:
    if variable == value or not mentions(code, variable):
        return code
    if code == variable:
        return value
    if code in done:
        return done[code]
    parts = [_replaced(p, variable, value, done) if isinstance(p, Code) else p for p in code.parts]
    codes = [part for part in parts if isinstance(part, Code)]
    if code.op in ("and", "or"):
        new = (both if code.op == "and" else either)(*codes)
    elif code.op == "not":
        new = negated(codes[0])
    elif code.op == "if":
        new = choose(*codes)
    elif code.op == "compare" and codes[0] == codes[1]:
        new = TRUE if code.parts[0] in ("==", "<=", ">=") else FALSE
    else:
        new = make(code.op, *parts)
    done[code] = new
    return new
