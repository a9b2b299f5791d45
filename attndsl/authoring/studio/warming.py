"""What the first question would else wait for, done before it comes."""

from contextlib import suppress

from attndsl.authoring.studio.asks import answer
from attndsl.authoring.studio.desk import BEGIN, Desk
from attndsl.language.diagnostics import AttndslError


def warm(desk: Desk) -> None:
    """Load the compiler and the engine, and what they compile for the first program."""
    with suppress(AttndslError):
        first = next(iter(desk.texts.listed()), None)
        if first is None:
            return
        head = desk.heads[0] if desk.heads else None
        given = {"text": BEGIN, "at": 0, "on": first.key, "head": head}
        answer(desk, "look", given)
        if desk.bench is not None:
            answer(desk, "measure", given)
