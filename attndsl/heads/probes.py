"""The probe store: heads on probe texts, in a folder of their own inside a store, with labels.

They are no texts of the store around them, so nothing that scores or selects can come upon them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from attndsl.files.places import Place
from attndsl.files.reading import expect, many, one_of, read_json, record, table, text, whole
from attndsl.files.whole import write_json
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.probes import Label

FOLDER = "probes"
LABELS_FILE = "probes.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class StoredProbe:
    """What is known of one text of a probe store: its kind, its labels, and if it only checks."""

    kind: str
    number: int
    checks: bool
    labels: tuple[Label, ...]


@dataclass(frozen=True, eq=False)
class ProbeStore:
    """Heads on probe texts: text i of `heads` is `probes[i]`; `left_out` says why kinds miss."""

    heads: HeadStore
    probes: tuple[StoredProbe, ...]
    left_out: tuple[tuple[str, str], ...]

    @classmethod
    def beside(cls, store: HeadStore) -> "ProbeStore | None":
        """The probes that were captured with a store, if any were."""
        folder = store.folder / FOLDER
        return cls.open(folder) if (folder / LABELS_FILE).exists() else None

    @classmethod
    def of_run(cls, folder: Place, store: HeadStore) -> "ProbeStore | None":
        """Those in a run's own folder, or else those that were captured with its heads."""
        own = folder / FOLDER
        return cls.open(own) if (own / LABELS_FILE).exists() else cls.beside(store)

    @classmethod
    def open(cls, folder: Place) -> "ProbeStore":
        heads = HeadStore.open(folder)
        path = folder / LABELS_FILE
        try:
            kept = read_json(path)
            expect(kept, _SHAPE, str(path))
        except AttndslError as fault:
            raise AttndslError(f"{fault}; capture the probes again") from None
        probes = tuple(_probe(one) for one in kept["probes"])
        if len(probes) != len(heads):
            raise AttndslError(f"{path} labels {len(probes)} texts and {folder} holds {len(heads)}")
        for number, probe in enumerate(probes):
            furthest = max((max(one.row, *one.keys) for one in probe.labels), default=0)
            if furthest >= max(1, heads.length(number)):
                raise AttndslError(f"{path} labels text {number} beyond its end")
        return cls(heads, probes, tuple(kept["left_out"].items()))

    def numbers(self, kind: str | None = None, checks: bool | None = None) -> tuple[int, ...]:
        """Texts of a kind, of the half that checks or of the half that may choose."""
        return tuple(
            number
            for number, probe in enumerate(self.probes)
            if kind in (None, probe.kind) and checks in (None, probe.checks)
        )

    def labels(self, numbers: Iterable[int]) -> dict[int, tuple[Label, ...]]:
        """The labels of some texts, by number."""
        return {number: self.probes[number].labels for number in numbers}

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(probe.kind for probe in self.probes))


_LABEL = record({"mechanism": text(), "row": whole(), "keys": many(whole())})
_SHAPE = record({
    "format": one_of(FORMAT), "left_out": table(text()),
    "probes": many(record({
        "kind": text(), "number": whole(), "checks": one_of(True, False), "labels": many(_LABEL),
    })),
})  # fmt: skip


def _probe(line: dict[str, Any]) -> StoredProbe:
    labels = tuple(
        Label(one["mechanism"], one["row"], tuple(one["keys"])) for one in line["labels"]
    )
    return StoredProbe(line["kind"], line["number"], line["checks"], labels)


def write_labels(
    folder: Place, probes: Sequence[StoredProbe], left_out: Sequence[tuple[str, str]]
) -> None:
    """Put the labels beside the heads, in one step."""
    value = {
        "format": FORMAT,
        "left_out": dict(left_out),
        "probes": [asdict(probe) for probe in probes],
    }
    write_json(folder / LABELS_FILE, value)


def refuse_probes(store: HeadStore) -> None:
    """Probe texts check programs; no figure of fit comes from them."""
    if (store.folder / LABELS_FILE).exists():
        raise AttndslError(
            f"{store.folder} holds probe texts, which programs are not scored on; name the store"
            " around it"
        )
