"""How good `prompts/` is: programs written from the prompts alone, checked and scored.

    python -m benchmarks.prompts --write DIR [--heads 40] [--programs 1]
    python -m benchmarks.prompts --replies DIR [--repairs DIR2] [--refines DIR3 ...] [--run RUN]
        [--json FILE]

`--write` puts one prompt a head of SmolLM2 into DIR as NAME.prompt.md, from TinyStories rows 1 to
32 cut to 64 tokens and the probes that may choose. Let a model that has seen nothing else answer
each in NAME.reply.md (the whole reply, prose and all). `--replies` checks them, scores what is
valid on rows 201 to 232, and with `--repairs` writes a prompt for each program that was refused
into DIR2; once DIR2 holds replies too, they count as repaired. `--refines` does the same for the
best program of each head, by content and rest: its replies are judged by whether they fit better
than what they refine; once more with the folder of these replies is a further round. `--run RUN`
sets what the search found for these heads beside it, on the same rows. The captured heads are kept
in DIR/heads.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from attndsl import open_run
from attndsl.explain.texts import read_passages
from attndsl.fit.contradictions import Trials, trials
from attndsl.fit.library import LibrarySource
from attndsl.fit.measures import Measures
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.models import LoadedModel, load
from attndsl.models.capture import capture_passages
from attndsl.models.probing import capture_probes
from attndsl.synthesis.archive import Scorer
from attndsl.synthesis.llm import prompts
from attndsl.synthesis.llm.compare import against, compared, figures_of
from attndsl.synthesis.llm.files import Message, keep_prompts
from attndsl.synthesis.llm.known import Background, known_of
from attndsl.synthesis.llm.replies import Rules, Written, written
from attndsl.synthesis.llm.summary import page
from benchmarks.measure import finish, table

SHARED = Path(os.environ.get("ATTNDSL_SHARED", Path(__file__).parents[2] / "shared"))
SELECTION, REPORT = range(32), range(32, 64)
PROBES = 12  # texts of each kind, half of which may choose
LEVELS = frozenset(("place", "piece", "class", "repeat", "model"))
RULES = Rules(LEVELS, terms=360, lines=16)  # as `explain` gives them by default
NOTES = {
    "valid_first_percent": "of all programs; at least 90",
    "valid_repaired_percent": "after one repair; at least 98",
    "content_iou": "best valid program of each head that was asked for, held-out texts",
    "constant_content_iou": "the same heads' best constant patterns",
    "search_content_iou": "the same heads' programs in the run; within 0.03",
    "contradicted": "heads whose best program a checking probe contradicts; 0",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="the quality of prompts/")
    parser.add_argument("--write", metavar="DIR", type=Path, help="write prompts")
    parser.add_argument("--heads", type=int, default=40, help="how many heads to ask for")
    parser.add_argument("--programs", type=int, default=1, help="programs to ask for a head")
    parser.add_argument("--replies", metavar="DIR", type=Path, help="judge the replies there")
    parser.add_argument("--repairs", metavar="DIR2", type=Path, help="prompts for refused ones")
    parser.add_argument("--refines", metavar="DIR3", type=Path, nargs="+", default=[],
                        help="prompts for better ones, a folder a round")  # fmt: skip
    parser.add_argument("--run", metavar="RUN", type=Path, help="what the search found")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    if (chosen.write is None) == (chosen.replies is None):
        parser.error("give --write DIR or --replies DIR")
    if chosen.write:
        write(chosen.write, chosen.heads, chosen.programs)
    else:
        figures = judge(Asked.of(chosen.replies), chosen)
        finish("prompts", figures, NOTES, chosen.json)


@dataclass(frozen=True)
class Asked:
    """What was asked about: the heads, and what measures know of them."""

    loaded: LoadedModel
    store: HeadStore
    probes: ProbeStore

    @classmethod
    def of(cls, folder: Path) -> "Asked":
        loaded = load("smollm2")
        text = (SHARED / "data/text/tinystories.jsonl").read_text(encoding="utf-8")
        lines = text.splitlines()
        texts = [json.loads(line)["text"] for line in (*lines[:32], *lines[200:232])]
        capture_passages(loaded, read_passages(loaded, texts, 64), folder / "heads")
        capture_probes(loaded, folder / "heads", many=PROBES)
        store = HeadStore.open(folder / "heads")
        return cls(loaded, store, ProbeStore.open(store.folder / "probes"))

    @cached_property
    def known(self) -> Background:
        return known_of(self.store, self.loaded.table, SELECTION, self.probes)

    @property
    def system(self) -> str:
        return prompts.system(LEVELS, self.store.meta.mask, RULES.lines, RULES.terms)

    @cached_property
    def heads(self) -> dict[str, int]:
        return {self.store.meta.head_name(head).replace(".", ""): head
                for head in range(self.store.meta.total_heads)}  # fmt: skip

    def scorer(self, numbers: Sequence[int], name: str) -> Scorer:
        return Scorer(self.store, self.loaded.table, tuple(numbers), (self.heads[name],))

    def fits(self, name: str, programs: Sequence[Program], numbers: Sequence[int]) -> Measures:
        return self.scorer(numbers, name).measures(programs)

    def best(self, name: str, programs: Sequence[Program]) -> Program:
        """By content and rest, on the texts that the prompts are of."""
        found = self.fits(name, programs, SELECTION).agreement[:, 0]
        return programs[int(found.argmax())]

    def page(self, name: str) -> str:
        return page(self.store, self.loaded.table, SELECTION, self.heads[name], self.known)


def write(folder: Path, heads: int, programs: int) -> None:
    """One prompt for each of so many heads, spread over the layers."""
    asked = Asked.of(folder)
    wanted = {at * len(asked.heads) // heads for at in range(heads)}
    mask = asked.store.meta.mask
    made = {
        name: Message(asked.system, prompts.propose(
            asked.page(name), mask, (), programs, grammar=False))
        for name, head in asked.heads.items()
        if head in wanted
    }  # fmt: skip
    keep_prompts(folder, made)
    letters = sum(one.letters for one in made.values()) / len(made)
    print(f"{len(made)} prompts of about {letters:,.0f} characters in {folder}")


def kept_replies(folder: Path) -> dict[str, str]:
    """The replies of a folder by name; what isn't UTF-8 in one becomes a replacement sign."""
    return {
        path.name.removesuffix(".reply.md"): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(folder.glob("*.reply.md"))
    }


