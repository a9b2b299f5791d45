"""Programs, texts and comparisons that the tests of all engines share."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from attndsl.engines import cells
from attndsl.engines.table import make_engine
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.encoded import Encoded
from tests.programs.generator import random_source
from tests.programs.texts import LENGTHS, random_text

MASKS = (CAUSAL, FULL, Mask("window", 5))
Matrix = npt.NDArray[np.floating]


@lru_cache(maxsize=4)
def random_programs(count: int, first_seed: int = 0) -> tuple[Program, ...]:
    """That many generated programs which pass all checks."""
    found: list[Program] = []
    seed = first_seed
    while len(found) < count:
        found.extend(verify(random_source(seed), f"seed {seed}").programs)
        seed += 1
    return tuple(found[:count])


def short_texts(seed: int = 0) -> list[Encoded]:
    """One text of each length, 0 to 64."""
    return [random_text(seed * 100 + place, n) for place, n in enumerate(LENGTHS)]


def unpacked(packed: npt.NDArray[np.float32], n: int, mask: Mask) -> Matrix:
    """One program's visible cells as a square matrix."""
    return cells.unpacked(packed[None], mask, n, 0)[0]


def by_engine(
    name: str, programs: Sequence[Program], texts: Sequence[Encoded], mask: Mask
) -> list[list[Matrix]]:
    """The matrices of an engine of the table, a list of texts a program."""
    made = make_engine(name)(programs, mask, texts[0].table, memory_mb=2000).patterns(texts)
    squares = [
        cells.unpacked(each, mask, text.n, 0) for each, text in zip(made, texts, strict=True)
    ]
    return [[square[place] for square in squares] for place in range(len(programs))]


def by_torch(
    programs: Sequence[Program], texts: Sequence[Encoded], mask: Mask
) -> list[list[Matrix]]:
    """The torch engine's matrices, from one batch padded on both sides."""
    import torch

    from attndsl.engines.torch import TorchPrograms

    ids, valid = padded(texts, max((text.n for text in texts), default=0) + 2)
    module = TorchPrograms(programs, texts[0].table, mask)
    found = module(torch.from_numpy(ids), torch.from_numpy(valid)).numpy()
    return [
        [found[place, row][np.ix_(real, real)] for row, real in enumerate(valid)]
        for place in range(len(programs))
    ]


def padded(
    texts: Sequence[Encoded], width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Ids, and which are real: texts at the left and at the right of their rows by turns."""
    ids = np.zeros((len(texts), width), dtype=np.int64)
    valid = np.zeros((len(texts), width), dtype=np.bool_)
    for row, text in enumerate(texts):
        start = 0 if row % 2 else width - text.n
        ids[row, start : start + text.n] = text.ids
        valid[row, start : start + text.n] = True
    return ids, valid


def chunks(programs: Iterable[Program], size: int) -> Iterator[list[Program]]:
    part: list[Program] = []
    for program in programs:
        part.append(program)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
