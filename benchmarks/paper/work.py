"""What the experiments share: the model, its heads on every kind of text, and the libraries."""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.files.whole import write_json
from attndsl.fit.assignment import Assignment, read_assignment
from attndsl.fit.library import LibrarySource
from attndsl.fit.measures import Measures
from attndsl.fit.medians import Constants, fit_constants
from attndsl.fit.places import special_ids
from attndsl.fit.scoring import partial_sums
from attndsl.heads.store import HeadStore
from attndsl.models.capture import capture_passages, common_mask
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage, passages
from attndsl.models.transfer import library_of, numbers_of
from benchmarks.evidence import COMMIT
from benchmarks.paper.published import Foreign, Kept
from benchmarks.paper.texts import Kind

CHOOSE, REPORT = "choose", "report"
Table = dict[str, Any]  # what a part found: names to figures, lists or tables again
F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """A library: `assigned` numbers the program made for each head, -1 where there is none.

    A program that heads share with rests of their own is scored once for each; `bases` names the
    program that each scored one is made of.
    """

    name: str
    source: LibrarySource | Kept
    assigned: tuple[int, ...]
    bases: tuple[str, ...]
    kept: Kept | None = None  # of published programs, which only their patterns stand for

    @property
    def programs(self) -> tuple[str, ...]:
        """The library's own programs."""
        return tuple(dict.fromkeys(self.bases))


@dataclass(frozen=True, eq=False)
class Work:
    """One model's experiments in one folder; `stores` has the heads by kind and half."""

    loaded: LoadedModel
    folder: Path
    run: Path
    assignment: Assignment
    kinds: tuple[str, ...]
    stores: dict[tuple[str, str], HeadStore]
    sides: tuple[Side, ...]
    failed: dict[str, str] = field(default_factory=dict)
    sums: dict[tuple[str, str, str], Measures] = field(default_factory=dict)
    constant: dict[str, Constants] = field(default_factory=dict)

    @property
    def first_kind(self) -> str:
        """The kind that the figures of single heads are of: stories, unless others are given."""
        return self.kinds[0]

    @property
    def heads(self) -> list[tuple[int, int]]:
        """Layer and head of every head, in the order of the stores."""
        return [(layer.index, head) for layer in self.loaded.attention
                for head in range(layer.heads)]  # fmt: skip

    def mean(self, side: Side, kind: str, half: str) -> Measures:
        """Every program of a side with every head, the mean over a half of the texts."""
        key = (side.name, kind, half)
        if key not in self.sums:
            store = self.stores[kind, half]
            self.sums[key] = partial_sums(store, range(len(store)), side.source).mean
        return self.sums[key]

    def best(self, side: Side, kind: str) -> NDArray[np.int64]:
        """Each head's best program by IoU, chosen on the half that chooses."""
        return np.asarray(self.mean(side, kind, CHOOSE).iou.argmax(axis=0))

    def constants(self, kind: str) -> Constants:
        """Each head's best constant pattern on the half that chooses."""
        if kind not in self.constant:
            store = self.stores[kind, CHOOSE]
            special = special_ids(self.loaded.table)
            self.constant[kind] = fit_constants(store, range(len(store)), special)
        return self.constant[kind]

    def passages(self, kind: str, half: str, count: int) -> list[Passage]:
        store = self.stores[kind, half]
        return [Passage(np.array(store[n].ids, dtype=np.int64), store[n].text, n, 0)
                for n in range(min(count, len(store)))]  # fmt: skip

    @property
    def digest(self) -> str:
        """Names what every figure hangs on: model, texts, and what the libraries say."""
        model = f"{self.loaded.hash} {self.loaded.model.dtype} {self.first_kind}"
        found = hashlib.sha256(model.encode())
        for (kind, half), store in sorted(self.stores.items()):
            found.update(f"{kind} {half} {store.meta.texts_hash}".encode())
        for side in self.sides:
            found.update(json.dumps([side.name, *side.source.names, *side.assigned]).encode())
        for one in library_of(self.assignment):
            found.update(one.hash.encode())
        return found.hexdigest()[:16]


