"""Questions that `attndsl replace --tasks` asks with heads replaced, and the tables of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attndsl.cli.output import print_table, say, styled
from attndsl.files.whole import write_text

if TYPE_CHECKING:
    from attndsl.cli.progress import Tell
    from attndsl.files.places import Place
    from attndsl.models.held import Workers
    from attndsl.models.loading import LoadedModel
    from attndsl.surrogates.curves import Point
    from attndsl.surrogates.evaluation import Setting
    from attndsl.surrogates.experiment import Experiment
    from attndsl.surrogates.tasks import TaskResult

TEXTS = ".txt"  # read for their perplexity; all other tasks are questions
PIECES = 512  # tokens that such texts are read by
TABLES = ("tasks", "questions", "recovered")  # that stand beside the curve's in any case


@dataclass(frozen=True, slots=True)
class Answers:
    """What tasks gave: questions answered, and the perplexity of the texts of each file."""

    questions: tuple[TaskResult, ...] = ()
    texts: tuple[tuple[str, tuple[Point, ...]], ...] = ()

    def as_json(self) -> dict[str, Any]:
        from attndsl.surrogates.paired import paired

        return {
            "tasks": [asdict(one) for one in self.questions],
            "questions": [asdict(one) for one in paired(self.questions)],
            "texts": {file: [one.as_json() for one in points] for file, points in self.texts},
        }


def check_tasks(named: Sequence[str]) -> None:
    """Refuse tasks that can't be asked, before anything is measured."""
    from attndsl.surrogates.questions import check_questions
    from attndsl.surrogates.tasks import need_lm_eval
    from attndsl.tokens.reading import read_texts

    if any(Path(task).suffix != TEXTS for task in named):
        need_lm_eval()
    for task in named:
        if Path(task).suffix == ".jsonl":
            check_questions(Path(task))
        elif Path(task).suffix == TEXTS:
            read_texts(task)


def ask(
    loaded: LoadedModel,
    named: Sequence[str],
    wanted: Sequence[Setting],
    limit: int | None,
    longest: int | None,
    journal: Place,
    tell: Tell,
    memory: int,
    workers: Workers | None = None,
    asked_of: Experiment | None = None,
) -> Answers:
    """Put all tasks to the model itself and under each setting; done ones aren't put again.

    By `workers`, where there are any, to which the experiment that has the settings is handed.
    """
    from attndsl.models.passages import passages
    from attndsl.surrogates.curves import curve
    from attndsl.surrogates.evaluation import evaluate
    from attndsl.surrogates.tasks import answer_tasks
    from attndsl.tokens.reading import read_texts

    asked = [task for task in named if Path(task).suffix != TEXTS]
    answers: tuple[TaskResult, ...] = ()
    if asked:
        if workers is not None and asked_of is not None:
            from attndsl.surrogates.sharing_questions import answer_shared

            answer_shared(
                workers, loaded, asked, asked_of, wanted, limit=limit, journal=journal,
                progress=tell, memory_mb=memory,
            )  # fmt: skip
        answers = answer_tasks(
            loaded, asked, wanted, limit=limit, journal=journal, progress=tell, memory_mb=memory
        )
    texts = []
    for file in (task for task in named if Path(task).suffix == TEXTS):
        some = [one.text for one in read_texts(file)][:limit]
        pieces, _ = passages(loaded, some, longest or PIECES)
        notes = journal.with_name(f"{journal.stem}-texts{journal.suffix}")
        done = evaluate(loaded, pieces, wanted, journal=notes, progress=tell, memory_mb=memory)
        texts.append((file, curve(done)))
    return Answers(answers, tuple(texts))


def asked_with(wanted: Sequence[Setting], fractions: Sequence[float]) -> tuple[Setting, ...]:
    """The settings that tasks are put to, with programs and with means by position: the shares that
    were named, else a quarter of the heads, by effect or what there is most like it."""
    from attndsl.surrogates.ablations import BY_POSITION
    from attndsl.surrogates.orders import EFFECT, FIT

    order = next((o for o in (EFFECT, FIT) if any(s.order == o for s in wanted)), wanted[0].order)
    mine = [s for s in wanted if s.order == order and s.by in ("programs", BY_POSITION)]
    if fractions:
        return tuple(mine)
    share = min((s.fraction for s in mine), key=lambda share: abs(share - 0.25))
    return tuple(s for s in mine if s.fraction == share)


