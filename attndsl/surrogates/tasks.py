"""Question answering with a replaced model, through lm-eval: its own tasks, or local files."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import attndsl
from attndsl.engines.memory import free, out_of_memory
from attndsl.files.journal import append, read_lines
from attndsl.files.places import Place
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.evaluation import Setting
from attndsl.surrogates.handle import MEMORY_MB, install
from attndsl.surrogates.questions import check_questions, description

BATCH = 4  # questions a pass
ROUNDS = 100  # of a bootstrap, for what has no standard error of its own; a mean has


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task under one setting; `by` is "unmodified" for the model itself.

    `right` says of each question in turn whether it was answered rightly, as 0s and 1s,
    `right_norm` the same by length-normalised scores; empty where a task has no such answers.
    """

    task: str
    by: str
    fraction: float
    setting: str
    questions: int
    acc: float | None
    acc_error: float | None
    acc_norm: float | None
    acc_norm_error: float | None
    sees_ahead: bool
    right: str = ""
    right_norm: str = ""


def answer_tasks(
    loaded: LoadedModel,
    tasks: Sequence[str],
    wanted: Sequence[Setting],
    *,
    limit: int | None = None,
    batch_size: int = BATCH,
    journal: Place | None = None,
    progress: Callable[[int, int], None] | None = None,
    memory_mb: int = MEMORY_MB,
) -> tuple[TaskResult, ...]:
    """Each task for the unmodified model and under each setting.

    A task is a name of lm-eval's own, a `.jsonl` file of `{query, choices, gold}`, or one of
    `{text}`, whose last words are asked for. With a `journal` finished tasks are not run again.
    """
    need_lm_eval()
    if loaded.encoder:
        raise AttndslError("question answering needs a causal model; this one reads both ways")
    with tempfile.TemporaryDirectory() as scratch:
        names = {task: task_name(task, Path(scratch)) for task in tasks}
        sources = {task: source_of(loaded, task, limit) for task in tasks}
        done = read_results(journal, sources) if journal else {}
        rows = [
            (task, setting, setting.key if setting else "")
            for setting in (None, *wanted)
            for task in names
        ]
        ready = sum((task, key) in done for task, _, key in rows)
        tell = progress or (lambda now, total: None)
        tell(ready, len(rows))
        for task, setting, key in rows:
            if (task, key) in done:
                continue
            done[task, key] = answered(
                loaded, task, names[task], scratch, setting, limit, batch_size, memory_mb
            )
            if journal:
                append(journal, {"source": sources[task], **asdict(done[task, key])})
            ready += 1
            tell(ready, len(rows))
    return tuple(done[task, key] for task, _, key in rows)


def answered(
    loaded: LoadedModel,
    task: str,
    name: str,
    scratch: str,
    setting: Setting | None,
    limit: int | None,
    batch_size: int,
    memory_mb: int,
) -> TaskResult:
    """One task under one setting; `name` is what lm-eval calls it in `scratch`."""
    inside: Any = nullcontext()
    if setting:
        inside = install(loaded.model, setting.assignment, setting.factory, memory_mb)
    with inside:
        scores = in_smaller_batches(loaded, name, scratch, limit, batch_size)
    return result(task, setting, scores)


def source_of(loaded: LoadedModel, task: str, limit: int | None) -> str:
    """Names what a task's figures hang on: model, number format, questions, and how many; a limit
    that no file reaches is none."""
    path, most = Path(task), limit
    if path.suffix == ".jsonl":
        asked = path.read_bytes()
        if limit is not None and limit >= check_questions(path):
            most = None
    else:
        asked = metadata.version("lm-eval").encode()
    how = f"{loaded.hash} {loaded.model.dtype} {most} {attndsl.__version__} "
    return hashlib.sha256(how.encode() + asked).hexdigest()[:16]


def need_lm_eval() -> None:
    if importlib.util.find_spec("lm_eval") is None:
        raise AttndslError("question answering needs lm-eval: attndsl doctor --get eval")


