"""The published experiments (arXiv 2606.19317) on a model of yours: one HTML and one JSON.

    python -m benchmarks.paper MODEL [--programs DIR] [--run DIR] [--out DIR] ...

MODEL is a hub name, a folder, a .gguf or `smollm2`. Without --run `attndsl explain` makes the
library, in --budget. --programs takes a folder of published Python programs, which run apart on
the same texts. What was stopped goes on with the same command; parts that nothing changed for are
taken as they are.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from attndsl.authoring.porting.against import Allowed
from attndsl.files.whole import write_json, write_text
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import load
from attndsl.surrogates.ablations import BY_POSITION
from attndsl.surrogates.figures import kind_of
from benchmarks.measure import machine
from benchmarks.paper import cover, curves, questions, similarity
from benchmarks.paper.page import SECTIONS, page
from benchmarks.paper.published import run_apart
from benchmarks.paper.texts import SHARED, Kind, kinds_of
from benchmarks.paper.transfer import letters, transfer
from benchmarks.paper.work import (
    Part,
    Side,
    Table,
    Work,
    explained,
    opened_stores,
    our_side,
    part,
    their_sides,
)

BUILD = Path(__file__).parents[2] / "build" / "paper"


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.paper",
        description="The published experiments on a model, with our library and with theirs.",
    )
    add = parser.add_argument
    add("model", metavar="MODEL")
    add("--programs", metavar="DIR", help="published Python programs, run apart")
    add("--intended", metavar="FILE", help="which of their files is of this model (its stem)")
    add("--most-programs", type=int, default=10**6, metavar="N", help="only the first so many")
    add("--seconds", type=float, default=5, help="a program may take on a text; default 5")
    add("--run", metavar="DIR", help="a run of attndsl explain; without one it is made")
    add("--budget", default="20m", help="for making the run; default 20m")
    add("--out", metavar="DIR", help="default build/paper/MODEL")
    add("--text", action="append", default=[], metavar="FILE:NAME",
        help="a kind of text, its first half to choose; may be given again")  # fmt: skip
    add("--rows", type=int, default=32, help="texts of each half of a kind; default 32")
    add("--tokens", type=int, default=64, help="of a text; default 64")
    add("--library", type=int, default=200, help="programs of the cover curve; default 200")
    add("--mixed", type=int, default=5, help="programs of a mixture; default 5")
    add("--shares", default="5,10,15,20,25,30,40,50,75,100", help="percent of heads replaced")
    add("--replaced", type=int, default=16, help="texts of the curves; default 16")
    add("--alone", type=int, default=8, help="texts that each head is replaced alone on; default 8")
    add("--seeds", type=int, default=2, help="random-program baselines; default 2")
    add("--tasks", help="questions: names of lm-eval, .jsonl files, folders; none to skip")
    add("--limit", type=int, default=200, help="questions a task; default 200")
    add("--ask-at", default="25,50,100", help="percent of heads replaced while asking")
    add("--wikitext", default=str(SHARED / "data/text/wikitext2_valid.txt"), metavar="FILE")
    add("--onto", action="append", default=[], metavar="MODEL", help="another model's heads")
    add("--parts", help=f"only some of {', '.join(SECTIONS)}")
    add("--device", metavar="NAME", help="where the model computes, such as cuda")
    add("--dtype", metavar="NAME", help="in which numbers, such as bfloat16")
    add("--json", metavar="FILE", help="default OUT/paper.json")
    add("--html", metavar="FILE", help="default OUT/paper.html")
    return parser


def main() -> None:
    chosen = arguments().parse_args()
    try:
        experiments(chosen)
    except AttndslError as fault:
        print(f"error: {fault}", file=sys.stderr)
        raise SystemExit(1) from None


def experiments(chosen: argparse.Namespace) -> None:
    """Every part, then the page and the JSON."""
    kinds = kinds_of(chosen.text, chosen.rows)
    print(machine())
    work = work_of(chosen, kinds)
    parts = {name: part(work, name, options, make)
             for name, (options, make) in wanted(work, chosen, kinds).items()}  # fmt: skip
    written(work, chosen, parts)


def work_of(chosen: argparse.Namespace, kinds: Sequence[Kind]) -> Work:
    """The model, its heads on all texts, and the libraries; what is missing is made."""
    out = Path(chosen.out) if chosen.out else BUILD / folder_name(chosen.model)
    loaded = load(chosen.model, device=chosen.device, dtype=chosen.dtype)
    run = Path(chosen.run) if chosen.run else explained(chosen, kinds, out)
    assignment, ours = our_side(loaded, run)
    stores = opened_stores(loaded, kinds, out / "stores", chosen.tokens)
    sides: tuple[Side, ...] = (ours,)
    failed: dict[str, str] = {}
    if chosen.programs:
        every = [text for store in stores.values() for text in store]
        kept, failed = run_apart(
            loaded, out / "published", Path(chosen.programs), every, ours.source.mask,
            Allowed(seconds=chosen.seconds), lambda number, _: number < chosen.most_programs,
        )  # fmt: skip
        sides = (ours, *their_sides(loaded, kept, chosen.intended))
    names = tuple(kind.name for kind in kinds)
    return Work(loaded, out, run, assignment, names, stores, sides, failed)


def wanted(
    work: Work, chosen: argparse.Namespace, kinds: Sequence[Kind]
) -> dict[str, tuple[Table, Callable[[], Table]]]:
    """Each part with what it hangs on beside the work, and how it is made."""
    shares = percents(chosen.shares)
    asked_at = percents(chosen.ask_at)
    tasks = questions.default_tasks() if chosen.tasks is None else chosen.tasks
    tasks = "" if tasks == "none" else tasks
    every: dict[str, tuple[Table, Callable[[], Table]]] = {
        "similarity": ({}, partial(similarity.similarity, work)),
        "by_layer": ({}, partial(similarity.by_layer, work)),
        "cover": ({"most": chosen.library}, partial(cover.cover, work, chosen.library)),
        "mixtures": ({"most": chosen.mixed}, partial(cover.mixtures, work, chosen.mixed)),
        "curves": (
            {"shares": shares, "texts": chosen.replaced, "seeds": chosen.seeds},
            partial(curves.curves, work, shares, chosen.replaced, chosen.seeds),
        ),
        "alone": ({"texts": chosen.alone}, partial(curves.alone, work, chosen.alone)),
        "questions": (
            {"tasks": tasks, "limit": chosen.limit, "shares": asked_at},
            partial(questions.questions, work, tasks, asked_at, chosen.limit, chosen.programs),
        ),
        "wikitext": (
            {
                "file": chosen.wikitext,
                "shares": asked_at,
                "texts": chosen.replaced,
                "beside": BY_POSITION,
            },
            partial(questions.wikitext, work, chosen.wikitext, asked_at, chosen.replaced),
        ),
        "transfer": (
            {"onto": chosen.onto},
            partial(transfer, work, chosen.onto, kinds, chosen.tokens),
        ),
    }
    some = chosen.parts.split(",") if chosen.parts else list(every)
    if chosen.programs and kind_of(work.loaded) == "masked" and {"curves", "alone"} & set(some):
        left = ",".join(name for name in every if name not in ("curves", "alone"))
        raise AttndslError(
            f"{work.loaded.name} is asked with some tokens hidden, and published programs run on "
            f"whole texts: they can't stand in its heads; leave those parts out: --parts {left}"
        )
    return {name: every[name] for name in some}


def written(work: Work, chosen: argparse.Namespace, parts: dict[str, Part]) -> None:
    """The page and the JSON, and what is left to say."""
    shown = {name: one.found for name, one in parts.items()}
    commits = {name: one.commit for name, one in parts.items()}
    about = [
        f"{work.loaded.name}: {len(work.heads)} heads. Texts: "
        + ", ".join(f"{kind} ({len(work.stores[kind, 'choose'])} to choose, "
                    f"{len(work.stores[kind, 'report'])} to report)" for kind in work.kinds)
        + f", {chosen.tokens} tokens each.",
        "Libraries: " + "; ".join(
            f"{side.name}, {len(side.programs)} programs"
            + (f" (those of the run {work.run.name})" if side.kept is None else "")
            for side in work.sides) + ".",
        *([f"{len(work.failed)} published programs fail on some text and are left out."]
          if work.failed else []),
        f"Made by commit {', '.join(sorted({one[:12] for one in commits.values()}))}; this page on "
        f"{machine()}.",
    ]  # fmt: skip
    html = Path(chosen.html or work.folder / "paper.html")
    found = {
        "model": work.loaded.name, "model_hash": work.loaded.hash, "commits": commits,
        "run": work.run.name,
        "programs": {side.name: len(side.programs) for side in work.sides},
        "failed": work.failed, "parts": shown,
    }  # fmt: skip
    write_text(html, page(f"The published experiments on {work.loaded.name}", about, shown))
    write_json(Path(chosen.json or work.folder / "paper.json"), found)
    for line in about:
        print(line)
    print(f"{html}\n{chosen.json or work.folder / 'paper.json'}")


def percents(given: str) -> list[float]:
    """
    >>> percents("25,50")
    [0.25, 0.5]
    """
    return [float(one) / 100 for one in given.split(",")]


def folder_name(model: str) -> str:
    return letters(Path(model).name)


if __name__ == "__main__":
    main()
