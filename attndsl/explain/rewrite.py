"""Programs of a library written anew, with other numbers or less in them, and named anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attndsl.graph.library import free_name
from attndsl.graph.verify import verify
from attndsl.language.parser import parse
from attndsl.synthesis.standalone import standalone

if TYPE_CHECKING:
    from attndsl.explain.run import Outcome, Run
    from attndsl.synthesis.search.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A program's new text under its old name, what it is called now that it says something else,
    its recipe where the text is that of one, and what was done, for its history."""

    source: str
    name: str
    recipe: Recipe | None
    done: str


def rewritten(work: Run, outcome: Outcome, fresh: Mapping[int, Rewritten]) -> Outcome:
    """The outcome with some programs, by number, written anew."""
    programs, sources = list(outcome.programs), list(outcome.sources)
    origins, recipes = list(outcome.origins), list(outcome.recipes)
    taken = {one.name for number, one in enumerate(programs) if number not in fresh}
    for number, new in fresh.items():
        before, name = programs[number].name, free_name(new.name, taken)
        taken.add(name)
        text, done = new.source, new.done
        if name != before:
            text, done = standalone(parse(text)[0], before, name), f"{done}; before, {before}"
        sources[number] = text.strip()
        (program,) = verify(text, "library.attn").programs
        programs[number] = replace(program, source=sources[number])
        origins[number] = (*origins[number], done)
        recipes[number] = new.recipe
    return replace(
        outcome,
        programs=tuple(programs),
        sources=tuple(sources),
        origins=tuple(origins),
        means=work.scorer(work.sets.selection).scores(programs),
        recipes=tuple(recipes),
    )