def opened_stores(
    loaded: LoadedModel, kinds: Sequence[Kind], folder: Path, tokens: int
) -> dict[tuple[str, str], HeadStore]:
    """The heads on both halves of every kind, each text cut to its first tokens."""
    found = {}
    for kind in kinds:
        for half, texts in ((CHOOSE, kind.choose), (REPORT, kind.report)):
            place = folder / f"{kind.name}-{half}"
            print(f"heads on {kind.name} to {half}: {len(texts)} texts", file=sys.stderr)
            pieces, _ = passages(loaded, texts, tokens)
            first = {piece.source: piece for piece in reversed(pieces)}
            some = [first[source] for source in sorted(first) if len(first[source].ids) > 1]
            capture_passages(loaded, some, place)
            found[kind.name, half] = HeadStore.open(place)
    return found


def explained(chosen: argparse.Namespace, kinds: Sequence[Kind], folder: Path) -> Path:
    """A run of `attndsl explain` on the texts that choose, made now or gone on with."""
    texts = folder / "choose.jsonl"
    lines = [json.dumps({"text": text}) for kind in kinds for text in kind.choose]
    folder.mkdir(parents=True, exist_ok=True)
    texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "attndsl", "explain", chosen.model, "--text", str(texts),
               "--tokens", str(chosen.tokens), "--budget", chosen.budget,
               "-o", str(folder / "run")]  # fmt: skip
    for name in ("device", "dtype"):
        command += [f"--{name}", getattr(chosen, name)] if getattr(chosen, name) else []
    subprocess.run(command, check=True)
    return folder / "run"


def our_side(loaded: LoadedModel, run: Path) -> tuple[Assignment, Side]:
    """The programs of a run, each head with its own."""
    assignment = read_assignment(run)
    assignment.expect(loaded.hash, run)
    mask = common_mask(loaded.masks)  # as the stores have it, whatever windows layers have
    library = library_of(assignment)
    base = {one.own.hash: one.program.name for one in assignment.heads}
    source, bases = LibrarySource(library, loaded.table, mask), [base[one.hash] for one in library]
    return assignment, Side("attndsl", source, tuple(numbers_of(assignment, loaded)), tuple(bases))


def their_sides(loaded: LoadedModel, kept: Kept, intended: str | None) -> tuple[Side, ...]:
    """All published programs; those of one file have heads that they were written for."""
    order = {layer.index: number for number, layer in enumerate(loaded.attention)}
    total = loaded.layers * loaded.heads
    file = intended or written_for(kept.programs, loaded)
    assigned = [-1] * total
    for number, one in enumerate(kept.programs):
        if one.file == file and one.place is not None:
            layer, head = one.place
            if layer in order and head < loaded.heads:
                assigned[order[layer] * loaded.heads + head] = number
    return (Side("published", kept, tuple(assigned), tuple(kept.names), kept),)


def written_for(programs: Sequence[Foreign], loaded: LoadedModel) -> str | None:
    """The file whose name is a part of the model's, if one is: `gpt2_programs` for `gpt2`."""
    model = "".join(filter(str.isalnum, loaded.name.lower().rsplit("/", 1)[-1]))
    for file in dict.fromkeys(one.file for one in programs):
        if file.split("_")[0].lower() in model:
            return file
    return None


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """What a part found, and the commit that it was made by."""

    found: Table
    commit: str


def part(work: Work, name: str, options: Table, make: Callable[[], Table]) -> Part:
    """A part from its file where nothing that it hangs on has changed, or made now.

    One that was left out is tried again: what it lacked may be here now.
    """
    path = work.folder / "parts" / f"{name}.json"
    key = json.loads(json.dumps({"digest": work.digest, "options": options}))
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key and "left_out" not in kept["found"]:
            return Part(kept["found"], kept["commit"])
    print(f"{name} ...", file=sys.stderr, flush=True)
    begun, computed = time.monotonic(), time.process_time()
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"key": key, "commit": COMMIT, "found": made})
    took, busy = time.monotonic() - begun, time.process_time() - computed
    print(f"{name}: {took:.0f} s, {busy:.0f} s of them computing", file=sys.stderr, flush=True)
    return Part(json.loads(json.dumps(made)), COMMIT)  # as it will be read again
