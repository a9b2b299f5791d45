"""The phases of a run, each taken up from the journal where a run was stopped."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from attndsl.explain.llm import ask_model
from attndsl.explain.settings import Settings, Tell, chosen_heads
from attndsl.explain.texts import Sets, cut, three_sets
from attndsl.fit.reduce import reduce_on_mean
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.parser import parse
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, load
from attndsl.synthesis.archive import Archive, Candidate, Entry, Scorer, consider, size_of
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.standalone import standalone
from attndsl.synthesis.search.proposer import Search
from attndsl.synthesis.search.seeds import seeds

VARIANT_GENERATIONS = 10_000
SHARING = 2  # rounds of fitting programs to all the heads that they serve
TOO_MUCH = 1.6  # times the loss allowed: from so small a library programs are fitted again


@dataclass
class Run:
    """A run at work: what every phase needs."""

    settings: Settings
    loaded: LoadedModel
    store: HeadStore
    heads: tuple[int, ...]
    sets: Sets
    journal: Journal
    tell: Tell
    begun: float

    def scorer(self, numbers: Sequence[int]) -> Scorer:
        return Scorer(self.store, self.loaded.table, tuple(numbers), self.heads)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: the library, and for each head the number of its program."""

    programs: tuple[Program, ...]
    sources: tuple[str, ...]
    assigned: dict[int, int]
    figures: dict[str, Any]


def explain(settings: Settings, tell: Tell = lambda *_: None) -> dict[str, Any]:
    """Run, or go on with, the whole pipeline; gives the summary that is also written."""
    from attndsl.explain.write import report

    begun = time.monotonic()
    tell("load", 0, 1, settings.model)
    loaded = load(settings.model)
    return run(settings, loaded, tell, begun, report)


def run(
    settings: Settings, loaded: LoadedModel, tell: Tell, begun: float, report: Any
) -> dict[str, Any]:
    texts = cut(loaded, settings.texts, settings.tokens)
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    with Journal(
        settings.folder / "journal.jsonl", settings.identity(loaded.hash, digest)
    ) as journal:
        store = settings.folder / "heads"
        capture(
            loaded,
            texts,
            store,
            longest=settings.tokens,
            progress=lambda now: tell("capture", now.done, now.total, ""),
        )
        opened = HeadStore.open(store)
        heads = chosen_heads(settings.heads, opened.meta)
        sets = three_sets(len(opened), settings.shares)
        at_work = Run(settings, loaded, opened, heads, sets, journal, tell, begun)
        archive, search = propose(at_work)
        asked = ask_model(at_work, archive)
        entries = polished(at_work, archive)
        outcome = reduced(at_work, (*entries, *shared(at_work, entries, search)))
        outcome.figures.update(asked)
        summary: dict[str, Any] = report(at_work, outcome)
        return summary


def propose(work: Run) -> tuple[Archive, Search]:
    """Generations of candidates until the budget is spent."""
    settings, journal = work.settings, work.journal
    names = [work.store.meta.head_name(head) for head in work.heads]
    search = Search(names, work.store.meta.mask, settings.seed, settings.shape)
    archive = Archive(len(work.heads))
    done = journal.of_kind("generation")
    proposed = 0
    for line in done:
        archive.seen |= set(line["seen"])
        for found in line["entries"]:
            archive.add(Entry.from_json(found))
        search.take_up(line["search"])
        proposed += line["scored"]
    scorer = work.scorer(work.sets.selection)
    over = bool(journal.of_kind("proposed"))
    for generation in range(len(done), VARIANT_GENERATIONS):
        if over or (generation and spent(work, proposed)):
            break
        start = time.monotonic()
        if "search" not in settings.proposers:
            candidates = seeds()
        elif generation == 0:
            candidates = search.fitted(
                work.store,
                work.loaded.table,
                work.sets.selection[: settings.fit_texts],
                work.heads,
                settings.effort,
                lambda at, of: work.tell("fit", at, of, ""),
            )
        else:
            candidates = search.varied(archive, generation)
        before = set(archive.seen)
        kept, counts = consider(
            archive, candidates, scorer, terms=settings.shape.graph_terms, levels=settings.levels
        )
        proposed += counts.scored
        journal.write(
            {
                "kind": "generation",
                "number": generation,
                "seed": settings.seed,
                "proposed": counts.proposed,
                "invalid": counts.invalid,
                "same": counts.same,
                "scored": counts.scored,
                "seconds": round(time.monotonic() - start, 3),
                "mean": archive.mean,
                "seen": sorted(archive.seen - before),
                "entries": [entry.as_json() for entry in kept],
                "search": search.as_json([entry.source for entry in kept]),
            }
        )
        rate = counts.scored / max(time.monotonic() - start, 1e-9)
        note = f"mean best IoU {archive.mean:.4f}, {rate:.0f} candidates a second"
        work.tell("search", proposed, settings.candidates or proposed, note)
    if not over:
        journal.write({"kind": "proposed", "mean": archive.mean, "scored": proposed})
    return archive, search


