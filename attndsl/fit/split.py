"""Which texts choose the best program of a head, and which others say how good it is."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from attndsl.files.reading import expect, many, read_json, record, whole
from attndsl.files.whole import write_text
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError

KEPT = "split.json"
SHORTEST = 2  # tokens; of fewer there is no row to measure


@dataclass(frozen=True, slots=True)
class Split:
    """Texts of a store by number: `selection` chooses, `report` is never seen while choosing.

    `empty` texts have one token or none, so no row has a choice; they are on neither side.
    """

    selection: tuple[int, ...]
    report: tuple[int, ...]
    empty: tuple[int, ...] = ()


def split_texts(store: HeadStore, seed: int = 0) -> Split:
    """Half and half, equal texts and all passages of one text on the same side.

    What belongs together is put on a side by the hash of its content. The order of the store
    doesn't matter, and a text stays on its side when others are added at the same share. A store
    of fewer than two different texts can't be split.
    """
    filled, empty = _filled(store, range(len(store)))
    group = together(store)
    order = sorted(
        {group[number] for number in filled},
        key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest(),
    )
    if len(order) < 2:
        raise AttndslError(
            f"{store.folder} has {'one text' if order else 'no text'} of two tokens or more; "
            "scoring needs two at least, one to choose programs by and another to report on (equal "
            "texts and passages of one long text count as one: blank lines in a .txt file part "
            "texts)"
        )
    sizes = Counter(group[number] for number in filled)
    chosen: set[str] = set()
    taken = 0
    for key in order:
        # Half of the texts, but one group at least on each side.
        if not chosen or (2 * taken < len(filled) and len(chosen) < len(order) - 1):
            chosen.add(key)
            taken += sizes[key]
    return Split(
        tuple(number for number in filled if group[number] in chosen),
        tuple(number for number in filled if group[number] not in chosen),
        empty,
    )


def given_split(store: HeadStore, selection: Iterable[int], report: Iterable[int]) -> Split:
    """A split that the caller names; refused where a text, one equal to it or another passage of
    the same text, is on both sides."""
    group = together(store)
    sides: list[tuple[int, ...]] = []
    empty: list[int] = []
    for side in (selection, report):
        numbers = sorted(set(side))
        for number in numbers:
            if number not in group:
                raise AttndslError(f"{store.folder} has no text {number}")
        filled, without = _filled(store, numbers)
        sides.append(filled)
        empty.extend(without)
    if not sides[0] or not sides[1]:
        raise AttndslError("both sides of a split need a text of two tokens or more")
    owner = {group[number]: number for number in sides[0]}
    for number in sides[1]:
        if group[number] in owner:
            raise AttndslError(
                f"text {number} would be reported on, but it is the same as text "
                f"{owner[group[number]]}, or of the same text, and that one chooses programs"
            )
    return Split(tuple(sides[0]), tuple(sides[1]), tuple(sorted(set(empty))))


def keep_split(store: HeadStore, split: Split) -> None:
    """Say in the store's folder which of its texts chose programs, so that no later scoring
    reports on those."""
    sides = {"selection": split.selection, "report": split.report}
    write_text(store.folder / KEPT, json.dumps(sides) + "\n")


def kept_split(store: HeadStore) -> Split | None:
    """What `keep_split` said of the store, if anything."""
    path = store.folder / KEPT
    if not path.exists():
        return None
    sides = read_json(path)
    expect(sides, _SIDES, f"{path} (without it texts go half and half)")
    selection, report = sides["selection"], sides["report"]
    sources = {source for line in store.shards for source in line.sources or line.numbers}
    if len(sources) < 3:  # the run said that it parted the passages of a text
        return Split(*(_filled(store, sorted(side))[0] for side in (selection, report)))
    return given_split(store, selection, report)


_SIDES = record({"selection": many(whole()), "report": many(whole())})


def together(store: HeadStore) -> dict[int, str]:
    """Of each text, by number, the name of those that must stay with it (equal texts, passages of
    the same one): the least key among them."""
    by_source: dict[int, list[int]] = defaultdict(list)
    by_key: dict[str, list[int]] = defaultdict(list)
    key_of: dict[int, str] = {}
    source_of: dict[int, int] = {}
    for line in store.shards:
        for place, (number, key) in enumerate(zip(line.numbers, line.keys, strict=True)):
            key_of[number] = key
            by_key[key].append(number)
            if line.sources:
                source_of[number] = line.sources[place]
                by_source[line.sources[place]].append(number)
    leaders: dict[int, str] = {}
    for first in key_of:
        if first in leaders:
            continue
        joined, waiting = {first}, [first]
        while waiting:
            number = waiting.pop()
            near = by_key[key_of[number]] + by_source.get(source_of.get(number, -1), [])
            waiting += [other for other in near if other not in joined]
            joined.update(near)
        name = min(key_of[number] for number in joined)
        leaders.update(dict.fromkeys(joined, name))
    return leaders


def _filled(store: HeadStore, numbers: Iterable[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    listed = tuple(numbers)
    return (
        tuple(number for number in listed if store.length(number) >= SHORTEST),
        tuple(number for number in listed if store.length(number) < SHORTEST),
    )
