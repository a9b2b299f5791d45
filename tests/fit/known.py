"""Stores of heads that do what programs say, so that what a census must find is known."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from attndsl.engines.batch import Library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.probes import FOLDER, ProbeStore, StoredProbe, write_labels
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.pieces import PieceTable, plain_pieces
from attndsl.tokens.pool import TextPool
from attndsl.tokens.probes import Probe, probe_texts
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import BuiltinSplitter, encode


@cache
def own_table() -> PieceTable:
    return fresh_table()


def fresh_table() -> PieceTable:
    """A table of the built-in tokenizer that has met the built-in texts and some names."""
    splitter = BuiltinSplitter()
    table = splitter.table = PieceTable("own", "own", TextPool(), splitter)
    table.grow(plain_pieces(["\n"], np.zeros(1)))
    splitter.codes["\n"] = 0
    for text in builtin_texts():
        encode(text.text, table)
    encode(" Anna Ben Carl Dora Emma Frank Grace book ball box park shop school", table)
    return table


@cache
def some_probes() -> tuple[Probe, ...]:
    """The first eight texts of each kind."""
    return tuple(probe for probe in probe_texts(own_table()).probes if probe.number < 8)


Change = Callable[[np.ndarray, int], np.ndarray]


def heads_of(
    bodies: Sequence[str],
    folder: Path,
    mask: Mask = CAUSAL,
    change: Change = lambda patterns, length: patterns,
) -> tuple[HeadStore, ProbeStore]:
    """A store, with probes, of one layer whose heads are programs: `return BODY`."""
    source = "".join(f"def h{at}(q, k):\n    return {body}\n\n\n" for at, body in enumerate(bodies))
    programs = verify(source).programs
    assert len(programs) == len(bodies), verify(source).diagnostics
    natural = [text.text for text in builtin_texts()[::6]]
    store = written(programs, natural, folder, mask, change)
    probes = some_probes()
    inner = written(programs, [probe.text for probe in probes], folder / FOLDER, mask, change)
    labels = [
        StoredProbe(one.kind, one.number, one.checks, one.labels(encode(one.text, own_table())))
        for one in probes
    ]
    write_labels(inner.folder, labels, ())
    found = ProbeStore.beside(store)
    assert found is not None
    return store, found


def written(
    programs: Sequence[Program], plain: Sequence[str], folder: Path, mask: Mask, change: Change
) -> HeadStore:
    """The patterns of programs on some texts, stored as a model's heads."""
    texts = [encode(text, own_table()) for text in plain]
    named = [(text.ids.tolist(), text.text) for text in texts]
    meta = StoreMeta("known", "h", "own", 1, len(programs), len(texts), texts_hash(named), mask)
    with StoreWriter(folder, meta) as writer:
        for number, patterns in enumerate(Library(programs, mask).patterns(texts)):
            writer.add(number, *named[number], change(patterns, texts[number].n))
    return HeadStore.open(folder)
