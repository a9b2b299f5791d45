"""The texts of a studio: those of its run, probes, built-in ones, and prompts typed by its user."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.places import resting_keys
from attndsl.heads.probes import ProbeStore
from attndsl.heads.shards import StoredText
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import encode, from_ids

if TYPE_CHECKING:
    from attndsl.heads.store import HeadStore
    from attndsl.models.loading import LoadedModel
    from attndsl.tokens.pieces import PieceTable

LONGEST = 256  # tokens of a text that is shown
LETTERS = 8000  # of a prompt
PROMPTS = 32  # that are kept
BEGINNING = 60  # letters of a text by which it is listed
RUN, PROBES, BUILT_IN, OWN = "the run's texts", "probes", "built-in texts", "your own"

Patterns = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class OnText:
    """One text as the model reads it, with all its heads' packed patterns where it was run."""

    key: str
    encoded: Encoded
    patterns: Patterns | None
    resting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A text as it is listed."""

    key: str
    group: str
    label: str


@dataclass
class Texts:
    """Texts by their keys; a model, where there is one, is run once for each that has no heads.

    `numbers` are the texts of the run that programs are chosen by; those it reports on aren't
    shown, so that who writes programs doesn't choose by them either.
    """

    table: "PieceTable"
    mask: Mask
    special: frozenset[int]
    store: "HeadStore | None" = None
    numbers: tuple[int, ...] = ()
    probes: ProbeStore | None = None
    model: "LoadedModel | None" = None
    prompts: list[str] = field(default_factory=list)
    _kept: dict[str, OnText] = field(default_factory=dict)
    _running: Any = field(default_factory=Lock)  # a model reads one text at a time

    def listed(self) -> Iterator[Listed]:
        """All of them, the ones to begin with first."""
        if self.store is not None:
            for at, number in enumerate(self.numbers):
                yield Listed(f"t{number}", RUN, f"{at + 1}: {_begins(self.store[number].text)}")
        if self.probes is not None:
            for number in self.probes.numbers(checks=False):
                probe, text = self.probes.probes[number], self.probes.heads[number].text
                yield Listed(f"p{number}", PROBES, f"{probe.kind}: {_begins(text)}")
        if self.store is None:
            for at, (name, _) in enumerate(_built_in()):
                yield Listed(f"b{at}", BUILT_IN, name)
        for at, prompt in enumerate(self.prompts):
            yield Listed(f"o{at}", OWN, _begins(prompt))

    def take(self, key: str) -> OnText:
        """A text by its key."""
        if key not in self._kept:
            self._kept[key] = self._made(key)
        return self._kept[key]

    def read(self, prompt: str) -> OnText:
        """A prompt of the user's: the model is run once for it."""
        if not prompt.strip():
            raise AttndslError("there is nothing to read: write a text first")
        if len(prompt) > LETTERS:
            raise AttndslError(f"a text of your own has at most {LETTERS:,} letters here; "
                               f"this one has {len(prompt):,}")  # fmt: skip
        if prompt in self.prompts:
            return self.take(f"o{self.prompts.index(prompt)}")
        if len(self.prompts) >= PROMPTS:
            raise AttndslError(f"{PROMPTS} texts of your own are kept; start the studio again")
        key = f"o{len(self.prompts)}"
        self._kept[key] = self._run(key, prompt)
        self.prompts.append(prompt)
        return self._kept[key]

    def _made(self, key: str) -> OnText:
        kind, number = key[:1], int(key[1:]) if key[1:].isdigit() else -1
        if kind == "t" and self.store is not None and number in self.numbers:
            return self._stored(key, self.store[number])
        if kind == "p" and self.probes is not None and 0 <= number < len(self.probes.probes):
            return self._stored(key, self.probes.heads[number])
        if kind == "b" and 0 <= number < len(_built_in()):
            return self._run(key, _built_in()[number][1], cut=True)
        if kind == "o" and 0 <= number < len(self.prompts):
            return self._run(key, self.prompts[number])
        raise AttndslError(f"there is no text {key[:20]!r}")

    def _stored(self, key: str, text: StoredText) -> OnText:
        encoded = from_ids(self.table, text.ids, text.text)
        if encoded.n > LONGEST and self.mask.kind != "full":
            encoded = from_ids(self.table, text.ids[:LONGEST])
        patterns = text.patterns[:, : self.mask.cells(encoded.n)]
        return OnText(key, encoded, patterns, self._resting(encoded))

    def _run(self, key: str, text: str, cut: bool = False) -> OnText:
        if self.model is None:
            encoded = encode(text, self.table)
        else:
            encoded = from_ids(self.table, self.model.encode(text), text)
        most = min(LONGEST, self.model.context if self.model else LONGEST)
        if encoded.n > most and cut:
            encoded = from_ids(self.table, encoded.ids[:most])
        if encoded.n > most:
            raise AttndslError(f"this text has {encoded.n} tokens; the studio shows {most} at most")
        if encoded.n < 2:
            raise AttndslError("a text needs two tokens at least")
        patterns = self._recorded(encoded) if self.model else None
        return OnText(key, encoded, patterns, self._resting(encoded))

    def _recorded(self, encoded: Encoded) -> Patterns:
        from attndsl.models.capture import describe_store
        from attndsl.models.passages import Passage
        from attndsl.models.recorder import Recorder

        assert self.model is not None
        passage = Passage(encoded.ids, encoded.text, 0, 0)
        meta = describe_store(self.model, [passage], "float32")
        with self._running, Recorder(self.model, meta) as recorder:
            return recorder.record([encoded.ids])[0]

    def _resting(self, encoded: Encoded) -> tuple[int, ...]:
        return resting_keys(self.mask, encoded.ids, self.special)


def _begins(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= BEGINNING else f"{line[: BEGINNING - 1]}…"


def _built_in() -> list[tuple[str, str]]:
    from attndsl.tokens.texts import builtin_texts

    return [(one.name, one.text) for one in builtin_texts() if not one.held_out]
