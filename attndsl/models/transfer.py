"""A run's programs, as they stand, on other texts, lengths, or another model's heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.assignment import Assignment
from attndsl.fit.comparing import comparing_on
from attndsl.fit.excess import constants_on
from attndsl.fit.library import LibrarySource, runnable, score_library
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants, measured, under
from attndsl.fit.passes import Passes
from attndsl.fit.places import places
from attndsl.fit.scoring import ProgramSource
from attndsl.fit.split import SHORTEST, split_texts
from attndsl.fit.table import Headline, headline
from attndsl.graph.program import Program
from attndsl.heads.sketch import WHOLE
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.capture import capture_passages, common_mask
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage, passages
from attndsl.models.replaying import on_passages
from attndsl.tokens.tokenizer import from_ids

if TYPE_CHECKING:
    from attndsl.models.sharing_transfer import Sharing

BATCH = 16  # texts whose patterns are held at once
Pair = tuple[Measures, Measures]  # of heads' own programs and of their constants, [texts, heads]


@dataclass(frozen=True, slots=True)
class Domain:
    """Where programs are tried: `chosen` says that the best of the library was taken there anew.

    Without constants of the run there is no excess.
    """

    name: str
    tokens: int
    texts: int
    headline: Headline
    chosen: bool = False
    constants: bool = True

    def as_json(self) -> dict[str, object]:
        figures = self.headline.as_json()
        if not self.constants:
            figures |= {key: None for key in figures if key.startswith(("constant", "excess"))}
        return {
            "domain": self.name, "tokens": self.tokens, "texts": self.texts,
            "best_of_library": self.chosen, **figures,
        }  # fmt: skip


def library_of(assignment: Assignment) -> tuple[Program, ...]:
    """The distinct programs of an assignment, with what heads rest of their own."""
    return tuple({one.own.hash: one.own for one in assignment.heads}.values())


def numbers_of(assignment: Assignment, loaded: LoadedModel) -> list[int]:
    """Each head's program by its number in the library; -1 where a head has none."""
    place = {program.hash: number for number, program in enumerate(library_of(assignment))}
    order = {layer.index: number for number, layer in enumerate(loaded.attention)}
    numbers = [-1] * (loaded.layers * loaded.heads)
    for one in assignment.heads:
        numbers[order[one.layer] * loaded.heads + one.head] = place[one.own.hash]
    return numbers


def on_texts(
    loaded: LoadedModel,
    assignment: Assignment,
    constants: Constants | None,
    name: str,
    texts: Sequence[str],
    tokens: int,
    sharing: Sharing | None = None,
) -> Domain:
    """The assignment on some texts, each cut to its first so many tokens; on long ones by rows that
    are made anew."""
    pieces, _ = passages(loaded, texts, tokens)
    first = {piece.source: piece for piece in reversed(pieces)}
    found = [first[source] for source in sorted(first) if len(first[source].ids) >= SHORTEST]
    if not found:
        raise AttndslError(f"{name} has no text of two tokens or more")
    programs, assigned = library_of(assignment), numbers_of(assignment, loaded)
    refuse_missing(programs, loaded, found[0].ids, found[0].text)
    shares = shares_of([len(one.ids) for one in found])
    if sharing is None:
        mask, device = common_mask(loaded.masks), str(loaded.device)
        source = LibrarySource(programs, loaded.table, mask, device=device)
        parts = [
            of_passages(loaded, source, [found[at] for at in share], assigned, constants)
            for share in shares
        ]
    else:
        from attndsl.models.sharing_transfer import on_texts_by_workers

        parts = on_texts_by_workers(sharing, found, shares, programs, assigned, constants)
    return domain_of(name, tokens, joined(parts), assigned, constants)


def shares_of(lengths: Sequence[int]) -> list[list[int]]:
    """Texts that are measured together, by number: some short ones, or a long one alone.

    >>> [len(share) for share in shares_of([40] * 20 + [4096] + [40])]
    [16, 4, 1, 1]
    """
    shares: list[list[int]] = []
    for number, length in enumerate(lengths):
        alone = not shares or length > WHOLE or lengths[shares[-1][-1]] > WHOLE
        if alone or len(shares[-1]) == BATCH:
            shares.append([])
        shares[-1].append(number)
    return shares


def of_passages(
    loaded: LoadedModel,
    source: LibrarySource,
    found: Sequence[Passage],
    assigned: Sequence[int],
    constants: Constants | None,
) -> Pair:
    """Each head by its own program and by its constants on a share of texts, which are captured to
    be forgotten; of a long one nothing is stored."""
    if len(found[0].ids) > WHOLE:
        return on_passages(loaded, source, found, assigned, constants)
    with TemporaryDirectory(prefix="attndsl-") as folder:
        store = Path(folder) / "store"
        capture_passages(loaded, found, store)
        return of_stored(HeadStore.open(store), source, range(len(found)), assigned, constants)


