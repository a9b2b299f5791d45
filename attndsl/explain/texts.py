"""The three sets of texts of a run: to select programs by, to validate, to report on."""

from collections.abc import Sequence
from dataclasses import dataclass

from attndsl.fit.split import together
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel


@dataclass(frozen=True, slots=True)
class Sets:
    """Numbers of texts in the store; no text, nor an equal one or a passage of it, is in two."""

    selection: tuple[int, ...]
    validation: tuple[int, ...]
    report: tuple[int, ...]


def cut(loaded: LoadedModel, texts: Sequence[str], tokens: int) -> tuple[str, ...]:
    """Each different text, cut to what the model reads as `tokens` tokens; too short ones go."""
    found: dict[str, None] = {}
    special = len(loaded.encode("a")) - len(
        loaded.needed_tokenizer("a", add_special_tokens=False)["input_ids"]
    )
    for text in texts:
        ids = loaded.needed_tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        keep = tokens - special
        part = text
        while len(ids) > tokens - special or len(loaded.encode(part)) > tokens:
            part = loaded.needed_tokenizer.decode(ids[:keep], skip_special_tokens=True)
            if len(loaded.encode(part)) <= tokens:
                break
            keep -= 1
        if len(loaded.encode(part)) > special + 1:
            found.setdefault(part)
    if len(found) < 3:
        raise AttndslError(
            f"{len(found)} different texts of two tokens or more; a run needs three at least: one "
            "to select programs by, one to validate, one to report on"
        )
    return tuple(found)


def three_sets(store: HeadStore, shares: tuple[float, float]) -> Sets:
    """In the order of the texts; equal texts and the passages of one text stay together."""
    group = together(store)
    names = dict.fromkeys(group[number] for number in sorted(group))
    order = {name: place for place, name in enumerate(names)}
    if len(order) < 3:
        raise AttndslError(
            f"{store.folder} holds passages of {len(order)} different texts; a run needs three"
        )
    cuts = two_cuts(len(order), shares)
    sides: tuple[list[int], ...] = ([], [], [])
    for number in sorted(group):
        sides[sum(order[group[number]] >= cut for cut in cuts)].append(number)
    selection, validation, report = (tuple(side) for side in sides)
    return Sets(selection, validation, report)


def two_cuts(count: int, shares: tuple[float, float]) -> tuple[int, int]:
    """Where the second and the third part begin; none is empty.

    >>> two_cuts(10, (0.6, 0.1)), two_cuts(3, (0.6, 0.1))
    ((6, 7), (1, 2))
    """
    first = min(max(1, round(count * shares[0])), count - 2)
    return first, min(first + max(1, round(count * shares[1])), count - 1)
