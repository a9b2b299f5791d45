"""How good `prompts/` is: programs written from the prompts alone, checked and scored.

    python -m benchmarks.prompts --write DIR [--heads 40] [--programs 1]
    python -m benchmarks.prompts --replies DIR [--repairs DIR2] [--refines DIR3] [--json FILE]

`--write` puts one prompt a head of SmolLM2 into DIR as NAME.prompt.md, from TinyStories rows 1 to
32 cut to 64 tokens. Let a model that has seen nothing else answer each in NAME.reply.md (the whole
reply, prose and all). `--replies` checks them, scores what is valid on rows 201 to 232, and with
`--repairs` writes a prompt for each program that was refused into DIR2; once DIR2 holds replies
too, they count as repaired. `--refines` does the same for the best program of each head: its
replies are judged by whether they score higher than what they refine. The captured heads are kept
in DIR/heads.
"""

import argparse
import json
import os
from pathlib import Path

from attndsl.explain.texts import read_passages
from attndsl.graph.printing import to_source
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.assets import asset
from attndsl.models import LoadedModel, load
from attndsl.models.capture import capture_passages
from attndsl.synthesis.archive import Scorer
from attndsl.synthesis.llm import prompts
from attndsl.synthesis.llm.compare import compared
from attndsl.synthesis.llm.files import Message, keep_prompts
from attndsl.synthesis.llm.replies import Rules, Written, written
from attndsl.synthesis.llm.summary import summary
from benchmarks.measure import finish, table

SHARED = Path(os.environ.get("ATTNDSL_SHARED", Path(__file__).parents[2] / "shared"))
SELECTION, REPORT = range(32), range(32, 64)
LEVELS = frozenset(("place", "piece", "class", "repeat", "model"))
RULES = Rules(LEVELS, terms=120, lines=25)
NOTES = {
    "valid_first_percent": "of all programs; at least 90",
    "valid_repaired_percent": "after one repair",
    "mean_iou": "best valid program of each head that was asked for, held-out texts",
    "first_token_iou": "the same heads by `k.i == 0` alone, for scale",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="the quality of prompts/")
    parser.add_argument("--write", metavar="DIR", type=Path, help="write prompts")
    parser.add_argument("--heads", type=int, default=40, help="how many heads to ask for")
    parser.add_argument("--programs", type=int, default=1, help="programs to ask for a head")
    parser.add_argument("--replies", metavar="DIR", type=Path, help="judge the replies there")
    parser.add_argument("--repairs", metavar="DIR2", type=Path, help="prompts for refused ones")
    parser.add_argument("--refines", metavar="DIR3", type=Path, help="prompts for better ones")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    if (chosen.write is None) == (chosen.replies is None):
        parser.error("give --write DIR or --replies DIR")
    if chosen.write:
        write(chosen.write, chosen.heads, chosen.programs)
    else:
        judge(chosen.replies, chosen.repairs, chosen.refines, chosen.json)


