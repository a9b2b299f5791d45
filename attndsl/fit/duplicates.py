"""Which programs of a list are the same, and why."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from attndsl.engines.batch import Library
from attndsl.fit.behaviour import ProgramGroup, same_groups
from attndsl.fit.library import program_names
from attndsl.graph.program import Program, expect_programs
from attndsl.language.given import several
from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import read_as


class Groups(tuple[ProgramGroup, ...]):
    """Groups of programs that are the same; a tuple that shows itself in notebooks."""

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{escape(group.name)}</code></td><td><code>{escape(one.name)}</code>"
            f"</td><td>{escape(one.proof)}</td></tr>"
            for group in self
            for one in group.members
        )
        if not rows:
            return "<p>all programs differ</p>"
        return f"<table><tr><th>program</th><th>the same</th><th>proof</th></tr>{rows}</table>"


def dedup(
    programs: Sequence[Program], texts: Sequence[str | Encoded] | None = None, mask: Mask = CAUSAL
) -> Groups:
    """Groups of two or more programs that are the same.

    One canonical form is the same on every text; others count as the same where each cell is within
    1e-6 on the texts, by default the built-in ones that aren't held out.
    """
    programs = expect_programs(programs)
    given = texts or [one.text for one in builtin_texts() if not one.held_out]
    read = [read_as(one) for one in several(given, (str, Encoded), "text", "words, or as tokens")]
    patterns = Library(tuple(programs), mask).patterns(read)
    return Groups(same_groups(program_names(programs), patterns, [one.hash for one in programs]))
