"""Which heads are alike: groups by where their content goes on the same texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attndsl.heads.packing import row_starts
from attndsl.language.mask import Mask
from attndsl.report.data import Alike, TextEntry

F64 = NDArray[np.float64]
LIKE = 0.7  # mean likeness from which groups are joined
LITTLE = 0.02  # of a row that must not rest, on average, for a head to have content


def groups(texts: Sequence[TextEntry], mask: Mask, heads: Sequence[int]) -> tuple[Alike, ...]:
    """Groups of two or more of the heads, the largest first; nobody is in two.

    Two heads are as alike as the cosine of their content, rows that rest apart. Groups are joined,
    the most alike first, as long as all pairs between them have the likeness on average.
    """
    content = np.concatenate([_content(text, mask)[list(heads)] for text in texts], axis=1)
    size = np.sqrt((content**2).sum(axis=1))
    some = content.sum(axis=1) >= LITTLE * sum(len(text.tokens) for text in texts)
    known = np.flatnonzero(some & (size > 0))
    likeness = content[known] @ content[known].T / np.outer(size[known], size[known])
    alike = [group for group in joined(likeness, LIKE) if len(group) > 1]
    numbers = np.asarray(heads)[known].tolist()
    return tuple(_told(group, likeness, numbers)
                 for group in sorted(alike, key=lambda one: (-len(one), one[0])))  # fmt: skip


def _content(text: TextEntry, mask: Mask) -> F64:
    """The real maps without the weight on resting keys."""
    content = np.array(text.real, dtype=np.float64)
    starts = row_starts(mask, len(text.tokens))
    for query in range(len(text.tokens)):
        first, last = mask.visible(query, len(text.tokens))
        for key in text.resting:
            if first <= key <= last:
                content[:, starts[query] + key - first] = 0
    return content


def joined(likeness: F64, least: float) -> list[list[int]]:
    """Average linkage: the two groups most alike become one until none are alike enough.

    >>> joined(np.array([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]]), 0.7)
    [[0, 1], [2]]
    """
    members = [[at] for at in range(len(likeness))]
    between = likeness.copy()
    np.fill_diagonal(between, -1)
    while len(members) > 1 and between.max() >= least:
        one, other = sorted(divmod(int(between.argmax()), len(between)))
        few, many = len(members[one]), len(members[other])
        mean = (few * between[one] + many * between[other]) / (few + many)
        between[one], between[:, one] = mean, mean
        between[one, one] = -1
        between[other], between[:, other] = -1, -1
        members[one] += members[other]
        members[other] = []
    return [sorted(group) for group in members if group]


def _told(group: list[int], likeness: F64, names: Sequence[int]) -> Alike:
    pairs = likeness[np.ix_(group, group)]
    order = np.argsort(-pairs.sum(axis=1), kind="stable")
    mean = (pairs.sum() - len(group)) / (len(group) * (len(group) - 1))
    return Alike(tuple(names[group[at]] for at in order), float(mean))
