"""The proposer llm within a run, and the dry run that shows prompts and an estimate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attndsl.explain.mixture import fitting
from attndsl.explain.settings import Settings, Tell, chosen_heads
from attndsl.explain.texts import read_passages, sample, three_sets
from attndsl.heads.meta import META_FILE, read_meta
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.runs.schema import portable
from attndsl.synthesis.archive import Archive, Scorer
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.loop import Asking
from attndsl.synthesis.llm.replies import Rules
from attndsl.synthesis.llm.settings import LlmSettings
from attndsl.synthesis.llm.subject import Subject
from attndsl.synthesis.llm.wire import estimated

if TYPE_CHECKING:
    from attndsl.explain.run import Run

ANSWER = 300  # tokens of a program with its docstring, about


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the asking may take: once every reply is right at first, and at most with repairs."""

    calls: int
    most_calls: int
    sent: int
    received: int
    money: float | None
    probed: bool  # whether prompts show what the heads do on probe texts

    def told(self, settings: LlmSettings) -> str:
        money = (
            f"no price known for {settings.endpoint.model}"
            if self.money is None
            else f"about {self.money:.2f} in money"
        )
        limits = settings.limits()["budget"]
        within = ", ".join(f"{limit:g} {name}" for name, limit in limits.items() if limit)
        return (
            f"about {self.calls} calls (at most {self.most_calls} with repairs), "
            f"{self.sent:,} tokens sent, {self.received:,} received; {money}; "
            f"budget: {within or 'no limit'}"
        )


def asked_of(
    settings: Settings, scorer: Scorer, probes: ProbeStore | None = None,
    ladders: Callable[[], Mapping[str, Any]] = dict,
) -> Subject:  # fmt: skip
    assert settings.llm is not None
    rules = rules_of(settings, scorer.store.meta.mask)
    return Subject(settings.llm, scorer, rules, probes=probes, ladders=ladders)


def rules_of(settings: Settings, mask: Mask) -> Rules:
    """What a program may use: as much as those that are made of parts."""
    return Rules(settings.levels, settings.terms, settings.lines,
                 ahead=mask.kind == "full", numbers=settings.numbers)  # fmt: skip


def proposer(work: Run, until: float) -> Asking:
    """The language model takes turns, within a budget of its own."""
    folder = work.settings.folder
    if not isinstance(folder, Path):
        raise AttndslError(
            f"the proposer llm notes every call as it is made, which {folder} can't: name a run "
            "folder of this machine"
        )
    asked = asked_of(
        work.settings, work.scorer(work.sets.selection), work.probes, lambda: work.ladders
    )
    return Asking(asked, work.journal, folder, partial(work.tell, "llm"))


def dry_run(settings: Settings, tell: Tell) -> tuple[Mapping[str, Message], Estimate]:
    """The first prompts of every head, and an estimate; the heads are captured, nobody is asked."""
    from attndsl.models.capture import capture_passages
    from attndsl.models.loading import load

    tell("load", 0, 1, settings.model)
    loaded = load(settings.model, **settings.placing)
    loaded = replace(loaded, name=portable(loaded.name))
    settings = fitting(settings, loaded)
    store = settings.store or settings.folder / "heads"
    if settings.store is None:
        texts = read_passages(loaded, settings.texts, settings.tokens, settings.beside)
        if (store / META_FILE).exists():  # of a run, which may have had time for some texts only
            texts = sample(texts, read_meta(store).texts, settings.given)
        capture_passages(
            loaded, texts, store,
            progress=lambda now: tell("capture", now.done, now.total, ""),
        )  # fmt: skip
    opened = HeadStore.open(store)
    opened.expect(model_hash=loaded.hash)
    heads = chosen_heads(settings.heads, loaded.layers, loaded.heads)
    numbers = three_sets(opened, settings.shares, settings.given).selection
    probes = ProbeStore.of_run(settings.folder, opened)
    asked = asked_of(settings, Scorer(opened, loaded.table, numbers, heads), probes)
    archive = Archive(len(heads))
    found: dict[str, Message] = {}
    for at, name in enumerate(asked.names):
        tell("prompts", at, len(heads), "")
        found[name.replace(".", "")] = asked.first_message(archive, at)
    return found, estimate(found, asked.settings, probes is not None)


def estimate(prompts: Mapping[str, Message], settings: LlmSettings, probed: bool) -> Estimate:
    calls = len(prompts) * settings.rounds
    sent = settings.rounds * estimated(sum(one.letters for one in prompts.values()))
    received = calls * settings.programs * ANSWER
    return Estimate(
        calls,
        calls * (1 + settings.programs * settings.repairs),
        sent,
        received,
        None if settings.price is None else settings.price.of(sent, received),
        probed,
    )


def prompts_told(prompts: Mapping[str, Message]) -> str:
    """All prompts in one text; the part that they share once."""
    systems = list(dict.fromkeys(one.system for one in prompts.values()))
    each = [f"--- {name} ---\n\n{one.user}" for name, one in prompts.items()]
    return "\n\n".join(["--- system ---", *systems, *each])
