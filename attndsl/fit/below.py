"""Heads whose programs say less of where they look than their best constant patterns do."""

from collections.abc import Sequence

from attndsl.fit.table import Fit, ScoreTable

APART = 0.005  # of a figure: less is no difference in two digits
Record = dict[str, str | float]


def below_constants(table: ScoreTable, heads: Sequence[int]) -> dict[str, Record]:
    """By name, of some heads: content IoU of both on the report texts and which constant it is;
    IoU where a head has no content."""
    found = ((table.fits[head].head, beside(table, head, table.fits[head])) for head in heads)
    return {name: one for name, one in found if one is not None}


def beside(table: ScoreTable, head: int, fit: Fit) -> Record | None:
    """A head's program beside its constant; None where that isn't better."""
    of, program, constant, side = "IoU", fit.iou, fit.against.iou, table.constants.by_iou
    if fit.content_iou is not None and fit.against.content_iou is not None:
        of, program, constant = "content IoU", fit.content_iou, fit.against.content_iou
        side = table.constants.by_content
    if program.mean > constant.mean - APART:
        return None
    return {"of": of, "program": program.mean, "constant": constant.mean, "kind": side[head].kind}