def judge(asked: Asked, chosen: argparse.Namespace) -> dict[str, float]:
    """Check and score all replies; each program of a reply counts."""
    replies = {name: written(text, RULES) for name, text in kept_replies(chosen.replies).items()}
    if not replies:
        raise SystemExit(f"{chosen.replies} holds no replies, such as L0H0.reply.md")
    refused = {
        f"{name}-{at}": one
        for name, found in replies.items()
        for at, one in enumerate(found)
        if not one.valid
    }
    mended = repaired(asked, refused, chosen.repairs) if chosen.repairs else {}
    valid: dict[str, list[Program]] = {}
    for name, found in (*replies.items(), *mended.items()):
        valid.setdefault(name.partition("-")[0], []).extend(programs_of(found))
    best = {name: asked.best(name, some) for name, some in valid.items() if some}
    count = sum(max(1, len(found)) for found in replies.values())
    first = sum(one.valid for found in replies.values() for one in found)
    fixed = sum(any(one.valid for one in found) for found in mended.values())
    figures: dict[str, float] = {
        "replies": len(replies),
        "programs": count,
        "valid_first_percent": 100 * first / max(1, count),
        "valid_repaired_percent": 100 * (first + fixed) / max(1, count),
    }
    for round_number, folder in enumerate(chosen.refines, start=1):
        figures |= {f"{key}_{round_number}": value
                    for key, value in refined(asked, best, folder).items()}  # fmt: skip
    for name, one in refused.items():
        print(f"\n{name}:\n{one.complaint}")
    return figures | held_out(asked, best, chosen.run)


