"""Programs in place of heads, in a live model, and out again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import torch

from attndsl.graph.program import expect_program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, shown, whole
from attndsl.models.architecture import AttentionLayer, attention_layers
from attndsl.models.bare import bare, expect_model
from attndsl.models.loading import LoadedModel
from attndsl.models.seam import base_implementation, enter, leave
from attndsl.surrogates.ablations import Ablation, Shifted, fixed_in
from attndsl.surrogates.attention import SurrogateAttention
from attndsl.surrogates.numbering import distinct_programs, identity, numbers_in
from attndsl.surrogates.patterns import Patterns
from attndsl.surrogates.plan import LayerPlan, plan_layer
from attndsl.surrogates.reach import prove_reached
from attndsl.surrogates.sources import SourceFactory, rules
from attndsl.surrogates.streaming.choose import streamed_groups
from attndsl.surrogates.streaming.heads import StreamedHeads
from attndsl.surrogates.streaming.install import Streaming, streamed_heads
from attndsl.surrogates.streaming.tapes import Tapes
from attndsl.surrogates.tracking import Tracker
from attndsl.tokens.pieces import PieceTable

Head = tuple[int, int]
MEMORY_MB = 1024
HANDLE = "_attndsl_handle"
LISTED = 20  # heads that a view names


@dataclass(repr=False)
class Handle:
    """Programs that stand in a model; `remove()` takes them out."""

    model: Any
    assignment: Mapping[Head, Hashable]
    base: str
    plans: tuple[LayerPlan, ...]
    tracker: Tracker
    tokenizer: Any = None  # what `save` writes beside the programs
    streamed: Mapping[int, StreamedHeads] = field(default_factory=dict)  # by layer
    active: bool = field(default=True)

    def make_ready(self) -> None:
        """Compile the kernels of the programs that stream, or load those compiled before.

        It takes a second or so for each program, once on a machine. Without it long texts run the
        programs as Python until compiling has paid, and a pass then waits for it.
        """
        for heads in self.streamed.values():
            heads.make_ready()

    def remove(self) -> None:
        """The model as it was, bit for bit. Removing twice is harmless.

        A pruned model doesn't run without programs: it stays without them until the next install.
        """
        if self.active:
            leave(self.model, self.base)
            self.tracker.detach()
            self.model.__dict__.pop(HANDLE, None)
            self.active = False

    def __repr__(self) -> str:
        layers = sorted({layer for layer, _ in self.assignment})
        where = f" in layers {layers[0]} to {layers[-1]}" if layers else ""
        state = "" if self.active else ", removed"
        programs = len({identity(program) for program in self.assignment.values()})
        return (
            f"<handle: {len(self.assignment)} heads{where} of {type(self.model).__name__} "
            f"replaced by {programs} programs{state}>"
        )

    def _repr_html_(self) -> str:
        """For notebooks: what stands in which head."""
        rows = "".join(
            f"<tr><td>L{layer}.H{head}</td>"
            f"<td><code>{escape(str(getattr(program, 'name', program)))}</code></td></tr>"
            for (layer, head), program in sorted(self.assignment.items())[:LISTED]
        )
        more = len(self.assignment) - LISTED
        rest = f"<p>and {more} heads more</p>" if more > 0 else ""
        return f"<p>{escape(repr(self)[1:-1])}</p><table>{rows}</table>{rest}"

    def __deepcopy__(self, _: object) -> Handle:
        raise AttndslError(
            "a model can't be copied while programs stand in it: copy it before install, or "
            "remove() them first"
        )

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def install(
    model: Any,
    assignment: Mapping[Head, Hashable],
    source: SourceFactory | None = None,
    memory_mb: int = MEMORY_MB,
    tokenizer: Any = None,
    stream: bool = True,
) -> Handle:
    """Put `assignment[layer, head]`, a program or an ablation, in place of each head that it names.

    `model` is what `attndsl.models.load` gives, or a transformers model together with its
    `tokenizer`. The engines make the patterns, or `source` where one is given. Patterns that
    would take more than `memory_mb` are made in blocks of query rows, anew for each layer.

    Where all heads of a key group follow programs that stream (on the CPU those with an index of
    copies, too), a cache keeps no keys of the group and of its values only what these programs
    need, unless `stream` is false.

    A model whose passes go around its attention (wrapped by another tool, say) is refused with the
    reason; a pass that does so later is an error.
    """
    expect_model(model)
    expect_kind(assignment, Mapping, "assignment", "it is a dict such as {(layer, head): program}")
    reader = model.tokenizer if isinstance(model, LoadedModel) else tokenizer
    ablations = {head: one for head, one in assignment.items() if isinstance(one, Ablation)}
    shifts = {head: one.offset for head, one in assignment.items() if isinstance(one, Shifted)}
    followed = {
        head: one.program if isinstance(one, Shifted) else one
        for head, one in assignment.items()
        if head not in ablations
    }
    table = table_for(model, tokenizer) if source is None and followed else None
    if source is None:
        for one in followed.values():
            expect_program(one)
        source = engines_for(model, table, memory_mb) if table else rules
    model = bare(model)
    layers = attention_layers(model)
    check_heads(layers, assignment)
    there = torch.device(model.device).type
    groups = streamed_groups(layers, followed, there) if stream and table else {}
    programs = distinct_programs(layers, followed)
    patterns = Patterns(programs, source, memory_mb << 20, {})
    pruned = model.__dict__.get("_attndsl_pruned", {})
    check_pruned(pruned, followed)
    plans = [
        plan_layer(layer, numbers_in(layer, programs, followed), layer.index in pruned)
        for layer in layers
    ]
    tracker = Tracker(
        model,
        tuple(layer.index for layer in layers),
        generation_refusal(followed, layers),
        static_refusal(tuple(plans)),
        frozenset(layer for layer, _ in assignment),
        groups,
        {layer.index: layer.key_heads for layer in layers},
    )
    base = base_implementation(model)
    prove_reached(model, layers, tracker.replaced)
    streamed: dict[int, StreamedHeads] = {}
    if groups and table is not None:
        streaming = Streaming(groups, Tapes(table), source, memory_mb << 20, base, tracker)
        streamed = streamed_heads(streaming, plans, followed)
    entering = {
        index: (
            plan.layer,
            SurrogateAttention(
                plan,
                base,
                patterns,
                tracker,
                fixed_in(index, ablations),
                fixed_in(index, shifts),
                streamed.get(index),
            ),
        )
        for index, plan in ((plan.layer.index, plan) for plan in plans)
    }
    enter(model, entering)
    tracker.attach()
    handle = Handle(model, dict(assignment), base, tuple(plans), tracker, reader, streamed)
    model.__dict__[HANDLE] = handle
    return handle


def table_for(model: Any, tokenizer: Any) -> PieceTable:
    """The tokenizer's pieces, with the model's own embeddings for similarities."""
    from attndsl.tokens.huggingface import table_of

    if isinstance(model, LoadedModel):
        return model.table
    if tokenizer is None:
        raise AttndslError(
            "programs read tokens: give the model's tokenizer, install(model, assignment, "
            "tokenizer=...), or a model from attndsl.load_model"
        )
    embeddings = model.get_input_embeddings().weight.detach().to("cpu").float().numpy()
    return table_of(tokenizer, embeddings)


def engines_for(model: Any, table: PieceTable, memory_mb: int) -> SourceFactory:
    """Patterns from the engines, on the model's device."""
    from attndsl.surrogates.engine import MEMORY_MB as ENGINE_MB
    from attndsl.surrogates.engine import engine_source

    return engine_source(table, model.device, max(ENGINE_MB, 2 * memory_mb))


