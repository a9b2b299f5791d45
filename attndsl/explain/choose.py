"""The phase that chooses: the library of parts, or the smallest within the loss allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.explain.gained import gained
from attndsl.explain.run import Outcome, Run
from attndsl.fit.reduce import Reduced, reduce_on_mean
from attndsl.fit.rested import rested
from attndsl.graph.library import free_name
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.formatter import format_source
from attndsl.language.parser import parse
from attndsl.synthesis.archive import ArchiveEntry
from attndsl.synthesis.standalone import standalone

# Who proposed a program, in a report's words.
ORIGINS = {
    "parts": "cut from a fit of many factors, and shared by heads",
    "llm": "written by the language model",
}
PARTS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)  # of the loss allowed
BETTER = 0.01  # of agreement, by which a program of another proposer must fit better


def chosen(work: Run, entries: Sequence[ArchiveEntry], parts: Mapping[str, Any] | None) -> Outcome:
    """The library: that of the proposer parts, as it shared it out, with what others did better.

    Without that proposer it is chosen from all that was proposed.
    """
    if parts is None:
        alone, outcome = None, reduced(work, entries)
    else:
        alone = shared_out(work, parts)
        others = [entry for entry in entries if entry.origin.partition(",")[0] != "parts"]
        outcome = with_better(work, alone, others) if others else alone
    if len(work.settings.proposers) > 1:
        outcome.figures.update(gained(work, alone, outcome, ORIGINS))
    return outcome


def shared_out(work: Run, parts: Mapping[str, Any]) -> Outcome:
    """What the proposer parts found: its programs, who has which, and heads' own rests."""
    texts = [format_source(source, "library.attn").strip() for source in parts["sources"]]
    source = "\n\n\n".join(texts) + "\n"
    programs = [replace(program, source=text, file="library.attn") for program, text in
                zip(verify(source, "library.attn").programs, texts, strict=True)]  # fmt: skip
    assigned = dict(zip(work.heads, parts["owner"], strict=True))
    rests = {head: rest for head, rest in zip(work.heads, parts["rests"], strict=True) if rest != 1}
    special = work.store.meta.mask.kind == "full"
    asked = [(programs[assigned[head]].name, rest) for head, rest in rests.items()]
    own = dict(zip(rests, rested(source, asked, special), strict=True))
    scorer = work.scorer(work.sets.selection)
    fits = scorer.measures(programs)
    means, agreements = fits.iou, fits.agreement
    placed = {program.hash: program for program in own.values()}
    row = {name: at for at, name in enumerate(placed)}
    of_own = scorer.measures(list(placed.values())) if placed else fits
    for at, head in enumerate(work.heads):
        if head in own:
            mine = row[own[head].hash], at
            means[assigned[head], at] = of_own.iou[mine]
            agreements[assigned[head], at] = of_own.agreement[mine]
    figures = {"archive_programs": len(programs), "own_rests": len(own)}
    origins = (history("parts"),) * len(programs)
    return Outcome(
        tuple(programs), tuple(texts), origins, assigned, means, agreements, figures,
        rests, own,
    )  # fmt: skip


def with_better(work: Run, made: Outcome, others: Sequence[ArchiveEntry]) -> Outcome:
    """The outcome with programs of other proposers where they fit a head clearly better."""
    rival = reduced(work, others)
    before, after = made.agrees(work.heads), rival.agrees(work.heads)
    better = {head for head in work.heads if after[head] > before[head] + BETTER}
    if not better:
        return made
    used = sorted({rival.assigned[head] for head in better})
    taken = {program.name for program in made.programs}
    programs, sources, place = list(made.programs), list(made.sources), {}
    for number in used:
        program, source = rival.programs[number], rival.sources[number]
        name = free_name(program.name, taken)
        taken.add(name)
        if name != program.name:
            source = standalone(parse(source)[0], program.name, name).strip()
        place[number] = len(programs)
        programs.append(replace(program, name=name, source=source))
        sources.append(source)
    assigned = {
        head: place[rival.assigned[head]] if head in better else number
        for head, number in made.assigned.items()
    }
    return Outcome(
        tuple(programs), tuple(sources),
        (*made.origins, *(rival.origins[number] for number in used)),
        assigned, np.concatenate([made.means, rival.means[used]]),
        np.concatenate([made.agreements, rival.agreements[used]]), made.figures,
        {head: rest for head, rest in made.rests.items() if head not in better},
        {head: own for head, own in made.own.items() if head not in better},
    )  # fmt: skip


def reduced(work: Run, entries: Sequence[ArchiveEntry]) -> Outcome:
    """The smallest library within the loss allowed on the selection texts, and who gets what.

    Where the library may hold more programs than that, a smaller loss is taken. What is lost on
    the validation texts, which chose nothing, is told.
    """
    work.tell("reduce", 0, 1, f"{len(entries)} programs")
    programs = [verify(entry.source, entry.origin).programs[0] for entry in entries]
    measures = work.scorer(work.sets.selection).measures(programs)
    means, agreements = measures.iou, measures.agreement
    kept = within(agreements, 0.0 if "reduce" in work.settings.skip else work.settings.loss,
                  work.settings.programs)  # fmt: skip
    best = agreements[list(kept.kept)].argmax(axis=0)
    used = sorted(set(best.tolist()))
    chosen = [kept.kept[number] for number in used]
    named, sources = unique_names([programs[n] for n in chosen], [entries[n] for n in chosen])
    place = {number: at for at, number in enumerate(used)}
    assigned = {head: place[int(best[at])] for at, head in enumerate(work.heads)}
    held = work.scorer(work.sets.validation).scores(programs)
    columns = range(len(work.heads))
    lost = held[agreements.argmax(axis=0), columns] - held[np.array(kept.kept)[best], columns]
    figures = {
        "archive_programs": len(entries),
        "mean_iou_archive": float(means.max(axis=0).mean()),
        "reduced_loss": kept.mean_loss,
        "reduced_loss_validation": float(lost.mean()),
    }
    origins = tuple(history(entries[n].origin) for n in chosen)
    return Outcome(named, sources, origins, assigned, means[chosen], agreements[chosen], figures)


def history(origin: str) -> tuple[str, ...]:
    """What became of a program, in words.

    >>> history("llm, repaired, polished"), history("examples/position.attn")
    (('written by the language model', 'repaired', 'polished'), ('from examples/position.attn',))
    """
    first, *later = origin.split(", ")
    return (ORIGINS.get(first, f"from {first}"), *later)


def within(means: NDArray[np.float64], loss: float, programs: int) -> Reduced:
    """The least loss of a few, up to `loss`, whose library has at most so many programs.

    >>> within(np.array([[0.9, 0.1], [0.1, 0.8], [0.85, 0.75]]), 0.1, programs=2).kept
    (0, 1)
    """
    for part in PARTS:
        found = reduce_on_mean(means, part * loss)
        if len(found.kept) <= programs:
            break
    return found


def unique_names(
    programs: Sequence[Program], entries: Sequence[ArchiveEntry]
) -> tuple[tuple[Program, ...], tuple[str, ...]]:
    """The programs with names of their own, and their sources under these names."""
    taken: set[str] = set()
    named, sources = [], []
    for program, entry in zip(programs, entries, strict=True):
        name = free_name(program.name, taken)
        taken.add(name)
        source = entry.source
        if name != program.name:
            source = standalone(parse(source)[0], program.name, name)
        sources.append(format_source(source, "library.attn").strip())
        named.append(replace(program, name=name, source=sources[-1], file="library.attn"))
    return tuple(named), tuple(sources)
