"""The table of what replacing heads costs beside ablating them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attndsl.cli.output import print_table, say, styled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attndsl.surrogates.curves import Point
    from attndsl.surrogates.recovery import Recovered, Share

# How a point's cost is called and written, the first that its kind of model has.
COSTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "ratio": ("perplexity", lambda value: f"{value - 1:+.1%}"),
    "cosine": ("1 - cosine", lambda value: f"{1 - value:.4f}"),
    "divergence": ("KL", lambda value: f"{value:.4f}"),
}


def show_recovered(points: Sequence[Point], shares: Sequence[Recovered]) -> None:
    """All heads first, which have no order; then each order and share, a line for an ablation."""
    from attndsl.surrogates.ablations import BY_POSITION
    from attndsl.surrogates.orders import NEUTRAL
    from attndsl.surrogates.recovery import PROGRAMS, area

    own = points[0]
    measure = next(name for name in COSTS if getattr(own, name) is not None)
    called, written = COSTS[measure]
    cost = {(p.by, p.order, p.fraction): getattr(p, measure) for p in points}
    ahead = {(p.order, p.fraction) for p in points if p.sees_ahead}
    whole_of = (1, BY_POSITION, PROGRAMS)
    whole = next((r for r in shares if (r.fraction, r.against, r.by) == whole_of), None)
    if whole is not None and (whole.order, whole.fraction) in ahead:
        say(f"no headline: of the programs of all {whole.heads} heads some look past their query")
    elif whole is not None:
        mean = "not defined" if whole.kl.mean is None else f"{whole.kl.mean:.2f}"
        ends = _ends(whole.kl, own.texts)
        told = f"{mean} ({ends})" if ends else mean
        say(
            f"{styled('KL recovered', 'bold')} {told}  with all {whole.heads} heads replaced, "
            f"against their {BY_POSITION}"
        )
    if own.perplexity is not None:
        say(f"perplexity of the unmodified model {own.perplexity:.2f}")
    words = shares[0].ce is not None if shares else False
    titles = ["order", "share", "heads", called, "ablated", "by", "KL recovered", "95%"]
    titles += ["loss recovered", "95%"] if words else []
    rows, reasons, seen = [], [], set()
    for one in shares:
        order, key = one.order, (one.fraction, one.against, one.by)
        if one.fraction == 1:  # the same in every order
            if key in seen:
                continue
            seen.add(key)
            order = "any"
        ours, ablated = (written(cost[by, one.order, one.fraction]) for by in (one.by, one.against))
        moved = "" if one.by == PROGRAMS else "with offset"
        row = [order, f"{one.fraction:.0%}", str(one.heads), ours, ablated, one.against]
        for measured, share in (("KL", one.kl), ("loss", one.ce))[: 1 + words]:
            row += ["not defined", ""] if share is None or share.mean is None else [
                f"{share.mean:.2f}", _ends(share, own.texts)
            ]  # fmt: skip
            if share is not None and share.why:
                of = f"{measured}, {order} {one.fraction:.0%}, {one.against}"
                reasons.append(f"{of}: {share.why}")
        rows.append([*row, "sees ahead" if (one.order, one.fraction) in ahead else moved])
    print_table([*titles, ""], rows)
    if (left := area(shares, NEUTRAL)) is not None:
        say(f"KL with programs over KL {BY_POSITION}, mean over the shares in neutral order: "
              f"{left:.2f}")  # fmt: skip
    for reason in dict.fromkeys(reasons):  # it is the ablation's, whatever stands in for the heads
        say(styled(f"not defined: {reason}", "dim"))
    say(styled(_footer(own, called), "dim"))


def _ends(share: Share, texts: int) -> str:
    """The ends of the interval; over one text it has no width, and nothing is said."""
    return "" if texts == 1 or share.mean is None else f"{share.low:.2f} to {share.high:.2f}"


def _footer(own: Point, called: str) -> str:
    texts = "1 text, which says nothing of others" if own.texts == 1 else f"{own.texts} texts"
    few = ", which are few" if own.few_texts and own.texts > 1 else ""
    of = "its change" if called == "perplexity" else "from the unmodified model"
    return (
        f"{texts}{few}; 95%: paired intervals over texts; {called}: {of}\n"
        "recovered: what the programs give back of what ablating the same heads costs"
    )
