"""The mechanisms of `examples/mechanisms.attn`: checked programs with what their docstrings say.

>>> one = next(one for one in mechanisms() if one.name == "induction")
>>> one.doc, one.probe, one.threshold, one.positional
('What followed earlier places of the token.', 'repeats', 0.4, False)
"""

import re
from dataclasses import dataclass, field
from functools import cache

from attndsl.graph.needs import sources
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError

FILE = "examples/mechanisms.attn"
_NOTE = re.compile(r"(.*\S) \[(\w+), (\d(?:\.\d+)?)\]", re.DOTALL)
_PLACES = {"i", "n"}  # what a program may read that goes by places alone


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A pattern with a name, the kind of probe text that wakes it, and from when it names a head.

    A positional one goes by places alone: no text could tell it from a constant pattern.
    """

    program: Program = field(repr=False)
    doc: str
    probe: str
    threshold: float
    positional: bool

    @property
    def name(self) -> str:
        return self.program.name


@cache
def mechanisms() -> tuple[Mechanism, ...]:
    """All of them, in the order of the file."""
    verified = verify(asset(FILE).read_bytes(), FILE)
    return tuple(mechanism_of(program) for program in verified.programs)


def mechanism_of(program: Program) -> Mechanism:
    """A program whose docstring ends in `[PROBE, THRESHOLD]`, as a mechanism."""
    note = _NOTE.fullmatch(program.docstring or "")
    if note is None:
        raise AttndslError(
            f"{program.file}: the docstring of {program.name} must end in its kind of probe and a"
            " threshold, such as [repeats, 0.4]"
        )
    read = {source.name for source in sources(program.graph, program.canonical).values()}
    return Mechanism(program, note[1], note[2], float(note[3]), read <= _PLACES)
