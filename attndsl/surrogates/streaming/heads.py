"""The attention of one layer in a pass whose cache streams: the groups that stay as ever, by a
smaller layer of their own, and the others by the tapes of their programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import torch
from torch import nn

from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer
from attndsl.surrogates.patterns import places
from attndsl.surrogates.reading import Reading, Slots
from attndsl.surrogates.streaming.cache import StreamingLayer, TextState
from attndsl.surrogates.streaming.held import held_of
from attndsl.surrogates.streaming.tapes import Tapes

if TYPE_CHECKING:
    from attndsl.surrogates.attention import Call, SurrogateAttention


GroupPrograms = tuple[tuple[Program, tuple[int, ...]], ...]  # each with its heads


@dataclass(frozen=True, eq=False)
class StreamedHeads:
    """`programs` are those of each streamed group, each with its heads; `rest` does the others,
    `heads` in number, whose queries are the `queries` that the model makes."""

    layer: AttentionLayer
    programs: dict[int, GroupPrograms]
    tapes: Tapes
    rest: SurrogateAttention | None
    heads: tuple[int, ...]
    queries: tuple[int, ...]

    def follow(
        self, module: nn.Module, call: Call, reading: Reading
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What all heads give; what the others look at, if asked for."""
        rest, weights = None, None
        if self.rest is not None:
            query = call.query
            if self.queries and len(self.queries) < query.shape[1]:
                chosen = torch.tensor(self.queries, device=query.device)
                query = query.index_select(1, chosen)
            fewer = call._replace(query=query)
            rest, weights = self.rest.follow(module, fewer, reading)
            if not self.programs:
                return rest, weights
        else:
            slots = reading.slots[self.layer.index]
            reading.check_mask(self.layer.index, self.layer.mask, slots, call.mask)
        held = reading.streams[self.layer.index]
        out = call.value.new_zeros(
            len(reading.texts), reading.queries, self.layer.heads, call.value.shape[-1]
        )
        if rest is not None:
            out.index_copy_(2, torch.tensor(self.heads, device=out.device), rest)
        self.streamed(out, reading, held)
        return out, weights

    def make_ready(self) -> None:
        """Have the kernels of all programs compiled, or loaded."""
        for programs in self.programs.values():
            for program, _ in programs:
                self.tapes.stream_of(program).make_ready()

    def streamed(self, out: torch.Tensor, reading: Reading, held: StreamingLayer) -> None:
        """The rows of the streamed heads, text by text."""
        assert held.fresh is not None
        slots = Slots(reading.total, 0)
        for row, text in enumerate(held.texts):
            if reading.first_rows[row] >= len(reading.texts[row]):
                continue
            if text.done != reading.first_rows[row]:
                raise AttndslError(
                    f"the cache holds {text.done} tokens of a text, the pass goes on from token "
                    f"{reading.first_rows[row]}: start from the whole text"
                )
            queries, _, _ = places(reading, row, slots)
            new = held.fresh[row][:, queries]
            heads, done = self.one_text(reading, row, text, new)
            for head, rows in zip(heads, done, strict=True):
                out[row, queries, head] = rows.to(out.dtype)

    def one_text(
        self, reading: Reading, row: int, text: TextState, new: torch.Tensor
    ) -> tuple[list[int], list[torch.Tensor]]:
        """The streamed heads, and the rows of each."""
        heads, done = list[int](), list[torch.Tensor]()
        for group, programs in self.programs.items():
            held = text.groups.get(group)
            if held is None:
                held = text.groups[group] = held_of(new[group])
            held.extend(new[group])
            wanted = []
            for program, followers in programs:
                tape, kept = self.tapes.of(reading, row, program)
                wanted.append(kept)
                rows = held.follow(program.hash, tape)
                heads += followers
                done += [rows] * len(followers)
            held.forget(wanted, len(reading.texts[row]))
        text.done = len(reading.texts[row])
        text.trace = crc32(reading.texts[row].tobytes())
        return heads, done
