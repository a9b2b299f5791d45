"""Simpler programs at a small stated loss: terms, rules and digits that hardly count go."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from attndsl.synthesis.search.recipe import BranchRule, Recipe, without
from attndsl.synthesis.search.sieve import Sieve

FEWER_DIGITS = 1


def simpler(recipe: Recipe, sieve: Sieve, loss: float) -> Recipe:
    """Less and less of the recipe, what costs least first, while the loss is no more than that.

    What counts is the mean IoU with the sieve's heads. At the end the numbers have fewer digits
    where the loss allows that too.
    """

    def worth(recipes: Sequence[Recipe]) -> list[float]:
        return [float(row.mean()) for row in sieve.scores(recipes)]

    least = worth([recipe])[0] - loss
    while True:
        less = list(lesser(recipe))
        figures = worth(less) if less else []
        if not figures or max(figures) < least:
            break
        recipe = less[figures.index(max(figures))]
    short = rounded(recipe)
    return short if worth([short])[0] >= least else recipe


def lesser(recipe: Recipe) -> Iterator[Recipe]:
    """The recipe without one term, without one feature everywhere, or without one rule."""
    for feature, _ in recipe.terms:
        fewer = without(recipe.terms, feature.name)
        if fewer:
            yield replace(recipe, terms=fewer)
            rules = [replace(r, terms=without(r.terms, feature.name)) for r in recipe.rules]
            yield Recipe(fewer, tuple(rule for rule in rules if rule.terms))
    for at, rule in enumerate(recipe.rules):
        others = (*recipe.rules[:at], *recipe.rules[at + 1 :])
        yield replace(recipe, rules=others)
        for feature, _ in rule.terms:
            if fewer := without(rule.terms, feature.name):
                yield replace(recipe, rules=(*others, BranchRule(rule.leaves, fewer)))


def rounded(recipe: Recipe) -> Recipe:
    """The recipe with numbers of fewer digits; what would become 0 stays as it is."""
    return recipe.with_numbers([round(n, FEWER_DIGITS) or n for n in recipe.numbers])