def opened(folder: Path) -> tuple[LoadedModel, HeadStore]:
    loaded = load("smollm2")
    lines = (SHARED / "data/text/tinystories.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in (*lines[:32], *lines[200:232])]
    capture_passages(loaded, read_passages(loaded, texts, 64), folder / "heads")
    return loaded, HeadStore.open(folder / "heads")


def names(store: HeadStore) -> dict[str, int]:
    return {store.meta.head_name(head).replace(".", ""): head
            for head in range(store.meta.total_heads)}  # fmt: skip


def write(folder: Path, heads: int, programs: int) -> None:
    """One prompt for each of so many heads, spread over the layers."""
    loaded, store = opened(folder)
    total = store.meta.total_heads
    wanted = {at * total // heads for at in range(heads)}
    system = prompts.system(LEVELS, store.meta.mask, RULES.lines, RULES.terms)
    made = {
        name: Message(system, prompts.propose(
            summary(store, loaded.table, SELECTION, head), (), programs, grammar=False))
        for name, head in names(store).items()
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


def judge(folder: Path, repairs: Path | None, refines: Path | None, file: str | None) -> None:
    """Check and score all replies; each program of a reply counts."""
    loaded, store = opened(folder)
    replies = {name: written(text, RULES) for name, text in kept_replies(folder).items()}
    refused = {
        f"{name}-{at}": one
        for name, found in replies.items()
        for at, one in enumerate(found)
        if not one.valid
    }
    mended: dict[str, tuple[Written, ...]] = {}
    if repairs:
        system = prompts.system(LEVELS, store.meta.mask, RULES.lines, RULES.terms)
        asked = {
            name: Message(system, prompts.repair(one.source, one.complaint, grammar=False))
            for name, one in refused.items()
        }
        keep_prompts(repairs, asked)
        found = kept_replies(repairs)
        mended = {name: written(found[name], RULES) for name in refused if name in found}
    programs = [
        (name, verify(one.source).programs[0])
        for name, found in replies.items()
        for one in found
        if one.valid
    ]
    programs += [
        (name.rpartition("-")[0], verify(one.source).programs[0])
        for name, found in mended.items()
        for one in found
        if one.valid
    ]
    best, plain = scores(loaded, store, programs)
    show(replies, best, plain)
    for name, one in refused.items():
        print(f"\n{name}:\n{one.complaint}")
    count = sum(max(1, len(found)) for found in replies.values())
    valid = sum(one.valid for found in replies.values() for one in found)
    fixed = sum(any(one.valid for one in found) for found in mended.values())
    figures = {
        "replies": len(replies),
        "programs": count,
        "valid_first_percent": 100 * valid / max(1, count),
        "valid_repaired_percent": 100 * (valid + fixed) / max(1, count),
        "mean_iou": sum(best.values()) / max(1, len(best)),
        "best_iou": max(best.values(), default=0.0),
        "first_token_iou": sum(plain.values()) / max(1, len(plain)),
    }
    if refines:
        figures |= refined(loaded, store, programs, refines)
    finish("prompts", figures, NOTES, file)


def refined(
    loaded: LoadedModel, store: HeadStore, programs: list[tuple[str, Program]], folder: Path
) -> dict[str, float]:
    """Prompts to refine each head's best program; of the replies there, what they gain."""
    heads, levels = names(store), prompts.system(LEVELS, store.meta.mask, RULES.lines, RULES.terms)
    scorer = Scorer(store, loaded.table, tuple(SELECTION), tuple(heads.values()))
    found = scorer.scores([program for _, program in programs])
    best: dict[str, tuple[float, Program]] = {}
    for (name, program), row in zip(programs, found, strict=True):
        score = float(row[heads[name]])
        if name not in best or score > best[name][0]:
            best[name] = score, program
    asked = {}
    for name, (score, program) in best.items():
        rows, shares = compared(program, store, loaded.table, SELECTION, heads[name])
        told = summary(store, loaded.table, SELECTION, heads[name])
        used = RULES.used(program, program.source)
        task = prompts.refine(told, program.source, score, rows, shares, used, 1, False)
        asked[name] = Message(levels, task)
    keep_prompts(folder, asked)
    replies = {name: written(text, RULES) for name, text in kept_replies(folder).items()}
    valid = [(name, one.program) for name, some in replies.items() for one in some if one.program]
    before, _ = scores(loaded, store, [(name, best[name][1]) for name in replies])
    after, _ = scores(loaded, store, valid)
    print("\nrefined, held-out texts:")
    listed = [(name, f"{before[name]:.3f}", f"{after.get(name, 0):.3f}") for name in replies]
    table(("head", "before", "after"), listed)
    gains = [after[name] - before[name] for name in after]
    return {
        "refined": len(replies),
        "refined_valid": len(after),
        "refined_better": sum(gain > 0 for gain in gains),
        "refined_mean_gain": sum(gains) / max(1, len(gains)),
    }


def scores(
    loaded: LoadedModel, store: HeadStore, programs: list[tuple[str, Program]]
) -> tuple[dict[str, float], dict[str, float]]:
    """The best score on its own head, by head; and what the first token alone scores there."""
    heads = names(store)
    example = verify(asset("examples/sinks.attn").read_bytes()).programs
    first = verify(to_source(next(one for one in example if one.name == "first_token"))).programs[0]
    scorer = Scorer(store, loaded.table, tuple(REPORT), tuple(heads.values()))
    found = scorer.scores([first, *(program for _, program in programs)])
    best: dict[str, float] = {}
    for (name, _), row in zip(programs, found[1:], strict=True):
        best[name] = max(best.get(name, 0.0), float(row[heads[name]]))
    return best, {name: float(found[0][heads[name]]) for name in best}


def show(
    replies: dict[str, tuple[Written, ...]], best: dict[str, float], plain: dict[str, float]
) -> None:
    rows = [
        (
            name,
            len(found),
            sum(one.valid for one in found),
            f"{best[name]:.3f}" if name in best else "",
            f"{plain[name]:.3f}" if name in plain else "",
        )
        for name, found in replies.items()
    ]
    table(("head", "programs", "valid", "IoU", "first token"), rows)


if __name__ == "__main__":
    main()
