"""On which heads the model's output hangs: the divergence with all replaced, shared out among them.

    python -m benchmarks.hanging --run RUN [--json FILE]

By slopes on the way from other patterns to heads' own (integrated gradients), on eight texts that
programs were chosen by: from heads' mean patterns, by which `explain` counts outputs, and from the
run's programs, which tells whose program costs most where all are in place.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from attndsl.fit.assignment import read_assignment
from attndsl.fit.library import LibrarySource
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.transfer import library_of, numbers_of
from attndsl.surrogates.hanging import TEXTS, hanging
from benchmarks.measure import Figures, finish, machine, table

SHOWN = 12
NOTES = {
    "hangs_first_layer": "of what is shared out from mean patterns",
    "programs_most": "the largest share that one head's program has",
    "programs_ten": "the share of the ten heads that have most",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="on which heads a model's output hangs")
    parser.add_argument("--run", metavar="RUN", type=Path, required=True, help="a run of explain")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    assignment = read_assignment(chosen.run)
    loaded, store = load(assignment.model), HeadStore.open(chosen.run / "heads")
    texts = [store[number] for number in range(TEXTS)]  # the first are those to select by
    heads = sorted((one.layer, one.head) for one in assignment.heads)
    source = LibrarySource(library_of(assignment), loaded.table, store.meta.mask)
    place = {layer.index: at for at, layer in enumerate(loaded.attention)}
    numbers = numbers_of(assignment, loaded)
    owner = [numbers[place[layer] * loaded.heads + head] for layer, head in heads]
    made = [packed[owner] for packed in source.patterns(texts)]
    figures = Figures()
    for name, begin in (("means", None), ("programs", made)):
        nats = np.maximum(hanging(loaded, texts, store.meta.mask, heads, begin=begin), 0)
        figures |= told(name, heads, nats / nats.sum(), float(nats.sum()))
    finish("hanging", figures, NOTES, chosen.json)


def told(
    name: str, heads: Sequence[tuple[int, int]], shares: np.ndarray, nats: float
) -> dict[str, float]:
    order = np.argsort(-shares)
    print(f"from {name}: {nats:.2f} nats shared out")
    rows = [[f"L{heads[at][0]}.H{heads[at][1]}", f"{shares[at]:.3f}"] for at in order[:SHOWN]]
    table(["head", "share"], rows)
    first = sum(float(shares[at]) for at, (layer, _) in enumerate(heads) if layer == 0)
    key = "hangs" if name == "means" else name
    return {
        f"{key}_first_layer": first,
        f"{key}_most": float(shares.max()),
        f"{key}_ten": float(shares[order[:10]].sum()),
        f"{key}_over_typical": float(shares.max() / max(np.median(shares), 1e-9)),
    }


if __name__ == "__main__":
    main()
