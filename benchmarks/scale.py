"""Executors, measured: the same bits by processes, by Ray and by submitit as by one process.

    python -m benchmarks.scale [--json FILE] [--texts 60] [--model FOLDER] [--only NAMES]
        [--ways local,ray]

The model is stories260K where the measuring data lies (../shared, or ATTNDSL_SHARED), else smollm2:
what is measured is the sharing out, not the model. `same` figures are 1 where every bit agrees, 0
where one doesn't. A speed-up means something where two cores are free; the load is printed. NAMES
are of capture, score, explain, kill, tasks, speed.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from attndsl.executors.named import named
from attndsl.executors.shared import Shared, shared_out
from attndsl.executors.task import Executor, Going, Tell
from attndsl.executors.trial import Trial
from attndsl.explain import Settings, explain
from attndsl.files.places import Place
from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.assets import asset
from attndsl.models import load, sharing
from attndsl.models.capture import capture
from attndsl.models.held import Workers, known_as
from attndsl.models.loading import LoadedModel
from attndsl.models.scoring import scored_by
from attndsl.tokens.texts import builtin_texts
from benchmarks.measure import Figures, finish, machine, options

SHARED = Path(os.environ.get("ATTNDSL_SHARED", Path(__file__).parents[2] / "shared"))
WAYS = {"local": "local:2", "ray": "ray:2"}
TOKENS, RANK_TOKENS = 64, 256
TASKS, ROUNDS = 1000, 5
NOTES = {
    "local_same_bits": "1: capture, score and explain by 2 processes as by one",
    "ray_same_bits": "1: the same by 2 actors of Ray",
    "kill_same_bits": "1: a process, and an actor, killed (-9) in a capture and in an explain",
    "submitit_ok": "1: a capture by submitit's executor for one machine",
    "ray_speedup_2": "goal 1.5 where two cores are free",
    "ray_task_ms": "a rank that does nothing, of 1,000, by Ray with 2 actors",
    "local_task_ms": "the same by 2 processes",
}


@dataclass(frozen=True)
class Job:
    """What is shared out."""

    model: str
    loaded: LoadedModel
    texts: list[str]
    folder: Path

    def workers(self, executor: Executor | None) -> Workers | None:
        if executor is None:
            return None
        return Workers(executor, known_as(self.loaded, self.model, {}))

    def captured(self, name: str, executor: Executor | None) -> HeadStore:
        by = self.workers(executor)
        capture(self.loaded, self.texts, self.folder / name, longest=TOKENS, workers=by)
        return HeadStore.open(self.folder / name)


def main() -> None:
    chosen = options(
        "Executors", texts=60, model="", ways=",".join(WAYS),
        only="capture,score,explain,kill,tasks,speed",
    )  # fmt: skip
    for way in set(WAYS) - set(chosen.ways.split(",")):
        del WAYS[way]
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)  # as every worker then has, so that each of two takes a core
    sharing.RANK_TOKENS = RANK_TOKENS  # enough ranks of so small a model
    small = SHARED / "data/models/stories260K"
    model = chosen.model or (str(small) if small.is_dir() else "smollm2")
    print(machine())
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {Path(model).name}")
    with TemporaryDirectory() as folder:
        job = Job(model, load(model), texts_to_read(chosen.texts), Path(folder))
        figures: Figures = {}
        for name in chosen.only.split(","):
            start = time.perf_counter()
            found = PARTS[name](job)
            print(f"{name}: {time.perf_counter() - start:.0f} s, {found}", flush=True)
            figures |= found
    finish("scale", together(figures), NOTES, chosen.json)


def texts_to_read(count: int) -> list[str]:
    stories = SHARED / "data/text/tinystories.jsonl"
    if not stories.is_file():
        return [text.text for text in builtin_texts()][:count]
    lines = stories.read_text(encoding="utf-8").splitlines()[:count]
    return [json.loads(line)["text"] for line in lines]


def together(figures: Figures) -> Figures:
    """One figure for the same bits of each way, beside those of capture, score and explain."""
    found = dict(figures)
    for way in (*WAYS, "kill"):
        mine = [value for name, value in figures.items() if name.startswith(f"{way}_same_bits_")]
        if mine:
            found[f"{way}_same_bits"] = min(mine)
    return found


def captures(job: Job) -> Figures:
    one = job.captured("one", None)
    found: Figures = {}
    for way, words in WAYS.items():
        found[f"{way}_same_bits_capture"] = same(one, job.captured(way, named(words)))
    by_jobs = job.captured("submitit", named("slurm:cluster=local,workers=2"))
    return {**found, "submitit_ok": same(one, by_jobs)}


def same(one: HeadStore, other: HeadStore) -> float:
    alike = one.meta == other.meta and all(
        mine.text == theirs.text and np.array_equal(mine.ids, theirs.ids)
        and np.array_equal(mine.patterns, theirs.patterns)
        for mine, theirs in zip(one, other, strict=True)
    )  # fmt: skip
    return float(alike)


def scores(job: Job) -> Figures:
    store = job.captured("one", None)
    file = Path(str(asset("examples"))) / "mechanisms.attn"
    programs = verify(file.read_bytes(), str(file)).programs

    def table(executor: Executor | None) -> str:
        by = scored_by(job.workers(executor), job.loaded, store, job.folder, lambda *_: None)
        found = score_library(programs, store, job.loaded.table, passes=by)
        return json.dumps(found.as_json(), sort_keys=True)

    whole = table(None)
    return {
        f"{way}_same_bits_score": float(table(named(words)) == whole) for way, words in WAYS.items()
    }


def explains(job: Job) -> Figures:
    whole = explained(job, "explain-one", None)
    return {
        f"{way}_same_bits_explain": float(explained(job, f"explain-{way}", named(words)) == whole)
        for way, words in WAYS.items()
    }


def explained(job: Job, name: str, on: Executor | None) -> tuple[bytes, bytes, str]:
    """The library, who has which program, and the curve of a short run."""
    folder = job.folder / name
    settings = Settings(
        model=job.model, texts=tuple(job.texts[:16]), folder=folder, tokens=32, parts=2,
        programs=12, heads="0.*,2.*", skip=frozenset({"report"}),
        on=on,
    )  # fmt: skip
    summary: dict[str, Any] = explain(settings)
    files = [(folder / file).read_bytes() for file in ("library.attn", "assignment.json")]
    told = {key: summary.get(key) for key in ("iou", "effects", "curve", "recovered")}
    return files[0], files[1], json.dumps(told, sort_keys=True)


@dataclass(frozen=True)
class Killing:
    """An executor, one of whose workers is killed (-9) while it has a rank in hand."""

    executor: Executor
    killed: list[int]

    def ready(self) -> None:
        self.executor.ready()

    def run(self, work: Shared, tell: Tell, going: Going) -> None:
        def kill(done: int, of: int) -> None:
            tell(done, of)
            receipts: list[Place] = sorted(work.folder.glob("done-*"), key=str)
            if not self.killed and receipts and done < of - 2:
                process = int(json.loads(receipts[-1].read_bytes())["process"])
                os.kill(process, signal.SIGKILL)
                self.killed.append(process)

        self.executor.run(work, kill, going)


def kills(job: Job) -> Figures:
    one, whole = job.captured("one", None), explained(job, "explain-one", None)
    found: Figures = {}
    for way, words in WAYS.items():
        executor = Killing(named(words), [])
        store = job.captured(f"killed-{way}", executor)
        found[f"kill_same_bits_{way}"] = same(one, store) if executor.killed else 0.0
        executor = Killing(named(words), [])
        alike = explained(job, f"explain-killed-{way}", executor) == whole
        found[f"kill_same_bits_explain_{way}"] = float(alike and bool(executor.killed))
    return found


def tasks(job: Job) -> Figures:
    """Milliseconds a rank that does nothing, from the first that is done to the last."""
    return {
        f"{way}_task_ms": 1000 / paced(named(words), Trial(TASKS), job.folder)
        for way, words in WAYS.items()
    }


def speeds(job: Job) -> Figures:
    """How many times more ranks a second two actors do than one, the beginning left out."""
    pairs = []
    for at in range(ROUNDS):
        rates = []
        for count in (1, 2):
            executor = Pacing(named(f"ray:{count}"))
            job.captured(f"speed-{at}-{count}", executor)
            rates.append(executor.rate)
        pairs.append(rates[1] / rates[0])
    return {"ray_speedup_2": median(pairs)}


@dataclass
class Pacing:
    """An executor, and how many ranks a second it did once it was at work."""

    executor: Executor
    rate: float = 0.0

    def ready(self) -> None:
        self.executor.ready()

    def run(self, work: Shared, tell: Tell, going: Going) -> None:
        seen: list[tuple[float, int]] = []

        def note(done: int, of: int) -> None:
            tell(done, of)
            seen.append((time.perf_counter(), done))

        self.executor.run(work, note, going)
        begun = [one for one in seen if one[1] >= 3]  # every worker has loaded the model by then
        self.rate = (begun[-1][1] - begun[0][1]) / (begun[-1][0] - begun[0][0])


def paced(executor: Executor, task: Trial, folder: Path) -> float:
    pacing = Pacing(executor)
    with shared_out(task, folder, pacing):
        return pacing.rate


PARTS: dict[str, Callable[[Job], Figures]] = {
    "capture": captures, "score": scores, "explain": explains, "kill": kills, "tasks": tasks,
    "speed": speeds,
}  # fmt: skip


if __name__ == "__main__":
    main()
