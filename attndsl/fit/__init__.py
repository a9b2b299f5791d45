"""How well programs match heads: IoU, best fit, dedup by behaviour, reduce.

`score(store, source)` gives a `ScoreTable`; a source is anything that makes patterns of programs.
"""

from attndsl.handed import handing_out

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
    "places": "places",
    "score": "best",
    "split_texts": "split",
}
__all__ = sorted(_FACE)

__getattr__ = handing_out(__name__, _FACE)
