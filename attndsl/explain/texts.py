"""A run's texts as passages, and its three sets: to select by, to validate, to report on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from attndsl.fit.split import together
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage, passages

LONGER, LONGER_TEXTS = 256, 24  # tokens in which texts are read a second time, and how many are
LEAST = 3  # texts of those given, that a sample of them has
MOST = 240  # passages of a run, beyond which only the first of each text is taken


@dataclass(frozen=True, slots=True)
class Sets:
    """Numbers of texts in the store; no text, nor an equal one or a passage of it, is in two.

    Of fewer than three texts the passages are set apart, which the run says (`apart` is False).
    """

    selection: tuple[int, ...]
    validation: tuple[int, ...]
    report: tuple[int, ...]
    apart: bool = True


def read_passages(
    loaded: LoadedModel, texts: Sequence[str], tokens: int, beside: Sequence[str] = (),
    most: int = MOST,
) -> tuple[Passage, ...]:  # fmt: skip
    """The texts split as `capture` splits them, equal passages once, those of one token left out.

    First passages come first: later ones are taken in turns while there are fewer than `most`. Of
    the texts `beside` come the first passages alone, if they aren't among the others; as their
    `source` they are numbered after those.
    """
    different = _different(loaded, texts, tokens)
    if len(different) < 3:
        raise AttndslError(
            f"different texts of two tokens or more: {len(different)}; a run needs three at least "
            "(or one long text of three passages): one to select programs by, one to validate, "
            "one to report on"
        )
    found = first_in_turns(tuple(different.values()), most)
    more = _different(loaded, beside, tokens) if beside else {}
    return *found, *(
        replace(one, source=len(texts) + one.source)
        for key, one in more.items() if one.start == 0 and key not in different
    )  # fmt: skip


def _different(loaded: LoadedModel, texts: Sequence[str], tokens: int) -> dict[bytes, Passage]:
    special = loaded.needed_tokenizer.num_special_tokens_to_add()
    different: dict[bytes, Passage] = {}
    for one in passages(loaded, texts, tokens)[0]:
        if len(one.ids) > special + 1:
            different.setdefault(one.ids.tobytes(), one)
    return different


def first_in_turns(found: Sequence[Passage], most: int) -> tuple[Passage, ...]:
    """At most so many passages, but the first one of every text; in the order of the texts."""
    turn: dict[int, int] = {}
    turns = []
    for one in found:
        turn[one.source] = turn.get(one.source, -1) + 1
        turns.append(turn[one.source])
    order = sorted(range(len(found)), key=lambda at: (turns[at], at))
    kept = sorted(order[: max(most, len(turn))])
    return tuple(found[at] for at in kept)


def sample(found: Sequence[Passage], count: int, given: float) -> tuple[Passage, ...]:
    """So many passages, two in three or more of the first `given` texts, as far as there are such.

    >>> from types import SimpleNamespace as Text
    >>> [one.source for one in sample([Text(source=number) for number in range(10)], 6, 5)]
    [0, 1, 2, 3, 5, 7]
    """
    own = [one for one in found if one.source < given]
    others = [one for one in found if one.source >= given]
    mine = min(len(own), max(LEAST, 2 * count // 3, count - len(others)))
    return *spread(own, mine), *spread(others, count - mine)


def spread(found: Sequence[Passage], count: int) -> tuple[Passage, ...]:
    """So many passages, of texts evenly spread over all.

    >>> from types import SimpleNamespace as Text
    >>> [one.source for one in spread([Text(source=number) for number in range(10)], 4)]
    [0, 2, 5, 7]
    """
    count = max(0, min(count, len(found)))
    return tuple(found[at * len(found) // count] for at in range(count))


def lengthened(
    loaded: LoadedModel, texts: Sequence[str], sources: Sequence[int], count: int
) -> tuple[Passage, ...]:
    """The beginnings of so many texts, evenly spread over `sources`, in LONGER tokens each."""
    chosen = [sources[at * len(sources) // count] for at in range(min(count, len(sources)))]
    return tuple(
        replace(passages(loaded, [texts[one]], LONGER)[0][0], source=one)
        for one in dict.fromkeys(chosen)
    )


def stored(store: HeadStore, numbers: Sequence[int]) -> tuple[Passage, ...]:
    """Texts of a store as the model read them; `source` tells which are pieces of one text."""
    source = sources_of(store)
    texts = (store[number] for number in numbers)
    return tuple(Passage(text.ids.copy(), text.text, source[text.number], 0) for text in texts)


def sources_of(store: HeadStore) -> dict[int, int]:
    """Of each text of a store the number of the text that it is a passage of."""
    return {
        number: line.sources[at] if line.sources else number
        for line in store.shards
        for at, number in enumerate(line.numbers)
    }


def three_sets(
    store: HeadStore, shares: tuple[float, float], given: float = math.inf
) -> Sets:  # fmt: skip
    """In the order of the texts; equal texts and the passages of one text stay together. Beyond the
    first so many that were `given` texts are only to select by.

    Only where that leaves fewer than three parts the passages of a text are parted.
    """
    source = sources_of(store)
    beside = tuple(number for number in sorted(source) if source[number] >= given)
    group = {number: name for number, name in together(store).items()
             if store.length(number) > 1 and source[number] < given}  # fmt: skip
    apart = len(set(group.values())) >= 3
    if not apart:
        keys = {n: k for line in store.shards for n, k in zip(line.numbers, line.keys, strict=True)}
        group = {number: keys[number] for number in group}
    names = dict.fromkeys(group[number] for number in sorted(group))
    order = {name: place for place, name in enumerate(names)}
    if len(order) < 3:
        raise AttndslError(
            f"{store.folder} holds {len(order)} different passages; a run needs three: one to "
            "select programs by, one to validate, one to report on"
        )
    cuts = two_cuts(len(order), shares)
    sides: tuple[list[int], ...] = ([], [], [])
    for number in sorted(group):
        sides[sum(order[group[number]] >= cut for cut in cuts)].append(number)
    selection, validation, report = (tuple(side) for side in sides)
    return Sets((*selection, *beside), validation, report, apart)


def two_cuts(count: int, shares: tuple[float, float]) -> tuple[int, int]:
    """Where the second and the third part begin; none is empty.

    >>> two_cuts(10, (0.6, 0.1)), two_cuts(3, (0.6, 0.1))
    ((6, 7), (1, 2))
    """
    first = min(max(1, round(count * shares[0])), count - 2)
    return first, min(first + max(1, round(count * shares[1])), count - 1)
