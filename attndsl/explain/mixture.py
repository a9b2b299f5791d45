"""What programs are fitted to beside the texts that were given: texts of attndsl's own, by kind.

A head does one thing on stories and another on code, so texts of one kind say too little of it. All
kinds of attndsl's own together count as much as the texts given, and only programs are chosen by
them: what is reported is of the texts given alone. Without any given they are all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from attndsl.explain.settings import Settings
from attndsl.tokens.texts import BuiltinText, builtin_texts

if TYPE_CHECKING:
    from attndsl.models.loading import LoadedModel

GIVEN = "the texts given"


def with_builtin(settings: Settings, *, given: bool, most: int | None = None) -> Settings:
    """The settings with built-in texts: beside those that were `given`, or in their place, then at
    `most` so many; as they are where a store brings the texts.

    >>> from attndsl.files.places import place
    >>> mine = Settings(model="m", texts=("a b", "c d", "e f"), folder=place("run"))
    >>> some = with_builtin(mine, given=True)
    >>> len(some.texts), len(some.beside), some.kinds[0], some.kinds[3], some.about
    (3, 44, 'the texts given', 'stories', 'mixed texts')
    """
    if settings.store is not None:
        return settings
    ours = [one for one in builtin_texts() if not one.held_out]
    if not given:  # those held out come last, so that the figures are of them
        held = [one for one in builtin_texts() if one.held_out]
        whole = [*in_turns(ours), *in_turns(held)][:most]
        kinds = tuple(one.family for one in whole)
        return replace(settings, texts=tuple(one.text for one in whole), kinds=kinds,
                       about="built-in texts")  # fmt: skip
    turns = in_turns(ours)
    kinds = (*(GIVEN for _ in settings.texts), *(one.family for one in turns))
    return replace(settings, beside=tuple(one.text for one in turns), kinds=kinds,
                   about="mixed texts")  # fmt: skip


def in_turns(texts: Sequence[BuiltinText]) -> list[BuiltinText]:
    """One of each kind after the other, so that the first of them are of every kind."""
    by_kind: dict[str, list[BuiltinText]] = {}
    for one in texts:
        by_kind.setdefault(one.family, []).append(one)
    return [one for turn in zip_longest(*by_kind.values()) for one in turn if one is not None]


def fitting(settings: Settings, loaded: LoadedModel) -> Settings:
    """Without the texts beside, where they say nothing: a model over symbols of its own can't read
    them, and beside long texts short ones would count half."""
    from attndsl.synthesis.parts.symbols import symbols_of

    if not settings.beside or not (settings.long or symbols_of(loaded.table)):
        return settings
    return replace(settings, beside=(), kinds=(), about=GIVEN)


def said(settings: Settings) -> str:
    """How much each kind of text counts, in words; nothing where there is one kind.

    >>> from attndsl.files.places import place
    >>> said(Settings(model="m", texts=("a", "b"), folder=place("run"), kinds=("stories", "code")))
    'stories count half, code the other half'
    """
    first, *others = dict.fromkeys(settings.kinds) or [""]
    if not others:
        return ""
    if len(others) == 1:
        return f"{first} count half, {others[0]} the other half"
    rest = f"{', '.join(others[:-1])} and {others[-1]}"
    return f"{first} count half; {rest} share the other half"
