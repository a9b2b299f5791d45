"""The census, calibrated: how often heads that read nothing are given a name that reading gives.

    python -m benchmarks.census [--json FILE] [--texts 40] [--many 40] [--kinds NAMES]
        [--store STORE]

Three kinds of head can't have learnt anything from text: those of a GPT-2 and of a Llama with
random weights, and a real model's own (SmolLM2's) with the weights of each row dealt out anew among
the keys behind the first. A name by anything but places is false for all of them. Beside it stands
how many of the real heads get one. `--many` takes the first of each kind of probe, `--kinds` some
kinds (parted by commas), `--store` keeps the real model's heads.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from attndsl.fit.census import census
from attndsl.fit.findings import Census
from attndsl.graph.mechanisms import mechanisms
from attndsl.heads.meta import META_FILE
from attndsl.heads.packing import row_starts
from attndsl.heads.probes import FOLDER, ProbeStore, write_labels
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, describe
from attndsl.models.probing import capture_probes
from attndsl.tokens.texts import builtin_texts
from benchmarks.measure import Figures, finish, machine, options

TOKENS = 64
PLACES = {one.name for one in mechanisms() if one.positional}


def main() -> None:
    chosen = options("The census, calibrated", texts=40, many=40, kinds="", store="")
    wanted = Wanted(chosen.texts, chosen.many, tuple(filter(None, chosen.kinds.split(","))) or None)
    print(machine())
    figures: Figures = {}
    with TemporaryDirectory() as made:
        real = load("smollm2")
        store = captured(real, Path(chosen.store or f"{made}/real"), wanted)
        add(figures, "smollm2", taken(real, store))
        add(figures, "shuffled", taken(real, shuffled(store, Path(made) / "shuffled")))
        for name, model in random_models(real).items():
            add(figures, name, taken(model, captured(model, Path(made) / name, wanted)))
    notes = {f"{name}_by_reading": "share of heads; all of them false" for name in
             ("shuffled", "random_gpt2", "random_llama")}  # fmt: skip
    finish("census", figures, notes, chosen.json)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is looked at: natural texts, probes of each kind, which kinds (None: all)."""

    texts: int
    many: int
    kinds: tuple[str, ...] | None


def captured(loaded: LoadedModel, folder: Path, wanted: Wanted) -> HeadStore:
    if not (folder / META_FILE).exists():
        plain = [text.text for text in builtin_texts()[: wanted.texts]]
        capture(loaded, plain, folder, longest=TOKENS)
    store = HeadStore.open(folder)
    if ProbeStore.beside(store) is None:
        capture_probes(loaded, folder, many=wanted.many, kinds=wanted.kinds)
    return store


def taken(loaded: LoadedModel, store: HeadStore) -> Census:
    return census(store, loaded.table)


def add(figures: Figures, name: str, found: Census) -> None:
    heads = len(found.heads)
    read = [head for head in found.heads if set(head.names) - PLACES]
    placed = [head for head in found.heads if set(head.names) & PLACES]
    figures[f"{name}_heads"] = heads
    figures[f"{name}_by_reading"] = len(read) / heads
    figures[f"{name}_by_places"] = len(placed) / heads
    for mechanism in sorted({one for head in read for one in head.names} - PLACES):
        figures[f"{name}_{mechanism}"] = len(found.find(mechanism))


def shuffled(store: HeadStore, folder: Path) -> HeadStore:
    """The heads of a store, and of its probes, each row dealt out anew behind the first."""
    probes = ProbeStore.beside(store)
    assert probes is not None
    rng = np.random.default_rng(0)
    with ExitStack() as stack:
        for source, target in ((store, folder), (probes.heads, folder / FOLDER)):
            writer = stack.enter_context(StoreWriter(target, source.meta))
            for text in source:
                patterns = np.array(text.patterns)
                starts = row_starts(source.meta.mask, text.length)
                for row in range(2, text.length):
                    behind = slice(int(starts[row]) + 1, int(starts[row + 1]))
                    patterns[:, behind] = patterns[:, behind][:, rng.permutation(row)]
                writer.add(text.number, text.ids.tolist(), text.text, patterns)
    write_labels(folder / FOLDER, probes.probes, probes.left_out)
    return HeadStore.open(folder)


def random_models(real: LoadedModel) -> dict[str, LoadedModel]:
    """Models of the usual make with random weights, and the real one's tokenizer."""
    import transformers

    torch.manual_seed(0)
    words = real.embeddings.shape[0]
    gpt2 = transformers.GPT2Config(
        vocab_size=words, n_positions=256, n_embd=192, n_layer=6, n_head=12
    )
    llama = transformers.LlamaConfig(
        vocab_size=words, max_position_embeddings=256, hidden_size=192, intermediate_size=384,
        num_hidden_layers=6, num_attention_heads=12, num_key_value_heads=4,
    )  # fmt: skip
    made = {
        "random_gpt2": transformers.GPT2LMHeadModel(gpt2),
        "random_llama": transformers.LlamaForCausalLM(llama),
    }
    return {
        name: describe(name, model.eval(), real.needed_tokenizer) for name, model in made.items()
    }


if __name__ == "__main__":
    main()
