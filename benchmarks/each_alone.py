"""What each head's program costs alone: layer by layer, each layer's on disk as it is measured."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attndsl.files.journal import Appending
from attndsl.graph.program import Program
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.surrogates.effects import Effect, effects_of
from attndsl.surrogates.evaluation import name_of
from attndsl.surrogates.handle import Head

Say = Callable[[int, int], None]


def each_alone(
    loaded: LoadedModel,
    texts: Sequence[Passage],
    programs: Mapping[Head, Program],
    journal: Path,
    say: Say = lambda *_: None,
) -> dict[Head, Effect]:
    """The effect of every head's program. What was killed goes on with the layer it was in."""
    found: dict[Head, Effect] = {}
    with Appending(journal) as file:
        kept = {line["of"]: line["found"] for line in file.lines if line and "found" in line}
        for layer in sorted({layer for layer, _ in programs}):
            mine = {head: one for head, one in sorted(programs.items()) if head[0] == layer}
            key = named(loaded, texts, mine)
            if key not in kept:
                made = effects_of(loaded, texts, mine)
                kept[key] = [[made[head].divergence, made[head].ratio] for head in mine]
                file.write({"of": key, "layer": layer, "found": kept[key]})
            found |= {head: Effect(*one) for head, one in zip(mine, kept[key], strict=True)}
            say(len(found), len(programs))
    return found


def named(loaded: LoadedModel, texts: Sequence[Passage], programs: Mapping[Head, Program]) -> str:
    """Names what the figures of some heads hang on: the model, the texts, and their programs."""
    said = [loaded.hash, *(name_of(loaded, text) for text in texts)]
    said += [f"{head} {program.hash}" for head, program in programs.items()]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
