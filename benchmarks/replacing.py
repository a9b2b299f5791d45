"""What putting a run's programs in place of heads costs, and how many questions it loses."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from attndsl.explain.replace import increases
from attndsl.files.reading import read_json
from attndsl.files.whole import write_json
from attndsl.fit.assignment import Assignment
from attndsl.fit.selection import selection_of
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.surrogates.curves import curve
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import Setting, evaluate, heads_of
from attndsl.surrogates.experiment import Asked, experiment
from attndsl.surrogates.handle import Head
from attndsl.surrogates.orders import SHARES
from attndsl.surrogates.paired import ALL, Paired, paired
from attndsl.surrogates.recovery import recovered, recovery_figures
from attndsl.surrogates.tasks import answer_tasks
from benchmarks.each_alone import each_alone
from benchmarks.measure import Figures

TEXTS = 32  # report texts that are read with heads replaced
EFFECT_TEXTS = 8  # selection texts for the order by effect, where the run has none
QUARTER, MUCH = 0.25, 3.0  # of the heads while questions are asked; points that are much
METRIC = "acc_norm"  # by the length of the choices, as the published work scores them


def replaced_figures(
    loaded: LoadedModel, run: Path, assignment: Assignment, kept: Path, texts: list[Passage]
) -> Figures:
    """KL and loss recovered, and perplexity, in every order; what the run measured is taken up."""
    journal = taken_up(run, "replace.jsonl", kept)
    selection = selection_of(run)
    programs = {(one.layer, one.head): one.own for one in assignment.heads}
    fit = sorted(assignment.heads, key=lambda one: (-one.iou, one.layer, one.head))
    asked = Asked(
        tuple((one.layer, one.head) for one in fit),
        by_effect(loaded, run, assignment, kept),
        tuple(SHARES),
    )
    factory, say = engine_source(loaded.table, loaded.device), _said("neutral order")
    wanted = experiment(loaded, run, programs, selection, asked, factory, say).settings
    done = evaluate(loaded, texts[:TEXTS], wanted, journal=journal, progress=_said("replaced"))
    figures: Figures = {"replaced_texts": float(min(TEXTS, len(texts)))}
    figures |= recovery_figures(recovered(done))
    return figures | {
        name: value for name, value in increases(curve(done)).items() if isinstance(value, float)
    }


def taken_up(run: Path, name: str, kept: Path) -> Path:
    """The journal of that name in `kept`, begun with what the run measured before."""
    kept.mkdir(parents=True, exist_ok=True)
    journal = kept / name
    if not journal.exists() and (run / name).exists():
        shutil.copy(run / name, journal)
    return journal


def by_effect(
    loaded: LoadedModel, run: Path, assignment: Assignment, kept: Path
) -> tuple[Head, ...]:
    """Heads by what their programs cost, least first: the run's order, or measured now."""
    summary = read_json(run / "summary.json") if (run / "summary.json").exists() else {}
    if isinstance(summary, dict) and summary.get("effects"):
        return tuple((one.layer, one.head) for one in assignment.heads)
    path = kept / "effects.json"
    kept.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return tuple((int(layer), int(head)) for layer, head in read_json(path))
    texts = [Passage(text[:64], "", n, 0)
             for n, text in enumerate(selection_of(run)[:EFFECT_TEXTS])]  # fmt: skip
    programs = {(one.layer, one.head): one.own for one in assignment.heads}
    effects = each_alone(loaded, texts, programs, kept / "effects.jsonl", _said("effects"))
    order = sorted(effects, key=lambda head: (effects[head].divergence, head))
    write_json(path, [list(map(int, head)) for head in order])
    return tuple(order)


def asked_figures(
    loaded: LoadedModel, run: Path, assignment: Assignment, kept: Path, folder: Path, limit: int
) -> Figures:
    """Points that a quarter of the heads, by effect, costs over the sets of questions; what
    `attndsl replace --tasks` asked of the run is taken up."""
    order = by_effect(loaded, run, assignment, kept)
    programs = {(one.layer, one.head): one.own for one in assignment.heads}
    count = heads_of(QUARTER, loaded.layers * loaded.heads)
    mine = {head: programs[head] for head in order[:count]}
    factory = engine_source(loaded.table, loaded.device)
    files = sorted(str(path) for path in folder.glob("*.jsonl"))
    found = paired(answer_tasks(
        loaded, files, [Setting("programs", "effect", QUARTER, mine, factory)], limit=limit,
        journal=taken_up(run, "replace-tasks.jsonl", kept), progress=_said("questions"),
    ))  # fmt: skip
    return asked_of([one for one in found if one.metric == METRIC])


def asked_of(found: list[Paired]) -> Figures:
    """Losses by set, and over the sets, with the ends of their intervals.

    >>> one = Paired("a/sciq.jsonl", "", 0.25, "", 9, 60, 0, 0, 56, 0, 0, -4, -5, -3.5, 2, 1, 0.3)
    >>> asked_of([one])["qa_sets_much_worse"], asked_of([one])["qa_drop_25_sciq"]
    (1.0, 4.0)
    """
    sets = [one for one in found if one.task != ALL]
    figures: Figures = {"qa_questions": float(sum(one.questions for one in sets))}
    for one in found:
        name = "" if one.task == ALL else f"_{Path(one.task).stem}"
        figures |= {
            f"qa_drop_25{name}": -one.change, f"qa_drop_25{name}_low": -one.change_high,
            f"qa_drop_25{name}_high": -one.change_low,
        }  # fmt: skip
    figures["qa_sets_much_worse"] = float(sum(-one.change_high > MUCH for one in sets))
    return figures


def _said(what: str) -> Callable[[int, int], None]:
    last = [-1]

    def say(done: int, of: int) -> None:
        tenth = 10 * done // max(1, of)
        if tenth != last[0]:
            last[0] = tenth
            print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)

    return say
