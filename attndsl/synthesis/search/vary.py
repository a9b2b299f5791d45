"""Recipes varied and crossed: numbers jittered, features swapped, rules of other heads.

Every draw comes from the generator that is handed in, so a seed gives the same variants always.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from attndsl.synthesis.search.features import Feature
from attndsl.synthesis.search.recipe import DIGITS, BranchRule, Recipe, Terms

LEAST = 10.0**-DIGITS
JITTER = 0.15
NEW = 0.7  # the size of the number that a new feature begins with

Draw = np.random.Generator
Move = Callable[[Recipe, Sequence[Recipe], Sequence[Feature], Draw], Recipe]


def variant(
    recipe: Recipe, others: Sequence[Recipe], plain: Sequence[Feature], rng: Draw
) -> Recipe:
    """One variant by one move."""
    return MOVES[rng.integers(len(MOVES))](recipe, others, plain, rng)


def jittered(
    recipe: Recipe, others: Sequence[Recipe], plain: Sequence[Feature], rng: Draw
) -> Recipe:
    """Some numbers of the base or of one rule a little changed."""
    at = int(rng.integers(len(recipe.rules) + 1))
    terms = recipe.terms if at == 0 else recipe.rules[at - 1].terms
    moved = tuple((feature, _near(share, rng)) for feature, share in terms)
    return _with(recipe, at, moved)


def nudged(recipe: Recipe, others: Sequence[Recipe], plain: Sequence[Feature], rng: Draw) -> Recipe:
    """One number changed by more."""
    at = int(rng.integers(len(recipe.rules) + 1))
    terms = recipe.terms if at == 0 else recipe.rules[at - 1].terms
    which = int(rng.integers(len(terms)))
    moved = tuple(
        (feature, round(share + 0.4 * float(rng.standard_normal()), DIGITS) or LEAST)
        if number == which
        else (feature, share)
        for number, (feature, share) in enumerate(terms)
    )
    return _with(recipe, at, moved)


def swapped(
    recipe: Recipe, others: Sequence[Recipe], plain: Sequence[Feature], rng: Draw
) -> Recipe:
    """The weakest of three features of the base gives way to another, in its rules too."""
    if len(recipe.terms) < 2:
        return recipe
    drawn = rng.choice(len(recipe.terms), size=min(3, len(recipe.terms)), replace=False)
    at = min((abs(recipe.terms[number][1]), int(number)) for number in drawn)[1]
    old, new = recipe.terms[at][0], plain[int(rng.integers(len(plain)))]
    if new in recipe.features:
        return recipe
    share = round(NEW * float(rng.choice((-1.0, 1.0))), DIGITS)
    terms = tuple((new, share) if feature == old else (feature, s) for feature, s in recipe.terms)
    return replace(recipe, terms=terms, rules=_without(recipe.rules, old))


def dropped(
    recipe: Recipe, others: Sequence[Recipe], plain: Sequence[Feature], rng: Draw
) -> Recipe:
    """One term less, in the base or in a rule."""
    at = int(rng.integers(len(recipe.rules) + 1))
    terms = recipe.terms if at == 0 else recipe.rules[at - 1].terms
    if at == 0 and len(terms) == 1:
        return recipe
    out = int(rng.integers(len(terms)))
    return _with(recipe, at, tuple(term for number, term in enumerate(terms) if number != out))


def crossed(
    recipe: Recipe, others: Sequence[Recipe], plain: Sequence[Feature], rng: Draw
) -> Recipe:
    """The base of one with the rules of another, or a number for each feature in the middle."""
    if not others:
        return recipe
    other = others[int(rng.integers(len(others)))]
    if rng.integers(2):
        return replace(recipe, rules=other.rules)
    theirs = dict(other.terms)
    terms = tuple(
        (feature, round((share + theirs.get(feature, share)) / 2, DIGITS) or LEAST)
        for feature, share in recipe.terms
    )
    return replace(recipe, terms=terms)


MOVES: tuple[Move, ...] = (jittered, jittered, nudged, nudged, swapped, dropped, crossed)


def _near(share: float, rng: Draw) -> float:
    return round(share * float(np.exp(JITTER * rng.standard_normal())), DIGITS) or LEAST


def _with(recipe: Recipe, at: int, terms: Terms) -> Recipe:
    """The recipe with other terms in the base (0) or in a rule; a rule without terms goes."""
    if at == 0:
        return replace(recipe, terms=terms)
    rules = list(recipe.rules)
    rules[at - 1] = replace(rules[at - 1], terms=terms)
    return replace(recipe, rules=tuple(rule for rule in rules if rule.terms))


def _without(rules: Sequence[BranchRule], feature: Feature) -> tuple[BranchRule, ...]:
    kept = [
        replace(rule, terms=tuple(term for term in rule.terms if term[0] != feature))
        for rule in rules
    ]
    return tuple(rule for rule in kept if rule.terms)
