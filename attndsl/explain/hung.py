"""How much each head's output counts in a run: the more, the more the model's own hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    import torch

    from attndsl.explain.run import Run

MOST = 4.0  # times as much as a typical head's
TINY = 1e-12


def hangs_of(work: Run) -> torch.Tensor | None:
    """Of every head 1 or more: by the square root, a few heads of the first layers would else be
    all that counts. None where it can't be told; measured once a run."""
    import torch

    from attndsl.synthesis.parts.symbols import symbols_of

    if work.store.meta.sketched or len(set(work.loaded.masks)) > 1:
        return None
    if symbols_of(work.loaded.table):  # whose programs are the likeliest ones
        return None
    nats = torch.tensor(_known(work)).clamp_min(0)
    middle = float(nats.median()) if len(nats) else 0.0
    return (nats / max(middle, TINY)).sqrt().clamp(1.0, MOST) if middle > 0 else None


def _known(work: Run) -> list[float]:
    for line in work.journal.of_kind("hangs"):
        return list(line["nats"])
    nats = [round(one, 6) for one in _measured(work)]
    work.note({"kind": "hangs", "nats": nats})
    return nats


def _measured(work: Run) -> list[float]:
    from attndsl.surrogates.hanging import TEXTS, hanging

    texts = [work.store[number] for number in work.sets.selection[:TEXTS]]
    heads = [work.place(head) for head in work.heads]
    try:
        return hanging(work.loaded, texts, work.store.meta.mask, heads, lambda at, of: work.tell(
            "propose", at, of, "how much hangs on each head"))  # fmt: skip
    except AttndslError:  # a model that answers nothing
        return []
