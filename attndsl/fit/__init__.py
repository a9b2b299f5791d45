"""How well programs match heads: IoU, best fit, dedup by behaviour, reduce.

`score(store, source)` gives a `ScoreTable`; a source is anything that makes patterns of programs.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.fit.best import score
    from attndsl.fit.intervals import Estimate
    from attndsl.fit.iou import pair_sums
    from attndsl.fit.measures import Measures, compare
    from attndsl.fit.scoring import ProgramSource, partial_sums
    from attndsl.fit.split import Split, given_split, split_texts
    from attndsl.fit.table import Fit, Headline, LeftOut, ScoreTable

_FACE = {
    "Estimate": "intervals",
    "Fit": "table",
    "Headline": "table",
    "LeftOut": "table",
    "Measures": "measures",
    "ScoreTable": "table",
    "ProgramSource": "scoring",
    "Split": "split",
    "given_split": "split",
    "compare": "measures",
    "pair_sums": "iou",
    "partial_sums": "scoring",
    "score": "best",
    "split_texts": "split",
}
__all__ = [
    "Estimate",
    "Fit",
    "Headline",
    "LeftOut",
    "Measures",
    "ProgramSource",
    "ScoreTable",
    "Split",
    "compare",
    "given_split",
    "pair_sums",
    "partial_sums",
    "score",
    "split_texts",
]

__getattr__ = handing_out(__name__, _FACE)
