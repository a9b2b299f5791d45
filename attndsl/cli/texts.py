"""The options by which programs meet text: --text, --tokens, --tokenizer, --model, --mask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.vocabulary import vocabulary_option
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded
    from attndsl.tokens.pieces import PieceTable
    from attndsl.tokens.reading import NamedText

DEFAULT_TEXT = "stories/fox"  # with the built-in tokenizer it fits a terminal of 80 columns
ONE, SELECTION = "one", "selection"


@dataclass(frozen=True, slots=True)
class Reading:
    """The texts of one command, read with one table, and the mask to look at them under."""

    texts: "tuple[Encoded, ...]"
    names: tuple[str, ...]
    table: "PieceTable"
    mask: Mask
    mask_name: str


def text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command takes them as **words and hands them to `reading`."""
    for option in (
        click.option("--mask", "mask_name", metavar="causal|full|window:N",
                     help="Which keys a query may look at; default causal, or the model's own."),
        click.option("--model", metavar="MODEL",
                     help="Take tokenizer and similarity from a model: smollm2, a hub name, "
                          "a folder or a .gguf file."),
        click.option("--tokenizer", metavar="NAME",
                     help="Take the tokenizer alone, by hub name or folder."),
        click.option("--tokens", "limit", default=256, show_default=True,
                     type=click.IntRange(1), help="Stop each text after so many tokens."),
        click.option("--text", metavar="TEXT",
                     help="Words, the name of a built-in text, a .txt or .jsonl file, or -."),
    ):  # fmt: skip
        command = option(command)
    return vocabulary_option(command)


def reading(
    text: str | None,
    limit: int,
    tokenizer: str | None,
    model: str | None,
    mask_name: str | None,
    default: str = ONE,
) -> Reading:
    """What the options say. Without --text: one built-in text, or all for selection."""
    mask = mask_of(mask_name) if mask_name else None
    named = named_texts(text, default)
    table, split, own = _reader(tokenizer, model)
    texts = tuple(_cut(split(one.text), table, limit) for one in named)
    chosen = mask or own
    return Reading(texts, tuple(one.name for one in named), table, chosen, _name(chosen))


def mask_of(name: str) -> Mask:
    """
    >>> mask_of("window:3")
    Mask(kind='window', window=3)
    """
    if name in ("causal", "full"):
        return CAUSAL if name == "causal" else FULL
    kind, _, count = name.partition(":")
    if kind == "window" and count.isascii() and count.isdigit() and int(count[:9]) > 0:
        return Mask("window", int(count[:9]))
    raise click.BadParameter(f"a mask is causal, full or window:N, not '{name}'")


def named_texts(value: str | None, default: str = ONE) -> "tuple[NamedText, ...]":
    """The texts that --text means: a built-in one, those of a file, or the words themselves."""
    from attndsl.tokens.reading import NamedText, texts_of
    from attndsl.tokens.texts import builtin_texts

    ours = builtin_texts()
    if value is None and default == SELECTION:
        return tuple(NamedText(text.name, text.text) for text in ours if not text.held_out)
    name = DEFAULT_TEXT if value is None else value
    chosen = tuple(NamedText(text.name, text.text) for text in ours if text.name == name)
    return chosen or texts_of(name)


def _reader(
    tokenizer: str | None, model: str | None
) -> "tuple[PieceTable, Callable[[str], Encoded], Mask]":
    """A table, how a text is split with it, and the mask that goes with it."""
    from attndsl.tokens.tokenizer import builtin_table, encode, from_ids

    if tokenizer and model:
        raise click.UsageError("--model brings its own tokenizer; give one of the two")
    if model:
        from attndsl.models import load

        loaded = load(model)
        own = FULL if loaded.encoder else CAUSAL
        table = loaded.table
        return table, lambda text: from_ids(table, loaded.encode(text), text), own
    if tokenizer:
        from attndsl.models.loading import tokenizer_of
        from attndsl.models.places import find
        from attndsl.tokens.huggingface import table_of

        table = table_of(tokenizer_of(find(tokenizer)))
    else:
        table = builtin_table()
    return table, lambda text: encode(text, table), CAUSAL


def _cut(read: "Encoded", table: "PieceTable", limit: int) -> "Encoded":
    from attndsl.tokens.tokenizer import from_ids

    if read.n == 0:
        raise AttndslError("the text has no tokens")
    return read if read.n <= limit else from_ids(table, read.ids[:limit])


def _name(mask: Mask) -> str:
    return f"window:{mask.window}" if mask.kind == "window" else mask.kind
