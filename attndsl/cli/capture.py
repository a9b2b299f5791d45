"""`attndsl capture`: the attention of every head of a model, on disk."""

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import counting, print_json, say
from attndsl.cli.placing import placing_options
from attndsl.cli.progress import progress
from attndsl.cli.sharing import executor_of, sharing_option
from attndsl.cli.vocabulary import again, vocabulary_option

if TYPE_CHECKING:
    from attndsl.heads.meta import StoreMeta
    from attndsl.models.loading import LoadedModel


@click.command("capture")
@click.argument("model", metavar="MODEL")
@click.option("--text", required=True, metavar="FILE",
              help="A .txt file (blank lines part texts), a .jsonl file, -, or words.")  # fmt: skip
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="STORE",
    help="The folder to write, or an address such as s3://bucket/store.",
)
@click.option("--tokens", "longest", type=click.IntRange(1), metavar="N",
              help="Split texts into pieces of at most so many tokens.")  # fmt: skip
@click.option("--stride", type=click.IntRange(1), metavar="N",
              help="Tokens from the start of one piece of a text to the next.")  # fmt: skip
@click.option("--probes", is_flag=True,
              help="Capture the probe texts too, apart from the texts.")  # fmt: skip
@click.option("--store-dtype", type=click.Choice(("float16", "float32")), default="float16",
              show_default=True, help="How weights are stored.")  # fmt: skip
@click.option("--sketch", is_flag=True,
              help="Keep of texts longer than 512 tokens some rows whole and a sketch of all, in "
                   "3% of the disk. score then reports by running the model again.")  # fmt: skip
@placing_options
@sharing_option("texts")
@click.option("--quiet", is_flag=True, help="No progress.")
@vocabulary_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def capture_command(
    model: str,
    text: str,
    output: str,
    longest: int | None,
    stride: int | None,
    probes: bool,
    store_dtype: str,
    sketch: bool,
    on: str | None,
    quiet: bool,
    as_json: bool,
    **placing: Any,
) -> None:
    """Write the attention of all heads for each text to a store.

    MODEL is smollm2, a hub name, a folder or a .gguf file. A capture that was stopped goes on when
    the same command is given again. Probe texts are made to wake what stories leave asleep; they
    lie in the store's folder `probes` and are never scored as texts: programs are checked on them.

    \b
    Example:
      attndsl capture smollm2 --text stories.txt -o stories.attnstore
    """
    from attndsl.models import load
    from attndsl.models.capture import Progress, capture
    from attndsl.models.held import by_workers
    from attndsl.models.probing import capture_probes
    from attndsl.tokens.reading import texts_of

    texts = [one.text for one in texts_of(text)]
    executor = executor_of(on)
    loaded = load(model, **placing)
    workers = by_workers(executor, loaded, model, placing)
    start = time.perf_counter()
    silent = quiet or as_json
    begun = False
    with progress("capture", silent) as tell:

        def report(now: Progress) -> None:
            nonlocal begun
            if not begun and not silent:
                begun = True
                more = f", {now.done} of them there already" if now.done else ""
                size = f"{max(1, round(now.bytes_to_write / 1e6)):,} MB"
                say(f"{now.total} texts{more}; about {size} to write", file=sys.stderr)
            tell(now.done, now.total)

        done = capture(
            loaded, texts, output, dtype="float32" if store_dtype == "float32" else "float16",
            longest=longest, stride=stride, progress=report, workers=workers, sketch=sketch,
        )  # fmt: skip
    asked = None
    if probes:
        with progress("probes", silent) as tell:
            asked = capture_probes(
                loaded, output, dtype=done.meta.dtype, workers=workers,
                progress=lambda now: tell(now.done, now.total),
            )  # fmt: skip
    off = error_of(done.meta, output, loaded) if done.meta.sketched else None
    seconds = time.perf_counter() - start
    notes = (*done.notes, *(asked.notes if asked else ()))
    if as_json:
        print_json(
            {
                "store": str(done.folder),
                "model": model,
                "layers": done.meta.layers,
                "heads": done.meta.heads,
                "captured": done.taken,
                "kept": done.kept,
                "tokens": done.tokens,
                "seconds": seconds,
                "probes": len(asked.texts.probes) if asked else 0,
                "notes": list(notes),
                **({} if off is None else {"sketch_error": off}),
            }
        )
        return
    for note in notes:
        say(f"note: {note}")
    heads = f"{done.meta.layers} layers x {done.meta.heads} heads"
    before = f" ({done.kept} were there before)" if done.kept else ""
    taken = "1 text" if done.taken == 1 else f"{done.taken} texts"
    say(f"{done.folder}: {taken} of {heads}{before}, {seconds:.1f} s")
    if off is not None:
        say(f"long texts are sketched: {off:.1%} of a row's weight lies elsewhere in the sketch")
    if asked:
        kinds = counting(len(asked.texts.kinds), "kind")
        say(f"{done.folder}/probes: {counting(len(asked.texts.probes), 'probe text')} of {kinds}")
    say(f"Next: attndsl score LIBRARY.attn --store {done.folder}" + again())


def error_of(meta: "StoreMeta", store: str, loaded: "LoadedModel") -> float:
    """The mean over heads of what their sketches have in another place."""
    from attndsl.fit.places import special_ids
    from attndsl.fit.sketched import sketch_error
    from attndsl.heads.store import HeadStore

    special = special_ids(loaded.table) if meta.mask.kind == "full" else ()
    found = sketch_error(HeadStore.open(store), special)
    return 0.0 if found is None else float(found.mean())
