"""`TorchPrograms`: token ids in, attention patterns out, on any device."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from attndsl.engines.batch.planning.merge import merge
from attndsl.engines.torch.evaluate import Scene, needs_query
from attndsl.engines.torch.places import place_columns
from attndsl.graph.arithmetic import HUGE, ROW_EMPTY
from attndsl.graph.facts import Facts
from attndsl.graph.program import Program
from attndsl.graph.terms import FREE_K, FREE_Q, Graph
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.similarity import STEPS

BLOCK_ELEMENTS = 2**24  # of the largest tensor that a block of queries makes


class TorchPrograms(nn.Module):
    """Programs over batches of token ids, from vocabulary tables held as buffers.

    `forward(ids, valid)` gives [programs, batch, n, n], zero at padding. Positions count from the
    first valid token, so padding on either side changes nothing. `numbers` are the programs'
    constants: a parameter, without gradient unless asked for. Linguistics come in `columns`, by
    name, as [batch, n] of the ids' layout. `rows` asks for the last rows of each text only.
    """

    numbers: nn.Parameter

    def __init__(
        self,
        programs: Sequence[Program],
        table: PieceTable,
        mask: Mask = CAUSAL,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.programs = tuple(programs)
        self.mask = mask
        self.dtype = dtype
        self.graph = Graph()
        self.roots = merge(self.graph, self.programs, mask)
        self.facts = Facts(self.graph)
        self.terms = self.graph.reachable(self.roots)
        self.pool = table.pool
        self.spaces, self.prefix = table.spaces, table.prefix
        self.axes = 3 + max((self.graph[t].height for t in self.terms), default=0)
        self.rank = max((_rank(self.graph, t) for t in self.terms), default=0)
        self.number_terms = [t for t in self.terms if self.graph[t].op == "number"]
        values = [self.graph[t].number for t in self.number_terms]
        self.numbers = nn.Parameter(torch.tensor(values, dtype=dtype), requires_grad=False)
        self._keep_tables(table)

    def _keep_tables(self, table: PieceTable) -> None:
        """Buffers, so that they move with the module; none of them belongs in a checkpoint."""

        def keep(name: str, values: object) -> None:
            self.register_buffer(name, torch.as_tensor(np.array(values)), persistent=False)

        for name, column in table.columns.items():
            keep(f"column_{name}", column)
        for name, mark in table.marks.items():
            keep(f"mark_{name}", mark)
        self.mark_names = tuple(table.marks)
        self.text_tests: dict[object, str] = {}
        for term in self.terms:
            if self.graph[term].op == "text_is":
                payload = self.graph[term].test
                name = f"test_{len(self.text_tests)}"
                self.text_tests.setdefault(payload, name)
                keep(self.text_tests[payload], table.pool.matches(*payload))
        if any(self.graph[t].op == "similarity" for t in self.terms):
            keep("embedding", table.similarity.rows(np.arange(table.size)))

    def forward(
        self,
        ids: Tensor,
        valid: Tensor | None = None,
        columns: Mapping[str, Tensor] | None = None,
        rows: int | None = None,
    ) -> Tensor:
        batch, width = ids.shape
        padded = valid is not None
        valid = torch.ones_like(ids, dtype=torch.bool) if valid is None else valid.bool()
        order = (~valid).long().argsort(dim=1, stable=True)  # valid tokens first, in order
        count = valid.long().sum(1)
        height = width if rows is None else min(rows, width)
        queries = torch.arange(height, device=ids.device).expand(batch, height)
        if rows is not None:
            queries = (count[:, None] - height + queries).clamp(min=0)
        scene = self._scene(ids.gather(1, order), count, _reordered(columns, order))
        patterns = self._patterns(scene, queries, height)
        if not padded:
            return patterns
        if rows is None:
            patterns = _placed(patterns, order, valid, axis=2)
        return _placed(patterns, order, valid, axis=3)

    def _scene(self, ids: Tensor, count: Tensor, given: Mapping[str, Tensor]) -> Scene:
        lower = self.get_buffer("column_lower")[ids]
        made: dict[str, Tensor] = dict(given)

        def column(name: str) -> Tensor:
            if name not in made:
                level = ATTRIBUTES[name].level
                if level in ("piece", "class"):
                    made[name] = self.get_buffer(f"column_{name}")[ids]
                elif level in ("place", "repeat"):
                    marks = {m: self.get_buffer(f"mark_{m}")[ids] for m in self.mark_names}
                    made.update(place_columns(marks, lower, self.spaces, self.prefix))
                else:
                    raise AttndslError(
                        f"a program reads {name}: pass it in `columns`, made by spaCy "
                        "(attndsl.tokens) for these texts"
                    )
            return made[name]

        def similarity() -> Tensor:
            if "similarity" not in made:
                rows = self.get_buffer("embedding")[ids]
                made["similarity"] = (rows @ rows.mT * STEPS).round() / STEPS
            return made["similarity"]

        numbers = dict(zip(self.number_terms, self.numbers, strict=True))
        return Scene(
            graph=self.graph,
            facts=self.facts,
            count=count,
            width=ids.shape[1],
            columns=column,
            similarity=similarity,
            table=lambda payload: self.get_buffer(self.text_tests[payload]),
            code=self.pool.code,
            numbers=numbers,
            dtype=self.dtype,
            axes=self.axes,
        )

    def _patterns(self, scene: Scene, queries: Tensor, height: int) -> Tensor:
        batch, width = scene.count.shape[0], scene.width
        scene.run([t for t in self.terms if not needs_query(self.graph, t)])
        fixed = dict(scene.known)
        later = [t for t in self.terms if needs_query(self.graph, t)]
        step = max(1, BLOCK_ELEMENTS // max(1, batch * width ** max(1, self.rank - 1)))
        blocks = []
        for start in range(0, height, step):
            scene.known = dict(fixed)
            scene.queries = queries[:, start : start + step]
            scene.run(later)
            blocks.append(self._rows(scene))
        if not blocks:
            return torch.zeros(
                (len(self.programs), batch, 0, width), dtype=self.dtype, device=queries.device
            )
        return blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=2)

    def _rows(self, scene: Scene) -> Tensor:
        """The programs' rows of a block: [programs, batch, rows, width]."""
        assert scene.queries is not None
        q = scene.queries[:, :, None]
        key = torch.arange(scene.width, device=q.device)[None, None, :]
        count = scene.count[:, None, None]
        visible = (key < count) & (q < count) & self.mask.sees(q, key)
        spare: dict[str, Tensor] = {}  # by fallback
        done = []
        for program, root in zip(self.programs, self.roots, strict=True):
            if program.fallback not in spare:
                spare[program.fallback] = _spare(program.fallback, visible, key == q, self.dtype)
            values = scene.known[root].reshape(*scene.known[root].shape[:3]).expand(visible.shape)
            done.append(_finish(program, values, visible, spare[program.fallback]))
        return torch.stack(done) if done else visible.new_zeros((0, *visible.shape)).to(self.dtype)


