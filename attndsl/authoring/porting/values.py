"""What a Python name can hold while a program is read: never a value of a run, always a meaning."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    constant,
    index,
    number,
    replaced,
    text,
)
from attndsl.authoring.porting.refusal import Refused

Kind: TypeAlias = Literal["number", "bool", "text"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, bool or text; `place` is the position whose index a number is.

    `found` is under which condition there is a value (else Python had None there).
    """

    kind: Kind
    code: Code
    place: Code | None = None
    found: Code = TRUE
    known: float | None = None  # of a local that holds a literal


@dataclass(frozen=True, slots=True)
class Nothing:
    """None."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece as the tokenizer lists it; `form` is what was done to its text."""

    place: Code
    form: Literal["raw", "stripped", "lower", "text"] = "raw"


@dataclass(frozen=True, slots=True)
class Letter:
    """The first or last letter of a piece."""

    token: Token
    last: bool


@dataclass(frozen=True, slots=True)
class Word:
    """The parser's word of a piece, or (`number`) its number in the parse."""

    place: Code
    number: bool = False
    found: Code = TRUE


@dataclass(frozen=True, slots=True)
class Sentence:
    """The parser's sentence of a word."""

    place: Code


@dataclass(frozen=True, slots=True)
class Single:
    """A list of one thing, empty unless `test` holds: the words of a piece."""

    item: "Value"
    test: Code


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set whose things are known one by one."""

    items: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Places:
    """A list of indices: those of the positions for which `test` holds, up or down."""

    test: Callable[[Code], Code]
    upward: bool = True
    count: Code | None = None  # how many, where a row's own cells decide


@dataclass(frozen=True, slots=True)
class Table:
    """A list or dict with a value for each position where `test` holds, by index or in order."""

    value: Callable[[Code], "Value"]
    test: Callable[[Code], Code] = lambda place: TRUE
    upward: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """Some of the parser's words: those of the positions for which `test` holds."""

    test: Callable[[Code], Code]
    numbers: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of numbers, one a key: `code` is its value at k; `local` the name it is kept under."""

    code: Code
    local: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """A list with a number for each key for which a test of its cell holds."""

    item: Scalar
    test: Code


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of a row a query; `local` holds the cell of (q, k)."""

    local: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function or lambda of the program's own."""

    node: ast.FunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Thing:
    """What programs only pass on: sentence, tokenizer, tokens, doc, alignment, ..."""

    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What can't be said; refused only where it is read."""

    refusal: Refused


@dataclass(frozen=True, slots=True)
class Carried:
    """What a name held as this turn of a loop began."""

    name: str
    before: "Value"
    own: Code | None = None  # the turn's position, of a list to which turns add only that


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two meanings, by a condition; only inside of loops, for what they carry along."""

    test: Code
    yes: "Value"
    no: "Value"


Value: TypeAlias = (
    Scalar | Nothing | Token | Letter | Word | Sentence | Single | Items | Places | Table | Words
    | Row | Weights | Matrix | Function | Thing | Unknown | Carried | Choice
)  # fmt: skip


def numeral(value: float) -> Scalar:
    return Scalar("number", number(value))


def numeric(code: Code, place: Code | None = None) -> Scalar:
    return Scalar("number", code, place)


def flag(code: Code) -> Scalar:
    return Scalar("bool", code)


def words(code: Code) -> Scalar:
    return Scalar("text", code)


def index_of(place: Code, there: Code = TRUE) -> Scalar:
    return Scalar("number", index(place), place, there)


def known_number(value: "Value | None") -> float | None:
    """The number that a value is known to be."""
    if not isinstance(value, Scalar):
        return None
    held = constant(value.code)
    return held if held is not None else value.known


def literal_value(value: object) -> Value:
    """What a constant of Python is."""
    if isinstance(value, bool):
        return flag(TRUE if value else FALSE)
    if isinstance(value, int | float):
        return numeral(value)
    if isinstance(value, str):
        return words(text(value))
    if value is None:
        return Nothing()
    raise Refused(f"a constant of the kind {type(value).__name__}")


def as_text(value: Value) -> str | None:
    """The literal text that a value is, where it is one."""
    if isinstance(value, Scalar) and value.code.op == "text":
        return str(value.code.parts[0])
    return None


def moved(value: Value, variable: Code, place: Code) -> Value:
    """A value with another position in a variable's place."""

    def here(code: Code) -> Code:
        return replaced(code, variable, place)

    match value:
        case Scalar():
            held = None if value.place is None else here(value.place)
            return Scalar(value.kind, here(value.code), held, here(value.found), value.known)
        case Token() | Sentence():
            return replace(value, place=here(value.place))
        case Letter():
            return Letter(Token(here(value.token.place), value.token.form), value.last)
        case Word():
            return Word(here(value.place), value.number, here(value.found))
        case Single():
            return Single(moved(value.item, variable, place), here(value.test))
        case Items():
            return Items(tuple(moved(item, variable, place) for item in value.items))
        case Places() | Words():
            test = value.test
            return replace(value, test=lambda at: here(test(at)))
        case Table():
            held_test, held_value = value.test, value.value
            return Table(
                lambda at: moved(held_value(at), variable, place),
                lambda at: here(held_test(at)),
                value.upward,
            )
        case Row():
            return Row(here(value.code), value.local)
        case Choice():
            yes, no = moved(value.yes, variable, place), moved(value.no, variable, place)
            return Choice(here(value.test), yes, no)
    return value
