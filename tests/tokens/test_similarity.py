"""Similarity: cosines in steps of 1/1024, from embeddings or from letters."""

import math
import random
import tracemalloc

import numpy as np
import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.tokens import encode
from attndsl.tokens import similarity as similarity_of
from attndsl.tokens.similarity import STEPS
from tests.tokens.numbers import numbered_table


def test_embeddings_give_their_cosine_rounded() -> None:
    rng = np.random.default_rng(1)
    embeddings = rng.normal(size=(40, 16)).astype(np.float32)
    embeddings[3] = 0
    table = numbered_table(40, embeddings)
    assert table.similarity.source == "model"
    a, b = np.array([0, 3, 7, 7, 39]), np.arange(40)
    found = table.similarity.pairs(a, b)
    for row, piece in enumerate(a):
        for other in b:
            x, y = (embeddings[at].astype(np.float64) for at in (piece, other))
            size = math.sqrt(float(x @ x)) * math.sqrt(float(y @ y))
            exact = float(x @ y) / size if size else 0.0
            assert abs(found[row, other] - exact) <= 0.5 / STEPS + 1e-12
            assert found[row, other] * STEPS == round(found[row, other] * STEPS)
    assert found[0, 0] == 1.0


def test_the_value_of_a_pair_does_not_depend_on_the_others() -> None:
    embeddings = np.random.default_rng(2).normal(size=(300, 64))
    similarity = numbered_table(300, embeddings).similarity
    ids = np.arange(300)
    together = similarity.pairs(ids, ids)
    assert np.array_equal(together, together.T)
    for a, b in [(0, 1), (17, 200), (299, 299)]:
        assert similarity.pairs(np.array([a]), np.array([b]))[0, 0] == together[a, b]


def test_torch_embeddings_of_any_kind_are_taken() -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `models`")
    rows = torch.randn(10, 4, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    similarity = numbered_table(10, rows).similarity
    exact = numbered_table(10, rows.double().numpy()).similarity
    ids = np.arange(10)
    assert np.array_equal(similarity.pairs(ids, ids), exact.pairs(ids, ids))


def test_without_a_model_letters_decide() -> None:
    encoded = encode("walk walked Walk tree")
    similarity = encoded.table.similarity
    found = similarity.pairs(encoded.ids[:1], encoded.ids)
    assert similarity.source == "letters"
    # walk: _wa wal alk lk_ ; walked: _wa wal alk lke ked ed_
    assert found[0, 1] == round(3 / math.sqrt(4 * 6) * STEPS) / STEPS
    assert found[0].tolist()[2:] == [1.0, 0.0]


def test_matrices_of_short_texts_are_kept_and_those_of_long_ones_made_anew() -> None:
    table = numbered_table(4, np.eye(4, dtype=np.float32))
    short, long = np.arange(4), np.zeros(200, np.int64)
    assert table.similarity.pairs(short, short) is table.similarity.pairs(short, short)
    assert table.similarity.pairs(long, long) is not table.similarity.pairs(long, long)
    with pytest.raises(ValueError, match="read-only"):
        table.similarity.pairs(short, short)[0, 0] = 2


def test_long_words_take_memory_by_their_letters_not_by_their_square() -> None:
    draw = random.Random(1)
    letters = [chr(at) for at in range(0x101, 0x180, 2)]
    encoded = encode(" ".join("".join(draw.choices(letters, k=600)) for _ in range(200)))
    similarity, ids = encoded.table.similarity, encoded.ids
    tracemalloc.start()
    found = similarity.pairs(ids, ids)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 60_000_000  # a dense table of runs takes 160 MB
    assert np.array_equal(found, found.T)
    assert (found.diagonal() == 1.0).all()
    part = similarity.pairs(ids[3:9], ids[50:60])
    assert np.array_equal(part, found[3:9, 50:60])


def test_rows_of_letters_that_would_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_of, "DENSE", 20)
    encoded = encode("one two three")
    with pytest.raises(AttndslError, match="similarity without a model takes too much memory"):
        encoded.table.similarity.rows(encoded.ids)
