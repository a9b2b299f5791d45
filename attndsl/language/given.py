"""What a caller hands over, taken as it is or refused in words where it is of another kind."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from operator import index
from typing import Any, TypeAlias, TypeVar

from attndsl.language.diagnostics import AttndslError

NEAR = 0.6  # how alike a name must be to be offered in place of one that isn't there

T = TypeVar("T")
Kind: TypeAlias = type[Any] | tuple[type[Any], ...]

LONGEST = 60  # letters of what was given that a message shows


def shown(given: object) -> str:
    """What was given, in one short line.

    >>> shown("plain text"), shown(None), shown(list(range(50)))
    ("'plain text'", 'None', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16...')
    """
    line = repr(given).split("\n", 1)[0]
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def meant(name: str, known: Collection[str]) -> str:
    """What an error says of the nearest name that is known; nothing where none is near.

    >>> meant("inductoin", ("induction", "previous")), meant("zzz", ("induction",))
    ('; did you mean induction?', '')
    """
    near = get_close_matches(name, known, 1, NEAR)
    return f"; did you mean {near[0]}?" if near else ""


def expect_kind(given: object, kind: Kind, name: str, how: str) -> None:
    """Refuse what isn't of the kind; `name` is what that is called, `how` says how to have one.

    >>> expect_kind("3.5", float, "weight", "0.5 is one")
    Traceback (most recent call last):
    attndsl.language.diagnostics.AttndslError: '3.5' is no weight: 0.5 is one
    """
    if not isinstance(given, kind):
        raise AttndslError(f"{shown(given)} is no {name}: {how}")


def whole(given: Any, name: str, allowed: str = "a whole number") -> int:
    """A whole number, of Python's or NumPy's kinds.

    >>> whole(1.5, "layer")
    Traceback (most recent call last):
    attndsl.language.diagnostics.AttndslError: 1.5 is no layer: a layer is a whole number
    """
    try:
        return index(given)
    except TypeError:
        raise AttndslError(f"{shown(given)} is no {name}: a {name} is {allowed}") from None


def several(given: Iterable[T], kind: Kind, name: str, how: str) -> tuple[T, ...]:
    """A list's members, all of a kind; one of them in place of a list is refused, as is a text.

    >>> several("ab", str, "text", "'a' is one")
    Traceback (most recent call last):
    attndsl.language.diagnostics.AttndslError: 'ab' is one text: put it in a list
    """
    if isinstance(given, kind):
        raise AttndslError(f"{shown(given)} is one {name}: put it in a list")
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise AttndslError(f"{shown(given)} is no list of {name}s: {how}")
    found = tuple(given)
    for one in found:
        expect_kind(one, kind, name, how)
    return found
