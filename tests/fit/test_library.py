"""A library of real programs scored against heads that are known."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.reference import pattern
from attndsl.engines.table import ENGINES, make_engine
from attndsl.fit.assignment import best_assignment
from attndsl.fit.best import score
from attndsl.fit.library import LibrarySource, program_names, runnable, score_library
from attndsl.fit.split import given_split
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.packing import pack
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.encoded import Encoded, NeedsError
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import builtin_table, encode

SOURCE = '''
def previous(q, k):
    """The token before."""
    return k == q.prev

def same_word(q, k):
    """Earlier places of the same word, the nearer the more."""
    return 0.9 ** (q.i - k.i) if k.lower == q.lower and k != q else 0

def evenly(q, k):
    """Everything alike."""
    return 1
'''
SYNTAX = """
def to_head(q, k):
    return k == q.head
"""
TEXTS = (
    "The cat sat on the mat and the dog sat by the cat.",
    "One day, a little girl found a needle in her room.",
    "It rained, it rained, it rained.",
    "Go",
)


@pytest.fixture(scope="module")
def programs() -> tuple[Program, ...]:
    found = verify(SOURCE, "three.attn")
    assert not found.errors
    return found.programs


@pytest.fixture
def store(programs: tuple[Program, ...], tmp_path: Path) -> HeadStore:
    """Its heads are the programs themselves, in another order."""
    texts = [encode(text) for text in TEXTS]
    keys = [(text.ids.tolist(), text.text) for text in texts]
    table = builtin_table()
    meta = StoreMeta("known", "h", table.fingerprint, 1, 3, 4, texts_hash(keys), CAUSAL, "float32")
    with StoreWriter(tmp_path / "s", meta) as writer:
        for number, (text, key) in enumerate(zip(texts, keys, strict=True)):
            squares = [pattern(programs[p], text, CAUSAL) for p in (2, 0, 1)]
            writer.add(number, *key, pack(np.stack(squares), CAUSAL))
    return HeadStore.open(tmp_path / "s")


def test_each_head_finds_the_program_it_is(programs: tuple[Program, ...], store: HeadStore) -> None:
    table = score_library(programs, store, builtin_table(), given_split(store, [0, 3], [1, 2]))
    assert [fit.program for fit in table.fits] == ["evenly", "previous", "same_word"]
    assert all(fit.iou.mean == 1.0 and fit.js == 0.0 for fit in table.fits)
    assert table.coverage == 1.0


def test_an_encoders_heads_rest_on_its_special_tokens(
    programs: tuple[Program, ...], store: HeadStore
) -> None:
    table = score_library(programs, store, builtin_table())
    for mask, special in ((CAUSAL, False), (FULL, True)):
        assert best_assignment(table, programs, replace(store.meta, mask=mask)).special is special


def test_blocks_of_programs_give_the_same(programs: tuple[Program, ...], store: HeadStore) -> None:
    source = LibrarySource(programs, builtin_table(), CAUSAL)
    parts = [source.part(0, 1), source.part(1, 3)]
    for text in store:
        joined = np.concatenate([part.patterns([text])[0] for part in parts])
        assert np.array_equal(joined, source.patterns([text])[0])
    narrow = source.under(Mask("window", 1)).patterns([store[0]])[0]
    assert narrow.shape == (3, store.length(0))
    assert (narrow == 1).all()


def test_a_library_scores_alike_by_every_engine(
    programs: tuple[Program, ...], store: HeadStore
) -> None:
    pytest.importorskip("torch", reason="the torch engine needs torch")
    found = []
    for name in ENGINES:
        source = LibrarySource(programs, builtin_table(), CAUSAL)
        source.maker = make_engine(name)(programs, CAUSAL, builtin_table())
        found.append(score(store, source))
    assert [[fit.program for fit in table.fits] for table in found[1:]] == [
        [fit.program for fit in found[0].fits]
    ]
    for fits in zip(*(table.fits for table in found), strict=True):
        assert np.ptp([fit.iou.mean for fit in fits]) < 1e-6


def test_names_have_their_file_where_two_are_alike(programs: tuple[Program, ...]) -> None:
    other = verify(SOURCE.replace("def evenly", "def other"), "more.attn").programs
    assert program_names((*programs[:1], *programs[2:], *other)) == (
        "three.attn:previous",
        "evenly",
        "more.attn:previous",
        "same_word",
        "other",
    )


def test_programs_whose_level_is_missing_are_left_out_by_name(
    programs: tuple[Program, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    column: Callable[[Encoded, str], object] = Encoded.column

    def without_spacy(encoded: Encoded, name: str) -> object:
        if name == "pos":
            raise NeedsError("linguistics", "install attndsl[spacy]")
        return column(encoded, name)

    monkeypatch.setattr(Encoded, "column", without_spacy)
    syntax = verify(SYNTAX, "syntax.attn").programs
    kept, left_out = runnable((*programs, *syntax), builtin_table(), encode(TEXTS[0]))
    assert kept == programs
    assert [(out.name, out.reason) for out in left_out] == [
        ("to_head", "needs linguistics: install attndsl[spacy]")
    ]


def test_bad_input_is_named(programs: tuple[Program, ...], store: HeadStore) -> None:
    with pytest.raises(AttndslError, match="the library is empty"):
        score_library((), store, builtin_table())
    strange = PieceTable("strange", "f", builtin_table().pool, builtin_table().split)
    with pytest.raises(AttndslError, match="don't fit the tokenizer strange"):
        score_library(programs, store, strange)
