"""Methods that Python calls on tokens, texts and letters, in the language's tests."""

from collections.abc import Callable

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    attribute,
    both,
    call,
    either,
    make,
    negated,
)
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.texts import BEGINS, MARKS, NEWLINES, PARTS, UNMARKED, text_of
from attndsl.authoring.porting.values import (
    Items,
    Letter,
    Scalar,
    Token,
    Value,
    as_text,
    flag,
    literal_value,
    words,
)


def token_method(scope: Scope, token: Token, method: str, arguments: list[Value]) -> Value:
    """A method of a token."""
    if method in ("strip", "lstrip", "rstrip", "replace", "removeprefix"):
        return _stripped(token, method, [as_text(one) for one in arguments])
    if method in ("lower", "casefold"):
        if token.form == "text":
            return words(attribute(token.place, "lower"))
        return Token(token.place, "lower")
    if method in ("startswith", "endswith"):
        return flag(either(*[_edge(scope, token, method, one) for one in _literals(arguments)]))
    test = LETTERS.get(method)
    if test is None:
        raise Refused(f".{method}() of a token")
    if not scope.choices.mend and token.form != "text" and method in MARKED:
        return flag(MARKED[method](token.place))
    return flag(test(token.place))


def _stripped(token: Token, method: str, letters: list[str | None]) -> Value:
    taken = letters[0] if letters else " "
    if taken is None or (method == "replace" and letters[1:] != [""]):
        raise Refused(f".{method}() of a token with other than literal texts")
    if set(taken) <= set(MARKS + " #") and set(taken) - {" "}:
        return Token(token.place, "text")
    if not taken.strip():
        return token if token.form != "raw" else Token(token.place, "stripped")
    raise Refused(f".{method}({taken!r}) of a token: texts are never cut")


def _literals(arguments: list[Value]) -> list[str]:
    values = arguments[0].items if isinstance(arguments[0], Items) else arguments[:1]
    literals = [as_text(one) for one in values]
    if None in literals:
        raise Refused("the start or end of a text that isn't a literal")
    return [one for one in literals if one is not None]


def _edge(scope: Scope, token: Token, method: str, part: str) -> Code:
    place = token.place
    if part == "":
        return TRUE
    if scope.choices.mend:
        if part in BEGINS or part in PARTS:
            return attribute(place, "is_bos" if part in BEGINS else "is_sep")
        if part in MARKS or part == " ":
            return attribute(place, "starts_word")
        if part == "##":
            return negated(attribute(place, "starts_word"))
        if part in NEWLINES:
            return attribute(place, "is_newline")
        part = part.strip(" " + MARKS) or part
    elif token.form == "lower":
        held = make("method", method, attribute(place, "lower"), part)
        return both(held, call(UNMARKED, place)) if method == "startswith" else held
    return make("method", method, text_of(scope, token), part)


LETTERS: dict[str, Callable[[Code], Code]] = {
    "isalpha": lambda place: attribute(place, "is_alpha"),
    "isdigit": lambda place: attribute(place, "is_digit"),
    "isnumeric": lambda place: attribute(place, "is_digit"),
    "isupper": lambda place: attribute(place, "is_upper"),
    "istitle": lambda place: attribute(place, "is_title"),
    "isspace": lambda place: attribute(place, "is_blank"),
    "isalnum": lambda place: either(attribute(place, "is_alpha"), attribute(place, "is_digit")),
    "islower": lambda place: both(
        attribute(place, "is_alpha"),
        make("compare", "==", attribute(place, "text"), attribute(place, "lower")),
    ),
}


def _plain(place: Code) -> Code:
    return make("compare", "==", attribute(place, "raw"), attribute(place, "text"))


# Of raw tokens: the byte-level mark is a capital letter to Python.
MARKED: dict[str, Callable[[Code], Code]] = {
    "isalpha": lambda place: either(attribute(place, "is_alpha"), attribute(place, "is_blank")),
    "isdigit": lambda place: both(attribute(place, "is_digit"), _plain(place)),
    "isspace": lambda place: FALSE,
    "istitle": lambda place: both(
        attribute(place, "is_alpha"),
        either(
            both(_plain(place), attribute(place, "is_title")),
            both(
                negated(_plain(place)),
                make("compare", "==", attribute(place, "text"), attribute(place, "lower")),
            ),
        ),
    ),
    "islower": lambda place: both(
        attribute(place, "is_alpha"),
        make("compare", "==", attribute(place, "raw"), attribute(place, "lower")),
    ),
}


def text_method(scope: Scope, value: Scalar, method: str, arguments: list[Value]) -> Value:
    """A method of a text that is no raw token."""
    literal = as_text(value)
    if (
        literal is not None
        and all(as_text(one) is not None for one in arguments)
        and method in ("lower", "upper", "strip", "startswith", "endswith", "isalpha")
    ):
        return literal_value(getattr(literal, method)(*[as_text(one) for one in arguments]))
    column = str(value.code.parts[0]) if value.code.op == "attribute" else ""
    if method == "strip" or (method == "lower" and column in ("lower", "lemma")):
        return value
    if method == "lower" and column == "text":
        return words(attribute(value.code.code(1), "lower"))
    if method in ("startswith", "endswith"):
        parts = _literals(arguments)
        return flag(either(*[make("method", method, value.code, part) for part in parts if part]))
    if column == "text" and method in LETTERS:
        return flag(LETTERS[method](value.code.code(1)))
    raise Refused(f".{method}() of a text")


LETTER_TESTS = {"isalpha": ("letter",), "isalnum": ("letter", "digit"), "isdigit": ("digit",)}
MARK_LETTERS = "\u0120\u010a"  # marks of raw pieces that are letters to Python


def letter_method(scope: Scope, letter: Letter, method: str) -> Value:
    """A test of the first letter of a token."""
    place = letter.token.place
    capital = either(attribute(place, "is_title"), attribute(place, "is_upper"))
    if method == "isupper" and not letter.last:
        if scope.choices.mend or letter.token.form == "text":
            return flag(capital)
        marked = make("method", "startswith", attribute(place, "raw"), "\u0120")
        return flag(either(marked, both(capital, _plain(place))))
    if method == "isalpha" and not letter.last:
        if scope.choices.mend or letter.token.form == "text":
            return flag(attribute(place, "is_alpha"))
        marked = make("method", "startswith", attribute(place, "raw"), "\u0120")
        return flag(either(marked, both(attribute(place, "is_alpha"), _plain(place))))
    if method in LETTER_TESTS:
        scope.note("letters are those of English and the marks of pieces")
        edge = "ends_in" if letter.last else "starts_with"
        tests = [call(f"_{edge}_{kind}", place) for kind in LETTER_TESTS[method]]
        if method != "isdigit" and not (scope.choices.mend or letter.token.form == "text"):
            side = "endswith" if letter.last else "startswith"
            tests += [make("method", side, attribute(place, "raw"), mark) for mark in MARK_LETTERS]
        return flag(either(*tests))
    if method == "islower" and not letter.last:
        scope.note("letters are those of English and the marks of pieces")
        return flag(call("_starts_small", place))
    raise Refused(f".{method}() of a letter of a token")
