"""`attndsl vocabulary`, `grammar` and `texts`: what there is to write and to read, printed."""

import sys
from typing import TYPE_CHECKING

import click

from attndsl.cli.output import print_json, print_table, say, styled

if TYPE_CHECKING:
    from attndsl.language.vocabulary import Function


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
    from attndsl.language import vocabulary

    if level is not None and level not in vocabulary.LEVELS:
        raise click.BadParameter(f"the levels are {', '.join(vocabulary.LEVELS)}")
    if as_json:
        print_json(_everything(level))
        return
    for name, origin in vocabulary.LEVELS.items():
        if level in (None, name):
            say(styled(f"{name}: ", "bold") + origin)
            shown = [
                (entry.name, entry.type.value, _remark(entry.quantifier, entry.causal), entry.doc)
                for entry in vocabulary.ATTRIBUTES.values()
                if entry.level == name and not entry.hidden
            ]
            shown += [
                (_form(entry), entry.result.value, _remark("", entry.causal), entry.doc)
                for entry in vocabulary.FUNCTIONS.values()
                if entry.level == name
            ]
            print_table(("", "", "", ""), shown, indent=2)
            say()
    if level is None:
        for title, rows in _callables().items():
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


def _remark(quantifier: str, causal: bool) -> str:
    return quantifier if causal else "looks ahead"


def _form(function: "Function") -> str:
    names = [name for name, _ in function.parameters] + ["..."] * function.variadic
    return f"{function.name}({', '.join(names)})"


def _callables() -> dict[str, list[tuple[str, str]]]:
    """Everything but attributes, by title, as (how it is written, what it is)."""
    from attndsl.language import shipped
    from attndsl.language import vocabulary as table

    return {
        "numbers": [(entry.name, entry.doc) for entry in table.NUMBERS.values()],
        "functions": [(_form(entry), entry.doc) for entry in table.FUNCTIONS.values()],
        "aggregates: f(... for t in RANGE if ...)": [
            (entry.name, f"{entry.doc}; empty: {entry.empty}")
            for entry in table.AGGREGATES.values()
        ],
        "ranges": [
            (f"{entry.name}({', '.join(entry.parameters)})", entry.doc)
            for entry in table.RANGES.values()
        ],
        "rows: f(e), over the visible positions as k": [
            (entry.name, entry.doc) for entry in table.ROWS.values()
        ],
        "mechanisms, whole rows (examples/mechanisms.attn)": [
            (f"{name}({', '.join(parameters)})", shipped.described(name))
            for name, parameters in shipped.mechanisms().items()
        ],
        "methods of texts": [(entry.name, entry.doc) for entry in table.METHODS.values()],
        "decorators": [
            (
                "@" + entry.name + (f"({' | '.join(entry.arguments)})" if entry.arguments else ""),
                entry.doc,
            )
            for entry in table.DECORATORS.values()
        ],
    }


def _everything(level: str | None) -> dict[str, object]:
    from attndsl.language import vocabulary as table

    attributes = [
        {
            "name": entry.name,
            "type": entry.type.value,
            "level": entry.level,
            "causal": entry.causal,
            "quantifier": entry.quantifier,
            "missing": entry.missing,
            "labels": sorted(entry.labels),
            "cost": entry.cost,
            "doc": entry.doc,
        }
        for entry in table.ATTRIBUTES.values()
        if not entry.hidden and level in (None, entry.level)
    ]
    if level is not None:
        return {"attributes": attributes}
    others: dict[str, object] = {
        title.split(":")[0].replace(" ", "_"): [{"form": form, "doc": doc} for form, doc in rows]
        for title, rows in _callables().items()
    }
    functions = [
        {"form": _form(entry), "doc": entry.doc, "level": entry.level, "cost": entry.cost}
        for entry in table.FUNCTIONS.values()
    ]
    others["functions"] = functions
    return {"levels": dict(table.LEVELS), "attributes": attributes, **others}
