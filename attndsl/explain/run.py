"""A run at work, and what it hands from phase to phase."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attndsl.explain.rates import Rates
    from attndsl.explain.replace import Ordered
    from attndsl.explain.settings import Settings, Tell
    from attndsl.explain.texts import Sets
    from attndsl.files.places import Place
    from attndsl.fit.contradictions import Trials
    from attndsl.fit.table import ScoreTable
    from attndsl.graph.program import Program
    from attndsl.heads.probes import ProbeStore
    from attndsl.heads.store import HeadStore
    from attndsl.models.held import Workers
    from attndsl.models.loading import LoadedModel
    from attndsl.models.passages import Passage
    from attndsl.surrogates.curves import Point
    from attndsl.surrogates.recovery import Recovered
    from attndsl.synthesis.archive import ArchiveEntry, Scorer
    from attndsl.synthesis.journal import Journal


@dataclass
class Run:
    """What every phase needs. Until the phase `capture` is done the store is a small sample."""

    settings: Settings
    loaded: LoadedModel
    texts: tuple[Passage, ...]
    store: HeadStore
    heads: tuple[int, ...]
    sets: Sets
    journal: Journal
    tell: Tell
    rates: Rates
    begun: float = field(default_factory=time.monotonic)
    before: float = 0.0  # seconds that earlier processes spent on this run
    weighed: dict[bool, Trials] = field(default_factory=dict)
    latest: float = math.inf  # by which what comes after the phase that runs has to begin
    compiled: float = 0.0  # seconds that this took before the budget was shared out
    share: float = 0.0  # of a processor that a step got at the start; 0 where others do the work
    workers: Workers | None = None
    ladders: Mapping[str, Any] = field(default_factory=dict)  # of heads by name, once there are
    given: Mapping[str, float] = field(default_factory=dict)  # seconds by phase, as planned now
    read: int = 0  # passages that were read, of which the texts are some where time is short

    def __post_init__(self) -> None:
        self.read = self.read or len(self.texts)

    def scorer(self, numbers: Sequence[int]) -> Scorer:
        from attndsl.fit.comparing import comparing_on
        from attndsl.synthesis.archive import Scorer

        return Scorer(
            self.store, self.loaded.table, tuple(numbers), self.heads,
            comparing_on(self.loaded.device),
        )  # fmt: skip

    @property
    def probes(self) -> ProbeStore | None:
        """The heads on probe texts: those of the store, or the run's own."""
        from attndsl.heads.probes import ProbeStore

        return ProbeStore.of_run(self.settings.folder, self.store)

    @property
    def longer_folder(self) -> Place:
        return self.store.folder / "longer"

    @property
    def longer(self) -> HeadStore | None:
        """The heads on some of the texts to select by at greater length, where they were kept."""
        from attndsl.heads.meta import META_FILE
        from attndsl.heads.store import HeadStore

        there = (self.longer_folder / META_FILE).exists()
        return HeadStore.open(self.longer_folder) if there else None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of a model that has no words; of any other none."""
        from attndsl.synthesis.parts.symbols import symbols_of

        return symbols_of(self.loaded.table)

    @property
    def exact(self) -> bool:
        """Whether the model is one over symbols each of whose heads has a program of its own."""
        return len(self.heads) <= self.settings.programs and bool(self.symbols)

    def trials(self, checks: bool) -> Trials | None:
        """What the probes say of the heads: those that check, or those that may choose."""
        from attndsl.fit.contradictions import trials

        if self.probes is not None and checks not in self.weighed:
            self.weighed[checks] = trials(self.probes, self.loaded.table, checks)
        return self.weighed.get(checks)

    @property
    def seconds(self) -> float:
        """Spent on the run so far, the time before a kill included (up to the last line)."""
        return self.before + time.monotonic() - self.begun

    def note(self, line: dict[str, Any]) -> None:
        """Append to the journal, with the time spent so far."""
        self.journal.write({**line, "clock": round(self.seconds, 3)})

    def decided(self, what: str, choose: Callable[[], int]) -> int:
        """An amount that hangs on the time there is, chosen once: a killed run goes on with it."""
        for line in self.journal.of_kind("decided"):
            if line["of"] == what:
                return int(line["amount"])
        amount = choose()
        self.note({"kind": "decided", "of": what, "amount": amount})
        return amount

    def afforded(self, what: str, choose: Callable[[], int]) -> int:
        """The same, but what there was no time for is asked again where another budget is given."""
        planned = False
        for line in reversed(self.journal.lines):
            planned = planned or line["kind"] == "plan"
            if line["kind"] == "decided" and line["of"] == what:
                if line["amount"] or not planned:
                    return int(line["amount"])
                break
        amount = choose()
        self.note({"kind": "decided", "of": what, "amount": amount})
        return amount

    def place(self, head: int) -> tuple[int, int]:
        """The layer and the number within it of a head of the store."""
        per_layer = self.store.meta.heads
        return self.loaded.attention[head // per_layer].index, head % per_layer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: the library with its texts, and for each head the number of its program.

    `means` is the programs' mean IoU on the selection texts, [programs, heads of the run], and
    `agreements` how they agree in content and rest, which chooses; each head's own with what it
    rests of its own. `rests` are those numbers and `own` the programs with them, of the heads that
    have one.
    """

    programs: tuple[Program, ...]
    sources: tuple[str, ...]
    origins: tuple[tuple[str, ...], ...]
    assigned: dict[int, int]
    means: Any
    agreements: Any
    figures: dict[str, Any]
    rests: Mapping[int, float] = field(default_factory=dict)
    own: Mapping[int, Program] = field(default_factory=dict)

    def program_of(self, head: int) -> Program:
        """What stands for a head: its program, with what it rests of its own."""
        return self.own.get(head) or self.programs[self.assigned[head]]

    def fits(self, heads: Sequence[int]) -> dict[int, float]:
        """Mean selection IoU of each head's own program."""
        return {head: float(self.means[self.assigned[head], at]) for at, head in enumerate(heads)}

    def agrees(self, heads: Sequence[int]) -> dict[int, float]:
        """How each head's own program agrees with it in content and rest."""
        return {
            head: float(self.agreements[self.assigned[head], at]) for at, head in enumerate(heads)
        }

    def mean(self, heads: Sequence[int]) -> float:
        """The mean of these fits."""
        return sum(self.fits(heads).values()) / len(heads)


@dataclass(frozen=True, slots=True)
class Found:
    """What phases hand on; each fills in what it finds and leaves the rest."""

    parts: Mapping[str, Any] | None = None
    entries: tuple[ArchiveEntry, ...] = ()
    figures: tuple[tuple[str, Any], ...] = ()
    outcome: Outcome | None = None
    ordered: Ordered | None = None
    table: ScoreTable | None = None
    points: tuple[Point, ...] = ()
    recovered: tuple[Recovered, ...] = ()

    @property
    def needed_outcome(self) -> Outcome:
        assert self.outcome is not None, "the phase reduce comes first"
        return self.outcome

    @property
    def needed_order(self) -> Ordered:
        assert self.ordered is not None, "the phase effects comes first"
        return self.ordered
