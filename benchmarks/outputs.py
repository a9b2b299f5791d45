"""Output explained by a run's programs and by constants, and how well the search's stand-in agrees.

The search weighs keys by what they give in the 16 directions of each head in which most of its
output goes; the figure that is reported is of all directions, through the projection.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.fit.assignment import Assignment
from attndsl.fit.constants import Constant
from attndsl.fit.constants import packed as packed_constants
from attndsl.fit.library import LibrarySource
from attndsl.fit.medians import read_constants
from attndsl.fit.selection import selection_of
from attndsl.fit.split import Split
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.models.architecture import AttentionLayer
from attndsl.models.explained import library_outputs
from attndsl.models.loading import LoadedModel
from attndsl.models.outputs import OutputsExplained, expected, outputs_explained
from attndsl.models.recorded import Outputs, record_outputs
from attndsl.models.transfer import library_of, numbers_of
from attndsl.models.values import record_values
from benchmarks.measure import Figures

TEXTS = 16  # that the stand-in is compared on


def output_figures(
    loaded: LoadedModel, run: Path, assignment: Assignment, store: HeadStore
) -> Figures:
    """Output explained by the programs, by the constants beside them, and in few directions."""
    split = Split((), tuple(range(len(store))))
    means = record_outputs(loaded, selection_of(run))
    programs, assigned = library_of(assignment), numbers_of(assignment, loaded)
    found = library_outputs(loaded, store, split, programs, assigned, means)
    figures = {
        "output_explained": found.mean.mean, "output_explained_low": found.mean.low,
        "output_explained_high": found.mean.high, "output_explained_median": found.median,
        "output_explained_below_zero": float(found.below_zero),
    }  # fmt: skip
    constants = read_constants(run)
    if constants is not None:
        beside = constant_outputs(loaded, store, split, constants.by_iou, frozenset(), means)
        figures["constant_output_explained"] = beside.mean.mean
    agreement = rank_agreement(found, in_few_directions(loaded, store, assignment, means))
    return figures if agreement is None else figures | {"output_stand_in_rank": agreement}


def rank_agreement(found: OutputsExplained, stand_in: NDArray[np.float64]) -> float | None:
    """Spearman's correlation over heads of what the search goes by with what is reported."""
    from scipy.stats import spearmanr

    told = np.array([np.nan if one is None else one.mean for one in found.heads])
    known = ~np.isnan(told) & ~np.isnan(stand_in)
    return float(spearmanr(told[known], stand_in[known]).statistic) if known.sum() > 2 else None


def in_few_directions(
    loaded: LoadedModel, store: HeadStore, assignment: Assignment, means: Outputs
) -> NDArray[np.float64]:
    """Of each head, output explained in the directions that the search keeps, on the first texts of
    a store; NaN where the head has no program or its output never varies."""
    texts = [store[number] for number in range(min(TEXTS, len(store)))]
    values = record_values(loaded, [np.array(text.ids) for text in texts])
    mask = store.meta.mask
    source = LibrarySource(library_of(assignment), loaded.table, mask)
    own = np.array(numbers_of(assignment, loaded))
    apart, varies = torch.zeros(2, len(own), dtype=torch.float64)
    for number, text in enumerate(texts):
        given = values.of(number)
        (programs,) = source.patterns([text])
        real, made = (
            torch.bmm(torch.from_numpy(unpack(one, mask, text.length)).float(), given)
            for one in (np.asarray(text.patterns), programs[np.maximum(own, 0)])
        )
        mean = torch.cat([
            torch.bmm(expected(means.by_position(layer), text.length).float().transpose(0, 1), few)
            for layer, few in values.directions.items()
        ])  # fmt: skip
        apart += ((made - real)[:, 1:].double() ** 2).sum((1, 2))
        varies += ((real - mean)[:, 1:].double() ** 2).sum((1, 2))
    return np.where((own >= 0) & (varies > 0).numpy(), (1 - apart / varies).numpy(), np.nan)


def constant_outputs(
    loaded: LoadedModel,
    store: HeadStore,
    split: Split,
    constants: Sequence[Constant],
    special: frozenset[int],
    means: Outputs | None = None,
) -> OutputsExplained:
    """Output explained by each head's constant pattern: what a program has to beat."""
    means = means or record_outputs(loaded, [store[number].ids for number in split.selection])
    report = [store[number] for number in split.report]
    order = {layer.index: number for number, layer in enumerate(loaded.attention)}

    def patterns(numbers: Sequence[int]) -> Callable[[AttentionLayer, int], NDArray[np.float32]]:
        def of(layer: AttentionLayer, number: int) -> NDArray[np.float32]:
            first = order[layer.index] * layer.heads
            text = report[number]
            own = packed_constants(
                constants[first : first + layer.heads], layer.mask, text.ids, special
            )
            return np.asarray(unpack(own, layer.mask, text.length), dtype=np.float32)

        return of

    return outputs_explained(loaded, [text.ids for text in report], means, patterns)