def _finish(program: Program, values: Tensor, visible: Tensor, spare: Tensor) -> Tensor:
    """Weights or scores normalised over the visible keys, `spare` where there are none."""
    if program.softmax:
        shown = visible & (values > -HUGE)
        top = torch.where(shown, values, -torch.inf).amax(2, keepdim=True)
        top = torch.where(torch.isinf(top), 0.0, top).detach()
        away = torch.where(shown, values - top, 0.0)
        weights = torch.where(shown, away.exp(), 0.0)
    else:
        weights = torch.where(visible, values.clamp(min=0), 0.0)
    total = weights.sum(2, keepdim=True)
    filled = total >= ROW_EMPTY
    return torch.where(filled, weights / torch.where(filled, total, 1.0), spare)


def _spare(fallback: str, visible: Tensor, own: Tensor, dtype: torch.dtype) -> Tensor:
    """What a row without weight becomes."""
    if fallback == "self":
        kept = own & visible
    elif fallback == "uniform":
        kept = visible
    else:
        kept = visible & (visible.long().cumsum(2) == 1)
    return kept.to(dtype) / kept.sum(2, keepdim=True).clamp(min=1)


def _reordered(columns: Mapping[str, Tensor] | None, order: Tensor) -> dict[str, Tensor]:
    return {name: column.gather(1, order) for name, column in (columns or {}).items()}


def _placed(patterns: Tensor, order: Tensor, valid: Tensor, axis: int) -> Tensor:
    """From left-aligned back to where the tokens stand, along one axis; padding gets zeros."""
    back = order.argsort(dim=1)
    shape = [1, back.shape[0], 1, 1]
    shape[axis] = back.shape[1]
    size = list(patterns.shape)
    size[axis] = back.shape[1]
    moved = patterns.gather(axis, back.reshape(shape).expand(size))
    return torch.where(valid.reshape(shape), moved, 0.0)


def _rank(graph: Graph, term: int) -> int:
    """Axes that the work on a term spreads over, the bound one included."""
    free = graph[term].free
    for arg in graph[term].args:
        free |= graph[arg].free
    return (free | FREE_Q | FREE_K).bit_count()
