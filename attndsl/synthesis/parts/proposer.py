"""From heads to a library: rows sampled, a ladder for every head, programs shared, all in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attndsl.graph.length import length
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.synthesis.parts.ladder import Fitter, Growing, grown
from attndsl.synthesis.parts.mixture import REST, Mixture
from attndsl.synthesis.parts.rows import Wanted, sampled
from attndsl.synthesis.parts.sharing import shared
from attndsl.synthesis.parts.vocabulary import Part, parts
from attndsl.synthesis.parts.words import docstring, measured, named
from attndsl.synthesis.parts.write import written
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int, str], None]
SIZES = (1, 2, 3, 5, 8)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is looked at, texts and rows of each, and how mixtures grow on them."""

    texts: int = 150
    rows: int = 12
    growing: Growing = field(default_factory=Growing)


@dataclass(frozen=True, slots=True)
class Found:
    """A library with who has which program; each head's ladder: by size what it reaches."""

    sources: tuple[str, ...]
    owner: tuple[int, ...]
    ladders: tuple[dict[int, float], ...]

    def as_json(self) -> dict[str, Any]:
        return {"owner": list(self.owner), "ladders": [
            {str(size): round(worth, 4) for size, worth in one.items()} for one in self.ladders
        ]}  # fmt: skip


def explained(
    store: HeadStore,
    table: PieceTable,
    wanted: Sequence[Wanted],
    heads: Sequence[int],
    *,
    most_parts: int,
    programs: int,
    most_loss: float,
    texts: str,
    seed: int,
    effort: Effort,
    say: Say = lambda *_: None,
) -> Found:
    """Programs for heads of one store; `texts` says in words what it was captured on."""
    mask = store.meta.mask
    vocabulary = parts(mask)
    rows = sampled(store, table, wanted, heads, vocabulary, mask, seed,
                   lambda at, of: say(at, of, "evaluating parts"))  # fmt: skip
    fitter, numbers = Fitter(rows, vocabulary), list(range(len(heads)))
    allowed = np.ones((len(heads), len(vocabulary)), dtype=np.bool_)
    sizes = [size for size in SIZES if size <= most_parts]
    ladders = grown(fitter, numbers, allowed, sizes, effort.growing,
                    say=lambda at, of: say(at, of, "adding parts"))  # fmt: skip
    pool = [REST, *(mixture for one in ladders for mixture, _ in one.values())]
    library = shared(fitter, numbers, pool, programs, most_loss,
                     say=lambda at, of: say(at, of, "sharing programs"))  # fmt: skip
    sources = tuple(in_words(one, fitter, vocabulary, texts) for one in library.library)
    return Found(sources, library.owner, tuple(
        {size: worth for size, (_, worth) in one.items()} for one in ladders
    ))  # fmt: skip


def in_words(mixture: Mixture, fitter: Fitter, vocabulary: Sequence[Part], texts: str) -> str:
    """The program with a name and a docstring made from what was measured."""
    said = measured(mixture, fitter.rows, vocabulary)
    return written(mixture, vocabulary, named(said), docstring(said, texts))


def bits(source: str) -> float:
    """Length of a program."""
    return float(length(verify(source).programs[0]))


def evenly_wanted(numbers: Sequence[int], kinds: Sequence[str], effort: Effort) -> list[Wanted]:
    """Texts of every kind in turns: the first kind counts half, the others share the other half.

    >>> [one.weight for one in evenly_wanted([0, 1, 2], ["a", "a", "b"], Effort())]
    [0.25, 0.25, 0.5]
    """
    names = list(dict.fromkeys(kinds))
    share = {name: 0.5 if at == 0 else 0.5 / (len(names) - 1) for at, name in enumerate(names)}
    if len(names) == 1:
        share = {names[0]: 1.0}
    most = {name: max(1, round(share[name] * effort.texts)) for name in names}
    taken: dict[str, list[int]] = {name: [] for name in names}
    for number, kind in zip(numbers, kinds, strict=True):
        if len(taken[kind]) < most[kind]:
            taken[kind].append(number)
    return [
        Wanted(number, share[name] / len(mine), effort.rows)
        for name, mine in taken.items()
        for number in mine
    ]