def spent(work: Run, proposed: int) -> bool:
    settings = work.settings
    if "search" not in settings.proposers:
        return True
    if settings.candidates is not None:
        return proposed >= settings.candidates
    if settings.minutes is not None:
        return time.monotonic() - work.begun >= 60 * settings.minutes
    return True


def polished(work: Run, archive: Archive) -> tuple[Entry, ...]:
    """The archive's programs; by the proposer polish also the heads' best with fitted numbers."""
    entries = archive.entries
    if "polish" not in work.settings.proposers:
        return entries
    from attndsl.synthesis.polish import polish

    lines = {line["hash"]: line for line in work.journal.of_kind("polish")}
    best: dict[str, tuple[Entry, list[int]]] = {}
    for head, rank in enumerate(archive.ranks):
        if rank:
            best.setdefault(rank[0].hash, (rank[0], []))[1].append(head)
    found: list[Candidate] = []
    limit = work.settings.minutes
    for number, (entry, heads) in enumerate(best.values()):
        late = limit is not None and time.monotonic() - work.begun > 60 * limit * 1.2
        if entry.hash not in lines:
            if late:
                break
            source = polish(
                entry.source,
                work.store,
                work.loaded.table,
                work.sets.selection[:16],
                [work.heads[head] for head in heads],
            )
            lines[entry.hash] = {"kind": "polish", "hash": entry.hash, "source": source}
            work.journal.write(lines[entry.hash])
        work.tell("polish", number + 1, len(best), "")
        if lines[entry.hash]["source"] != entry.source:
            found.append(Candidate(lines[entry.hash]["source"], "polish"))
    consider(
        archive,
        found,
        work.scorer(work.sets.selection),
        terms=work.settings.shape.graph_terms,
        levels=work.settings.levels,
    )
    return archive.entries


def shared(work: Run, entries: Sequence[Entry], search: Search) -> tuple[Entry, ...]:
    """Programs that several heads can share: a library that loses too much, fitted again.

    Each of its programs is fitted to all the heads that it serves; and so once more.
    """
    found = list(entries)
    lines = {line["round"]: line for line in work.journal.of_kind("shared")}
    for turn in range(SHARING):
        work.tell("share", turn, SHARING, f"{len(found)} programs")
        if turn not in lines:
            programs = [verify(entry.source, entry.origin).programs[0] for entry in found]
            means = work.scorer(work.sets.selection).scores(programs)
            kept = reduce_on_mean(means, work.settings.loss * TOO_MUCH).kept
            owner = means[list(kept)].argmax(axis=0).tolist()
            made = search.shared(
                [found[number].source for number in kept],
                owner,
                work.store,
                work.loaded.table,
                work.sets.selection[: work.settings.fit_texts],
                work.heads,
                work.settings.effort,
            )
            sources = [candidate.source for candidate in made]
            lines[turn] = {
                "kind": "shared", "round": turn, "sources": sources,
                "search": search.as_json(sources),
            }  # fmt: skip
            work.journal.write(lines[turn])
        search.take_up(lines[turn]["search"])
        known = {entry.hash for entry in found}
        for source in lines[turn]["sources"]:
            program = verify(source, "search").programs[0]
            if program.hash not in known and size_of(program) <= work.settings.shape.graph_terms:
                known.add(program.hash)
                found.append(
                    Entry(program.name, source, "shared", program.hash, size_of(program), ())
                )
    return tuple(found[len(entries) :])


def reduced(work: Run, entries: Sequence[Entry]) -> Outcome:
    """The smallest library within the loss allowed on the validation texts, and who gets what."""
    work.tell("reduce", 0, 1, f"{len(entries)} programs")
    programs = [verify(entry.source, entry.origin).programs[0] for entry in entries]
    numbers = (*work.sets.selection, *work.sets.validation)
    means = work.scorer(numbers).scores(programs)
    kept = reduce_on_mean(means, work.settings.loss)
    best = means[list(kept.kept)].argmax(axis=0)
    used = sorted(set(best.tolist()))
    chosen = [kept.kept[number] for number in used]
    named, sources = unique_names([programs[n] for n in chosen], [entries[n] for n in chosen])
    place = {number: at for at, number in enumerate(used)}
    assigned = {head: place[int(best[at])] for at, head in enumerate(work.heads)}
    figures = {
        "archive_programs": len(entries),
        "mean_iou_archive": float(means.max(axis=0).mean()),
        "reduced_loss": kept.mean_loss,
    }
    return Outcome(named, sources, assigned, figures)


def unique_names(
    programs: Sequence[Program], entries: Sequence[Entry]
) -> tuple[tuple[Program, ...], tuple[str, ...]]:
    """The programs with names of their own, and their sources under these names."""
    taken: set[str] = set()
    named, sources = [], []
    for program, entry in zip(programs, entries, strict=True):
        name, number = program.name, 1
        while name in taken:
            number += 1
            name = f"{program.name}_{number}"
        taken.add(name)
        source = entry.source
        if name != program.name:
            source = standalone(parse(source)[0], program.name, name)
        named.append(replace(program, name=name, source=source))
        sources.append(source)
    return tuple(named), tuple(sources)
