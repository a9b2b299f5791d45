"""Quantised models: their own attention is captured, and programs take its place."""

from pathlib import Path

import numpy as np
import pytest
import torch

from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.surrogates import install
from tests.models.folders import model_folder

pytest.importorskip("bitsandbytes", reason="quantises; on a CPU too")

TEXT = "the cat sat on the mat . the cat ran"


@torch.no_grad()
def test_eight_bits_are_captured_and_replaced(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    whole = model_folder(tmp_path / "whole", "llama")
    quantised = AutoModelForCausalLM.from_pretrained(
        whole, quantization_config=BitsAndBytesConfig(load_in_8bit=True), device_map="cpu"
    )
    folder = tmp_path / "quantised"
    quantised.save_pretrained(folder)
    AutoTokenizer.from_pretrained(whole).save_pretrained(folder)

    loaded = load(str(folder))
    kinds = {type(part).__name__ for part in loaded.model.modules()}
    assert "Linear8bitLt" in kinds
    capture(loaded, [TEXT], tmp_path / "heads")
    found = HeadStore.open(tmp_path / "heads")
    ids = torch.as_tensor(loaded.encode(TEXT))[None]
    loaded.model.set_attn_implementation("eager")
    own = torch.cat([layer[0] for layer in loaded.model(ids, output_attentions=True).attentions])
    stored = unpack(found[0].patterns, found.meta.mask, ids.shape[1])
    assert np.abs(stored - own.float().numpy()).max() < 1e-3  # kept as float16

    before = loaded.model(ids).logits
    program = verify("def previous(q, k):\n    return k == q.prev\n").programs[0]
    with install(loaded, {(0, 0): program, (1, 1): program}):
        assert (loaded.model(ids).logits - before).abs().max() > 1e-3
    assert torch.equal(loaded.model(ids).logits, before)
