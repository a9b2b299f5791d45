"""The phases of a run, each taken up from the journal where a run was stopped."""

import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from attndsl.explain import amounts, forecasts
from attndsl.explain.census import take_census
from attndsl.explain.choose import chosen
from attndsl.explain.compiled import compile_scoring
from attndsl.explain.finished import FINISHED, finished_at, note_finished
from attndsl.explain.leftover import with_time_left
from attndsl.explain.look import few, look, rates_of, sampled
from attndsl.explain.made_by import note_version
from attndsl.explain.mixture import fitting
from attndsl.explain.page import DONE
from attndsl.explain.parts import InParts
from attndsl.explain.plan import Need, Phase, planned, run_phases
from attndsl.explain.propose import expect_programs, figures_of, propose
from attndsl.explain.rates import Rates, step_taken
from attndsl.explain.replace import best_fit_first, fitted_together, measured, put_in_order
from attndsl.explain.run import Found, Run
from attndsl.explain.settings import Settings, Tell, chosen_heads
from attndsl.explain.texts import (
    LONGER,
    LONGER_TEXTS,
    lengthened,
    read_passages,
    sample,
    stored,
    three_sets,
)
from attndsl.explain.write import kept_summary, with_times, write_run
from attndsl.files.places import Place
from attndsl.fit.split import Split, keep_split
from attndsl.heads.meta import META_FILE, read_meta
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.capture import capture_passages
from attndsl.models.held import by_workers
from attndsl.models.loading import LoadedModel, load
from attndsl.models.passages import Passage
from attndsl.models.probing import capture_probes
from attndsl.runs.schema import portable
from attndsl.synthesis.journal import JOURNAL, Journal

REFINED = ("propose", "reduce", "fit", "effects")  # after these it writes anew
OFTEN = 60.0  # seconds, at least, from one writing to the next
FEW_PROBES, MOST_PROBES = amounts.FEW_PROBES, amounts.MOST_PROBES


def explain(
    settings: Settings, tell: Tell = lambda *_: None, given: LoadedModel | None = None
) -> dict[str, Any]:
    """Run, or go on with, the whole pipeline; gives the summary that is also written.

    The model is loaded by its name where none is `given`.
    """
    begun = time.monotonic()
    if "propose" in settings.skip:
        expect_programs(settings.folder)
    tell("load", 0, 1, settings.model)
    loaded = given or load(settings.model, **settings.placing)
    workers = by_workers(settings.on, loaded, settings.model, settings.placing)
    loaded = replace(loaded, name=portable(loaded.name))
    settings = fitting(settings, loaded)
    with ready(settings, loaded) as made:
        if ended := finished_at(made.journal, settings):
            tell("done", 1, 1, "it was finished before")
            return {**kept_summary(settings.folder), FINISHED: ended}
        if other := note_version(made.journal):
            tell("resume", 1, 1, other)
        work = on_sample(made, settings, loaded, tell, begun)
        work.workers, work.share = workers, 0.0 if workers else step_taken().share
        budget = None if settings.minutes is None else 60 * settings.minutes
        timeline = planned(work, PHASES, budget, forecasts.between(work, budget))
        due = time.monotonic() + OFTEN

        def refine(phase: Phase, found: Found) -> None:
            nonlocal due
            start = time.monotonic()
            if phase.name in REFINED and start > due:
                write_run(work, so_far(work, found), phase.name)
                took = time.monotonic() - start
                due = start + took + max(OFTEN, took / forecasts.SPARED)

        run_phases(work, PHASES, timeline, refine)
        if more := with_time_left(work, timeline):
            work.texts = made.texts  # of which the phase capture takes as many as before
            run_phases(work, PHASES, more, refine)
        summary = with_times(work)
        note_finished(work)
    tell("done", 1, 1, f"mean IoU {summary['mean_iou']['mean']:.4f}")
    return summary


