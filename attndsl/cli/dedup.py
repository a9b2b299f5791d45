"""`attndsl dedup`: programs that are the same by form or by behaviour; the smallest library."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import print_json, print_table, say, styled
from attndsl.cli.programs import programs_of
from attndsl.cli.reduce import reduce
from attndsl.cli.refusing import refuse
from attndsl.cli.texts import SELECTION, Reading, reading, text_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attndsl.fit import behaviour
    from attndsl.graph.program import Program


COMPARED = ("behaviour", "form", "template")
MEASURED = ("content", "iou")
READ = ("text", "limit", "tokenizer", "mask_name")  # how texts are read, but for the model


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """Programs that are like the first, each with what shows it."""

    first: str
    members: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, object]:
        members = [{"program": name, "proof": proof} for name, proof in self.members]
        return {"first": self.first, "members": members}


@click.command("dedup")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@text_options
@click.option(
    "--by",
    type=click.Choice((*COMPARED, *MEASURED)),
    help="What to compare, by default behaviour (without the extra score the form); form and "
    "template need no text. With --reduce what is not to be lost: content (with rest, the "
    "default) or iou.",
)
@click.option(
    "--near",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    help="Also group programs that send at most this share of a row elsewhere.",
)
@click.option(
    "--reduce",
    "loss",
    metavar="EPS",
    type=click.FloatRange(0, 1),
    help="Find the smallest library whose best fits lose at most EPS on any head.",
)
@click.option("--store", "store", metavar="STORE", help="The heads that --reduce is for.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def dedup_command(
    files: tuple[str, ...],
    by: str | None,
    near: float | None,
    loss: float | None,
    store: str | None,
    as_json: bool,
    **words: Any,
) -> None:
    """Find programs that are the same, and why.

    Two programs with one canonical form are the same on every text. Others count as the same when
    each row is equal within 1e-6 on the texts given, by default the built-in ones. Programs of one
    template differ in their numbers alone.

    \b
    Example:
      attndsl dedup previous.attn heads.attn
      attndsl dedup heads.attn --by form
      attndsl dedup heads.attn --near 0.1 --text story.txt

    \b
    With a store of heads (see attndsl capture):
      attndsl dedup heads.attn --reduce 0.02 --store stories.attnstore
    """
    if (loss is None) != (store is None):
        raise click.UsageError("--reduce EPS and --store STORE go together")
    if by is not None and (by in MEASURED) != (loss is not None):
        wanted = MEASURED if loss is not None else COMPARED
        raise click.UsageError(f"here --by is {', '.join(wanted)}, not {by}")
    if near is not None and by not in (None, "behaviour"):
        raise click.UsageError(f"--near goes by behaviour; leave out --by {by}")
    if loss is not None and store is not None:
        if near is not None:
            raise click.UsageError("--near and --reduce answer different questions; ask one")
        refuse("--reduce, which goes by the store's texts", *READ)
        reduce(files, loss, store, words["model"], by or MEASURED[0], as_json)
        return
    programs = [program for file in files for program in programs_of(file)]
    names = _names(programs)
    if by in ("form", "template"):
        refuse(f"--by {by}, which reads no text", "model", *READ)
    bare = by is None and near is None and find_spec("numba") is None
    by = by or ("form" if bare else "behaviour")
    near_groups: list[ListedGroup] = []
    left_out: dict[str, str] = {}
    texts = 0
    if by != "behaviour":
        groups = _by_form(programs, names, by)
    else:
        read = reading(**words, default=SELECTION)
        texts = len(read.texts)
        groups, near_groups, left_out = _by_behaviour(programs, names, read, near)
    extra = sum(len(group.members) for group in groups)
    if as_json:
        print_json(
            {
                "programs": len(programs),
                "distinct": len(programs) - extra,
                "texts": texts,
                "groups": [group.as_json() for group in groups],
                "near": [group.as_json() for group in near_groups],
                "form_only": sorted(left_out),
            }
        )
        return
    _show(groups)
    for name, reason in left_out.items():
        say(f"{name}: compared by form alone; {reason}")
    count = f"{len(programs)} program{'s' * (len(programs) != 1)}"
    say(f"{count}, {len(programs) - extra} distinct")
    if bare:
        say("compared by form alone; to run them as well: attndsl doctor --get score")
    if near is not None:
        say(styled(f"\nwithin {near:g} of the first", "bold"))
        _show(near_groups)
        if not near_groups:
            say("none")


def _names(programs: "list[Program]") -> list[str]:
    """Their names; with the file where two are alike."""
    plain = [program.name for program in programs]
    return [
        name if plain.count(name) == 1 else f"{program.file}:{name}"
        for name, program in zip(plain, programs, strict=True)
    ]


def _by_form(programs: "list[Program]", names: list[str], by: str = "form") -> list[ListedGroup]:
    """Groups of one canonical form, or of one template."""
    proof = "same canonical form" if by == "form" else "same but for numbers"
    same: dict[str, list[int]] = {}
    for number, program in enumerate(programs):
        same.setdefault(program.hash if by == "form" else _template(program), []).append(number)
    return [
        ListedGroup(names[first], tuple((names[other], proof) for other in others))
        for first, *others in same.values()
        if others
    ]


def _template(program: "Program") -> str:
    from attndsl.graph.canonical import template_hash
    from attndsl.graph.verify import decorated

    decorators = decorated(program.softmax, program.fallback)
    return template_hash(program.graph, program.canonical, decorators)


def _by_behaviour(
    programs: "list[Program]", names: list[str], read: Reading, near: float | None
) -> tuple[list[ListedGroup], list[ListedGroup], dict[str, str]]:
    """Groups, near groups, and what could not be run with the reason."""
    from attndsl.engines.batch import Library
    from attndsl.fit.behaviour import mean_variation, near_groups, same_groups
    from attndsl.fit.library import runnable

    _, missing = runnable(programs, read.table, read.texts[0])
    left_out = {out.name: out.reason for out in missing}
    kept = [(p, name) for p, name in zip(programs, names, strict=True) if name not in left_out]
    if not kept:
        return _by_form(programs, names), [], left_out
    chosen, called = [program for program, _ in kept], [name for _, name in kept]
    patterns = Library(chosen, read.mask).patterns(read.texts)
    groups = _named(same_groups(called, patterns, [program.hash for program in chosen]))
    close: list[ListedGroup] = []
    if near is not None:
        variation = mean_variation(called, patterns, [text.n for text in read.texts])
        close = _named(near_groups(called, variation, near))
    alone = [(p, name) for p, name in zip(programs, names, strict=True) if name in left_out]
    by_form = _by_form([program for program, _ in alone], [name for _, name in alone])
    return [*groups, *by_form], close, left_out


def _named(groups: "Iterable[behaviour.ProgramGroup]") -> list[ListedGroup]:
    return [
        ListedGroup(group.name, tuple((member.name, member.proof) for member in group.members))
        for group in groups
    ]


def _show(groups: list[ListedGroup]) -> None:
    for group in groups:
        say(styled(group.first, "bold"))
        print_table(("", ""), group.members, indent=2)
        say()
