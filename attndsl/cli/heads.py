"""`attndsl heads`: what each head of a model does of what heads are known to do."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import counting, print_table, say, styled
from attndsl.cli.placing import placing_options
from attndsl.cli.progress import Tell, progress
from attndsl.cli.sharing import executor_of, sharing_option
from attndsl.cli.vocabulary import vocabulary_option

if TYPE_CHECKING:
    from attndsl.files.places import Place
    from attndsl.fit.findings import Census, HeadCensus
    from attndsl.heads.store import HeadStore
    from attndsl.models.capture import Progress
    from attndsl.models.held import Workers
    from attndsl.models.loading import LoadedModel


@click.command("heads")
@click.argument("model", metavar="MODEL")
@click.option("--text", metavar="FILE",
              help="Natural texts (.txt, .jsonl, -); default: the built-in ones.")  # fmt: skip
@click.option("--store", metavar="STORE",
              help="Keep the heads here, or take them from here; else they go.")  # fmt: skip
@click.option("--tokens", default=128, show_default=True, type=click.IntRange(3), metavar="N",
              help="Split natural texts into pieces of at most so many tokens.")  # fmt: skip
@click.option("--run", metavar="DIR",
              help="A run: its heads, if kept, and what probes say of its programs.")  # fmt: skip
@click.option("--find", "wanted", metavar="NAME", help="Only the heads that this mechanism names.")
@click.option("--json", "json_file", metavar="FILE", help="All figures, to a file; - prints them.")
@click.option("--csv", "csv_file", metavar="FILE", help="One line a head, to a file.")
@vocabulary_option
@placing_options
@sharing_option("texts and probe texts, to capture them and to look what heads do there")
@click.option("--quiet", is_flag=True, help="No progress.")
def heads_command(
    model: str,
    text: str | None,
    store: str | None,
    tokens: int,
    run: str | None,
    wanted: str | None,
    json_file: str | None,
    csv_file: str | None,
    on: str | None,
    quiet: bool,
    **placing: Any,
) -> None:
    """Say how much each head rests and which known mechanism it shows.

    Every head is weighed on natural texts and on probe texts, which are made to wake what stories
    leave asleep. A mechanism names a head where the head puts the mechanism's threshold on what it
    names and, unless it goes by places alone, clearly more than the head's own constant patterns
    do. Mechanisms are the programs of examples/mechanisms.attn; those by places alone must hold on
    both kinds of text.

    \b
    Example:
      attndsl heads smollm2 --store smollm2.attnstore
      attndsl heads smollm2 --store smollm2.attnstore --find induction
    """
    from attndsl.files.places import place
    from attndsl.fit.assignment import read_assignment
    from attndsl.fit.census import census
    from attndsl.heads.meta import META_FILE
    from attndsl.heads.probes import ProbeStore
    from attndsl.models import load
    from attndsl.models.held import by_workers
    from attndsl.models.sharing_census import weighed_by

    executor = executor_of(on)
    loaded = load(model, **placing)
    if run:
        read_assignment(run).expect(loaded.hash, run)
    workers = by_workers(executor, loaded, model, placing)
    with ExitStack() as stack:
        own = place(run) / "heads" if run else None
        # A run without its heads, such as one from the hub, is given none of other texts.
        kept = store or (str(own) if own is not None and (own / META_FILE).exists() else None)
        folder = place(kept or stack.enter_context(TemporaryDirectory(prefix="attndsl-")))
        with progress("capture", quiet) as tell:
            captured, notes = captured_heads(loaded, text, folder, tokens, tell, workers)
        with progress("census", quiet) as tell:
            probes = ProbeStore.beside(captured)
            by = weighed_by(workers, captured, probes, captured.folder)
            known = census(captured, loaded.table, progress=tell, probes=probes, weigh=by)
    shown = known.find(wanted) if wanted else known.heads
    against = said_against(run)
    if json_file:
        write_json_file(json_file, known, against)
    if csv_file:
        known.write_csv(csv_file)
    if json_file != "-":
        for note in notes:
            say(f"note: {note}")
        show(known, shown, wanted)
        if run:
            show_contradictions(against)


def said_against(run: str | None) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of each head of a run whose program a probe contradicts, the program and what is said."""
    from attndsl.fit.assignment import read_assignment

    heads = read_assignment(run).heads if run else ()
    return {
        f"L{one.layer}.H{one.head}": (one.program.name, one.contradictions)
        for one in sorted(heads, key=lambda one: (one.layer, one.head))
        if one.contradictions
    }