@contextmanager
def opened(settings: Settings, loaded: LoadedModel, tell: Tell, begun: float) -> Iterator[Run]:
    """A run with its journal, standing on a sample of its heads."""
    with ready(settings, loaded) as made:
        yield on_sample(made, settings, loaded, tell, begun)


@dataclass(frozen=True, eq=False)
class Ready:
    """What a run begins with, or goes on with: the heads that were captured before, if any."""

    journal: Journal
    heads: tuple[int, ...]
    given: HeadStore | None
    texts: tuple[Passage, ...]


@contextmanager
def ready(settings: Settings, loaded: LoadedModel) -> Iterator[Ready]:
    """The journal of a run, begun or taken up, once it is known what it is of."""
    heads = chosen_heads(settings.heads, loaded.layers, loaded.heads)
    given = given_store(settings, loaded)
    texts = (
        read_passages(loaded, settings.texts, settings.tokens, settings.beside)
        if given is None
        else stored(given, range(len(given)))
    )
    digest = hashlib.sha256(b"\0".join(one.ids.tobytes() for one in texts)).hexdigest()[:16]
    known = settings.identity(loaded.hash, digest)
    with Journal(settings.folder / JOURNAL, known) as journal:
        yield Ready(journal, heads, given, texts)


def on_sample(
    made: Ready, settings: Settings, loaded: LoadedModel, tell: Tell, begun: float
) -> Run:
    """The run on a sample of its heads."""
    journal, texts = made.journal, made.texts
    store, pace = (made.given, 0.0) if made.given else sampled(settings, loaded, texts, tell)
    compiled = compile_scoring(loaded, store, tell)
    known = [line["rates"] for line in journal.lines if "rates" in line]
    rates = Rates(**known[-1]) if known else rates_of(loaded, store, texts, pace)
    before = max((float(line.get("clock", 0.0)) for line in journal.lines), default=0.0)
    sets = few(store, settings)
    return Run(
        settings, loaded, texts, store, made.heads, sets, journal, tell, rates, begun, before,
        compiled=compiled,
    )  # fmt: skip


def given_store(settings: Settings, loaded: LoadedModel) -> HeadStore | None:
    """The heads that were captured before, by `capture` or by this run, where they are to do."""
    own = settings.folder / "heads"
    if "capture" in settings.skip and settings.store is None and not (own / META_FILE).exists():
        raise AttndslError(f"{own} holds no heads yet, so the phase capture can't be skipped")
    folder = settings.store or (own if "capture" in settings.skip else None)
    if folder is None:
        return None
    store = HeadStore.open(folder)
    store.expect(model_hash=loaded.hash)
    if store.meta.sketched:
        settings.refuse_sketches()
    return store.named(loaded.name)


def capture(work: Run, found: Found, until: float) -> Found:
    """The heads on all texts, or on as many as there is time for; the run then stands on them."""
    given = given_store(work.settings, work.loaded)
    if given is None:
        each = amounts.tokens(work) / len(work.texts) * work.rates.capture
        folder = work.settings.folder / "heads"
        count = work.decided("texts", lambda: affordable_texts(work, folder, each, until))
        work.texts = sample(work.texts, count, work.settings.given)
        capture_passages(
            work.loaded, work.texts, folder,
            progress=lambda now: work.tell("capture", now.done, now.total, "texts"),
            workers=work.workers, sketch=work.settings.long,
        )  # fmt: skip
        given = HeadStore.open(folder)
    work.store = given
    work.sets = three_sets(given, work.settings.shares, work.settings.given)
    capture_longer(work)
    if work.settings.store is None:
        keep_split(given, Split(work.sets.selection, work.sets.report))
    if not work.journal.of_kind("captured"):
        work.note({"kind": "captured", "texts": len(given)})
    return found


