"""Rows that programs are fitted to: taken from texts, in batches of equal make-up."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from attndsl.heads.packing import Rows, row_starts, unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.parts.blocks import F32, Basis, Batch, Block, resting_cells
from attndsl.synthesis.parts.doubt import named_by
from attndsl.synthesis.parts.efforts import Effort
from attndsl.synthesis.parts.rivals import counted, with_rivals
from attndsl.synthesis.parts.vocabulary import Factor
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

WIDTHS = (16, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192)
LEAST_VARYING = 0.1  # of what a head varies over all kinds
AT_ONCE = 16  # texts evaluated together


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text to take rows from: its number in the store, how much it counts, how many rows, of what
    kind it is, and which queries to take before others."""

    number: int
    weight: float
    rows: int
    kind: str = "text"
    before: tuple[int, ...] = ()

    def chosen(
        self, length: int, rng: np.random.Generator, rows: Rows | None = None
    ) -> NDArray[np.int64]:
        """Some queries of the text, or of its rows, in order; its first token has none to look
        at."""
        all_of = rng.permutation(np.arange(1, length) if rows is None else rows)
        first = np.isin(all_of, self.before)
        return np.sort(np.concatenate([all_of[first], all_of[~first]])[: self.rows])


def evenly_wanted(numbers: Sequence[int], kinds: Sequence[str], effort: Effort) -> list[Wanted]:
    """Texts of every kind in turns: the first kind counts half, the others share the other half.

    >>> [one.weight for one in evenly_wanted([0, 1, 2], ["a", "a", "b"], Effort())]
    [0.25, 0.25, 0.5]
    """
    names = list(dict.fromkeys(kinds))
    share = {name: 0.5 if at == 0 else 0.5 / (len(names) - 1) for at, name in enumerate(names)}
    if len(names) == 1:
        share = {names[0]: 1.0}
    most = {name: max(1, round(share[name] * effort.texts)) for name in names}
    taken: dict[str, list[int]] = {name: [] for name in names}
    for number, kind in zip(numbers, kinds, strict=True):
        if len(taken[kind]) < most[kind]:
            taken[kind].append(number)
    return [
        Wanted(number, share[name] / len(mine), effort.rows, name)
        for name, mine in taken.items()
        for number in mine
    ]