def programs_of(found: Sequence[Written]) -> list[Program]:
    return [verify(one.source).programs[0] for one in found if one.valid]


def repaired(
    asked: Asked, refused: Mapping[str, Written], folder: Path
) -> dict[str, tuple[Written, ...]]:
    """Prompts for what was refused, and the replies that are there."""
    keep_prompts(folder, {
        name: Message(asked.system, prompts.repair(one.source, one.complaint, grammar=False))
        for name, one in refused.items()
    })  # fmt: skip
    found = kept_replies(folder)
    return {name: written(found[name], RULES) for name in refused if name in found}


def refined(asked: Asked, best: dict[str, Program], folder: Path) -> dict[str, float]:
    """Prompts to refine each head's best program; the replies there take its place where they fit
    better on the texts of the prompts."""
    made = {}
    for name, program in best.items():
        scorer = asked.scorer(SELECTION, name)
        rows, shares = compared(program, asked.store, asked.loaded.table, SELECTION,
                                asked.heads[name])  # fmt: skip
        task = prompts.refine(
            asked.page(name), program.source, figures_of(scorer, program, 0),
            against(asked.known, program, scorer, 0), rows, shares,
            RULES.used(program, program.source), 1, False,
        )  # fmt: skip
        made[name] = Message(asked.system, task)
    keep_prompts(folder, made)
    replies = {name: written(text, RULES) for name, text in kept_replies(folder).items()}
    better = 0
    for name, found in replies.items():
        before = best[name]
        best[name] = asked.best(name, [before, *programs_of(found)])
        better += best[name] is not before
    return {
        "refined": len(replies),
        "refined_valid": sum(bool(programs_of(found)) for found in replies.values()),
        "refined_better": better,
    }


def held_out(asked: Asked, best: Mapping[str, Program], run: Path | None) -> dict[str, float]:
    """The best programs on texts that nobody saw, beside constants and what the search found."""
    checks = trials(asked.probes, asked.loaded.table, checks=True)
    found: dict[str, Program] = {}
    if run is not None:
        opened = open_run(run)
        per_layer = asked.store.meta.heads
        found = {name: opened.head(*divmod(asked.heads[name], per_layer)).own for name in best}
    sides: dict[str, dict[str, Program]] = {"": dict(best)}
    if found:
        sides["search_"] = {name: found[name] for name in best if name in found}
    figures: dict[str, float] = {}
    rows: dict[str, list[str]] = {name: [name] for name in best}
    for side, programs in sides.items():
        each = {name: asked.fits(name, [one], REPORT) for name, one in programs.items()}
        with_content = [one for one in each.values() if one.defined[0]]
        for key in ("content_iou", "rest_error", "iou"):
            kept = with_content if key == "content_iou" else list(each.values())
            values = [float(getattr(one, key)[0, 0]) for one in kept]
            figures[f"{side}{key}"] = sum(values) / max(1, len(values))
        told = {name for name, one in programs.items() if contradicted(asked, checks, name, one)}
        figures[f"{side}contradicted"] = len(told)
        for name, one in each.items():
            rows[name] += [f"{float(one.content_iou[0, 0]):.3f}", f"{float(one.iou[0, 0]):.3f}",
                           "contradicted" if name in told else ""]  # fmt: skip
    constants = asked.known.constant
    heads = [asked.heads[name] for name in best if constants.defined[asked.heads[name]]]
    figures["constant_content_iou"] = float(constants.content_iou[0, heads].mean())
    columns = [f"{side}{one}" for side in sides for one in ("content", "IoU", "probes")]
    table(("head", *columns), [tuple(row) for row in rows.values()])
    return figures


def contradicted(asked: Asked, checks: Trials, name: str, program: Program) -> bool:
    source = LibrarySource([program], asked.loaded.table, asked.store.meta.mask)
    assigned: list[int | None] = [None] * asked.store.meta.total_heads
    assigned[asked.heads[name]] = 0
    return bool(checks.contradictions(source, assigned))


if __name__ == "__main__":
    main()
