"""From fitted numbers to recipes, rounded, and back."""

from collections.abc import Sequence

import numpy as np
import torch

from attndsl.synthesis.search.features import Feature
from attndsl.synthesis.search.kinds import LEAVES
from attndsl.synthesis.search.recipe import DIGITS, BranchRule, Recipe, Terms
from attndsl.synthesis.search.scores import Scores


def recipes_of(scores: Scores, features: Sequence[Feature]) -> tuple[Recipe, ...]:
    """One recipe a program; a branch that adds nothing needs no rule."""
    base, extra = scores.base.double().numpy(), scores.extra.double().numpy()
    recipes = []
    for program, branch in enumerate(scores.branch.numpy()):
        rules = []
        for number in range(1, extra.shape[1]):
            leaves = tuple(int(leaf) for leaf in np.flatnonzero(branch == number))
            terms = rounded(extra[program, number], features)
            if leaves and terms:
                rules.append(BranchRule(leaves, terms))
        recipes.append(Recipe(rounded(base[program], features), tuple(rules)))
    return tuple(recipes)


def rounded(numbers: np.ndarray, features: Sequence[Feature]) -> Terms:
    shares = np.round(numbers, DIGITS)
    return tuple((features[int(at)], float(shares[at])) for at in np.flatnonzero(shares))


def scores_of(
    recipes: Sequence[Recipe], owner: Sequence[int], features: Sequence[Feature]
) -> Scores:
    """Recipes with numbers to be fitted to the heads that each owns; nothing else is free."""
    place = {feature.name: at for at, feature in enumerate(features)}
    count = 1 + max(len(recipe.rules) for recipe in recipes)
    base = torch.zeros(len(recipes), len(features))
    extra = torch.zeros(len(recipes), count, len(features))
    branch = torch.zeros(len(recipes), len(LEAVES), dtype=torch.int64)
    for program, recipe in enumerate(recipes):
        for feature, share in recipe.terms:
            base[program, place[feature.name]] = share
        for number, rule in enumerate(recipe.rules, start=1):
            branch[program, list(rule.leaves)] = number
            for feature, share in rule.terms:
                extra[program, number, place[feature.name]] = share
    free = ((base != 0).float(), (extra != 0).float())
    return Scores(base, extra, branch, torch.tensor(list(owner)), *free)
