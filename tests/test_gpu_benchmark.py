"""What would be measured on a GPU runs on the CPU, on a tiny shape; figures say nothing."""

from types import SimpleNamespace

import pytest
import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from benchmarks import gpu

CHOSEN = SimpleNamespace(
    shape="tiny", device="cpu", texts=2, tokens=32, steps=2, pairs=1, minutes=0.5
)
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def tokenizer() -> None:
    try:
        load("smollm2")
    except AttndslError as fault:
        pytest.skip(f"its tokenizer is taken: {fault}")


@torch.no_grad()
def test_captures_pairs_and_replaced_heads_are_measured() -> None:
    found = gpu.captured(CHOSEN, CPU) | gpu.pairs(CHOSEN, CPU) | gpu.replaced(CHOSEN, CPU)
    for name in ("capture_tokens_s", "forward_tokens_s", "pairs_cells_s", "pairs_cells_s_cpu"):
        assert found[name] > 0
    assert {f"{work}_ratio_{share}" for work in ("prefill", "decode") for share in (25, 50)} <= set(
        found
    )


@pytest.mark.slow
@torch.no_grad()
def test_an_explain_is_measured() -> None:
    more = SimpleNamespace(**vars(CHOSEN) | {"texts": 8})
    assert gpu.explained(more, CPU)["explain_minutes"] > 0