def pair(given: Any) -> Head:
    """A head by its layer and its number there."""
    if not isinstance(given, tuple) or len(given) != 2:
        raise AttndslError(f"{shown(given)} is no head: a head is a pair, (layer, number)")
    return whole(given[0], "layer"), whole(given[1], "head")


def check_heads(layers: tuple[AttentionLayer, ...], assignment: Mapping[Head, Hashable]) -> None:
    heads = {layer.index: layer.heads for layer in layers}
    for layer, head in map(pair, assignment):
        if layer not in heads:
            raise AttndslError(
                f"the assignment names layer {layer}; this model has attention in layers "
                f"{min(heads)} to {max(heads)}"
            )
        if not 0 <= head < heads[layer]:
            raise AttndslError(
                f"the assignment names head {head} of layer {layer}, which has heads "
                f"0 to {heads[layer] - 1}"
            )


def check_pruned(
    pruned: Mapping[int, tuple[int, ...]], assignment: Mapping[Head, Hashable]
) -> None:
    for layer, heads in pruned.items():
        now = tuple(sorted(head for at, head in assignment if at == layer))
        if now != heads:
            raise AttndslError(
                f"layer {layer} was pruned of the queries of heads {list(heads)}; exactly these "
                f"need programs, the assignment names {list(now)}"
            )


def generation_refusal(
    assignment: Mapping[Head, Hashable], layers: tuple[AttentionLayer, ...]
) -> str:
    """Why this assignment can't generate text: a program that looks ahead, and at what."""
    masks = {layer.index: layer.mask for layer in layers}
    for (layer, head), program in sorted(assignment.items(), key=lambda item: item[0]):
        if getattr(program, "causal", True) or masks[layer].kind == "full":
            continue
        reasons = "; ".join(str(reason) for reason, _ in getattr(program, "not_causal", ()))
        return (
            f"the program {getattr(program, 'name', program)!r} in layer {layer}, head {head} "
            f"is not causal ({reasons or 'it looks ahead'}), so no text can be generated with it"
        )
    return ""


def static_refusal(plans: tuple[LayerPlan, ...]) -> str:
    if any(len(plan.keys) < plan.layer.key_heads for plan in plans):
        return (
            "a static cache gives keys and values equally many heads, but this model was pruned "
            "of keys; use the dynamic cache"
        )
    return ""
