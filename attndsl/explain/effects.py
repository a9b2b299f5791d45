"""What replacing a head costs, alone or beside others: layer by layer, each layer's journaled."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence

from attndsl.explain.run import Outcome, Run
from attndsl.explain.texts import stored
from attndsl.graph.program import Program
from attndsl.models.passages import Passage
from attndsl.surrogates.effects import Effect, effects_of
from attndsl.surrogates.handle import Head
from attndsl.surrogates.sharing_effects import effects_shared

TOGETHER = 24  # heads, at least, whose effects are measured and journaled at a time
ROUNDS = 4  # in which effects are measured beside the heads replaced in those before


def in_rounds(
    work: Run,
    outcome: Outcome,
    alone: Mapping[int, Effect],
    count: int,
    texts: int,
    until: float,
) -> tuple[int, ...]:
    """The heads of `alone` in the order of replacing them, the first `count` in rounds.

    A head that others can stand in for costs little alone, and much once they are replaced too; so
    each round measures what the heads left cost beside those of the rounds before.
    """
    order: tuple[int, ...] = ()
    left = by_effect(alone)
    for turn in range(1, ROUNDS + 1):
        if order:
            fresh = measured_effects(work, outcome, left, order, texts, until)
            left = (*by_effect(fresh), *(head for head in left if head not in fresh))
        more = min(count, len(alone)) * turn // ROUNDS - len(order)
        order, left = (*order, *left[:more]), left[more:]
    return (*order, *left)


def by_effect(found: Mapping[int, Effect]) -> tuple[int, ...]:
    return tuple(sorted(found, key=lambda head: (found[head].divergence, head)))


def assignment(work: Run, outcome: Outcome) -> dict[Head, Program]:
    return {work.place(head): outcome.program_of(head) for head in work.heads}


def measured_effects(
    work: Run,
    outcome: Outcome,
    heads: Sequence[int],
    beside: Sequence[int],
    count: int,
    until: float,
) -> dict[int, Effect]:
    """Each head replaced beside others, on selection texts, layer by layer; each layer's are
    journaled. Where the time runs out those of the layers left are missing."""
    programs = assignment(work, outcome)
    hashes = [(head, programs[work.place(head)].hash) for head in sorted({*heads, *beside})]
    said = f"{count} {sorted(beside)} {hashes}"
    key = hashlib.sha256(said.encode()).hexdigest()[:16]
    done: dict[int, Effect] = {}
    for line in work.journal.of_kind("effects"):
        if line["of"] == key:
            done |= {int(head): Effect(*found) for head, found in line["found"].items()}
            if line["ended"]:
                return {head: done[head] for head in heads if head in done}
    texts = stored(work.store, work.sets.selection[:count])
    there = {work.place(head): programs[work.place(head)] for head in beside}
    parts = layers_together(work, [head for head in heads if head not in done])
    groups = [{work.place(head): programs[work.place(head)] for head in part} for part in parts]
    made = effects_of_groups(work, texts, groups, there, until)
    for number, part in enumerate(parts):
        work.tell("effects", len(done), len(heads), f"heads, on {len(texts)} texts")
        by_place = next(made, None)
        if by_place is None:
            work.note({"kind": "effects", "of": key, "found": {}, "ended": True})
            break
        fresh = {head: by_place[work.place(head)] for head in part}
        done |= fresh
        line = {str(head): [one.divergence, one.ratio] for head, one in fresh.items()}
        ended = number == len(parts) - 1
        work.note({"kind": "effects", "of": key, "found": line, "ended": ended})
    return {head: done[head] for head in heads if head in done}


def effects_of_groups(
    work: Run,
    texts: Sequence[Passage],
    groups: Sequence[Mapping[Head, Program]],
    beside: Mapping[Head, Program],
    until: float,
) -> Iterator[dict[Head, Effect]]:
    """The effects of each group of heads, here or by workers, until the time is over."""
    if work.workers is not None and groups:
        yield from effects_shared(
            work.workers, work.settings.folder, texts, groups, beside,
            lambda done, of: work.tell("effects", done, of, "groups of heads"),
            lambda: time.monotonic() <= until,
        )  # fmt: skip
        return
    for group in groups:
        if time.monotonic() > until:
            return
        yield effects_of(work.loaded, texts, group, beside=beside)


def layers_together(work: Run, heads: Sequence[int]) -> list[list[int]]:
    """The heads by layer, layers of few heads together."""
    by_layer: dict[int, list[int]] = {}
    for head in heads:
        by_layer.setdefault(work.place(head)[0], []).append(head)
    parts: list[list[int]] = []
    for layer in sorted(by_layer):
        if parts and len(parts[-1]) < TOGETHER:
            parts[-1] += by_layer[layer]
        else:
            parts.append(by_layer[layer])
    return parts
