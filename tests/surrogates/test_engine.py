"""Real programs in place of heads: patterns from the engines, ids from the model."""

from pathlib import Path

import numpy as np
import pytest
import torch

from attndsl.engines.reference import pattern
from attndsl.engines.table import ENGINES, make_engine
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.engine import EngineSource, engine_source
from attndsl.surrogates.generation import generate
from attndsl.surrogates.handle import install
from attndsl.tokens.tokenizer import from_ids
from tests.models.folders import model_folder
from tests.surrogates.test_attention import padded
from tests.surrogates.tiny import fading

SOURCE = '''
def previous(q, k):
    return k == q.prev

def same(q, k):
    """Earlier pieces of the same text, nearer ones more."""
    w = 0.0
    if k.lower == q.lower:
        w = 0.9 ** (q.i - k.i)
    return w

def alike(q, k):
    return max(similarity(q, k), 0.0) + 0.1

def verb(q, k):
    anchor = last(t for t in before(q) if t.lower in {"sat", "ran"})
    return k == anchor or k.i == 0

def ahead(q, k):
    return n - k.i
'''
PROGRAMS = {program.name: program for program in verify(SOURCE).programs}
MIXED = {
    (0, 1): PROGRAMS["previous"],
    (0, 2): PROGRAMS["same"],
    (0, 3): PROGRAMS["alike"],
    (1, 0): PROGRAMS["verb"],
    (1, 1): PROGRAMS["same"],
}


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("engine") / "llama"
    return load(str(model_folder(folder, "llama")), "float64")


def test_the_programs_passed_the_checks() -> None:
    assert set(PROGRAMS) == {"previous", "same", "alike", "verb", "ahead"}
    assert [name for name, program in PROGRAMS.items() if not program.causal] == ["ahead"]


@pytest.mark.parametrize("mask", [CAUSAL, Mask("window", 4), FULL])
@pytest.mark.parametrize("engine", ENGINES)
def test_sources_give_the_reference_rows(llama: LoadedModel, engine: str, mask: Mask) -> None:
    programs = [PROGRAMS[name] for name in ("previous", "same", "alike", "verb")]
    source = EngineSource(make_engine(engine)(programs, mask, llama.table), llama.table)
    texts = [np.array([5, 7, 9, 11, 5, 7, 10, 15], dtype=np.int64), np.array([8, 8, 9])]
    rows = [0, 0] if mask is FULL else [5, 1]
    for text, row, made in zip(texts, rows, source.patterns(texts, rows), strict=True):
        encoded = from_ids(llama.table, text)
        for number, program in enumerate(programs):
            expected = pattern(program, encoded, mask)[row:]
            assert np.abs(np.asarray(made[number]) - expected).max() < 1e-6


def test_batches_padding_and_generation_with_real_programs(llama: LoadedModel) -> None:
    model, source = llama.model, engine_source(llama.table)
    ids, mask, positions = padded([20, 11], left=True)
    how = {"max_new_tokens": 10, "min_new_tokens": 10, "num_beams": 3}
    with install(model, MIXED, source):
        batch = model(ids, attention_mask=mask, position_ids=positions).logits
        single = model(ids[1:, 9:]).logits[0]
        assert (batch[1, 9:] - single).abs().max() < 1e-5
        cached = model.generate(ids, attention_mask=mask, **how)
        whole = model.generate(ids, attention_mask=mask, use_cache=False, **how)
    assert torch.equal(cached, whole)


def test_the_checkers_reason_refuses_generation(llama: LoadedModel) -> None:
    with (
        install(llama.model, {(0, 0): PROGRAMS["ahead"]}, engine_source(llama.table)),
        pytest.raises(AttndslError, match="'ahead' in layer 0, head 0 is not causal"),
    ):
        llama.model.generate(torch.tensor([[5, 6]]), max_new_tokens=2)


def test_programs_that_were_not_checked_are_refused(llama: LoadedModel) -> None:
    with (
        pytest.raises(AttndslError, match="is no checked program"),
        install(llama.model, {(0, 0): fading}, engine_source(llama.table)),
    ):
        llama.model(torch.tensor([[5, 6]]))


def test_a_transformers_model_needs_its_tokenizer(llama: LoadedModel) -> None:
    ids = torch.tensor([[5, 7, 9, 5]])
    with pytest.raises(AttndslError, match="give the model's tokenizer"):
        install(llama.model, MIXED)
    with install(llama, MIXED):
        expected = llama.model(ids).logits
    with install(llama.model, MIXED, tokenizer=llama.tokenizer):
        assert torch.equal(llama.model(ids).logits, expected)


def test_text_is_streamed_with_and_without_programs(llama: LoadedModel) -> None:
    pieces: list[str] = []
    plain = generate(llama, "the cat sat on", tokens=12, on_text=pieces.append)
    assert "".join(pieces) == plain
    assert len(pieces) > 1
    assert plain.startswith(" ")  # as it stands after the prompt
    with install(llama, MIXED):
        ours = generate(llama, "the cat sat on", tokens=12)
        sampled = [
            generate(llama, "the cat", tokens=12, temperature=1.0, seed=s) for s in (1, 1, 2)
        ]
    assert ours != plain
    assert sampled[0] == sampled[1] != sampled[2]
    assert generate(llama, "the cat sat on", tokens=12) == plain
    with pytest.raises(AttndslError, match="don't fit the model's context of 96"):
        generate(llama, "the cat", tokens=100)
    with pytest.raises(AttndslError, match="prompt is empty"):
        generate(llama, "")


def test_stories_with_programs(shared: Path) -> None:
    loaded = load(str(shared / "data/models/stories260K"), "float64")
    assert generate(loaded, "Once upon", tokens=6).startswith(" a time")
    ids = torch.as_tensor(loaded.encode("Once upon a time there was a little girl"))[None]
    heads = {(layer, head): MIXED[0, 1] for layer in (1, 3) for head in range(8)}
    how = {"max_new_tokens": 30, "do_sample": False, "pad_token_id": 0}
    with install(loaded.model, {**heads, (0, 0): PROGRAMS["verb"]}, engine_source(loaded.table)):
        cached = loaded.model.generate(ids, **how)
        assert torch.equal(cached, loaded.model.generate(ids, use_cache=False, **how))
