"""Programs in place of growing fractions of the heads: what it costs, text by text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import attndsl
from attndsl.files.places import Place
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import Passage
from attndsl.surrogates.figures import (
    Kind,
    TextFigures,
    answer,
    compare,
    kind_of,
    question,
    unmodified,
)
from attndsl.surrogates.handle import MEMORY_MB, Head, install
from attndsl.surrogates.journal import read_journal, writing
from attndsl.surrogates.numbering import identity
from attndsl.surrogates.sources import PatternSource, SourceFactory


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """One way to replace heads: by what, which share of them, taken in which order."""

    by: str  # "programs", or the name of an ablation
    order: str
    fraction: float
    assignment: Mapping[Head, Hashable]
    factory: SourceFactory

    @property
    def sees_ahead(self) -> bool:
        """Whether a program looks past its query; such a figure is never a headline."""
        return any(not getattr(program, "causal", True) for program in self.assignment.values())

    @property
    def key(self) -> str:
        """Names the setting in a journal: the same heads with the same programs, whatever order
        they were taken in."""
        digest = hashlib.sha256(self.by.encode())
        for head, program in sorted(self.assignment.items(), key=lambda item: item[0]):
            name = getattr(program, "__name__", None) or str(identity(program))
            digest.update(f"{head}{name};".encode())
        return digest.hexdigest()[:16]


def heads_of(fraction: float, heads: int) -> int:
    """How many heads a fraction is.

    >>> heads_of(0.25, 270), heads_of(0.001, 270), heads_of(0, 270)
    (68, 1, 0)
    """
    if not 0 <= fraction <= 1:
        raise AttndslError(f"a fraction lies between 0 and 1, not at {fraction:g}")
    return max(1, int(fraction * heads + 0.5)) if fraction else 0


def remember(factory: SourceFactory) -> SourceFactory:
    """Sources are made once for the same programs and mask, however often a model is entered."""
    made: dict[Any, PatternSource] = {}

    def again(programs: tuple[Hashable, ...], mask: Mask) -> PatternSource:
        key = (tuple(identity(program) for program in programs), mask)
        if key not in made:
            made[key] = factory(programs, mask)
        return made[key]

    return again


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of every text under one setting, in the order of the unmodified model's."""

    by: str
    order: str
    fraction: float
    heads: int
    sees_ahead: bool
    texts: tuple[TextFigures, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured; `own` are the unmodified model's figures of the same texts."""

    model: str
    kind: Kind
    own: tuple[TextFigures, ...]
    measured: tuple[Measured, ...]
    skipped: int


def evaluate(
    loaded: LoadedModel,
    texts: Sequence[Passage],
    wanted: Sequence[Setting],
    *,
    journal: Place | None = None,
    progress: Callable[[int, int], None] | None = None,
    memory_mb: int = MEMORY_MB,
) -> Evaluation:
    """Every text under every setting. With a `journal` a killed evaluation goes on where it was.

    `progress` hears of the texts that are done; those of the journal come first, at once.
    """
    kind = kind_of(loaded)
    asked = [question(loaded, text.ids, kind) for text in texts]
    if not any(asked):
        raise AttndslError("no text is long enough to evaluate")
    done = read_journal(journal, loaded.hash) if journal else {}
    names = [name_of(loaded, text) for text in texts]
    keys = ["", *(setting.key for setting in wanted)]
    total = len(asked) - asked.count(None)
    ready = sum(
        query is not None and all((name, key) in done for key in keys)
        for name, query in zip(names, asked, strict=True)
    )
    tell = progress or (lambda now, total: None)
    tell(ready, total)
    own: list[TextFigures] = []
    figures: list[list[TextFigures]] = [[] for _ in wanted]
    with writing(journal, loaded.hash) as note:
        for name, query in zip(names, asked, strict=True):
            if query is None:
                continue
            plain = None
            if (name, "") not in done:
                plain = answer(loaded, query, kind)
                done[name, ""] = note(name, "", unmodified(query, plain, kind))
            own.append(done[name, ""])
            for setting, word, into in zip(wanted, keys[1:], figures, strict=True):
                key = (name, word)
                if key not in done:
                    plain = answer(loaded, query, kind) if plain is None else plain
                    with install(loaded.model, setting.assignment, setting.factory, memory_mb):
                        ours = answer(loaded, query, kind)
                    done[key] = note(name, word, compare(query, plain, ours, kind))
                into.append(done[key])
            if plain is not None:
                ready += 1
                tell(ready, total)
    sources = [text.source for text, query in zip(texts, asked, strict=True) if query is not None]
    measured = tuple(
        Measured(s.by, s.order, s.fraction, len(s.assignment), s.sees_ahead, by_text(each, sources))
        for s, each in zip(wanted, figures, strict=True)
    )
    return Evaluation(loaded.name, kind, by_text(own, sources), measured, asked.count(None))


def figures_of(
    loaded: LoadedModel, text: Passage, wanted: Sequence[Setting], memory_mb: int = MEMORY_MB
) -> list[TextFigures]:
    """One text: the unmodified model's figures, then those under every setting; none where the
    text is too short."""
    kind = kind_of(loaded)
    asked = question(loaded, text.ids, kind)
    if asked is None:
        return []
    plain = answer(loaded, asked, kind)
    compared = [unmodified(asked, plain, kind)]
    for setting in wanted:
        with install(loaded.model, setting.assignment, setting.factory, memory_mb):
            ours = answer(loaded, asked, kind)
        compared.append(compare(asked, plain, ours, kind))
    return compared


def by_text(figures: Sequence[TextFigures], sources: Sequence[int]) -> tuple[TextFigures, ...]:
    """The pieces of one text together: an interval draws texts, and pieces are alike.

    >>> one, two, other = TextFigures(2, 1.0, 0.5), TextFigures(3, 4.0, 0.5), TextFigures(1, 0, 0)
    >>> [text.positions for text in by_text([one, two, other], [0, 0, 5])]
    [5, 1]
    """
    by_source: dict[int, TextFigures] = {}
    for one, source in zip(figures, sources, strict=True):
        by_source[source] = by_source[source] + one if source in by_source else one
    return tuple(by_source.values())


def name_of(loaded: LoadedModel, text: Passage) -> str:
    """Names a text in a journal, with what else its figures hang on."""
    how = f"{loaded.model.dtype} {attndsl.__version__}"
    return hashlib.sha256(how.encode() + text.ids.tobytes()).hexdigest()[:16]
