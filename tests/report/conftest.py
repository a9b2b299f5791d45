"""A small report with hostile texts and docstrings: a store of known heads and a few programs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.fit.library import score_library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL, Mask
from attndsl.report.data import Answer, CurvePoint, Report, TextEntry
from attndsl.report.gather import from_scores
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.browser import Browser, chromium

SOURCE = '''\
"""Three heads."""

FAR = 3


def weight_of(d):
    return 0.5 ** min(d, FAR)


def first_token(q, k):
    """Rest on the first token. </script><script>window.stolen = 1</script><!-- <img src=x> """
    return k.i == 0


def previous_token(q, k):
    """Look at the token before; & "quote"."""
    return k == q.prev


def nearby(q, k):
    """Near tokens more; \\u2028 \\u202e <b>bold</b>."""
    return weight_of(q.i - k.i)


def same_word(q, k):
    """Copies of the word, in a helper's terms."""
    return 0.1 + (k.lower == q.lower and k != q)
'''
TEXTS = (
    "The cat sat on the mat. The cat slept.",
    'She said "</script><script>window.stolen = 2</script>" & left.',
    "Tom saw a dog, and the dog saw Tom.\nThen it rained.",
    "One two three four five six seven <!-- <img src=x onerror=alert(1)> -->",
    "A fox ran over the hill and a fox ran back.",
    "It rained all day, all day it rained.",
)
LAYERS, HEADS = 3, 4


def programs() -> tuple[Program, ...]:
    verified = verify(SOURCE, "small.attn")
    assert not verified.errors, verified.errors
    return verified.programs


def make_store(
    folder: Path,
    table: PieceTable,
    mask: Mask = CAUSAL,
    layer_masks: tuple[Mask, ...] = (),
    written: Sequence[str] = TEXTS,
) -> HeadStore:
    """Each head mixes one program's pattern with noise, a little more from head to head."""
    rng = np.random.default_rng(5)
    texts = [encode(text, table) for text in written]
    meta = StoreMeta(
        "tiny <model>", "h", "t", LAYERS, HEADS, len(texts),
        texts_hash([(t.ids, t.text) for t in texts]), mask, "float32", layer_masks=layer_masks,
    )  # fmt: skip
    library = programs()
    with StoreWriter(folder, meta) as writer:
        for number, text in enumerate(texts):
            clean = Library(library, mask).patterns([text])[0]
            noise = Library(library[2:3], mask).patterns([text])[0][0]
            shares = rng.random((LAYERS * HEADS, 1)).astype(np.float32)
            chosen = clean[np.arange(LAYERS * HEADS) % len(library)]
            writer.add(number, text.ids, text.text, shares * chosen + (1 - shares) * noise)
    return HeadStore.open(folder)


def opened_on(report: Report, number: int) -> TextEntry:
    """The text that a head's page opens on: where its program errs most."""
    return report.texts[int(np.argmin(np.round(report.heads[number].per_text, 5)))]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    return make_store(tmp_path_factory.mktemp("heads") / "store", builtin_table())


@pytest.fixture(scope="session")
def small(store: HeadStore) -> Report:
    table = score_library(programs(), store, builtin_table())
    made = from_scores(
        table, programs(), store, builtin_table(), texts=3, command="attndsl report 'a b.attn'",
        settings={"seed": "7"}, effects={"L0.H0": 1.25}, histories={"nearby": ("found by hand",)},
    )  # fmt: skip
    curve = [CurvePoint("unmodified", 0.0, 0, 20.0, 18.0, 22.0)]
    for by, cost in (("programs", 1.3), ("uniform", 4.0), ("first token", 2.0)):
        curve += [
            CurvePoint(by, f, round(12 * f), 20 * cost ** (4 * f), 18 * cost ** (4 * f),
                       23 * cost ** (4 * f), by == "uniform")
            for f in (0.25, 0.5, 1.0)
        ]  # fmt: skip
    return replace(made, curve=tuple(curve), answers=(Answer("piqa", "tiny", 0.6, 0.5, 0.7, 90),))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("needs a headless Chromium (Debian: apt-get install chromium)")
    started = Browser.start(tmp_path_factory.mktemp("browser"))
    yield started
    started.close()
