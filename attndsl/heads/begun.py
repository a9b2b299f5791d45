"""Beginning a store, or going on with one: whose it is, and which of its shards are whole."""

from collections.abc import Callable, Sequence
from typing import IO

from attndsl.files.lock import hold
from attndsl.files.places import Address, Place
from attndsl.files.whole import UNFINISHED, make_folder
from attndsl.heads.meta import META_FILE, StoreMeta, differences, read_meta, write_meta
from attndsl.heads.shards import (
    INDEX_FILE,
    ShardLine,
    TornShard,
    check_size,
    check_sum,
    read_index,
    write_index,
)
from attndsl.language.diagnostics import AttndslError

_OWN = {META_FILE, "lock"}


def begin(folder: Place, meta: StoreMeta) -> IO[bytes]:
    """The store's folder with its description, held by what is given until that is closed."""
    make_folder(folder)
    there = (folder / META_FILE).exists()
    strange = [
        path.name
        for path in folder.iterdir()
        if path.name not in _OWN and not path.name.endswith(UNFINISHED)
    ]
    if not there and strange:
        raise AttndslError(f"{folder} is no head store and holds {strange[0]}; name another")
    lock = hold(folder / "lock", folder)
    try:
        if not (folder / META_FILE).exists():  # another writer may have begun it meanwhile
            write_meta(folder, meta)
        elif apart := differences(read_meta(folder), meta):
            raise AttndslError(f"{folder} is another store ({'; '.join(apart)}); name another")
    except BaseException:
        lock.close()
        raise
    return lock


def forget(folder: Place) -> None:
    """Take back what `begin` wrote, and the folder, where nothing has come to it since."""
    if any(path.name not in {*_OWN, INDEX_FILE} for path in folder.iterdir()):
        return
    for name in (INDEX_FILE, META_FILE, "lock"):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def take_up(folder: Place) -> tuple[list[ShardLine], list[str]]:
    """Keep the whole shards in the index, drop torn ones and unfinished files; gives the lines that
    stay and what is wrong with the others."""
    kept, torn = whole_ones(folder, read_index(folder))
    write_index(folder, kept)
    if not isinstance(folder, Address):  # there another writer may be at it; names are written over
        known = {line.file for line in kept}
        for path in (*folder.glob("shard-*"), *folder.glob(f".shard-*{UNFINISHED}")):
            if path.name not in known:
                path.unlink()
    return kept, torn


def whole_ones(folder: Place, lines: Sequence[ShardLine]) -> tuple[list[ShardLine], list[str]]:
    """The lines of whole shards, and what is wrong with the others.

    What lies behind an address is not brought here for it: its size has to be right.
    """
    check: Callable[[Place, ShardLine], None] = (
        check_size if isinstance(folder, Address) else check_sum
    )
    kept, torn = [], []
    for line in lines:
        try:
            check(folder, line)
        except TornShard as fault:
            torn.append(str(fault))
        else:
            kept.append(line)
    return kept, torn


def next_number(lines: Sequence[ShardLine]) -> int:
    """The first number that no shard has."""
    return max((int(line.file[6:-12]) for line in lines), default=-1) + 1


def shard_name(number: int) -> str:
    """
    >>> shard_name(12)
    'shard-000012.safetensors'
    """
    return f"shard-{number:06d}.safetensors"
