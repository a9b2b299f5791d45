"""A small store with two heads, to ask for programs for."""

import numpy as np
import pytest

from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.synthesis.archive import Scorer
from attndsl.tokens import builtin_table, encode

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
    texts = [encode(words) for words in TEXTS]
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
    return Scorer(HeadStore.open(folder), table, (0, 1, 2, 3), (0, 1))
