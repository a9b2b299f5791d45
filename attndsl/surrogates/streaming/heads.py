"""The attention of one layer in a pass whose cache streams: the groups that stay as ever, by a
smaller layer of their own, and the others by the tapes of their programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import nn

from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer
from attndsl.surrogates.reading import Reading
from attndsl.surrogates.streaming.cache import StreamingLayer, TextState
from attndsl.surrogates.streaming.held import Rows, held_of, room_for, taken_in
from attndsl.surrogates.streaming.tapes import Tapes, part_of

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
    moved: dict[tuple[str, torch.device], torch.Tensor] = field(default_factory=dict)

    def follow(
        self, module: nn.Module, call: Call, reading: Reading
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What all heads give; what the others look at, if asked for."""
        rest, weights = None, None
        if self.rest is not None:
            query = call.query
            if self.queries and len(self.queries) < query.shape[1]:
                query = query.index_select(1, self.there("queries", self.queries, query.device))
            fewer = call._replace(query=query)
            rest, weights = self.rest.follow(module, fewer, reading)
            if not self.programs:
                return rest, weights
        else:
            slots = reading.slots[self.layer.index]
            reading.check_mask(self.layer.index, self.layer.mask, slots, call.mask)
        rows = self.streamed(reading, reading.streams[self.layer.index])
        out = rows if rest is None else torch.cat([rest, rows], dim=2)
        return out.index_select(2, self.there("order", self.order, out.device)), weights

    @cached_property
    def order(self) -> list[int]:
        """Where each head stands among the others' rows and, behind them, those of programs."""
        every = [mine for programs in self.programs.values() for _, mine in programs]
        where = {head: number for number, head in enumerate(self.heads)}
        for number, mine in enumerate(every, len(self.heads)):
            where |= dict.fromkeys(mine, number)
        return [where[head] for head in range(self.layer.heads)]

    def there(self, name: str, numbers: Sequence[int], device: torch.device) -> torch.Tensor:
        """Numbers as a tensor of a device, made once."""
        if (name, device) not in self.moved:
            self.moved[name, device] = torch.tensor(numbers, device=device)
        return self.moved[name, device]

    def make_ready(self) -> None:
        """Have the kernels of all programs compiled, or loaded."""
        for programs in self.programs.values():
            for program, _ in programs:
                self.tapes.stream_of(program).make_ready()

    def streamed(self, reading: Reading, held: StreamingLayer) -> torch.Tensor:
        """The rows of each program of each group, `[B, queries, programs, size]`."""
        assert held.fresh is not None
        out: torch.Tensor | None = None
        for row, text in enumerate(held.texts):
            part = part_of(reading, row)
            if part.first >= part.stop:
                continue
            if text.done != part.first:
                raise AttndslError(
                    f"the cache holds {text.done} tokens of a text, the pass goes on from token "
                    f"{part.first}: start from the whole text"
                )
            new = taken_in(held.fresh[row][:, part.queries])
            made = torch.as_tensor(self.one_text(reading, row, text, new))
            done = made.to(held.fresh.dtype).transpose(0, 1)
            text.done, text.trace = part.stop, part.trace
            if len(held.texts) == 1 and len(done) == reading.queries:
                return done[None]
            if out is None:
                out = done.new_zeros(len(held.texts), reading.queries, *done.shape[1:])
            out[row, part.queries] = done
        if out is None:  # nothing but padding
            size = held.fresh.shape[-1]
            out = held.fresh.new_zeros(len(held.texts), reading.queries, self.count, size)
        return out

    @cached_property
    def count(self) -> int:
        return sum(map(len, self.programs.values()))

    def one_text(self, reading: Reading, row: int, text: TextState, new: Rows) -> Rows:
        """The rows of each program of each group."""
        done = room_for(self.count, new)
        rows = iter(done)
        for group, programs in self.programs.items():
            held = text.groups.get(group)
            if held is None:
                held = text.groups[group] = held_of(new[group])
            held.extend(new[group])
            wanted = []
            for program, _ in programs:
                tape, kept = self.tapes.of(reading, row, program)
                wanted.append(kept)
                held.follow(program.hash, tape, next(rows))
            held.forget(wanted, len(reading.texts[row]))
        return done