def capture_longer(work: Run) -> None:
    """Some of the texts to select by once more at greater length, so that distances hold there too.

    They lie inside the run's own store, apart from its texts: nothing is reported on them.
    """
    settings = work.settings
    own = "capture" not in settings.skip and settings.store is None
    if not own or settings.tokens >= LONGER:
        return
    whole = (work.texts[number] for number in work.sets.selection)
    sources = dict.fromkeys(one.source for one in whole if len(one.ids) == settings.tokens)
    longer = lengthened(work.loaded, settings.every_text, tuple(sources), LONGER_TEXTS)
    if longer:
        capture_passages(
            work.loaded, longer, work.longer_folder,
            progress=lambda now: work.tell("capture", now.done, now.total, "longer texts"),
            workers=work.workers,
        )  # fmt: skip


def probe(work: Run, found: Found, until: float) -> Found:
    """The heads on probe texts, as many of each kind as there is time for.

    They lie with the run's own heads; a store that was given stays as it is, and may have its own.
    """
    if work.probes is None and "probes" not in work.settings.skip:
        many = work.decided("probes", lambda: affordable_probes(work, until))
        given = work.settings.store is not None
        capture_probes(
            work.loaded, work.settings.folder if given else work.store.folder, many=many,
            progress=lambda now: work.tell("probes", now.done, now.total, "texts"),
            workers=work.workers,
        )  # fmt: skip
    return found


def affordable_probes(work: Run, until: float) -> int:
    """How many texts of each kind there is time for, an even number."""
    if math.isinf(until):
        return MOST_PROBES
    need = forecasts.probes(work)
    share = (until - time.monotonic()) / max(need.whole, 1e-9)
    planned = FEW_PROBES + part_given(work, "probes", need) * (MOST_PROBES - FEW_PROBES)
    many = 2 * int(min(MOST_PROBES * share, planned) / 2)
    return max(FEW_PROBES, min(MOST_PROBES, many))


def affordable_texts(work: Run, folder: Place, each: float, until: float) -> int:
    """So many as there is time for, or as the store was begun for."""
    most, fewest = len(work.texts), amounts.fewest(work)
    if (folder / META_FILE).exists():
        return min(most, read_meta(folder).texts)
    if math.isinf(until):
        return most
    there_is_time_for = int((until - time.monotonic()) / max(each, 1e-9))
    planned = fewest + part_given(work, "capture", forecasts.capture(work)) * (most - fewest)
    return min(most, max(fewest, min(there_is_time_for, math.ceil(planned))))


def part_given(work: Run, name: str, need: Need) -> float:
    """What part a phase was given of what it could use beyond the least. More would be no gain
    where a capture is quick: all that is done on the texts later would take longer than planned."""
    more, given = need.whole - need.least, work.given.get(name, need.whole)
    return max(0.0, min(1.0, (given - need.least) / more)) if more > 0 else 1.0


def propose_phase(work: Run, found: Found, until: float) -> Found:
    entries, makers = propose(work, until)
    parts = makers.get("parts")
    return replace(
        found, entries=entries, parts=parts.library() if isinstance(parts, InParts) else None,
        figures=(*found.figures, *figures_of(makers)),
    )  # fmt: skip


def reduce_phase(work: Run, found: Found, until: float) -> Found:
    return replace(found, outcome=chosen(work, found.entries, found.parts))


def so_far(work: Run, found: Found) -> Found:
    """What can be written of an unfinished run: the best of what was found."""
    outcome = found.outcome or chosen(work, found.entries, found.parts)
    return found if found.ordered else replace(found, ordered=best_fit_first(work, outcome))


def report_phase(work: Run, found: Found, until: float) -> Found:
    write_run(work, found, DONE)
    return found


# A phase is told the time by which it should be done; what it finds it hands on.
PHASES = (
    Phase("look", forecasts.look, look),
    Phase("capture", forecasts.capture, capture),
    Phase("probes", forecasts.probes, probe),
    Phase("propose", forecasts.propose, propose_phase),
    Phase("reduce", forecasts.reduce, reduce_phase),
    Phase("fit", forecasts.fit, fitted_together),
    Phase("effects", forecasts.effects, put_in_order),
    Phase("replace", forecasts.replace, measured),
    Phase("census", forecasts.census, take_census),
    Phase("report", forecasts.report, report_phase),
)
