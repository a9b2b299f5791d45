"""The phase that makes the library's programs shorter, at a small stated loss."""

import time

from attndsl.explain.rewrite import Rewritten, rewritten
from attndsl.explain.run import Outcome, Run
from attndsl.graph.program import size_of
from attndsl.graph.verify import verify
from attndsl.synthesis.search.proposer import Search
from attndsl.synthesis.search.recipe import as_json, renamed
from attndsl.synthesis.search.simpler import simpler

TEXTS = 60  # by which it is judged what a term is worth


def simplified(work: Run, outcome: Outcome, search: Search | None, until: float) -> Outcome:
    """Each program of the search's without what its heads lose hardly anything by.

    Programs of other forms, such as a model's or the examples, stay as they were written.
    """
    loss = work.settings.simpler
    if search is None or "simplify" in work.settings.skip or not loss:
        return outcome
    lines = {line["of"]: line for line in work.journal.of_kind("simplify")}
    fresh: dict[int, Rewritten] = {}
    for number, (program, recipe) in enumerate(zip(outcome.programs, outcome.recipes, strict=True)):
        work.tell("simplify", number, len(outcome.programs), "")
        if recipe is None:
            continue
        heads = [at for at, head in enumerate(work.heads) if outcome.assigned[head] == number]
        key = f"{program.hash} {heads}"
        if key not in lines:
            if time.monotonic() > until:
                continue
            sieve = search.sieve_of(work.scorer(work.sets.selection)).first(TEXTS)
            less = simpler(recipe, sieve.of_heads(heads), loss)
            lines[key] = {"kind": "simplify", "of": key, "recipe": as_json(less)}
            work.note(lines[key])
        less = search.recipe_of(lines[key]["recipe"])
        source = less.source(program.name)
        before, after = size_of(program), size_of(verify(source).programs[0])
        if less != recipe and after <= before:
            done = f"simplified, {before} terms to {after}"
            fresh[number] = Rewritten(source, renamed(less, program.name), less, done)
    found = rewritten(work, outcome, fresh) if fresh else outcome
    before, after = (sum(map(size_of, one.programs)) for one in (outcome, found))
    outcome.figures["simplify"] = {
        "programs": len(fresh), "terms_before": before, "terms_after": after,
        "loss": outcome.mean(work.heads) - found.mean(work.heads),
    }  # fmt: skip
    return found
