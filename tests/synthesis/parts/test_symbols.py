"""Programs for models over symbols: factors of their own, exact numbers, no length for nothing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL, FULL
from attndsl.models.vocabulary import vocabulary_tokenizer
from attndsl.synthesis.parts.blocks import Basis
from attndsl.synthesis.parts.efforts import EFFORTS
from attndsl.synthesis.parts.proposer import explained
from attndsl.synthesis.parts.rows import Source, evenly_wanted
from attndsl.synthesis.parts.symbols import symbols_of
from attndsl.synthesis.parts.vocabulary import factors
from attndsl.tokens.huggingface import table_of
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import builtin_table, from_ids

NAMES = ("a", "b", "<bos>", "<sep>", "<eos>", "<pad>")
COUNTS = "1.03 if k.text == 'a' and q.text == 'b' else 1"  # less than IoU would ever show
CLOCK = "20 if (q.i - k.i) % 4 == 2 else 1"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> PieceTable:
    file = tmp_path_factory.mktemp("names") / "vocabulary.txt"
    file.write_text("\n".join(NAMES) + "\n")
    return table_of(vocabulary_tokenizer(file, len(NAMES)))


def store_of(table: PieceTable, weights: Sequence[str], folder: Path) -> HeadStore:
    """A head for each, in one layer, on texts of the symbols a and b drawn."""
    rng = np.random.default_rng(0)
    drawn = [[2, *rng.integers(0, 2, rng.integers(4, 24)).tolist()] for _ in range(24)]
    given = [(ids, " ".join(NAMES[one] for one in ids)) for ids in drawn]
    texts = [from_ids(table, np.array(ids), text) for ids, text in given]
    source = "\n\n\n".join(f"def f{at}(q, k):\n    return 3 if k.i == 0 else {weight}"
                           for at, weight in enumerate(weights))  # fmt: skip
    found = Library(verify(source + "\n").programs, CAUSAL).patterns(texts)
    meta = StoreMeta("made", "h", "t", 1, len(weights), len(texts), texts_hash(given), CAUSAL,
                     "float32")  # fmt: skip
    with StoreWriter(folder, meta) as writer:
        for number, ((ids, text), patterns) in enumerate(zip(given, found, strict=True)):
            writer.add(number, ids, text, patterns)
    return HeadStore.open(folder)


def test_symbols_are_few_names_and_no_pieces_of_text(table: PieceTable) -> None:
    assert symbols_of(table) == ("a", "b", "<sep>", "<eos>")
    assert symbols_of(builtin_table()) == ()


@pytest.mark.parametrize("mask", [CAUSAL, FULL])
@pytest.mark.parametrize("symbols", [("a",), ("0", "+", "<sep>"), tuple(map(str, range(150)))])
def test_every_factor_is_a_program_with_a_name_of_its_own(mask, symbols) -> None:  # type: ignore[no-untyped-def]
    found = factors(mask, symbols)
    Basis.of(found, mask)
    assert len({one.name for one in found}) == len(found)
    assert all(one.name.isidentifier() and one.digits for one in found)


def test_what_is_said_of_a_symbol_is_plain_english() -> None:
    said = {one.name: one.says for one in factors(CAUSAL, ("<bos>", "<sep>", "2"))}
    assert said["last_symbol_2"] == "the last symbol 2"
    assert said["after_symbol_2"] == "what follows the symbol 2"
    assert said["at_5"] == "the symbol at place 5"
    assert said["every_2_from_1"] == "every second symbol from place 1 on"
    assert said["every_4_2_back"] == "every fourth symbol back from two before it"
    assert not [one for one in said.values() if "last the" in one or "names" in one]


def test_what_a_model_counts_by_is_found_to_a_few_thousandths(
    table: PieceTable, tmp_path: Path
) -> None:
    store = store_of(table, (COUNTS, CLOCK, "1"), tmp_path / "heads")
    wanted = evenly_wanted(range(len(store)), ["text"] * len(store), EFFORTS[0])
    found = explained(
        [Source(store, wanted, 1.0)], table, [0, 1, 2], most_parts=5, programs=80, most_loss=0.04,
        texts="drawn texts", seed=0, effort=EFFORTS[-1],
    )  # fmt: skip
    text = store[5]
    source = "\n\n\n".join(found.sources[one] for one in found.owner)
    ((counted, timed, even),) = Library(verify(source).programs, CAUSAL).patterns(
        [from_ids(table, text.ids, text.text)]
    )
    for made, real in zip((counted, timed, even), text.patterns, strict=True):
        wrong = np.abs(made - np.asarray(real, np.float32)).sum() / len(text.ids) / 2
        assert wrong < 0.003
    said = " ".join(found.sources[found.owner[1]].split())
    assert "every fourth symbol back from two before it" in said


def test_what_is_near_because_texts_are_short_is_not_said_to_be_near(
    table: PieceTable, tmp_path: Path
) -> None:
    store = store_of(table, ("1", "9 if k == q.prev else 1"), tmp_path / "heads")
    short = [at for at in range(len(store)) if len(store[at].ids) < 12]
    wanted = evenly_wanted(short, ["text"] * len(short), EFFORTS[0])
    found = explained(
        [Source(store, wanted, 1.0)], table, [0, 1], most_parts=2, programs=80, most_loss=0.04,
        texts="drawn texts", seed=0, effort=EFFORTS[-1],
    )  # fmt: skip
    even, previous = (found.sources[one] for one in found.owner)
    assert "near" not in even.split("(")[0]
    assert "Most is within" not in even
    assert "previous" in previous.split("(")[0]
