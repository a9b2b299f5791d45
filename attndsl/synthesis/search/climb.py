"""The fit of readable programs to the heads of a store: dense, pruned, merged, refitted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from attndsl.graph.program import size_of
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.synthesis.search.batches import Batch, FeatureBasis, batches, leaf_rows
from attndsl.synthesis.search.features import Feature, features
from attndsl.synthesis.search.reading import recipes_of, scores_of
from attndsl.synthesis.search.recipe import BranchRule, Recipe, without
from attndsl.synthesis.search.scores import Scores, fit, one_a_head
from attndsl.synthesis.search.trim import (
    keep_extras,
    keep_features,
    merge,
    opened,
)
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a readable program may have."""

    lines: int = 25
    branches: int = 5
    terms: int = 8
    graph_terms: int = 120
    extras: int = 4  # features that a branch may weigh otherwise
    least: float = 0.001  # nats that a branch must save over the mean row


@dataclass(frozen=True, slots=True)
class ClimbEffort:
    """Steps of the stages, and texts a step."""

    dense: int = 120
    pruned: int = 12  # after each cut of the features but the last
    regrown: int = 2  # times that all features may come back before the cuts are made again
    merged: int = 30  # after the last cut, after the merge, and after the last trim
    refit: int = 30
    batch: int = 16
    widths: tuple[int, ...] = (40, 24, 16, 12, 10)  # features that stay, cut by cut
    looked: int = 2  # batches by which it is judged what a feature or a branch is worth

    def cuts(self, shape: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """To how many features, the first time and where all came back."""
        widths = (*(width for width in self.widths if width > shape.terms), shape.terms)
        return widths, widths[1:] or widths  # what comes back is near: no need to cut as gently

    def steps(self, shape: Shape) -> list[int]:
        """Of every stage, in order."""
        first, again = (
            [*(self.pruned for _ in cuts[1:]), self.merged] for cuts in self.cuts(shape)
        )
        regrowth = [self.pruned, *again] * self.regrown
        return [self.dense, *first, *regrowth, self.merged, self.merged]


# From the most thorough on.
EFFORTS = (
    ClimbEffort(),
    ClimbEffort(dense=80, regrown=0, looked=1),
    ClimbEffort(dense=40, pruned=6, regrown=0, merged=15, refit=15, widths=(24, 12), looked=1),
    ClimbEffort(dense=16, pruned=4, regrown=0, merged=6, refit=6, widths=(16,), looked=1),
)


def climb(
    store: HeadStore,
    table: PieceTable,
    numbers: Sequence[int],
    heads: Sequence[int],
    shape: Shape,
    effort: ClimbEffort,
    say: Say,
) -> tuple[Recipe, ...]:
    """A recipe for each head."""
    plain = features(store.meta.mask)
    basis = FeatureBasis.of(plain, store.meta.mask)
    some = batches(store, table, numbers, heads, effort.batch, basis)
    looked = some[: effort.looked]
    widths, narrow = effort.cuts(shape)
    steps = effort.steps(shape)
    done, of = 0, sum(steps)

    def stage(scores: Scores, rate: float) -> Scores:
        nonlocal done
        count = steps.pop(0)
        fitted = fit(scores, some, count, rate, lambda step: say(done + step, of))
        done += count
        return fitted

    fitted_so_far = stage(one_a_head(len(heads), len(plain)), 0.15)
    for width in widths:
        fitted_so_far = stage(keep_features(fitted_so_far, looked, width), 0.1)
    for _ in range(effort.regrown):
        fitted_so_far = stage(opened(fitted_so_far), 0.04)
        for width in narrow:
            fitted_so_far = stage(keep_features(fitted_so_far, looked, width), 0.08)
    fitted_so_far = merge(fitted_so_far, looked, leaf_rows(looked), shape.branches, shape.least)
    fitted_so_far = stage(fitted_so_far, 0.1)
    fitted_so_far = keep_extras(fitted_so_far, looked, shape.extras)
    fitted_so_far = stage(fitted_so_far, 0.1)
    return tuple(within(recipe, shape) for recipe in recipes_of(fitted_so_far, plain))


def refitted(
    recipes: Sequence[Recipe],
    owner: Sequence[int],
    some: Sequence[Batch],
    plain: Sequence[Feature],
    steps: int,
) -> tuple[Recipe, ...]:
    """The recipes with numbers fitted to all the heads that each serves."""
    return recipes_of(fit(scores_of(recipes, owner, plain), some, steps, 0.05), plain)


def within(recipe: Recipe, shape: Shape) -> Recipe:
    """Take the weakest term from the rules, then from the base, until the program is small enough.

    Each branch has few terms already; what may be too large is its text or its graph.
    """
    while not fits(recipe, shape):
        if recipe.rules:
            weakest = min(
                (abs(share), at, feature.name)
                for at, rule in enumerate(recipe.rules)
                for feature, share in rule.terms
            )
            rules = [
                BranchRule(rule.leaves, without(rule.terms, weakest[2]))
                if at == weakest[1]
                else rule
                for at, rule in enumerate(recipe.rules)
            ]
            recipe = replace(recipe, rules=tuple(rule for rule in rules if rule.terms))
        elif len(recipe.terms) > 1:
            least = min((abs(share), feature.name) for feature, share in recipe.terms)
            recipe = replace(recipe, terms=without(recipe.terms, least[1]))
        else:
            break
    return recipe


def fits(recipe: Recipe, shape: Shape) -> bool:
    source = recipe.source("probe")
    if not readable(recipe, source, shape):
        return False
    return size_of(verify(source).programs[0]) <= shape.graph_terms


def readable(recipe: Recipe, source: str, shape: Shape) -> bool:
    """Few lines, few branches of few terms."""
    return few(recipe, shape) and len(source.splitlines()) <= shape.lines


def few(recipe: Recipe, shape: Shape) -> bool:
    """Few branches of few terms."""
    return len(recipe.rules) < shape.branches and recipe.most_terms <= shape.terms