@dataclass(frozen=True, slots=True)
class Source:
    """Texts of one store, and how much they count together.

    `gives` makes what each token of a text gives to every head, [heads, n, few]; `asks` what the
    mechanisms of probes name in a text, packed, by the mechanism's name.
    """

    store: HeadStore
    wanted: Sequence[Wanted]
    share: float
    gives: Callable[[int], torch.Tensor] | None = None
    asks: Callable[[int], Mapping[str, F32]] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row before it is padded: whose text, of which query, its first key in the text and that
    one's token in the batch, what the heads give there [H, few], and which of its cells mechanisms
    name."""

    values: F32
    heads: NDArray[np.float16]
    resting: NDArray[np.bool_]
    text: int
    query: int
    first: int
    key: int
    out: torch.Tensor
    named: Mapping[str, F32]


@dataclass
class Gathered:
    """The rows of one batch while texts are added to it."""

    rows: list[Row] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    gives: list[torch.Tensor] = field(default_factory=list)
    outs: list[torch.Tensor] = field(default_factory=list)  # [H, n, few] of each text
    kinds: list[str] = field(default_factory=list)

    def padded(self, means: torch.Tensor) -> Batch:
        """Rows side by side, each as wide as the next of WIDTHS; `means` [H, n, few] by position
        are what outputs vary around."""
        varies = torch.zeros(len(means), len(self.weights))
        longest = means.shape[1] - 1
        by_width: dict[int, list[Row]] = {}
        for row in self.rows:
            width = next(one for one in WIDTHS if one >= len(row.resting))
            by_width.setdefault(width, []).append(row)
            apart = row.out - means[:, min(row.query, longest)]
            varies[:, row.text] += (apart**2).sum(1)
        weight = torch.tensor(self.weights, dtype=torch.float32)
        text = torch.tensor([row.text for row in self.rows])
        rows = torch.bincount(text, minlength=len(weight)).float()
        trials = self.trials
        blocks = tuple(_block(some, width, trials) for width, some in sorted(by_width.items()))
        blocks = counted(blocks, (weight / weight.sum()) / rows.clamp_min(1))
        return Batch(
            blocks,
            weight / weight.sum(),
            rows,
            torch.cat(self.gives, 1),
            _of_kinds(varies / rows.clamp_min(1), weight / weight.sum(), self.kinds),
            tuple(trials),
            named_by([block.heads for block in blocks], blocks),
        )

    @property
    def trials(self) -> dict[str, int]:
        """The mechanisms that are asked for, each with the number of its texts."""
        asked = {(name, row.text) for row in self.rows for name in row.named}
        return dict(sorted(Counter(name for name, _ in asked).items()))


def _of_kinds(varies: torch.Tensor, weight: torch.Tensor, kinds: Sequence[str]) -> torch.Tensor:
    """Each text's [H, T] is that of its kind, so that kinds count as they weigh, not as they vary;
    one in which a head hardly varies counts as if it did a little."""
    whole = (varies @ weight)[:, None]
    names = sorted(set(kinds))
    kind = torch.tensor([names.index(one) for one in kinds])
    share = torch.zeros(len(names)).index_add_(0, kind, weight)
    of_kind = torch.zeros(len(varies), len(names)).index_add_(1, kind, varies * weight) / share
    return torch.maximum(of_kind, LEAST_VARYING * whole).clamp_min(1e-9)[:, kind]


def _block(rows: Sequence[Row], width: int, trials: Mapping[str, int]) -> Block:
    shape = (len(rows), width)
    values = np.zeros((len(rows[0].values), *shape), np.float32)
    heads = np.zeros((len(rows[0].heads), *shape), np.float32)
    seen, resting = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    key, away = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for at, row in enumerate(rows):
        size = len(row.resting)
        values[:, at, :size], heads[:, at, :size] = row.values, row.heads
        seen[at, :size], resting[at, :size] = True, row.resting
        key[at, :size] = row.key + np.arange(size)
        away[at] = np.abs(row.query - row.first - np.arange(width))
    text = np.array([row.text for row in rows])
    asked, named = _named(rows, width, trials)
    block = Block(*map(torch.from_numpy, (values, heads, seen, resting, text, key, asked, named)))
    return with_rivals(block, torch.from_numpy(away))


def _named(
    rows: Sequence[Row], width: int, trials: Mapping[str, int]
) -> tuple[NDArray[np.int64], F32]:
    """The cells that mechanisms name, and how strongly: over a batch a mean over texts."""
    whole = np.zeros((len(rows) * width, len(trials)), np.float32)
    for at, row in enumerate(rows):
        for number, (name, texts) in enumerate(trials.items()):
            if name in row.named:
                start = at * width
                whole[start : start + len(row.resting), number] = row.named[name] / texts
    asked = np.flatnonzero(whole.any(axis=1))
    return asked, whole[asked]


def batched(
    sources: Sequence[Source],
    table: PieceTable,
    heads: Sequence[int],
    factors: Sequence[Factor],
    mask: Mask,
    seed: int,
    count: int,
    say: Callable[[int, int], None] = lambda *_: None,
) -> list[Batch]:
    """Rows of each source's texts in so many batches of equal make-up; a source counts its share.

    Texts go to the batches in turns, so that each batch has some of every kind.
    """
    rng = np.random.default_rng(seed)
    basis = Basis.of(factors, mask)
    found = [Gathered() for _ in range(count)]
    whole, done = sum(len(one.wanted) for one in sources), 0
    for source in sources:
        of_all = sum(one.weight for one in source.wanted)
        for some in _some(source.wanted):
            say(done, whole)
            texts = [source.store[one.number] for one in some]
            encoded = [from_ids(table, text.ids, text.text) for text in texts]
            kept = [text.rows for text in texts]
            for one, text, values, code in zip(
                some, texts, basis.values(encoded, kept), encoded, strict=True
            ):
                patterns = np.asarray(text.patterns)[list(heads)]
                gives = (
                    torch.zeros(len(heads), text.length, 0)
                    if source.gives is None
                    else source.gives(one.number)[list(heads)]
                )
                chosen = one.chosen(text.length, rng, text.rows)
                asks = {} if source.asks is None else source.asks(one.number)
                weight = source.share * one.weight / of_all
                to = found[done % count]
                to.weights.append(weight)
                to.kinds.append(one.kind)
                _add(to, mask, code, chosen, values, patterns, gives, text.rows, asks)
                done += 1
        if source is sources[0]:  # what outputs vary around is of texts, not of probes
            means = _means([out for one in found for out in one.outs])
    return [one.padded(means) for one in found if one.rows]


def _some(wanted: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    for first in range(0, len(wanted), AT_ONCE):
        yield wanted[first : first + AT_ONCE]


def _add(
    to: Gathered, mask: Mask, text: Encoded, chosen: NDArray[np.int64], values: F32,
    patterns: NDArray[np.float16], gives: torch.Tensor, rows: Rows | None,
    asks: Mapping[str, F32],
) -> None:  # fmt: skip
    """The chosen rows of one text, whose weight and kind are there already; `rows` are those that
    are kept of a sketched one, of which nobody asks what heads give."""
    starts = row_starts(mask, text.n, rows)
    resting = np.zeros(starts[-1], dtype=np.bool_)
    resting[resting_cells(mask, text, rows)] = True
    outs = gives
    if rows is None:
        outs = torch.bmm(torch.from_numpy(unpack(patterns, mask, text.n)).float(), gives)
    before, text_number = sum(one.shape[1] for one in to.gives), len(to.weights) - 1
    places = chosen if rows is None else np.searchsorted(rows, chosen)
    asked = _asked_of(asks, starts, places)
    for query, place in zip(chosen.tolist(), places.tolist(), strict=True):
        cells = slice(starts[place], starts[place + 1])
        named = {name: one[cells] for name, one in asked.items() if one[cells].any()}
        first = mask.first(query)
        to.rows.append(Row(values[:, cells], patterns[:, cells], resting[cells], text_number, query,
                           first, before + first, outs[:, query], named))  # fmt: skip
    to.gives.append(gives)
    to.outs.append(outs)


def _asked_of(
    asks: Mapping[str, F32], starts: NDArray[np.int64], places: NDArray[np.int64]
) -> dict[str, F32]:
    """What is named in some rows stands for all rows in which the mechanism names anything."""
    found = {}
    for name, packed in asks.items():
        names = np.add.reduceat(packed, starts[:-1]) > 0
        here = names[places].sum()
        if here:
            found[name] = packed * np.float32(names.sum() / here)
    return found


def _means(outs: Sequence[torch.Tensor]) -> torch.Tensor:
    """Mean outputs by position, [H, n, few]."""
    longest = max(one.shape[1] for one in outs)
    total, count = torch.zeros(outs[0].shape[0], longest, outs[0].shape[2]), torch.zeros(longest)
    for one in outs:
        total[:, : one.shape[1]] += one
        count[: one.shape[1]] += 1
    return total / count.clamp_min(1)[None, :, None]