def write_answers(csv_file: str, answers: Answers) -> None:
    """As CSV beside the table of the curve."""
    from attndsl.surrogates.curves import as_csv as texts_csv
    from attndsl.surrogates.paired import as_csv as paired_csv
    from attndsl.surrogates.paired import paired
    from attndsl.surrogates.tasks import as_csv as tasks_csv

    if answers.questions:
        write_text(beside(csv_file, "tasks"), tasks_csv(answers.questions))
        write_text(beside(csv_file, "questions"), paired_csv(paired(answers.questions)))
    names = apart([file for file, _ in answers.texts])
    for what, (_, points) in zip(names, answers.texts, strict=True):
        write_text(beside(csv_file, what), texts_csv(points))


def apart(files: Sequence[str]) -> list[str]:
    """A name for each file's table that no other table has: its stem, numbered where it is taken.

    >>> apart(["a/news.txt", "b/news.txt", "tasks.txt"])
    ['news', 'news-2', 'tasks-2']
    """
    names: list[str] = []
    for file in files:
        stem, number = Path(file).stem, 1
        name = stem
        while name in (*names, *TABLES):
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return names


def beside(file: str | Place, what: str) -> Place:
    """The name of a file beside another.

    >>> str(beside("run/curve.csv", "tasks"))
    'run/curve-tasks.csv'
    """
    from attndsl.files.places import place

    own = place(file)
    return own.with_name(f"{own.stem}-{what}{own.suffix}")


def show_texts(answers: Answers) -> None:
    """The perplexity of texts by the model itself and with heads replaced."""
    rows = [
        (
            Path(file).name, "" if one.fraction == 0 else f"{one.fraction:.0%}", one.by,
            str(one.texts), "none" if one.perplexity is None else f"{one.perplexity:.2f}",
            _change(one),
        )
        for file, points in answers.texts for one in points
    ]  # fmt: skip
    if rows:
        print_table(("texts", "share", "by", "of", "perplexity", "its change, 95%"), rows)


def _change(one: Point) -> str:
    if one.ratio is None or one.ratio_low is None or one.ratio_high is None or not one.fraction:
        return ""
    ahead = ", sees ahead" if one.sees_ahead else ""
    return f"{one.ratio - 1:+.1%} ({one.ratio_low - 1:+.1%} to {one.ratio_high - 1:+.1%}){ahead}"


def show_answers(answers: Sequence[TaskResult]) -> None:
    """Questions answered rightly by the model and with heads replaced, and McNemar's test of the
    difference; standard errors where a task doesn't say which questions were right."""
    from attndsl.surrogates.paired import paired

    answered = paired(answers)
    told = {(one.task, one.metric) for one in answered}
    if answered:
        rows = [
            (
                one.task.rsplit("/", 1)[-1], f"{one.fraction:.0%}", one.by, one.metric,
                str(one.questions), f"{one.own:.1f}", f"{one.ours:.1f}", f"{one.change:+.1f}",
                f"{one.change_low:+.1f} to {one.change_high:+.1f}", f"{one.lost}, {one.won}",
                "" if one.p is None else f"{one.p:.3f}",
            )
            for one in answered
        ]  # fmt: skip
        titles = ("task", "share", "by", "metric", "questions", "own", "now", "change", "95%")
        print_table((*titles, "lost, won", "McNemar p"), rows)
        say(styled("in points of a hundred; 95%: paired intervals over questions", "dim"))
    rest = [one for one in answers if (one.task, "acc") not in told]
    if rest:
        rows_left = [
            (
                one.task.rsplit("/", 1)[-1], f"{one.fraction:.0%}", one.by, str(one.questions),
                _share(one.acc, one.acc_error), _share(one.acc_norm, one.acc_norm_error),
                "sees ahead" if one.sees_ahead else "",
            )
            for one in rest
        ]  # fmt: skip
        print_table(("task", "share", "by", "questions", "acc", "acc_norm", ""), rows_left)


def _share(value: float | None, error: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.3f}" + (f" +- {error:.3f}" if error is not None else "")
