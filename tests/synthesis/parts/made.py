"""Heads that are programs of parts, as stores and as what is fitted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from attndsl.engines.batch import Library
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.telling import weights_of as written_weights
from attndsl.synthesis.parts.together import Together
from attndsl.synthesis.parts.vocabulary import factors
from attndsl.synthesis.parts.weighing import Weighing
from attndsl.synthesis.parts.write import written
from attndsl.tokens import builtin_texts, encode

FACTORS = factors(CAUSAL)
SIX = 6  # heads
NUMBER = {factor.name: at for at, factor in enumerate(FACTORS)}


def weighing(rest: float, **numbers: float) -> Weighing:
    return Weighing(rest, tuple((FACTORS[NUMBER[name]], value) for name, value in numbers.items()))


# A head each, on which the tests of this room try things.
MADE = (
    weighing(5, distance=0.6),
    weighing(10, after_copies=60),
    weighing(4, function_words=12, far=-0.5),
    weighing(10, distance=0.8, marks=8, from_noun=5),
    weighing(20, distance=0.6),  # as the first, but that more rests
    weighing(1000),
)


def store_of(made: Sequence[Weighing], folder: Path) -> HeadStore:
    """A head for each, three a layer, on texts in which words come again."""
    texts = [encode(one.text[:240]) for one in builtin_texts()[:12]]
    source = "\n\n".join(written(one, f"f{at}") for at, one in enumerate(made))
    found = Library(verify(source).programs, CAUSAL).patterns(texts)
    given = [(text.ids.tolist(), text.text) for text in texts]
    shape = (len(made) // 3, 3)
    meta = StoreMeta("made", "h", "t", *shape, len(texts), texts_hash(given), CAUSAL, "float32")
    with StoreWriter(folder, meta) as writer:
        for number, ((ids, text), patterns) in enumerate(zip(given, found, strict=True)):
            writer.add(number, ids, text, patterns)
    return HeadStore.open(folder)


def weights_of(programs: Sequence[Weighing], owner: Sequence[int]) -> Weights:
    return written_weights(programs, torch.tensor(owner), torch.zeros(len(owner)), FACTORS)


def together_of(programs: Sequence[Weighing], owner: Sequence[int]) -> Together:
    """Powers and what heads add are free, as in the first steps of the joint fit."""
    weights = weights_of(programs, owner)
    used = weights.kept.sum(0).nonzero().flatten().tolist()
    return Together.of(weights, FACTORS, used, (True, False, True))


def gives(text: int, length: int) -> torch.Tensor:
    """Made-up values, in which the first token's are small, as they are in models."""
    made = torch.randn(SIX, length, 4, generator=torch.Generator().manual_seed(text))
    made[:, 0] *= 0.1
    return made


def asks(text: int, length: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """As a probe would: the query itself, in every row, and the third token, in every other."""
    starts = row_starts(CAUSAL, length)
    itself, third = (np.zeros(starts[-1], np.float32) for _ in range(2))
    itself[starts[2:] - 1] = 1 / (length - 1)
    rows = np.arange(4 + text % 2, length, 2)
    third[starts[rows] + 2] = 1 / len(rows)
    return {"itself": itself, "third": third}
