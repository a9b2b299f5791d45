"""The torch engine gives what the reference engine gives, padded on either side, and gradients."""

import os

import numpy as np
import pytest

# What is imported after this needs torch, so it can't stand above: E402 is off for those lines.
torch = pytest.importorskip("torch", reason="the torch engine needs torch")

from attndsl.engines.reference import pattern  # noqa: E402
from attndsl.engines.torch import TorchPrograms  # noqa: E402
from attndsl.graph.verify import verify  # noqa: E402
from attndsl.language.diagnostics import AttndslError  # noqa: E402
from attndsl.language.mask import CAUSAL  # noqa: E402
from attndsl.tokens.encoded import Encoded  # noqa: E402
from tests.engines.agreement import (  # noqa: E402
    MASKS,
    by_torch,
    chunks,
    padded,
    random_programs,
    short_texts,
)
from tests.programs.texts import random_text  # noqa: E402

PROGRAMS = int(os.environ.get("ATTNDSL_AGREEMENT", "2000"))
NEAR = 1e-9


def tensors(texts: list[Encoded], width: int) -> "tuple[torch.Tensor, torch.Tensor]":
    ids, valid = padded(texts, width)
    return torch.from_numpy(ids), torch.from_numpy(valid)


@pytest.mark.parametrize("turn", range(3), ids=lambda turn: MASKS[turn].kind)
def test_the_torch_engine_agrees_with_the_reference(turn: int) -> None:
    texts, mask = short_texts(turn), MASKS[turn]
    for part in chunks(random_programs(PROGRAMS)[turn::3], 32):
        for program, found in zip(part, by_torch(part, texts, mask), strict=True):
            for text, got in zip(texts, found, strict=True):
                away = np.abs(got - pattern(program, text, mask)).max(initial=0)
                assert away < NEAR, (program.source, text.labels())


def test_padding_gets_no_weight() -> None:
    ids, valid = tensors(short_texts(1), 70)
    found = TorchPrograms(random_programs(20), random_text(1, 7).table)(ids, valid)
    hidden = ~(valid[:, :, None] & valid[:, None, :])
    assert float(found[:, hidden].abs().max()) == 0


def test_a_compiled_module_gives_the_same_patterns() -> None:
    """torch.compile may break the graph but not the result."""
    ids, valid = tensors([random_text(4, 22), random_text(5, 7)], 24)
    module = TorchPrograms(random_programs(6), random_text(4, 22).table)
    compiled = torch.compile(module, backend="eager")
    torch.testing.assert_close(compiled(ids, valid), module(ids, valid), atol=1e-12, rtol=0)


def test_the_last_rows_alone_are_the_last_rows_of_all() -> None:
    programs = random_programs(40)
    ids, valid = tensors([random_text(4, 22), random_text(5, 7)], 24)
    module = TorchPrograms(programs, random_text(4, 22).table)
    whole = module(ids, valid)
    last = module(ids, valid, rows=1)
    assert last.shape == (40, 2, 1, 24)
    torch.testing.assert_close(last[:, 0, 0], whole[:, 0, 23], atol=1e-12, rtol=0)
    torch.testing.assert_close(last[:, 1, 0], whole[:, 1, 6], atol=1e-12, rtol=0)


def test_numbers_have_gradients() -> None:
    source = "def p(q, k):\n    return 0.6 * (k.i == 0) + 0.4 * 0.8 ** (q.i - k.i)\n"
    text = random_text(6, 22)
    module = TorchPrograms(verify(source).programs, text.table)
    module.numbers.requires_grad_(True)
    loss = module(torch.from_numpy(text.ids)[None])[0, 0, 10, 0]
    loss.backward()
    assert module.numbers.grad is not None
    by_value = dict(zip(module.numbers.tolist(), module.numbers.grad.tolist(), strict=True))
    step = 1e-6
    with torch.no_grad():
        place = module.numbers.tolist().index(0.8)
        module.numbers[place] += step
        nudged = module(torch.from_numpy(text.ids)[None])[0, 0, 10, 0]
    assert by_value[0.8] == pytest.approx(float((nudged - loss).detach() / step), rel=1e-3)


def test_linguistics_come_from_outside() -> None:
    source = 'def p(q, k):\n    return k.pos == "NOUN"\n'
    text = random_text(6, 7)
    module = TorchPrograms(verify(source).programs, text.table)
    ids = torch.from_numpy(text.ids)[None]
    with pytest.raises(AttndslError, match="pass it in `columns`"):
        module(ids)
    noun = text.table.pool.code("NOUN")
    codes = torch.zeros_like(ids)
    codes[0, 2] = noun
    module = TorchPrograms(verify(source).programs, text.table)
    found = module(ids, columns={"pos": codes})
    assert found[0, 0, 5].tolist() == [0, 0, 1, 0, 0, 0, 0]


def test_no_host_work_for_programs_on_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the forward pass asks a tensor for its values, which would stop an accelerator."""
    programs = random_programs(30)
    text = random_text(4, 22)
    module = TorchPrograms(programs, text.table, CAUSAL)
    ids, valid = tensors([text], 24)

    def refuse(*_: object) -> None:
        raise AssertionError("the forward pass reads a tensor on the host")

    for name in ("item", "tolist", "__bool__", "__float__", "__int__", "numpy", "nonzero"):
        monkeypatch.setattr(torch.Tensor, name, refuse)
    module(ids, valid)
