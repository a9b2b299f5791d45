"""JSON of runs and stores, read and held to a shape; what doesn't fit is said in words.

A shape is a check of one value: `text()`, `whole()`, `number()`, `one_of(...)`, `many(shape)`,
`table(shape)`, `record({name: shape})`. What a record doesn't name is let through.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from attndsl.files.places import Place, place
from attndsl.files.whole import reason
from attndsl.language.diagnostics import AttndslError

Shape = Callable[[Any, str], None]
LARGEST = 2**53  # of whole numbers: what a float still tells apart


def read_json(path: Place | str) -> Any:
    """The value of a JSON file; the name of the file and what is wrong with it otherwise."""
    try:
        return json.loads(place(path).read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        raise AttndslError(f"{path} can't be read: {reason(fault)}") from None


def expect(value: Any, shape: Shape, where: str) -> None:
    """Refuse a value that isn't of the shape; `where` names it, say by its file.

    >>> expect({"heads": [{"layer": 1}]}, record({"heads": many(record({"layer": whole()}))}), "a")
    >>> expect({"heads": [{"layer": -1}]}, record({"heads": many(record({"layer": whole()}))}), "a")
    Traceback (most recent call last):
    ...
    attndsl.language.diagnostics.AttndslError: a: heads[0].layer is -1, not a whole number from 0
    """
    try:
        shape(value, "")
    except Misfit as fault:
        raise AttndslError(f"{where}: {fault}") from None


class Misfit(Exception):
    """A value isn't what its shape says."""

    def __init__(self, place: str, value: Any, wanted: str) -> None:
        said = json.dumps(value, default=str)
        said = said if len(said) <= 40 else said[:39] + "…"
        super().__init__(f"{place.lstrip('.') or 'it'} is {said}, not {wanted}")


def whole(least: int = 0, most: int = LARGEST) -> Shape:
    wanted = f"a whole number from {least}" + (f" to {most}" if most < LARGEST else "")

    def check(value: Any, place: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise Misfit(place, value, wanted)

    return check


def number(least: float = -math.inf, most: float = math.inf) -> Shape:
    within = "" if least == -math.inf else f" from {least:g} to {most:g}"

    def check(value: Any, place: str) -> None:
        good = type(value) in (int, float) and abs(value) < 1e300 and least <= value <= most
        if not good:
            raise Misfit(place, value, f"a number{within}")

    return check


def text(pattern: str = "", wanted: str = "a text") -> Shape:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or (pattern and not re.fullmatch(pattern, value)):
            raise Misfit(place, value, wanted)

    return check


def one_of(*allowed: Any) -> Shape:
    def check(value: Any, place: str) -> None:
        if not any(type(value) is type(each) and value == each for each in allowed):
            raise Misfit(place, value, " or ".join(json.dumps(each) for each in allowed))

    return check


def optional(shape: Shape) -> Shape:
    """The shape, or nothing: missing in a record, or null."""

    def check(value: Any, place: str) -> None:
        if value is not None:
            shape(value, place)

    return check


def many(shape: Shape) -> Shape:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, list):
            raise Misfit(place, value, "a list")
        for at, each in enumerate(value):
            shape(each, f"{place}[{at}]")

    return check


def table(shape: Shape) -> Shape:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise Misfit(place, value, "an object")
        for name, each in value.items():
            shape(each, f"{place}.{name}")

    return check


def record(shapes: Mapping[str, Shape]) -> Shape:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise Misfit(place, value, "an object")
        for name, shape in shapes.items():
            shape(value.get(name), f"{place}.{name}")

    return check
