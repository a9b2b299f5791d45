"""Questions answered with growing shares of heads replaced, by IoU: six sets, LAMBADA, WikiText.

Our programs answer as they would anywhere. Published programs are run apart, so the texts that the
model reads in a task are noted first, by answering it once with even patterns.
"""

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from attndsl.authoring.porting.against import Allowed
from attndsl.files.journal import Appending
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models.passages import decoded, passages
from attndsl.surrogates.ablations import BY_POSITION
from attndsl.surrogates.curves import curve
from attndsl.surrogates.evaluation import Setting, evaluate, heads_of, remember
from attndsl.surrogates.paired import paired
from attndsl.surrogates.questions import named_tasks
from attndsl.surrogates.sources import Ids, Pattern, PatternSource, RuleSource, rules
from attndsl.surrogates.tasks import answer_tasks
from benchmarks.paper.curves import (
    FIT,
    ablation_of,
    by_fit,
    evenly,
    factory_of,
    journal_of,
    programs_of,
)
from benchmarks.paper.published import run_apart
from benchmarks.paper.texts import SHARED
from benchmarks.paper.work import Side, Table, Work

SETS = ("sciq", "hellaswag", "piqa", "arc_easy", "social_iqa", "copa")
GUESSING = {"sciq": 25.0, "hellaswag": 25.0, "piqa": 50.0, "arc_easy": 25.0, "social_iqa": 33.3,
            "copa": 50.0}  # fmt: skip


def default_tasks() -> str:
    """The local sets of the measuring data, where they are: the six, and LAMBADA."""
    files = [SHARED / f"data/qa/{name}.jsonl" for name in SETS]
    files.append(SHARED / "data/text/lambada.jsonl")
    return ",".join(str(file) for file in files if file.exists())


def questions(
    work: Work, tasks: str, shares: Sequence[float], limit: int | None, programs: str | None
) -> Table:
    """Every set before and after, compared in pairs."""
    if work.loaded.encoder:
        return {"left_out": "an encoder answers no questions"}
    if not tasks:
        return {"left_out": "no task is at hand: name some with --tasks"}
    named, journal = named_tasks(tasks), journal_of(work, "questions")
    sides = {side.name: settings(work, side, shares) for side in work.sides}
    try:
        for side in work.sides:
            if side.kept is not None and programs:
                texts = noted(work, named, sides[side.name][-1], limit, journal)
                sides[side.name] = on_noted(work, side, sides[side.name], texts, Path(programs))
        every = [one for some in sides.values() for one in some]
        found = answer_tasks(work.loaded, named, every, limit=limit, journal=journal)
    except AttndslError as error:
        return {"left_out": str(error)}
    return {
        "limit": limit,
        "paired": [asdict(one) | {"task": Path(one.task).stem} for one in paired(found)],
        "guessing": GUESSING,
        "replaced": {name: {f"{one.fraction:.0%}": len(one.assignment) for one in some}
                     for name, some in sides.items()},
    }  # fmt: skip


def settings(work: Work, side: Side, shares: Sequence[float]) -> list[Setting]:
    """A side's programs in place of growing shares of the heads, the best explained first."""
    own, order, held = programs_of(work, side), by_fit(work, side), remember(factory_of(work, side))
    found = []
    for share in shares:
        mine = {head: own[head] for head in order[: heads_of(share, len(order))]}
        found.append(Setting(side.name, f"{FIT} of {side.name}", share, mine, held))
    return found


@dataclass(frozen=True, eq=False, slots=True)
class Noted:
    """A text that the model was given in a task."""

    ids: Ids
    text: str

    @property
    def length(self) -> int:
        return len(self.ids)


def noted(
    work: Work, named: Sequence[str], setting: Setting, limit: int | None, journal: Path
) -> list[Noted]:
    """All texts that the model reads in some tasks: they are answered once by even patterns.

    A text is on the disk before its task is done in the journal, so that tasks done are not
    answered again for their texts.
    """
    asked = hashlib.sha256(f"{limit} {sorted(named)}".encode()).hexdigest()[:8]
    with Appending(work.folder / f"noted-{asked}-{work.digest}.jsonl") as file:
        seen = {tuple(line["ids"]) for line in file.lines if line}

        def note(programs: tuple[Hashable, ...], mask: Mask) -> PatternSource:
            def even(ids: Ids, first_row: int, mask: Mask) -> Pattern:
                if (text := tuple(ids.tolist())) not in seen:
                    seen.add(text)
                    file.write({"ids": text})
                return evenly(ids, first_row, mask)

            return RuleSource([even] * len(programs), mask)

        noting = replace(setting, factory=note, by=f"noting {asked}")
        answer_tasks(work.loaded, named, [noting], limit=limit, journal=journal)
    texts = [np.array(text, dtype=np.int64) for text in sorted(seen)]
    return [Noted(ids, decoded(work.loaded, ids)) for ids in texts]


def on_noted(
    work: Work, side: Side, wanted: Sequence[Setting], texts: Sequence[Noted], programs: Path
) -> list[Setting]:
    """The settings with patterns on these texts; heads whose program fails on one stay as they
    are."""
    assert side.kept is not None
    needed = {one for setting in wanted for one in setting.assignment.values()}
    kept, _ = run_apart(
        work.loaded, work.folder / "published", programs, texts, side.kept.mask, Allowed(),
        lambda _, one: one in needed,
    )  # fmt: skip
    held = remember(factory_of(work, replace(side, kept=kept)))
    sound = set(kept.programs)
    return [
        replace(one, factory=held, assignment={
            head: program for head, program in one.assignment.items() if program in sound
        })
        for one in wanted
    ]  # fmt: skip


def wikitext(work: Work, file: str, shares: Sequence[float], texts: int) -> Table:
    """Perplexity of encyclopedia text, token by token, as the published table has it; beside it
    what the same heads cost when each gives its mean output by position."""
    from attndsl.tokens.reading import read_texts

    if not Path(file).exists():
        return {"left_out": f"{file} is not there: name a file with --wikitext"}
    some = [one.text for one in read_texts(file) if len(one.text) > 300][:texts]
    asked, _ = passages(work.loaded, some, 128)
    ours, ablation = settings(work, work.sides[0], shares), ablation_of(work)
    wanted = [
        one for mine in ours
        for one in (mine, replace(mine, by=BY_POSITION, factory=rules,
                                  assignment=dict.fromkeys(mine.assignment, ablation)))
    ]  # fmt: skip
    done = evaluate(work.loaded, asked, wanted, journal=journal_of(work, "wikitext"))
    return {"file": Path(file).name, "texts": len(some),
            "points": [one.as_json() for one in curve(done)]}  # fmt: skip
