"""`attndsl vocabulary`, `grammar` and `texts`: what there is to write and to read, printed."""

import sys

import click

from attndsl.cli.output import print_json, print_table, say, styled


@click.command("vocabulary")
@click.option("--level", help="Only the attributes of one level, such as piece.")
@click.option("--json", "as_json", is_flag=True, help="The whole table as JSON.")
def vocabulary_command(level: str | None, as_json: bool) -> None:
    """List everything that a program can name.

    \b
    Example:
      attndsl vocabulary
      attndsl vocabulary --level piece
    """
    from attndsl.authoring.listing import callables, everything, of_level
    from attndsl.language import vocabulary

    if level is not None and level not in vocabulary.LEVELS:
        raise click.BadParameter(f"the levels are {', '.join(vocabulary.LEVELS)}")
    if as_json:
        print_json(everything(level))
        return
    for name, origin in vocabulary.LEVELS.items():
        if level in (None, name):
            say(styled(f"{name}: ", "bold") + origin)
            print_table(("", "", "", ""), of_level(name), indent=2)
            say()
    if level is None:
        for title, rows in callables().items():
            say(styled(title, "bold"))
            print_table(("", ""), rows, indent=2)
            say()


@click.command("grammar")
@click.option(
    "--for-llm",
    is_flag=True,
    help="A narrower grammar without an indenter, for servers that hold a model's reply to one.",
)
@click.option(
    "--dialect",
    type=click.Choice(["lark", "llguidance"]),
    help="With --for-llm: plain Lark, as OpenAI's custom tools take it (the default), or "
    "llguidance's own notation.",
)
@click.option("--depth", type=int, help="With --for-llm: how many 'if' may nest (default 4).")
@click.option("--json", "as_json", is_flag=True, help="As JSON: the format's name and the text.")
def grammar_command(for_llm: bool, dialect: str | None, depth: int | None, as_json: bool) -> None:
    """Print the grammar of the language, in Lark's notation.

    \b
    Example:
      attndsl grammar
      attndsl grammar --for-llm --depth 2
      attndsl grammar --for-llm --dialect llguidance --json
    """
    if for_llm:
        _print_emission_grammar(dialect or "lark", depth, as_json)
        return
    if dialect or depth is not None:
        raise click.UsageError("--dialect and --depth belong to --for-llm")
    from attndsl.language.assets import asset

    text = asset("grammar/attndsl.lark").read_text(encoding="utf-8")
    if as_json:
        print_json({"format": "lark", "grammar": text})
    else:
        say(text, end="")


def _print_emission_grammar(dialect: str, depth: int | None, as_json: bool) -> None:
    from attndsl.language.emission import DEEPEST, DEPTH, DIALECTS, emission_grammar, size

    deep = DEPTH if depth is None else depth
    if not 1 <= deep <= DEEPEST:
        raise click.BadParameter(f"--depth is 1 to {DEEPEST}")
    (known,) = (one for one in DIALECTS if one == dialect)
    text = emission_grammar(known, deep)
    if as_json:
        print_json({"format": known, "depth": deep, **size(text), "grammar": text})
        return
    say(text, end="")
    figures = ", ".join(f"{number:,} {what}" for what, number in size(text).items())
    say(f"{known}, depth {deep}: {figures}", file=sys.stderr)


@click.command("texts")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the whole texts.")
def texts_command(name: str | None, as_json: bool) -> None:
    """List the built-in texts, or print one.

    A third of them is held out: never used where programs are chosen, only where they are judged.

    \b
    Example:
      attndsl texts
      attndsl texts stories/fox
    """
    from attndsl.tokens.texts import builtin_texts

    texts = [text for text in builtin_texts() if name in (None, text.name, text.family)]
    if not texts:
        raise click.BadParameter(f"there is no text '{name}'; 'attndsl texts' lists them")
    if as_json:
        print_json(
            [
                {"name": one.name, "family": one.family, "held_out": one.held_out, "text": one.text}
                for one in texts
            ]
        )
    elif len(texts) == 1:
        say(texts[0].text)
    else:
        print_table(
            ("name", "words", "use", "begins"),
            [
                (
                    one.name,
                    str(len(one.text.split())),
                    "held out" if one.held_out else "",
                    " ".join(one.text.split())[:40],
                )
                for one in texts
            ],
        )
