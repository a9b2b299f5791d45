"""`attndsl generate`: text that a model writes with programs in place of heads, beside its own."""

from typing import Any

import click

from attndsl.cli.output import print_json, say, styled
from attndsl.cli.placing import placing_options
from attndsl.cli.replaced import MEMORY, RUN, opened
from attndsl.cli.vocabulary import vocabulary_option
from attndsl.language.diagnostics import AttndslError


@click.command("generate")
@click.argument("model", metavar="MODEL")
@RUN
@click.option("--fraction", default=0.25, show_default=True, type=click.FloatRange(0, 1),
              help="Which share of the heads to replace.")  # fmt: skip
@click.option("--prompt", required=True, metavar="TEXT", help="What to go on from.")
@click.option("--tokens", default=64, show_default=True, type=click.IntRange(1), metavar="N",
              help="How many tokens to write.")  # fmt: skip
@click.option("--temperature", default=0.0, show_default=True, type=click.FloatRange(0),
              help="0 takes the likeliest token each time.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="For temperatures above 0.")
@MEMORY
@placing_options
@vocabulary_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def generate_command(
    model: str,
    run: str,
    fraction: float,
    prompt: str,
    tokens: int,
    temperature: float,
    seed: int,
    memory: int,
    as_json: bool,
    **placing: Any,
) -> None:
    """Write text with programs in place of heads, beside the unmodified model's.

    \b
    Example:
      attndsl generate smollm2 --run runs/stories --prompt 'Once upon a time'
    """
    from attndsl.surrogates.engine import engine_source
    from attndsl.surrogates.evaluation import heads_of
    from attndsl.surrogates.generation import generate
    from attndsl.surrogates.handle import generation_refusal, install

    loaded, assignment = opened(model, run, **placing)
    order = [((one.layer, one.head), one.own) for one in assignment.heads]
    count = heads_of(fraction, loaded.layers * loaded.heads)
    if count > len(order):
        raise AttndslError(
            f"a fraction of {fraction:g} is {count} heads, but only {len(order)} have a program"
        )
    chosen = dict(order[:count])
    if refusal := generation_refusal(chosen, loaded.attention):
        raise AttndslError(refusal)

    def write(title: str) -> str:
        if not as_json:
            say(styled(title, "bold") + "\n" + styled(prompt, "dim"), end="", flush=True)
        written = generate(
            loaded, prompt, tokens=tokens, temperature=temperature, seed=seed,
            on_text=None if as_json else lambda piece: say(piece, end="", flush=True),
        )  # fmt: skip
        if not as_json:
            say("\n")
        return written

    own = write("the unmodified model")
    with install(loaded.model, chosen, engine_source(loaded.table, loaded.device), memory):
        replaced = write(f"{count} of {loaded.layers * loaded.heads} heads by programs")
    if as_json:
        print_json({"prompt": prompt, "heads": count, "unmodified": own, "replaced": replaced})
