"""From heads to a library: rows sampled, a ladder for every head, programs shared, all in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attndsl.heads.store import HeadStore
from attndsl.synthesis.parts.efforts import Effort
from attndsl.synthesis.parts.ladder import Fitter, grown
from attndsl.synthesis.parts.mixture import REST, Mixture
from attndsl.synthesis.parts.picking import picked
from attndsl.synthesis.parts.rows import Rows, Wanted, joined, sampled
from attndsl.synthesis.parts.rungs import Terms, as_terms
from attndsl.synthesis.parts.sharing import shared
from attndsl.synthesis.parts.vocabulary import Part, parts
from attndsl.synthesis.parts.words import docstring, measured, named
from attndsl.synthesis.parts.write import only_rests, written
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int, str], None]
SIZES = (1, 2, 3, 5, 8)
PROBES = 0.2  # of the objective


@dataclass(frozen=True, slots=True)
class Ladder:
    """One head's: which rung is picked; by size the objective, the codelength gain, and the
    mixture as data."""

    picked: int
    worth: dict[int, float]
    gain: dict[int, float]
    terms: dict[int, Terms]

    def as_json(self) -> dict[str, Any]:
        return {"picked": self.picked, "rungs": {
            str(size): {"objective": round(worth, 4), "codelength_gain": round(self.gain[size], 1),
                        "terms": self.terms[size]}
            for size, worth in self.worth.items()
        }}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A library with who has which program, and each head's ladder."""

    sources: tuple[str, ...]
    owner: tuple[int, ...]
    ladders: tuple[Ladder, ...]

    def as_json(self) -> dict[str, Any]:
        return {"owner": list(self.owner), "ladders": [one.as_json() for one in self.ladders]}


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
    simple: bool = False,
    probes: tuple[HeadStore, Sequence[Wanted]] | None = None,
    say: Say = lambda *_: None,
) -> Found:
    """Programs for heads of one store; `texts` says in words what it was captured on.

    `probes` are rows of probe texts, of the half that may choose, which count beside the texts.
    """
    mask = store.meta.mask
    vocabulary = parts(mask)
    rows = sampled(store, table, wanted, heads, vocabulary, mask, seed,
                   lambda at, of: say(at, of, "evaluating parts"))  # fmt: skip
    told = rows  # by texts alone: what words say is of these
    if probes is not None:
        seen = sampled(probes[0], table, probes[1], heads, vocabulary, mask, seed)
        rows = joined(rows, seen, PROBES)
    fitter, numbers = Fitter(rows, vocabulary), list(range(len(heads)))
    allowed = np.ones((len(heads), len(vocabulary)), dtype=np.bool_)
    sizes = [*(size for size in SIZES if size < most_parts), most_parts]
    ladders = grown(fitter, numbers, allowed, sizes, effort.growing,
                    say=lambda at, of: say(at, of, "adding parts"))  # fmt: skip
    say(0, 1, "picking by codelength")
    paid = min(1.0, programs / len(heads))
    chosen = [picked(fitter, head, ladder, paid, simple) for head, ladder in enumerate(ladders)]
    # Shorter rungs are offered too: where they serve as well, more heads can share them.
    pool = [REST, *(
        mixture
        for ladder, (size, _) in zip(ladders, chosen, strict=True)
        for rung, (mixture, _) in ladder.items()
        if rung <= size
    )]  # fmt: skip
    library = shared(fitter, numbers, pool, programs, most_loss,
                     say=lambda at, of: say(at, of, "sharing programs"))  # fmt: skip
    sources = in_words(library.library, told, vocabulary, texts)
    return Found(sources, library.owner, tuple(
        Ladder(size, {rung: worth for rung, (_, worth) in ladder.items()}, gains,
               {rung: as_terms(mixture, vocabulary) for rung, (mixture, _) in ladder.items()})
        for ladder, (size, gains) in zip(ladders, chosen, strict=True)
    ))  # fmt: skip


def in_words(
    mixtures: Sequence[Mixture], rows: Rows, vocabulary: Sequence[Part], texts: str
) -> tuple[str, ...]:
    """The programs, each with a name of its own and a docstring, made from what was measured."""
    found: dict[str, str] = {}
    for mixture in mixtures:
        shown = REST if only_rests(mixture, vocabulary) else mixture
        said = measured(shown, rows, vocabulary)
        name, told = named(said, found), docstring(said, texts, vocabulary[0].says)
        found[name] = written(mixture, vocabulary, name, told)
    return tuple(found.values())


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
