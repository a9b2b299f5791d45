"""The two sides of a choice, and a scalar that both give a value as one local."""

from dataclasses import dataclass

from attndsl.authoring.porting.code import (
    TRUE,
    make,
    name,
    negated,
    number,
)
from attndsl.authoring.porting.lines import Line, Lines
from attndsl.authoring.porting.values import (
    Kind,
    Scalar,
    Value,
    index_of,
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a choice: its lines, and the names at its end."""

    lines: list[Line]
    names: dict[str, Value]


def one_local(
    lines: Lines, word: str, first: list[Line], a: Value, second: list[Line], b: Value
) -> Value | None:
    """A scalar of both sides is one local, with a line on each side."""
    if not (isinstance(a, Scalar) and isinstance(b, Scalar)):
        return None
    if a.code == b.code:
        if a.found == b.found or a.place is None:
            return Scalar(a.kind, a.code, a.place, a.found if a.found == b.found else TRUE)
        return index_of(a.place, negated(make("is", a.place)))
    if "text" in (a.kind, b.kind) or a.place is not None or b.place is not None:
        return None
    if a.found != TRUE or b.found != TRUE or number(-1) in (a.code, b.code):
        return None
    kind: Kind = a.kind if a.kind == b.kind else "number"
    local = name(lines.local(word, kind))
    for written, value in ((first, a), (second, b)):
        if value.code != local:
            written.append((lines.margin + 1, f"{local} = ", value.code, ""))
    return Scalar(kind, local)
