"""Recipes against all heads on some texts, by their features' cached values.

The patterns are those of the programs but for the rounding of float32; what does well here is
checked and scored by the batch engine afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.iou import iou
from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore
from attndsl.synthesis.search.batches import FeatureBasis
from attndsl.synthesis.search.features import Feature
from attndsl.synthesis.search.kernels import score_patterns
from attndsl.synthesis.search.kinds import LEAVES, leaves_of
from attndsl.synthesis.search.recipe import Recipe
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

TOGETHER = 16  # texts whose features are made at once
SLACK = 1e-5  # more than float32 changes a score by

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SieveText:
    """One text: features' values [J, cells], where rows start, the leaf of each row, the heads."""

    values: F32
    starts: I64
    leaf: I64
    heads: F32


@dataclass(frozen=True, slots=True)
class Sieve:
    """Some texts on which any number of recipes are scored."""

    place: dict[str, int]
    texts: tuple[SieveText, ...]

    @classmethod
    def of(
        cls,
        store: HeadStore,
        table: PieceTable,
        numbers: Sequence[int],
        heads: Sequence[int],
        plain: Sequence[Feature],
    ) -> "Sieve":
        basis, per_text = FeatureBasis.of(plain, store.meta.mask), []
        for start in range(0, len(numbers), TOGETHER):
            texts = [store[number] for number in numbers[start : start + TOGETHER]]
            encoded = [from_ids(table, text.ids, text.text) for text in texts]
            for text, code, values in zip(texts, encoded, basis.values(encoded), strict=True):
                own = np.asarray(text.patterns)[list(heads)].astype(np.float32)
                starts = row_starts(store.meta.mask, code.n).astype(np.int64)
                per_text.append(SieveText(values, starts, leaves_of(code), own))
        return cls({feature.name: at for at, feature in enumerate(plain)}, tuple(per_text))

    def first(self, count: int) -> "Sieve":
        """The sieve of fewer texts."""
        return replace(self, texts=self.texts[:count])

    def of_heads(self, heads: Sequence[int]) -> "Sieve":
        """The sieve of some of its heads."""
        some = (replace(text, heads=text.heads[list(heads)]) for text in self.texts)
        return replace(self, texts=tuple(some))

    def scores(self, recipes: Sequence[Recipe]) -> NDArray[np.float64]:
        """Mean IoU, [recipes, heads]."""
        branch, which, numbers = self.numbers(recipes)
        total = np.zeros((len(recipes), len(self.texts[0].heads)))
        for text in self.texts:
            patterns = np.zeros((len(recipes), text.values.shape[1]), dtype=np.float32)
            score_patterns(text.values, text.starts, text.leaf, branch, which, numbers, patterns)
            total += iou(patterns, text.heads)
        return total / len(self.texts)

    def numbers(self, recipes: Sequence[Recipe]) -> tuple[I64, I64, F32]:
        """The branch of each leaf [P, leaves], and what each branch sums: features and numbers
        [P, B, K], -1 where there is no more."""
        branch = np.zeros((len(recipes), len(LEAVES)), dtype=np.int64)
        sums = []
        for program, recipe in enumerate(recipes):
            sums.append([dict(recipe.terms)])
            for number, rule in enumerate(recipe.rules, start=1):
                branch[program, list(rule.leaves)] = number
                changed = dict(recipe.terms)
                for feature, share in rule.terms:
                    changed[feature] = changed.get(feature, 0.0) + share
                sums[-1].append(changed)
        shape = (len(recipes), max(map(len, sums)), max(len(s) for some in sums for s in some))
        which, numbers = np.full(shape, -1, dtype=np.int64), np.zeros(shape, dtype=np.float32)
        for program, some in enumerate(sums):
            for at, terms in enumerate(some):
                which[program, at, : len(terms)] = [self.place[f.name] for f in terms]
                numbers[program, at, : len(terms)] = list(terms.values())
        return branch, which, numbers
