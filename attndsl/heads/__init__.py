"""The head store: attention maps on disk.

A folder: `meta.json` says of what, `shards.jsonl` lists the shards with checksums, `shard-*` are
safetensors files of packed visible cells. `StoreWriter` writes (and resumes), `HeadStore` reads.
"""

from attndsl.handed import handing_out

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
__all__ = sorted(_FACE)

__getattr__ = handing_out(__name__, _FACE)