def show_contradictions(against: dict[str, tuple[str, tuple[str, ...]]]) -> None:
    """The programs of a run that probes contradict, a line each time."""
    say(f"\nprobes contradict the programs of {counting(len(against), 'head')}")
    rows = [(head, program, why) for head, (program, told) in against.items() for why in told]
    if rows:
        print_table(("head", "program", "why"), rows)


def captured_heads(
    loaded: "LoadedModel",
    text: str | None,
    folder: "Place",
    tokens: int,
    tell: Tell,
    workers: "Workers | None" = None,
) -> "tuple[HeadStore, tuple[str, ...]]":
    """The store of the folder, taken as it is or filled now; its probes likewise."""
    from attndsl.heads.meta import META_FILE
    from attndsl.heads.probes import ProbeStore
    from attndsl.heads.store import HeadStore
    from attndsl.models.capture import capture
    from attndsl.models.probing import capture_probes
    from attndsl.tokens.reading import texts_of
    from attndsl.tokens.texts import builtin_texts

    def report(now: "Progress") -> None:
        tell(now.done, now.total)

    notes: tuple[str, ...] = ()
    if text is not None or not (folder / META_FILE).exists():
        named = texts_of(text) if text is not None else builtin_texts()
        plain = [one.text for one in named]
        notes = capture(
            loaded, plain, folder, longest=tokens, progress=report, workers=workers
        ).notes
    store = HeadStore.open(folder)
    store.expect(model_hash=loaded.hash)
    if ProbeStore.beside(store) is None:
        notes += capture_probes(
            loaded, folder, dtype=store.meta.dtype, progress=report, workers=workers
        ).notes
    return store, notes


def write_json_file(
    name: str, census: "Census", against: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    """The census, with what is said against a run's programs."""
    from attndsl.cli.output import print_json
    from attndsl.files.whole import write_json

    told = [
        {"head": head, "program": program, "why": why}
        for head, (program, reasons) in against.items()
        for why in reasons
    ]
    value = {**census.as_json(), "contradictions": told}
    if name == "-":
        print_json(value)
    else:
        write_json(Path(name), value)


def show(census: "Census", heads: "Sequence[HeadCensus]", wanted: str | None) -> None:
    """The heads line by line, after a summary of how often each name was given."""
    texts = f"{counting(census.natural_texts, 'text')}, {counting(census.probe_texts, 'probe')}"
    named = sum(head.name is not None for head in census.heads)
    say(f"{styled(census.model, 'bold')}: {counting(len(census.heads), 'head')}, {named} named; "
          f"{texts}")  # fmt: skip
    if wanted is None:
        say()
        print_table(("mechanism", "heads", "which"), used(census))
    say()
    print_table(
        ("head", "rest", "bits", "name", "weight", "95%", "constant", "on", "also"),
        [line(head, wanted) for head in heads],
    )


def used(census: "Census") -> list[tuple[str, str, str]]:
    """How many heads each mechanism names, the commonest first."""
    heads: dict[str, list[str]] = {}
    for head in census.heads:
        for name in head.names:
            heads.setdefault(name, []).append(head.head)
    ordered = sorted(heads.items(), key=lambda one: -len(one[1]))
    return [
        (name, str(len(own)), " ".join(own[:8]) + (" ..." if len(own) > 8 else ""))
        for name, own in ordered
    ]


def line(head: "HeadCensus", wanted: str | None) -> tuple[str, ...]:
    """A head's figures, and those of the mechanism that names it."""
    first = (head.head, f"{head.rest:.2f}", f"{head.entropy:.1f}")
    name = wanted or head.name
    best = None if name is None else head.best(name)
    if name is None or best is None:
        return (*first, "", "", "", "", "", "")
    others = " ".join(other for other in head.names if other != name)
    weight, constant = best.weight, f"{best.constant:.2f}"
    sure = f"{weight.low:.2f} to {weight.high:.2f}"
    return (*first, name, f"{weight.mean:.2f}", sure, constant, best.where, others)
