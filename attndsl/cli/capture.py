"""`attndsl capture`: the attention of every head of a model, on disk."""

import sys
import time
from typing import Any

import click

from attndsl.cli.output import counting, print_json, say
from attndsl.cli.placing import placing_options
from attndsl.cli.progress import progress
from attndsl.cli.sharing import executor_of, sharing_option
from attndsl.cli.vocabulary import vocabulary_option


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
            longest=longest, stride=stride, progress=report, workers=workers,
        )  # fmt: skip
    asked = None
    if probes:
        with progress("probes", silent) as tell:
            asked = capture_probes(
                loaded, output, dtype=done.meta.dtype, workers=workers,
                progress=lambda now: tell(now.done, now.total),
            )  # fmt: skip
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
            }
        )
        return
    for note in notes:
        say(f"note: {note}")
    heads = f"{done.meta.layers} layers x {done.meta.heads} heads"
    before = f" ({done.kept} were there before)" if done.kept else ""
    taken = "1 text" if done.taken == 1 else f"{done.taken} texts"
    say(f"{done.folder}: {taken} of {heads}{before}, {seconds:.1f} s")
    if asked:
        kinds = counting(len(asked.texts.kinds), "kind")
        say(f"{done.folder}/probes: {counting(len(asked.texts.probes), 'probe text')} of {kinds}")
    say(f"Next: attndsl score LIBRARY.attn --store {done.folder}")
