"""The head store: attention maps on disk.

A folder: `meta.json` says of what, `shards.jsonl` lists the shards with checksums, `shard-*` are
safetensors files of packed visible cells. `StoreWriter` writes (and resumes), `HeadStore` reads.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.heads.meta import StoreMeta, check_space, estimated_bytes, texts_hash
    from attndsl.heads.packing import pack, row_starts, unpack
    from attndsl.heads.shards import StoredText, TornShard
    from attndsl.heads.store import HeadStore, StoreWriter

_FACE = {
    "HeadStore": "store",
    "StoreWriter": "store",
    "StoredText": "shards",
    "StoreMeta": "meta",
    "TornShard": "shards",
    "check_space": "meta",
    "estimated_bytes": "meta",
    "pack": "packing",
    "row_starts": "packing",
    "texts_hash": "meta",
    "unpack": "packing",
}
__all__ = [
    "HeadStore",
    "StoreMeta",
    "StoreWriter",
    "StoredText",
    "TornShard",
    "check_space",
    "estimated_bytes",
    "pack",
    "row_starts",
    "texts_hash",
    "unpack",
]

__getattr__ = handing_out(__name__, _FACE)