def of_stored(
    store: HeadStore,
    source: LibrarySource,
    numbers: Sequence[int],
    assigned: Sequence[int],
    constants: Constants | None,
) -> Pair:
    """The same of texts of a store."""
    own = assigned_on(store, source, numbers, assigned)
    if constants is None:
        return own, own
    return own, constants_on(store, numbers, constants, source.special).texts


def joined(parts: Sequence[Pair]) -> Pair:
    """The figures of all shares, text by text in their order."""
    own, beside = (together([pair[side] for pair in parts]) for side in (0, 1))
    return own, beside


def together(parts: Sequence[Measures]) -> Measures:
    """Measures `[texts, heads]` of several shares; content is a mean over all texts."""
    iou, content_iou, rest_error = (
        np.concatenate(each) for each in zip(*(part.pairs for part in parts), strict=True)
    )
    texts = sum(len(part.iou) for part in parts)
    content = np.asarray(sum(part.content * len(part.iou) for part in parts)) / texts
    return Measures(iou, content_iou, rest_error, content)


def domain_of(
    name: str, tokens: int, pair: Pair, assigned: Sequence[int], constants: Constants | None
) -> Domain:
    """The headline over the heads that have programs."""
    wanted = [head for head, number in enumerate(assigned) if number >= 0]
    own, beside = pair
    return Domain(
        name, tokens, len(own.iou), headline(own.of(wanted), beside.of(wanted)),
        constants=constants is not None,
    )  # fmt: skip


def refuse_missing(
    programs: Sequence[Program], loaded: LoadedModel, ids: NDArray[np.int64], text: str
) -> None:
    """Refuse programs whose levels of the vocabulary aren't to be had."""
    _, left_out = runnable(programs, loaded.table, from_ids(loaded.table, ids, text))
    if left_out:
        raise AttndslError(f"the run's program {left_out[0].name} {left_out[0].reason}")


def on_store(
    store: HeadStore,
    loaded: LoadedModel,
    assignment: Assignment,
    constants: Constants | None,
    name: str,
    numbers: Sequence[int],
    tokens: int = 0,
    sharing: Sharing | None = None,
) -> Domain:
    """The assignment, as it stands, on texts of a store of its own model."""
    numbers = [number for number in numbers if store.length(number) >= SHORTEST]
    if not numbers:
        raise AttndslError(f"{name} has no text of two tokens or more")
    programs, assigned = library_of(assignment), numbers_of(assignment, loaded)
    refuse_missing(programs, loaded, store[numbers[0]].ids, store[numbers[0]].text)
    shares = [numbers[at : at + BATCH] for at in range(0, len(numbers), BATCH)]
    if sharing is None:
        device = str(loaded.device)
        source = LibrarySource(programs, loaded.table, store.meta.mask, device=device)
        parts = [of_stored(store, source, share, assigned, constants) for share in shares]
    else:
        from attndsl.models.sharing_transfer import on_store_by_workers

        parts = on_store_by_workers(sharing, store, shares, programs, assigned, constants)
    longest = max(store.length(number) for number in numbers)
    return domain_of(name, tokens or longest, joined(parts), assigned, constants)


def best_there(
    store: HeadStore,
    loaded: LoadedModel,
    assignment: Assignment,
    name: str,
    passes: Callable[[LibrarySource, int], Passes] | None = None,
) -> Domain:
    """On another model's heads: the best of the library for each, chosen on half of the texts."""
    split = split_texts(store)
    scores = score_library(
        library_of(assignment), store, loaded.table, split, passes=passes,
        comparing=comparing_on(loaded.device),
    )  # fmt: skip
    longest = max(store.length(number) for number in split.report)
    return Domain(name, longest, len(split.report), scores.headline, chosen=True)


def assigned_on(
    store: HeadStore, source: ProgramSource, numbers: Sequence[int], assigned: Sequence[int]
) -> Measures:
    """Each head against its own program, `[texts, heads]`; heads without one have the first's."""
    measures = Measures.zeros(len(numbers), store.meta.total_heads)
    own = np.maximum(np.array(assigned), 0)
    texts = [store[number] for number in numbers]
    for group in store.meta.groups(text.length for text in texts):
        part = source if group.mask == store.meta.mask else source.under(group.mask)
        for row, (text, patterns) in enumerate(zip(texts, part.patterns(texts), strict=True)):
            where = places(group.mask, text.ids, source.special, text.rows)
            mine = patterns[own[list(group.heads)]]
            one = measured(mine, under(store, group, text), where)
            for values, more in zip(measures.pairs, one.pairs, strict=True):
                values[row, list(group.heads)] = more[0]
            measures.content[list(group.heads)] += one.content / len(numbers)
    return measures
