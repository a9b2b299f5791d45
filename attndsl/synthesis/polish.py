"""A program's numbers fitted by gradient to the heads it serves, then rounded."""

from collections.abc import Sequence

import numpy as np
import torch

from attndsl.engines.torch import TorchPrograms
from attndsl.fit.places import resting_keys, special_ids
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Node, Number, children
from attndsl.language.parser import parse
from attndsl.synthesis.archive import Scorer
from attndsl.tokens.pieces import PieceTable

STEPS = 12
TINY = 1e-9
RATE = 0.08  # of the logarithm of a number
DIGITS = (2, 3)
GAIN = 1e-4  # of mean agreement in content and rest that fitted numbers must bring


def polish(
    source: str,
    store: HeadStore,
    table: PieceTable,
    numbers: Sequence[int],
    heads: Sequence[int],
    steps: int = STEPS,
) -> str:
    """The source with fitted numbers, to the fewest digits that keep the score; or as it was.

    Fitted are the literals with a point, each by its value: equal literals stay equal.
    """
    program = verify(source).programs[0]
    scorer = Scorer(store, table, tuple(numbers), tuple(heads))
    fitted = fitted_numbers(program, store, table, numbers, heads, steps)
    asked = float(scorer.scores([program]).mean()) + GAIN
    for digits in DIGITS:
        changed = written(source, fitted, digits)
        checked = verify(changed).programs
        if not checked:
            continue
        value = float(scorer.scores(checked[:1]).mean())
        if value > asked:
            source, asked = changed, value + GAIN
    return source


@torch.enable_grad()  # whoever calls may have switched gradients off
def fitted_numbers(
    program: Program,
    store: HeadStore,
    table: PieceTable,
    numbers: Sequence[int],
    heads: Sequence[int],
    steps: int,
) -> dict[float, float]:
    """From each positive literal with a point to its fitted value."""
    module = TorchPrograms([program], table, store.meta.mask, torch.float32)
    known = {value for _, value in literals(program.source)}
    values = [module.graph[term].number for term in module.number_terms]
    free = torch.tensor([value in known and value > 0 for value in values])
    if not free.any():
        return {}
    ids, valid, target, resting = batch(store, table, numbers, heads)
    start = torch.tensor(values)
    logs = torch.zeros(len(values), requires_grad=True)
    optimizer = torch.optim.Adam([logs], lr=RATE)
    # A decay over 1 would grow without end; every literal that starts under 1 stays there.
    top = torch.where(start < 1, torch.tensor(0.999), start * 10)
    for _ in range(steps):
        optimizer.zero_grad()
        now = torch.where(free, torch.minimum(start * logs.exp(), top), start)
        patterns = torch.func.functional_call(module, {"numbers": now}, (ids, valid))[0]
        missed(patterns, target, valid, resting).backward()
        if logs.grad is None or not torch.isfinite(logs.grad).all():
            return {}
        optimizer.step()
    now = torch.where(free, torch.minimum(start * logs.detach().exp(), top), start)
    return {
        value: float(fitted)
        for value, fitted, is_free in zip(values, now, free, strict=True)
        if is_free
    }


def missed(
    made: torch.Tensor, target: torch.Tensor, valid: torch.Tensor, resting: torch.Tensor
) -> torch.Tensor:
    """How far a program's patterns [B, n, n] are from agreeing with the heads' in content and rest,
    mean over heads and texts; a differentiable 1 - agreement, as `Measures` has it."""
    rows = (valid.sum(1) - 1).clamp_min(1)  # without the first token's, which has one key
    target, content = target[:, :, 1:], ~resting[None, :, None, :]
    made = made[None, :, 1:] * valid[None, :, 1:, None]
    shared = (torch.minimum(made, target) * content).sum((2, 3))
    both, mass = (((one * content).sum((2, 3))) for one in (made + target, target))
    rest = ((made - target) * ~content).sum(3).abs().sum(2)
    apart = 1 - shared / (both - shared).clamp_min(TINY)
    return ((rest + mass * apart) / rows).mean()


def batch(
    store: HeadStore, table: PieceTable, numbers: Sequence[int], heads: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Texts padded on the right: ids, which are there, the heads' patterns [heads, B, n, n], and
    which keys rest."""
    texts = [store[number] for number in numbers]
    width = max(text.length for text in texts)
    ids = torch.zeros(len(texts), width, dtype=torch.int64)
    valid = torch.zeros(len(texts), width, dtype=torch.bool)
    resting, special = torch.zeros_like(valid), special_ids(table)
    target = torch.zeros(len(heads), len(texts), width, width)
    for row, text in enumerate(texts):
        n = text.length
        ids[row, :n] = torch.as_tensor(np.array(text.ids))
        valid[row, :n] = True
        resting[row, list(resting_keys(store.meta.mask, text.ids, special))] = True
        square = unpack(np.asarray(text.patterns)[list(heads)], store.meta.mask, n)
        target[:, row, :n, :n] = torch.as_tensor(square.astype(np.float32))
    return ids, valid, target, resting


def written(source: str, fitted: dict[float, float], digits: int) -> str:
    """The source with its literals replaced; numbers in words and texts stay.

    >>> written("def f(q, k):\\n    return 0.5 ** 1.5 + 2\\n", {0.5: 0.666, 2.0: 5.0}, 2)
    'def f(q, k):\\n    return 0.67 ** 1.5 + 2\\n'
    """
    lines = source.split("\n")
    for span, value in reversed(literals(source)):
        if value in fitted:
            text = f"{max(fitted[value], 10.0**-digits):.{digits}f}".rstrip("0")
            row = lines[span.line - 1]
            lines[span.line - 1] = (
                row[: span.column - 1]
                + (text + "0" if text.endswith(".") else text)
                + row[span.end_column - 1 :]
            )
    return "\n".join(lines)


def literals(source: str) -> list[tuple[Span, float]]:
    """The numbers that are written with a point, in the order of the source."""
    lines, places = source.split("\n"), []
    waiting: list[Node] = [parse(source)[0]]
    while waiting:
        node = waiting.pop()
        waiting += children(node)
        if isinstance(node, Number):
            row = lines[node.span.line - 1]
            if "." in row[node.span.column - 1 : node.span.end_column - 1]:
                places.append((node.span, node.value))
    return sorted(places, key=lambda one: (one[0].line, one[0].column))
