"""A run's programs in place of growing shares of a model's heads, from Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from attndsl.files.places import Place
from attndsl.fit.selection import selection_of
from attndsl.language.diagnostics import AttndslError
from attndsl.models.loading import LoadedModel, load
from attndsl.models.passages import expect_words, passages
from attndsl.runs.opened import OpenedRun, open_run
from attndsl.surrogates.curves import Point, curve
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import evaluate
from attndsl.surrogates.experiment import Asked, experiment

ORDERS = ("random", "neutral", "fit")


@dataclass(frozen=True)
class Replaced:
    """What it costs: a point for each share, with programs and with ablations of the same heads."""

    points: tuple[Point, ...]

    def __repr__(self) -> str:
        return "\n".join(
            f"{one.fraction:>4.0%} {one.by:<20} {said(one)}" for one in self.points
        )  # fmt: skip

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{one.fraction:.0%}</td><td>{escape(one.by)}</td><td>{said(one)}</td></tr>"
            for one in self.points
        )
        return f"<table><tr><th>heads</th><th>replaced by</th><th>cost</th></tr>{rows}</table>"


def said(point: Point) -> str:
    """What a point costs, in the words of its kind of model."""
    if point.ratio is not None and point.fraction:
        return f"perplexity {100 * (point.ratio - 1):+.1f}%, KL {point.divergence:.3f} nats"
    if point.perplexity is not None:
        return f"perplexity {point.perplexity:.2f}"
    return f"KL {point.divergence:.3f}" if point.cosine is None else f"cosine {point.cosine:.3f}"


def replace(
    model: LoadedModel | str,
    run: OpenedRun | Place | str,
    texts: Sequence[str],
    *,
    shares: Sequence[float] = (0.25, 0.5),
    order: str = "fit",
    tokens: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Replaced:
    """Measure a model with a run's programs in place of shares of its heads.

    Heads go in an `order`: `fit` (the best fit first), `random` or `neutral` (the least ablated
    effect first). Texts longer than `tokens` are split.
    """
    if order not in ORDERS:
        raise AttndslError(f"there is no order {order!r}; there are {', '.join(ORDERS)}")
    words = expect_words(texts)
    opened = run if isinstance(run, OpenedRun) else open_run(run)
    loaded = model if isinstance(model, LoadedModel) else load(model)
    opened.assignment.expect(loaded.hash, opened.folder)
    heads = sorted(opened.assignment.heads, key=lambda one: (-one.iou, one.layer, one.head))
    programs = {(one.layer, one.head): one.own for one in heads}
    asked = Asked(tuple(programs), None, (order,), tuple(shares))
    wanted = experiment(
        loaded, opened.folder, programs, selection_of(opened.folder), asked,
        engine_source(loaded.table, loaded.device),
    )  # fmt: skip
    pieces, _ = passages(loaded, words, tokens)
    return Replaced(curve(evaluate(loaded, pieces, wanted.settings, progress=progress)))
