"""What measures know of heads before anybody writes: what rests, the best constant, mechanisms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attndsl.fit.census import Wanted
from attndsl.fit.constants import FIRST, packed
from attndsl.fit.contradictions import HEAD, Trials, trials
from attndsl.fit.findings import Finding
from attndsl.fit.measures import Measures
from attndsl.fit.medians import fit_constants, measured, under
from attndsl.fit.places import places, special_ids
from attndsl.fit.sampling import TEXT, weighing
from attndsl.graph.mechanisms import mechanisms
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.tokens.pieces import PieceTable

LEAST, BEYOND = (
    0.05,
    0.03,
)  # of a row, that a mechanism names, and more than the constant puts there
LISTED = 10  # mechanisms


@dataclass(frozen=True, eq=False)
class Background:
    """Of all heads of a store, on some texts; and what the probes that may choose show."""

    constant: Measures  # [1, heads]
    findings: tuple[tuple[Finding, ...], ...]  # of each head, on natural text
    probes: Trials | None

    def told(self, head: int, rests: str) -> str:
        """One head's, as a part of a page."""
        content, constant = float(self.constant.content[head]), self.constant
        iou, error = float(constant.content_iou[0, head]), float(constant.rest_error[0, head])
        parts = [
            f"{1 - content:.2f} of a row rests (on {rests}); the other {content:.2f} is the head's "
            "content. The head's best constant pattern, which reads no word, reaches content IoU "
            f"{iou:.2f} with a rest error of {error:.2f}: a program explains what it gets beyond."
        ]
        parts += [part for part in (self._on_texts(head), self._on_probes(head)) if part]
        return "\n\n".join(parts)

    def mechanisms(self, head: int) -> dict[str, float]:
        """What known mechanisms name of a head's rows on texts, those beyond its constant."""
        return {one.mechanism: round(one.weight.mean, 4) for one in self._found(head)}

    def _found(self, head: int) -> list[Finding]:
        listed = [
            one for one in self.findings[head]
            if one.weight.mean >= LEAST and one.weight.mean - one.constant >= BEYOND
        ]  # fmt: skip
        return sorted(listed, key=lambda one: one.constant - one.weight.mean)

    def _on_texts(self, head: int) -> str:
        listed = self._found(head)
        if not listed:
            return "No known mechanism names more of its weight than the constant puts there."
        lines = [f"{'head':>6} {'constant':>8}  mechanism"]
        lines += [
            f"{one.weight.mean:>6.2f} {one.constant:>8.2f}  {one.mechanism}"
            for one in listed[:LISTED]
        ]
        title = (
            "What known mechanisms name, as a share of a row where the mechanism finds something, "
            "beside what the constant puts there:"
        )
        return f"{title}\n\n" + "\n".join(lines)

    def _on_probes(self, head: int) -> str:
        lines = [
            f"{weight:>6.2f}  {mechanism}, in {kind}"
            for mechanism, kind, weight in sorted(self._shown(head), key=lambda one: -one[2])
        ]
        title = "On texts made for it the head puts as much of a row on what a mechanism names:"
        return f"{title}\n\n" + "\n".join(lines) if lines else ""

    def _shown(self, head: int) -> list[tuple[str, str, float]]:
        found = []
        for trial in self.probes.each if self.probes is not None else ():
            if head not in trial.heads:
                continue
            for mechanism, weights in zip(trial.mechanisms, trial.in_heads, strict=True):
                mine = weights[trial.heads.index(head)]
                seen = mine[~np.isnan(mine)]
                if len(seen) and seen.mean() > HEAD:
                    found.append((mechanism.name, trial.kind, float(seen.mean())))
        return found


def known_of(
    store: HeadStore, table: PieceTable, numbers: Sequence[int], probes: ProbeStore | None
) -> Background:
    """The same for all heads at once."""
    special = special_ids(table)
    best = fit_constants(store, numbers, special).by_content
    shown = mechanisms()
    wanted = Wanted(TEXT, store, tuple(numbers), shown)
    first = (FIRST,) * store.meta.total_heads
    weighed = weighing(store, probes, table)(wanted.batches, (first, best), lambda *_: None)
    findings = tuple(map(tuple, wanted.sample(iter(weighed)).findings(shown)))
    total = Measures.zeros(1, store.meta.total_heads)
    for number in numbers:
        text = store[number]
        for group in store.meta.groups([text.length]):
            mine = packed([best[head] for head in group.heads], group.mask, text.ids, special)
            where = places(group.mask, text.ids, special)
            total.add(measured(mine, under(store, group, text), where), slice(0, 1), group.heads)
    held = None if probes is None else trials(probes, table, checks=False)
    return Background(total.over(len(numbers)), findings, held)
