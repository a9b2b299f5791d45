"""What a head store is of: model, tokenizer, mask, heads, texts; and how much disk it takes."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from attndsl.files.places import Address, Place, lacking, there
from attndsl.files.reading import (
    expect,
    many,
    number,
    one_of,
    optional,
    read_json,
    record,
    text,
    whole,
)
from attndsl.files.whole import make_folder, write_json
from attndsl.heads.sketch import WHOLE, budget, sketch_bytes
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask

FORMAT = 1
META_FILE = "meta.json"
BYTES: dict[str, int] = {"float16": 2, "float32": 4}
MOST = 1_000_000  # heads


@dataclass(frozen=True, slots=True)
class HeadGroup:
    """The heads, by number, of the layers that have one mask."""

    mask: Mask
    heads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoreMeta:
    """One store, one of these. `heads` counts per layer; head number = layer * heads + head.

    `mask` says which cells are stored. Where layers differ, `layer_masks` has the mask of each, and
    `mask` holds the cells of all of them; empty means that every layer has `mask`.
    Of texts that are `sketched` some rows are stored, and a sketch of all.
    A row's sum may miss 1 by `row_tolerance` (float16 and bfloat16 models round), no more.
    """

    model: str
    model_hash: str
    tokenizer: str
    layers: int
    heads: int
    texts: int
    texts_hash: str
    mask: Mask = CAUSAL
    dtype: Literal["float16", "float32"] = "float16"
    row_tolerance: float = 0.01
    layer_masks: tuple[Mask, ...] = ()
    sketched: bool = False  # texts longer than `sketch.WHOLE`

    def __post_init__(self) -> None:
        if self.layers < 1 or self.heads < 1:
            raise AttndslError(
                f"a store needs heads; {self.layers} layers of {self.heads} are none"
            )
        if self.total_heads > MOST:
            raise AttndslError(f"a store of {self.total_heads} heads can't be")
        if self.texts < 0:
            raise AttndslError(f"a store of {self.texts} texts can't be")
        if self.dtype not in BYTES:
            raise AttndslError(f"heads are kept as {' or '.join(BYTES)}, not {self.dtype}")
        if self.layer_masks and len(self.layer_masks) != self.layers:
            raise AttndslError(f"{self.layers} layers can't have {len(self.layer_masks)} masks")

    @property
    def total_heads(self) -> int:
        return self.layers * self.heads

    def sketches(self, length: int) -> bool:
        """Whether a text of this length is kept as a sketch."""
        return self.sketched and length > WHOLE

    def most_cells(self, length: int) -> int:
        """How many cells of a text lie in the store, at most."""
        if not self.sketches(length):
            return self.mask.cells(length)
        return budget(self.mask, length)[0] * length

    def head_name(self, head: int) -> str:
        """The head of a number as people write it.

        >>> StoreMeta("m", "", "", 2, 4, 0, "").head_name(6)
        'L1.H2'
        """
        return f"L{head // self.heads}.H{head % self.heads}"

    def groups(self, lengths: Iterable[int]) -> tuple[HeadGroup, ...]:
        """Heads by the mask of their layer; one group where texts are too short to tell.

        >>> meta = StoreMeta("m", "", "", 2, 2, 0, "", layer_masks=(CAUSAL, Mask("window", 4)))
        >>> [group.heads for group in meta.groups([3, 9])], len(meta.groups([3, 4]))
        ([(0, 1), (2, 3)], 1)
        """
        masks = self.layer_masks or (self.mask,) * self.layers
        sizes = [(length, self.mask.cells(length)) for length in set(lengths)]
        heads: dict[Mask, list[int]] = {}
        for layer, mask in enumerate(masks):
            seen = self.mask if all(mask.cells(n) == cells for n, cells in sizes) else mask
            heads.setdefault(seen, []).extend(range(layer * self.heads, (layer + 1) * self.heads))
        return tuple(HeadGroup(mask, tuple(numbers)) for mask, numbers in heads.items())

    def as_json(self) -> dict[str, object]:
        record = {"format": FORMAT, **asdict(self)}
        if not self.sketched:
            del record["sketched"]  # which earlier versions don't know
        return record


def texts_hash(texts: Iterable[tuple[Sequence[int], str]]) -> str:
    """One name for a list of texts, each its token ids and its characters."""
    return keys_hash(text_key(ids, text) for ids, text in texts)


def keys_hash(keys: Iterable[str]) -> str:
    """The same from the texts' own names, in order."""
    return hashlib.sha256("".join(keys).encode()).hexdigest()


