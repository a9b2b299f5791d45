"""Small models over symbols, explained with all heads replaced: how many keep their answers?

    python -m benchmarks.toys FOLDER [--minutes 2] [--inputs 200] [--only NAME] [--json FILE]

FOLDER holds folders named TASK-ANYTHING, each with a model's config.json and model.safetensors
(such as share/saved_models of lacoco-lab/decompiling_transformers; nothing else there is read).
The names of a model's ids are written from the definition of its task, it is explained on inputs
drawn from the task, and with programs in place of all its heads it is asked about inputs that were
drawn apart. An input is kept if every answer in it is the model's own; a model, if it keeps at
least 0.9 of them. Beside it: the same with every head attending evenly, and to the first symbol.
Runs are kept in build/toys and go on where they were stopped.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import torch

from attndsl.explain import Settings, explain
from attndsl.fit.assignment import read_assignment
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.models.vocabulary import standing_in
from attndsl.surrogates import install
from benchmarks.measure import Figures, finish, machine, table
from benchmarks.toys.tasks import LONGEST, Task, task_of

RUNS = Path("build/toys")
TEXTS = 240  # to explain by
TOKENS = 3 * LONGEST  # no input is longer
KEPT = 0.9  # of the inputs, for a model to be kept
EVENLY, FIRST = verify(
    "def evenly(q, k):\n    return 1\n\n\ndef first(q, k):\n    return k.i == 0\n"
).programs


@dataclass(frozen=True)
class Row:
    """A row of the table: the model, which of its answers are kept by what, what it is told by."""

    model: str
    heads: int
    kept: float
    evenly: float
    first: float
    iou: float
    programs: int
    lines: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Small models over symbols, all heads replaced")
    parser.add_argument("folder", type=Path, help="holds a folder for each model")
    parser.add_argument("--minutes", type=float, default=2, help="to explain a model; default 2")
    parser.add_argument("--inputs", type=int, default=200, help="to ask about; default 200")
    parser.add_argument("--only", default="", metavar="NAME", help="models with this in their name")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    found = []
    for folder in models_in(chosen.folder, chosen.only):
        found.append(measured(folder, chosen.minutes, chosen.inputs))
        print(" ".join(f"{name} {value}" for name, value in asdict(found[-1]).items()), flush=True)
    table(list(asdict(found[0])), [list(asdict(one).values()) for one in found])
    figures: Figures = {"models": len(found)}
    for name in ("kept", "evenly", "first"):
        figures[f"share_{name}"] = sum(getattr(one, name) >= KEPT for one in found) / len(found)
    finish("toys", figures, {"share_kept": "at least 0.75"}, chosen.json)


def models_in(folder: Path, only: str) -> list[Path]:
    """The folders of models whose weights are there, smallest first."""
    found = [one.parent for one in folder.glob("*/model.safetensors") if only in one.parent.name]
    if not found:
        raise SystemExit(f"{folder} holds no folder with a model.safetensors named so")
    return sorted(found, key=lambda one: ((one / "model.safetensors").stat().st_size, one.name))


def measured(folder: Path, minutes: float, inputs: int) -> Row:
    """A model explained and asked."""
    ids = json.loads((folder / "config.json").read_text())["vocab_size"]
    task, run = task_of(folder.name, ids), RUNS / folder.name
    run.mkdir(parents=True, exist_ok=True)
    (run / "vocabulary.txt").write_text("\n".join(task.names) + "\n")
    with standing_in(run / "vocabulary.txt"):
        loaded = load(str(folder))
        summary = explain(settings_of(folder, task, minutes), given=loaded)
        loaded = load(str(folder))
    texts = drawn(task, inputs, "asked")
    asked = [torch.tensor(loaded.encode(one))[None] for one in texts]
    own = [answers(loaded, task, one) for one in asked]
    heads = [(layer, head) for layer in range(loaded.layers) for head in range(loaded.heads)]
    found = {(one.layer, one.head): one.own for one in read_assignment(run).heads}
    return Row(
        model=folder.name,
        heads=len(heads),
        kept=kept(loaded, task, asked, own, found),
        evenly=kept(loaded, task, asked, own, dict.fromkeys(heads, EVENLY)),
        first=kept(loaded, task, asked, own, dict.fromkeys(heads, FIRST)),
        iou=round(summary["mean_iou"]["mean"], 3),
        programs=summary["programs"],
        lines=summary["median_lines"],
    )


def settings_of(folder: Path, task: Task, minutes: float) -> Settings:
    return Settings(
        model=str(folder),
        texts=tuple(drawn(task, TEXTS, "explained")),
        about="inputs of its task",
        folder=RUNS / folder.name,
        minutes=minutes,
        tokens=TOKENS,
        skip=frozenset(("look", "probes", "replace", "census", "report")),
        command=f"python -m benchmarks.toys {folder.parent} --only {folder.name}",
    )


def drawn(task: Task, count: int, purpose: str) -> list[str]:
    """Inputs of a task; those of two purposes are drawn apart."""
    random = Random(purpose)
    return [task.text(random) for _ in range(count)]


def answers(loaded: LoadedModel, task: Task, ids: torch.Tensor) -> torch.Tensor:
    """What the model says where it is asked: what may follow every symbol, or what does from
    `<sep>` on."""
    with torch.no_grad():
        logits: torch.Tensor = loaded.model(input_ids=ids).logits[0]
    if task.language is not None:
        return logits > 0
    return logits.argmax(1)[ids[0].tolist().index(task.names.index("<sep>")) :]


def kept(
    loaded: LoadedModel, task: Task, asked: list[torch.Tensor], own: list[torch.Tensor],
    programs: Mapping[tuple[int, int], Program],
) -> float:  # fmt: skip
    """The share of inputs whose answers are all the model's own, with programs in its heads."""
    handle = install(loaded, programs)
    try:
        same = [torch.equal(answers(loaded, task, one), before)
                for one, before in zip(asked, own, strict=True)]  # fmt: skip
    finally:
        handle.remove()
    return sum(same) / len(same)


if __name__ == "__main__":
    main()