def task_name(task: str, scratch: Path) -> str:
    """lm-eval's name of a task; a local file is described to it in `scratch`."""
    path = Path(task)
    if path.suffix != ".jsonl":
        if path.exists():
            raise AttndslError(f"{task}: local questions are a .jsonl file")
        return task
    check_questions(path)
    name = f"local_{len(list(scratch.iterdir()))}_{path.stem}"
    described = description(path, name)
    # JSON is YAML too.
    (scratch / f"{name}.yaml").write_text(json.dumps(described), encoding="utf-8")
    return name


def in_smaller_batches(
    loaded: LoadedModel, name: str, scratch: str, limit: int | None, batch_size: int
) -> dict[str, Any]:
    """`run_task`, in batches half as large where memory doesn't do."""
    try:
        return run_task(loaded, name, scratch, limit, batch_size)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        if batch_size < 2:
            raise AttndslError(
                f"the memory of the device does not do for one question of {name}: take a smaller "
                "--dtype, or --device-map auto"
            ) from None
    free()
    print(f"{batch_size} questions at once don't fit the memory: halved", file=sys.stderr)
    return in_smaller_batches(loaded, name, scratch, limit, batch_size // 2)


def run_task(
    loaded: LoadedModel, name: str, scratch: str, limit: int | None, batch_size: int
) -> dict[str, Any]:
    """One task by lm-eval on the model as it is now; its figures."""
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    local = name.startswith("local_")
    try:
        with silence():
            model = HFLM(
                pretrained=loaded.model,
                tokenizer=loaded.needed_tokenizer,
                batch_size=batch_size,
                max_length=loaded.context,
            )
            report = simple_evaluate(
                model=model,
                tasks=[name],
                task_manager=TaskManager(include_path=scratch, include_defaults=not local),
                limit=limit,
                log_samples=True,
                bootstrap_iters=ROUNDS,
                verbosity="ERROR",
            )
    except (KeyError, ValueError, ConnectionError, FileNotFoundError) as error:
        raise AttndslError(f"lm-eval could not run the task {name}: {error}") from error
    results: dict[str, Any] = dict(report["results"][name])
    results["questions"] = sum(part["effective"] for part in report["n-samples"].values())
    results["samples"] = [one for part in report["samples"].values() for one in part]
    return results


@contextmanager
def silence() -> Iterator[None]:
    """Standard error to nowhere, that of child processes too: lm-eval shows bars a question."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def result(task: str, setting: Setting | None, scores: dict[str, Any]) -> TaskResult:
    def figure(name: str) -> float | None:
        value = scores.get(f"{name},none")
        return float(value) if isinstance(value, (int, float)) else None

    return TaskResult(
        task,
        setting.by if setting else "unmodified",
        setting.fraction if setting else 0.0,
        setting.key if setting else "",
        int(scores["questions"]),
        figure("acc"),
        figure("acc_stderr"),
        figure("acc_norm"),
        figure("acc_norm_stderr"),
        setting.sees_ahead if setting else False,
        answers(scores, "acc"),
        answers(scores, "acc_norm"),
    )


def answers(scores: Mapping[str, Any], metric: str) -> str:
    """Each question's answer as 1 or 0, in the order of the questions.

    >>> answers({"samples": [{"doc_id": 1, "acc": 0.0}, {"doc_id": 0, "acc": 1.0}]}, "acc")
    '10'
    """
    samples = sorted(scores.get("samples", ()), key=lambda one: int(one["doc_id"]))
    if not all(one.get(metric) in (0, 1) for one in samples):
        return ""
    return "".join(str(int(one[metric])) for one in samples)


def read_results(journal: Place, sources: Mapping[str, str]) -> dict[tuple[str, str], TaskResult]:
    """Finished tasks that were run on the same model and questions."""
    finished = {}
    for line in filter(None, read_lines(journal)):
        try:
            source = line.pop("source")
            read = TaskResult(**line)
            if sources.get(read.task) == source:
                finished[read.task, read.setting] = read
        except (KeyError, TypeError):
            continue  # what can't be read is run again
    return finished


def as_csv(results: Iterable[TaskResult]) -> str:
    """All results as CSV, one a line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(TaskResult.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    for one in results:
        writer.writerow(asdict(one))
    return out.getvalue()
