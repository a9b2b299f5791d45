"""The tutorial's steps, from tutorial.md: what each says, a program and a text to try it on."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_STEP = re.compile(
    r"## (?P<title>[^\n]+)\n\n(?P<says>.*?)\n\n```python(?P<slip> slip)?\n(?P<program>.*?)```\n\n"
    r"text: (?P<text>[^\n]+)\n",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Step:
    """`slip` where the program has a mistake that the step is about."""

    title: str
    says: str
    program: str
    text: str
    slip: bool


@cache
def steps() -> tuple[Step, ...]:
    """
    >>> steps()[0].title
    'Where does a token look?'
    """
    written = Path(__file__).with_name("tutorial.md").read_text("utf-8")
    return tuple(
        Step(one["title"], one["says"], one["program"], one["text"], bool(one["slip"]))
        for one in _STEP.finditer(written)
    )
