"""A small store with two heads, to ask for programs for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.probes import ProbeStore, StoredProbe, write_labels
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.synthesis.archive import Scorer
from attndsl.tokens import Encoded, builtin_table, encode
from attndsl.tokens.probes import probe_texts

TEXTS = (
    'Tom ran to the park. "Hello," said the dog, and the dog sat down.',
    "The cat sat on the mat, and then the cat slept.\nA bird sang.",
    "Lily found a red ball. She gave the ball to her mom, who smiled.",
    "It was a cold day in the old town, but the sun was out.",
)


@pytest.fixture(scope="session")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """One head rests on the first token, the other on the token before."""
    folder = tmp_path_factory.mktemp("llm") / "heads"
    store = two_heads([encode(words) for words in TEXTS], folder)
    return Scorer(store, builtin_table(), (0, 1, 2, 3), (0, 1))


@pytest.fixture(scope="session")
def probed(tmp_path_factory: pytest.TempPathFactory) -> ProbeStore:
    """The same heads on probe texts."""
    folder = tmp_path_factory.mktemp("llm") / "probes"
    probes = probe_texts(builtin_table(), 1024, 12).probes
    texts = [encode(one.text) for one in probes]
    two_heads(texts, folder)
    labelled = [
        StoredProbe(one.kind, one.number, one.checks, one.labels(text))
        for one, text in zip(probes, texts, strict=True)
    ]
    write_labels(folder, labelled, ())
    return ProbeStore.open(folder)


def two_heads(texts: Sequence[Encoded], folder: Path) -> HeadStore:
    items = [(text.ids.tolist(), text.text) for text in texts]
    table = builtin_table()
    meta = StoreMeta("two heads", "-", table.fingerprint, 1, 2, len(texts), texts_hash(items))
    with StoreWriter(folder, meta) as writer:
        for number, (text, (ids, words)) in enumerate(zip(texts, items, strict=True)):
            first, previous = np.zeros((2, text.n, text.n))
            first[:, 0] = 1
            previous[np.arange(text.n), np.maximum(np.arange(text.n) - 1, 0)] = 1
            low = np.tril_indices(text.n)
            writer.add(number, ids, words, np.stack([first[low], previous[low]]))
    return HeadStore.open(folder)
