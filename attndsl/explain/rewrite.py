"""Programs of a library written anew: with other numbers, or with less in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attndsl.graph.verify import verify

if TYPE_CHECKING:
    from attndsl.explain.run import Outcome, Run
    from attndsl.synthesis.search.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A program's new text under its old name, its recipe where the text is that of one, and what
    was done, for its history."""

    source: str
    recipe: Recipe | None
    done: str


def rewritten(work: Run, outcome: Outcome, fresh: Mapping[int, Rewritten]) -> Outcome:
    """The outcome with some programs, by number, written anew."""
    programs, sources = list(outcome.programs), list(outcome.sources)
    origins, recipes = list(outcome.origins), list(outcome.recipes)
    for number, new in fresh.items():
        sources[number] = new.source.strip()
        (program,) = verify(new.source, "library.attn").programs
        programs[number] = replace(program, source=sources[number])
        origins[number] = (*origins[number], new.done)
        recipes[number] = new.recipe
    return replace(
        outcome,
        programs=tuple(programs),
        sources=tuple(sources),
        origins=tuple(origins),
        means=work.scorer(work.sets.selection).scores(programs),
        recipes=tuple(recipes),
    )
