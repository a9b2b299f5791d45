"""Output explained by a library: each head with its own program, over the texts of a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.batch import Library
from attndsl.fit.split import Split
from attndsl.graph.program import Program
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.models.architecture import AttentionLayer
from attndsl.models.loading import LoadedModel
from attndsl.models.outputs import OutputsExplained, outputs_explained
from attndsl.models.recorded import Outputs, record_outputs
from attndsl.tokens.tokenizer import from_ids

F32 = NDArray[np.float32]


def library_outputs(
    loaded: LoadedModel,
    store: HeadStore,
    split: Split,
    programs: Sequence[Program],
    assigned: Sequence[int],
    means: Outputs | None = None,
) -> OutputsExplained:
    """What the programs explain on the report texts; `assigned` numbers each head's program.

    Mean outputs are those of the selection texts, unless they are given.
    """
    means = means or record_outputs(loaded, [store[number].ids for number in split.selection])
    report = [store[number] for number in split.report]
    engines: dict[Mask, Library] = {}
    order = {layer.index: number for number, layer in enumerate(loaded.attention)}

    def patterns(numbers: Sequence[int]) -> Callable[[AttentionLayer, int], F32]:
        texts = [from_ids(loaded.table, report[n].ids, report[n].text) for n in numbers]
        made: dict[Mask, dict[int, F32]] = {}

        def of(layer: AttentionLayer, number: int) -> F32:
            first, length = order[layer.index] * layer.heads, report[number].length
            mine = list(assigned[first : first + layer.heads])
            if store.meta.sketches(length):  # too long for the patterns of all programs at once
                own = Library([programs[at] for at in mine], layer.mask)
                packed = own.patterns([texts[numbers.index(number)]])[0]
                return np.asarray(unpack(packed, layer.mask, length), dtype=np.float32)
            if layer.mask not in made:
                engine = engines.setdefault(layer.mask, Library(programs, layer.mask))
                made[layer.mask] = dict(zip(numbers, engine.patterns(texts), strict=True))
            packed = made[layer.mask][number][mine]
            return np.asarray(unpack(packed, layer.mask, length), dtype=np.float32)

        return of

    return outputs_explained(loaded, [text.ids for text in report], means, patterns)
