"""What a model is asked about, and the messages that say it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from attndsl.graph.verify import verify
from attndsl.heads.probes import ProbeStore
from attndsl.synthesis.archive import Archive, Scorer
from attndsl.synthesis.llm import prompts
from attndsl.synthesis.llm.compare import against, compared, figures_of
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.judge import Allowance
from attndsl.synthesis.llm.known import Background, known_of
from attndsl.synthesis.llm.replies import Rules
from attndsl.synthesis.llm.rungs import ladder_told
from attndsl.synthesis.llm.settings import LlmSettings
from attndsl.synthesis.llm.summary import page

SHOWN = 2  # best programs in a proposal's prompt
SUMMARY_TEXTS = 32


@dataclass(frozen=True)
class Subject:
    """What is asked about: heads on selection texts, and the rules that programs keep."""

    settings: LlmSettings
    scorer: Scorer
    rules: Rules
    allowed: Allowance = field(default_factory=Allowance)
    probes: ProbeStore | None = None
    ladders: Callable[[], Mapping[str, Any]] = dict  # of heads by name, once a search was made

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.scorer.store.meta.head_name(head) for head in self.scorer.heads)

    @property
    def few(self) -> Scorer:
        """A scorer on the texts that pages are made from."""
        return replace(self.scorer, numbers=self.scorer.numbers[:SUMMARY_TEXTS])

    @cached_property
    def known(self) -> Background:
        few = self.few
        return known_of(few.store, few.table, few.numbers, self.probes)

    def summary(self, at: int) -> str:
        few, tokens = self.few, self.settings.summary_tokens
        seen = page(few.store, few.table, few.numbers, few.heads[at], self.known, tokens)
        ladder = ladder_told(self.ladders().get(self.names[at]))
        return f"{seen.rstrip()}\n\n{ladder}" if ladder else seen

    def first_message(self, archive: Archive, at: int, bare: bool = False) -> Message:
        best = [
            (figures_of(self.few, verify(entry.source).programs[0], at), entry.source)
            for entry in archive.ranks[at][:SHOWN]
        ]
        mask = self.scorer.store.meta.mask
        asked = prompts.propose(self.summary(at), mask, best, self.settings.programs, bare)
        return Message(self.system, asked, bare)

    def next_message(self, archive: Archive, at: int, bare: bool = False) -> Message:
        """To refine the head's best program; the first message where it has none."""
        if not archive.ranks[at]:
            return self.first_message(archive, at, bare)
        entry, scorer = archive.ranks[at][0], self.scorer
        program = verify(entry.source, entry.origin).programs[0]
        rows, shares = compared(
            program, scorer.store, scorer.table, scorer.numbers, scorer.heads[at]
        )
        asked = prompts.refine(
            self.summary(at), entry.source, figures_of(self.few, program, at),
            against(self.known, program, scorer, at), rows, shares,
            self.rules.used(program, entry.source), self.settings.programs, bare,
        )  # fmt: skip
        return Message(self.system, asked, bare)

    @property
    def system(self) -> str:
        rules = self.rules
        mask = self.scorer.store.meta.mask
        return prompts.system(rules.levels, mask, rules.lines, rules.terms, rules.numbers)
