"""The archive: best of each head, a charge for terms, nothing scored twice."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.synthesis.archive import Archive, ArchiveEntry, Candidate, Scorer, consider
from attndsl.tokens import builtin_table, encode

LEVELS = frozenset(("place", "piece", "class", "repeat", "model"))


def entry(name: str, terms: int, *scores: float) -> ArchiveEntry:
    return ArchiveEntry(name, "", "", name, terms, scores)


@pytest.fixture
def scorer(tmp_path: Path) -> Scorer:
    """Two heads: one rests on the first token, the other on the token before."""
    texts = [encode(words) for words in ("the cat sat down", "a dog ran to the park")]
    items = [(text.ids.tolist(), text.text) for text in texts]
    table = builtin_table()
    meta = StoreMeta("two heads", "-", table.fingerprint, 1, 2, 2, texts_hash(items))
    with StoreWriter(tmp_path / "store", meta) as writer:
        for number, (text, (ids, words)) in enumerate(zip(texts, items, strict=True)):
            first, previous = np.zeros((2, text.n, text.n))
            first[:, 0] = 1
            previous[np.arange(text.n), np.maximum(np.arange(text.n) - 1, 0)] = 1
            low = np.tril_indices(text.n)
            writer.add(number, ids, words, np.stack([first[low], previous[low]]))
    return Scorer(HeadStore.open(tmp_path / "store"), table, (0, 1), (0, 1))


def test_a_shorter_program_wins_a_near_tie() -> None:
    archive = Archive(heads=1, keep=1, charge=1e-3)
    archive.add(entry("long", 100, 0.52))
    assert archive.add(entry("short", 10, 0.5))
    assert not archive.add(entry("longer", 200, 0.6))
    assert [found.name for found in archive.entries] == ["short"]


def test_each_head_keeps_its_own_best() -> None:
    archive = Archive(heads=2, keep=1, charge=0.0)
    archive.add(entry("a", 1, 0.9, 0.1))
    archive.add(entry("b", 1, 0.2, 0.8))
    assert [rank[0].name for rank in archive.ranks] == ["a", "b"]
    assert archive.mean == pytest.approx(0.85)


def test_the_order_of_candidates_does_not_matter() -> None:
    many = [entry(f"e{n}", n, 0.1 * n % 0.7, 0.3 * n % 0.9) for n in range(12)]
    one, other = Archive(2), Archive(2)
    for found in many:
        one.add(found)
    for found in reversed(many):
        other.add(found)
    assert one.ranks == other.ranks


def test_candidates_are_scored_once_and_invalid_ones_counted(scorer: Scorer) -> None:
    archive = Archive(heads=2)
    sources = (
        "def one(q, k):\n    return k.i == 0\n",
        "def two(q, k):\n    return 3 * (0 == k.i)\n",
        "def three(q, k):\n    return k == q.prev\n",
        "def four(q, k):\n    return wrong\n",
        "def five(q, k):\n    return k.pos == 'NOUN'\n",
    )
    kept, counts = consider(
        archive, [Candidate(s, "test") for s in sources], scorer, terms=100, levels=LEVELS
    )
    assert [found.name for found in kept] == ["one", "three"]
    assert (counts.invalid, counts.same, counts.scored) == (2, 1, 2)
    assert [rank[0].name for rank in archive.ranks] == ["one", "three"]
    assert archive.mean == pytest.approx(1.0)
    again = consider(archive, [Candidate(sources[0], "")], scorer, terms=100, levels=LEVELS)[1]
    assert (again.same, again.scored) == (1, 0)


def test_an_entry_survives_json() -> None:
    found = entry("a", 3, 0.25, 0.5)
    assert ArchiveEntry.from_json(found.as_json()) == found
