"""Where several proposers took part: whose programs heads have, and what that gains over one.

That one is the search (the proposer parts): what it found alone stands beside what was chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from attndsl.explain.run import Outcome, Run

LEAST = 0.00005  # of content IoU that counts as a gain: figures are told to four digits
POLISHED = "polished"  # stands in the history of a program whose numbers were fitted by gradient


def gained(
    work: Run, alone: Outcome | None, chosen: Outcome, names: Mapping[str, str]
) -> dict[str, Any]:
    """For the summary: heads by who made their program, `names` in words of histories; and the
    content IoU on the texts that choose, mean over heads with content, beside that of the search
    `alone` where it took part."""
    histories = [chosen.origins[chosen.assigned[head]] for head in work.heads]
    makers = {words: name for name, words in names.items()}
    by = dict(Counter(makers.get(first, "examples") for first, *_ in histories))
    polished = {"polish": sum(POLISHED in history for history in histories)}
    asked = polished if "polish" in work.settings.proposers else {}
    figures: dict[str, Any] = {"chosen_by": {**by, **asked}}
    if alone is not None:
        before, after = (mean_content(work, one) for one in (alone, chosen))
        if before is not None and after is not None:
            figures |= {"content_iou_search": before, "content_iou_chosen": after}
    return figures


def mean_content(work: Run, outcome: Outcome) -> float | None:
    """Mean content IoU of heads' own programs on the selection texts; None without content."""
    own = {outcome.program_of(head).hash: outcome.program_of(head) for head in work.heads}
    found = work.scorer(work.sets.selection).measures(list(own.values()))
    row = {name: at for at, name in enumerate(own)}
    mine: NDArray[np.float64] = np.array([
        found.content_iou[row[outcome.program_of(head).hash], at]
        for at, head in enumerate(work.heads)
    ])  # fmt: skip
    return float(mine[found.defined].mean()) if found.defined.any() else None


def told_gained(summary: Mapping[str, Any]) -> str:
    """What is said of it in a report and on a terminal; nothing where one proposer took part.

    >>> print(told_gained({"chosen_by": {"parts": 30, "llm": 9, "polish": 4},
    ...                    "content_iou_search": 0.41, "content_iou_chosen": 0.4321}))
    parts for 30 heads, llm for 9 (numbers polished for 4); content IoU on the texts that choose \
0.4321, 0.0221 above that of parts alone
    >>> print(told_gained({"chosen_by": {"parts": 39},
    ...                    "content_iou_search": 0.41, "content_iou_chosen": 0.41}))
    parts for 39 heads; content IoU on the texts that choose 0.4100, that of parts alone: the \
other proposers gained nothing
    >>> told_gained({"chosen_by": {"llm": 1}}), told_gained({})
    ('llm for 1 head', '')
    """
    by = dict(summary.get("chosen_by", {}))
    if not by:
        return ""
    polished = by.pop("polish", 0)
    (first, count), *others = by.items()
    said = [f"{first} for {count} head{'s' * (count != 1)}"]
    said += [f"{name} for {heads}" for name, heads in others]
    words = ", ".join(said) + (f" (numbers polished for {polished})" if polished else "")
    if "content_iou_search" not in summary:
        return words
    after = summary["content_iou_chosen"]
    more = after - summary["content_iou_search"]
    if abs(more) < LEAST:
        beside = "that of parts alone: the other proposers gained nothing"
    else:
        beside = f"{abs(more):.4f} {'above' if more > 0 else 'below'} that of parts alone"
    return f"{words}; content IoU on the texts that choose {after:.4f}, {beside}"
