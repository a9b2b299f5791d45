"""The search proposer: examples and fitted programs first, then variants of the best, by seed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.archive import EARLY, Archive, Candidate, Counts, Offer, Scorer
from attndsl.synthesis.search.batches import FeatureBasis, batches
from attndsl.synthesis.search.climb import ClimbEffort, Shape, climb, few, readable, refitted
from attndsl.synthesis.search.features import Feature, features
from attndsl.synthesis.search.forms import Forms
from attndsl.synthesis.search.mutate import mutant
from attndsl.synthesis.search.recipe import BranchRule, Recipe, as_json, name_of
from attndsl.synthesis.search.seeds import seeds
from attndsl.synthesis.search.sieve import SLACK, Sieve
from attndsl.synthesis.search.vary import variant
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int], None]
F64 = NDArray[np.float64]
MUTANTS = 4  # candidates of a generation by terms, which cost far more each


@dataclass(frozen=True, slots=True)
class Variant:
    """A recipe drawn for a head, and how many terms the program has that it is a variant of."""

    recipe: Recipe
    head: int
    terms: int


@dataclass
class Search:
    """Recipes by the source they print as; what was journaled brings it back."""

    names: Sequence[str]  # of the heads, such as L3.H5
    mask: Mask
    seed: int
    shape: Shape
    recipes: dict[str, Recipe] = field(default_factory=dict)
    sieve: Sieve | None = None
    early: dict[str, F64] = field(default_factory=dict)  # by hash: scores on the first texts

    def fitted(
        self,
        store: HeadStore,
        table: PieceTable,
        numbers: Sequence[int],
        heads: Sequence[int],
        effort: ClimbEffort,
        say: Say,
    ) -> tuple[Candidate, ...]:
        """Generation 0: the examples, and a program fitted to each head."""
        recipes = climb(store, table, numbers, heads, self.shape, effort, say)
        fits = [self.candidate(recipe, head) for head, recipe in enumerate(recipes)]
        return (*seeds(), *(fit for fit in fits if fit is not None))

    def varied(self, archive: Archive, generation: int, scorer: Scorer, count: int) -> Offer:
        """A later generation: variants of the heads' best, drawn from (seed, generation, head).

        All are scored on the scorer's first texts, those that do well there on all; candidates are
        those that serve some head best.
        """
        mutants = self.mutants(archive, generation)
        made: dict[str, Variant] = {}
        invalid = same = 0
        for drawn in self._drawn(archive, generation, count):
            key = drawn.recipe.form
            if not few(drawn.recipe, self.shape):
                invalid += 1
            elif key in archive.seen or key in made:
                same += 1
            else:
                made[key] = drawn
        chosen = self._chosen(archive, list(made.values()), scorer) if made else ()
        for candidate, recipe in chosen:
            self.recipes[candidate.source] = recipe
        counts = Counts(len(made) - len(chosen) + invalid + same, invalid, same,
                        len(made) - len(chosen))  # fmt: skip
        return Offer((*(candidate for candidate, _ in chosen), *mutants), tuple(made), counts)

    def _chosen(
        self, archive: Archive, variants: Sequence[Variant], scorer: Scorer
    ) -> tuple[tuple[Candidate, Recipe], ...]:
        """Of the variants that beat some head's best the best for each head, with their texts."""
        sieve = self.sieve_of(scorer)
        early = sieve.first(EARLY)
        # What a variant's form is charged is made out for the hopeful alone; here its parent's is.
        charges = archive.charge * np.array([one.terms for one in variants]) - SLACK
        worth = early.scores([one.recipe for one in variants]) - charges[:, None]
        hopeful = (worth > self._early_bests(archive, scorer, early)).any(axis=1)
        sized = []
        for one in (variants[at] for at in np.flatnonzero(hopeful).tolist()):
            key, size = self.forms.hash_and_size(one.recipe)
            if key not in archive.seen and size <= self.shape.graph_terms:
                sized.append((one, size))
        if not sized:
            return ()
        charges = archive.charge * np.array([size for _, size in sized]) - SLACK
        worth = sieve.scores([one.recipe for one, _ in sized]) - charges[:, None]
        bests = [archive.worth(rank[0], head) if rank else -1.0
                 for head, rank in enumerate(archive.ranks)]  # fmt: skip
        served = np.flatnonzero(worth.max(axis=0) > bests)
        winners = []
        for at in sorted(set(worth[:, served].argmax(axis=0).tolist())):
            recipe, head = sized[at][0].recipe, sized[at][0].head
            source = recipe.source(name_of(recipe, self.names[head]))
            if readable(recipe, source, self.shape):
                winners.append((Candidate(source, "search"), recipe))
        return tuple(winners)

    def _early_bests(self, archive: Archive, scorer: Scorer, early: Sieve) -> F64:
        """[H]: what each head's best is worth on the first texts."""
        bests = [rank[0] if rank else None for rank in archive.ranks]
        new = {e.hash: e for e in bests if e is not None and e.hash not in self.early}
        mine = {key: entry for key, entry in new.items() if entry.source in self.recipes}
        if mine:
            rows = early.scores([self.recipes[entry.source] for entry in mine.values()])
            self.early |= dict(zip(mine, rows, strict=True))
        others = {key: entry for key, entry in new.items() if key not in mine}
        if others:
            rows = scorer.early([verify(e.source).programs[0] for e in others.values()])
            self.early |= dict(zip(others, rows, strict=True))
        return np.array([
            -1.0 if entry is None else self.early[entry.hash][head] - archive.charge * entry.terms
            for head, entry in enumerate(bests)
        ])  # fmt: skip

    def mutants(self, archive: Archive, generation: int) -> tuple[Candidate, ...]:
        """A few mutants of any programs that heads keep, examples too."""
        rng = np.random.default_rng([self.seed, generation])
        kept = [entry for rank in archive.ranks for entry in rank]
        candidates = []
        for number in range(MUTANTS):
            one, other = (kept[int(rng.integers(len(kept)))] for _ in range(2))
            program, mate = (verify(each.source).programs[0] for each in (one, other))
            name = f"mutant_{generation}_{number}"
            source = mutant(program, [mate], name, rng)
            if source is not None and len(source.splitlines()) <= self.shape.lines:
                candidates.append(Candidate(source, f"mutation of {one.name}"))
        return tuple(candidates)

    def _drawn(self, archive: Archive, generation: int, count: int) -> Iterator[Variant]:
        plain = features(self.mask)
        best = [
            next((entry for entry in rank if entry.source in self.recipes), None)
            for rank in archive.ranks
        ]
        others = [self.recipes[entry.source] for entry in best if entry is not None]
        for number in range(count):
            head = (generation * count + number) % len(best)
            entry = best[head]
            if entry is not None:
                rng = np.random.default_rng([self.seed, generation, head, number])
                recipe = variant(self.recipes[entry.source], others, plain, rng)
                yield Variant(recipe, head, entry.terms)

    @cached_property
    def forms(self) -> Forms:
        return Forms(features(self.mask))

    def sieve_of(self, scorer: Scorer) -> Sieve:
        """Made once: a run has one scorer for its search."""
        if self.sieve is None:
            plain, numbers = features(self.mask), scorer.numbers
            self.sieve = Sieve.of(scorer.store, scorer.table, numbers, scorer.heads, plain)
        return self.sieve

    def shared(
        self,
        sources: Sequence[str],
        owner: Sequence[int],
        store: HeadStore,
        table: PieceTable,
        numbers: Sequence[int],
        heads: Sequence[int],
        effort: ClimbEffort,
    ) -> tuple[Candidate, ...]:
        """Programs that several heads share, fitted to all of them; `owner` names each head's."""
        mine = [at for at, source in enumerate(sources) if source in self.recipes]
        place = {at: number for number, at in enumerate(mine)}
        served = [number for number, at in enumerate(owner) if at in place]
        if not served:
            return ()
        plain = features(self.mask)
        basis = FeatureBasis.of(plain, self.mask)
        some = batches(
            store, table, numbers, [heads[number] for number in served], effort.batch, basis
        )
        given = [self.recipes[sources[at]] for at in mine]
        owners = [place[owner[number]] for number in served]
        recipes = refitted(given, owners, some, plain, effort.refit)
        first = [owners.index(number) if number in owners else 0 for number in range(len(mine))]
        made = [
            self.candidate(recipe, served[head])
            for recipe, head in zip(recipes, first, strict=True)
        ]
        return tuple(one for one in made if one is not None)

    def candidate(self, recipe: Recipe, head: int) -> Candidate | None:
        """A recipe as a candidate; None where it is larger than allowed."""
        source = recipe.source(name_of(recipe, self.names[head]))
        if not readable(recipe, source, self.shape):
            return None
        self.recipes[source] = recipe
        return Candidate(source, "search")

    def as_json(self, sources: Sequence[str]) -> dict[str, Any]:
        """What a journal must hold to go on: the recipes of some sources."""
        return {s: as_json(self.recipes[s]) for s in sources if s in self.recipes}

    def recipe_of(self, fields: Sequence[Any]) -> Recipe:
        """What a journal held of a recipe."""
        return recipe_of(fields, {feature.name: feature for feature in features(self.mask)})

    def take_up(self, recipes: Mapping[str, Any]) -> None:
        by_name = {feature.name: feature for feature in features(self.mask)}
        for source, recipe in recipes.items():
            self.recipes[source] = recipe_of(recipe, by_name)


def recipe_of(fields: Sequence[Any], by_name: Mapping[str, Feature]) -> Recipe:
    """What `as_json` wrote."""
    terms, rules = fields
    return Recipe(
        tuple((by_name[name], float(share)) for name, share in terms),
        tuple(
            BranchRule(tuple(leaves), tuple((by_name[name], float(share)) for name, share in some))
            for leaves, some in rules
        ),
    )