def text_key(ids: Sequence[int], text: str) -> str:
    """One name for one text; equal texts have equal names."""
    digest = hashlib.sha256(np.asarray(ids, dtype="<i8").tobytes())
    digest.update(b"\0" + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


MASK = record({"kind": one_of("causal", "window", "full"), "window": whole()})
_SHAPE = record({
    "model": text(), "model_hash": text(), "tokenizer": text(), "texts_hash": text(),
    "layers": whole(1, MOST), "heads": whole(1, MOST), "texts": whole(),
    "dtype": one_of(*BYTES), "row_tolerance": number(0, 1),
    "mask": MASK, "layer_masks": optional(many(MASK)), "sketched": optional(one_of(True, False)),
})  # fmt: skip


def read_meta(folder: Place) -> StoreMeta:
    """The store's description; an AttndslError that names what is wrong with it."""
    path = folder / META_FILE
    if not there(path):
        raise AttndslError(f"{folder} is not a head store: {lacking(folder, META_FILE)}")
    return meta_of(read_json(path), path)


def meta_of(fields: Any, path: Place | str) -> StoreMeta:
    """The description that `as_json` gave."""
    if not isinstance(fields, dict) or "format" not in fields:
        raise AttndslError(f"{path} does not describe a head store: the key `format` is missing")
    fields = dict(fields)
    version = fields.pop("format")
    if version != FORMAT:
        raise AttndslError(
            f"{path} has store format {version!r}; this version reads format {FORMAT}. "
            "Capture the heads again, or use the version that wrote them"
        )
    expect(fields, _SHAPE, f"{path} does not describe a head store")
    try:
        mask = Mask(**fields.pop("mask"))
        layer_masks = tuple(Mask(**each) for each in fields.pop("layer_masks", None) or ())
        return StoreMeta(mask=mask, layer_masks=layer_masks, **fields)
    except TypeError as error:
        raise AttndslError(f"{path} does not describe a head store: {error}") from None


def write_meta(folder: Place, meta: StoreMeta) -> None:
    """Put the description in place in one step, so that nobody ever sees half of it."""
    write_json(make_folder(folder) / META_FILE, meta.as_json())


def differences(meta: StoreMeta, wanted: StoreMeta) -> list[str]:
    """What keeps two stores apart, in words; empty where they are of the same thing."""
    old, new = asdict(meta), asdict(wanted)
    return [f"{key} is {old[key]!r}, not {new[key]!r}" for key in old if old[key] != new[key]]


def estimated_bytes(
    mask: Mask, lengths: Iterable[int], heads: int, dtype: str, sketched: bool = False
) -> int:
    """How much disk the heads of texts of these lengths take, headers and ids included.

    >>> estimated_bytes(Mask("causal"), [100], 10, "float16")
    102400
    """
    return sum(
        sketch_bytes(mask, n, heads) if sketched and n > WHOLE
        else heads * mask.cells(n) * BYTES[dtype] + 8 * n + 600
        for n in lengths
    )  # fmt: skip


def check_space(folder: Place, needed: int) -> None:
    """Refuse before the first byte what the disk can't hold; behind an address nobody knows."""
    if isinstance(folder, Address):
        return
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed > free:
        raise AttndslError(
            f"{folder} would take {sized(needed)} and {sized(free)} are free there; use another "
            "folder, fewer or shorter texts, or float16 instead of float32"
        )


def sized(count: int) -> str:
    """
    >>> sized(11_200_000_000), sized(4_860_000), sized(0)
    ('11.2 GB', '4.9 MB', '0.0 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
