"""The measures of a model's heads on a terminal: content and rest first, each beside constants."""

from collections.abc import Mapping
from typing import Any

from attndsl.cli.output import counting, say, styled

UNDER = " " * len("content IoU ")


def show_headline(figures: Mapping[str, Any], of: str) -> None:
    """`figures` are a headline as JSON: a table's, or those of a run's summary, in which an older
    run may lack some; `of` says what they are measured on.

    >>> figure = {"mean": 0.5, "low": 0.4, "high": 0.6, "texts": 50}
    >>> show_headline({"mean_content_iou": None, "mean_iou": figure, "constant_iou": figure,
    ...                "excess_iou": {**figure, "note": "few texts"}, "contradicted": 1}, "3 heads")
    content IoU not defined  of 3 heads
    IoU         0.500 (0.400 to 0.600)
                beside the best constant pattern of each head, with 0.500 (0.400 to 0.600)
                excess 0.500 (0.400 to 0.600, few texts)
    contradicted by probes: the programs of 1 head
    """
    if "mean_content_iou" in figures:
        told = told_estimate(figures["mean_content_iou"])
        say(f"{styled('content IoU', 'bold')} {told}  of {of}")
        _beside(figures, "constant_content_iou", "excess_content_iou")
        if figures.get("mean_content_iou_weighted"):
            weighted = told_estimate(figures["mean_content_iou_weighted"])
            say(f"{UNDER}weighted by content {weighted}")
    if "mean_rest_error" in figures:
        say(f"rest error  {told_estimate(figures['mean_rest_error'])}")
    say(f"IoU         {told_estimate(figures['mean_iou'])}")
    _beside(figures, "constant_iou", "excess_iou")
    if figures.get("output_explained"):
        median, below = figures["output_explained_median"], figures["output_explained_below_zero"]
        say(f"output explained {told_estimate(figures['output_explained'])}, median {median:.3f}, "
            f"heads below 0: {below}")  # fmt: skip
    if figures.get("contradicted") is not None:
        heads = counting(figures["contradicted"], "head")
        say(f"contradicted by probes: the programs of {heads}")


def _beside(figures: Mapping[str, Any], constant: str, excess: str) -> None:
    """What the heads' constant patterns get of the figure above, and what is beyond them."""
    if figures.get(constant):
        say(f"{UNDER}beside the best constant pattern of each head, with "
            f"{told_estimate(figures[constant])}")  # fmt: skip
        say(f"{UNDER}excess {told_estimate(figures.get(excess))}")


def told_estimate(one: Mapping[str, Any] | None) -> str:
    """
    >>> told_estimate(None), told_estimate({"mean": 0.5, "low": 0.4, "high": 0.6, "texts": 50})
    ('not defined', '0.500 (0.400 to 0.600)')
    >>> told_estimate({"mean": 0.5, "low": 0.5, "high": 0.5, "texts": 1, "note": "few texts"})
    '0.500 (one text)'
    """
    if one is None:
        return "not defined"
    if one.get("texts") == 1:
        return f"{one['mean']:.3f} (one text)"  # which says nothing of others
    few = f", {one['note']}" if "note" in one else ""
    return f"{one['mean']:.3f} ({one['low']:.3f} to {one['high']:.3f}{few})"
