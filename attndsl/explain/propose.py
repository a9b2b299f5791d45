"""The phase that proposes: the proposers of a run take turns until none goes on."""

from collections.abc import Mapping
from typing import Any

from attndsl.explain.proposers import PROPOSERS, first
from attndsl.explain.run import Run
from attndsl.files.journal import read_lines
from attndsl.files.places import Place
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.archive import Archive, ArchiveEntry
from attndsl.synthesis.journal import JOURNAL
from attndsl.synthesis.turns import Proposer, Proposing


def propose(work: Run, until: float) -> tuple[tuple[ArchiveEntry, ...], Mapping[str, Proposer]]:
    """The programs that heads keep after all turns, journaled and new; and who made them."""
    settings = work.settings
    makers = {name: PROPOSERS[name].maker(work, until) for name in settings.proposers}
    turns = Proposing(
        makers, Archive(len(work.heads)), settings.terms, settings.levels, work.note,
        lambda said: work.tell("propose", 1, 1, said),
    )  # fmt: skip
    done = work.journal.of_kind("generation")
    turns.take_up(done)
    if "propose" not in settings.skip:
        scorer = work.scorer(work.sets.selection)
        turns.go_on(scorer, done[-1] if done else None, first(settings.proposers))
    return turns.archive.entries, makers


def figures_of(makers: Mapping[str, Proposer]) -> tuple[tuple[str, Any], ...]:
    """For the summary."""
    return tuple(pair for maker in makers.values() for pair in maker.figures().items())


def expect_programs(folder: Place) -> None:
    """Raise where no program was journaled that a run without this phase could go on from."""
    lines = read_lines(folder / JOURNAL)
    if not any(line is not None and line.get("kind") == "generation" for line in lines):
        raise AttndslError(f"{folder} holds no programs yet, so the phase propose can't be skipped")
