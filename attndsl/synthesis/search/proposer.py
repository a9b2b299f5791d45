"""The search proposer: examples and fitted programs first, then variants of the best, by seed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.archive import EARLY, Archive, Candidate, Counts, Offer, Scorer
from attndsl.synthesis.search.batches import Basis, batches
from attndsl.synthesis.search.climb import Effort, Shape, climb, readable, refitted
from attndsl.synthesis.search.features import Feature, features
from attndsl.synthesis.search.forms import Forms
from attndsl.synthesis.search.mutate import mutant
from attndsl.synthesis.search.recipe import Recipe, Rule, as_json, name_of
from attndsl.synthesis.search.seeds import seeds
from attndsl.synthesis.search.sieve import SLACK, Sieve
from attndsl.synthesis.search.vary import variant
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int], None]
VARIANTS = 512  # candidates of a generation by recipes
MUTANTS = 4  # candidates of a generation by terms, which cost far more each


@dataclass
class Search:
    """Recipes by the source they print as; what was journaled brings it back."""

    names: Sequence[str]  # of the heads, such as L3.H5
    mask: Mask
    seed: int
    shape: Shape
    recipes: dict[str, Recipe] = field(default_factory=dict)
    sieve: Sieve | None = None

    def fitted(
        self,
        store: HeadStore,
        table: PieceTable,
        numbers: Sequence[int],
        heads: Sequence[int],
        effort: Effort,
        say: Say,
    ) -> tuple[Candidate, ...]:
        """Generation 0: the examples, and a program fitted to each head."""
        found = climb(store, table, numbers, heads, self.shape, effort, say)
        fits = [self.candidate(recipe, head) for head, recipe in enumerate(found)]
        return (*seeds(), *(fit for fit in fits if fit is not None))

    def varied(self, archive: Archive, generation: int, scorer: Scorer) -> Offer:
        """A later generation: variants of the heads' best, drawn from (seed, generation, head).

        All are scored on the scorer's first texts; candidates are those that beat some head's best.
        """
        made: dict[str, tuple[Recipe, str, int]] = {}
        invalid = same = 0
        for head, recipe in self._drawn(archive, generation):
            source = recipe.source(name_of(recipe, self.names[head]))
            key, size = self.forms.hash_and_size(recipe)
            if not readable(recipe, source, self.shape) or size > self.shape.graph_terms:
                invalid += 1
            elif key in archive.seen or key in made:
                same += 1
            else:
                made[key] = (recipe, source, size)
        if not made:
            counts = Counts(invalid + same, invalid, same)
            return Offer(self._mutants(archive, generation), (), counts)
        mutants = self._mutants(archive, generation)
        sieve = self._sieve(scorer)
        recipes = [recipe for recipe, _, _ in made.values()]
        charges = archive.charge * np.array([size for _, _, size in made.values()]) - SLACK
        worth = sieve.first(EARLY).scores(recipes) - charges[:, None]
        bests = archive.early_bests(scorer)
        hopeful = [at for at, row in enumerate(worth) if (row > bests).any()]
        if hopeful:  # on all texts, before the engine is asked
            bests = np.array([
                archive.worth(rank[0], head) if rank else -1.0
                for head, rank in enumerate(archive.ranks)
            ])  # fmt: skip
            worth = sieve.scores([recipes[at] for at in hopeful]) - charges[hopeful][:, None]
            hopeful = [at for at, row in zip(hopeful, worth, strict=True) if (row > bests).any()]
        found, passed = [], []
        for at, (key, (recipe, source, _)) in enumerate(made.items()):
            if at in hopeful:
                self.recipes[source] = recipe
                found.append(Candidate(source, "search"))
            else:
                passed.append(key)
        counts = Counts(len(passed) + invalid + same, invalid, same, len(passed))
        return Offer((*found, *mutants), tuple(passed), counts)

    def _mutants(self, archive: Archive, generation: int) -> tuple[Candidate, ...]:
        """A few mutants of any programs that heads keep, examples too."""
        rng = np.random.default_rng([self.seed, generation])
        kept = [entry for rank in archive.ranks for entry in rank]
        found = []
        for number in range(MUTANTS):
            one, other = (kept[int(rng.integers(len(kept)))] for _ in range(2))
            program, mate = (verify(each.source).programs[0] for each in (one, other))
            name = f"mutant_{generation}_{number}"
            source = mutant(program, [mate], name, rng)
            if source is not None:
                found.append(Candidate(source, f"mutation of {one.name}"))
        return tuple(found)

    def _drawn(self, archive: Archive, generation: int) -> Iterator[tuple[int, Recipe]]:
        plain = features(self.mask)
        best = [
            next((self.recipes[e.source] for e in rank if e.source in self.recipes), None)
            for rank in archive.ranks
        ]
        others = [recipe for recipe in best if recipe is not None]
        for number in range(VARIANTS):
            head = (generation * VARIANTS + number) % len(best)
            recipe = best[head]
            if recipe is not None:
                rng = np.random.default_rng([self.seed, generation, head, number])
                yield head, variant(recipe, others, plain, rng)

    @cached_property
    def forms(self) -> Forms:
        return Forms(features(self.mask))

    def _sieve(self, scorer: Scorer) -> Sieve:
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
        effort: Effort,
    ) -> tuple[Candidate, ...]:
        """Programs that several heads share, fitted to all of them; `owner` names each head's."""
        mine = [at for at, source in enumerate(sources) if source in self.recipes]
        place = {at: number for number, at in enumerate(mine)}
        served = [number for number, at in enumerate(owner) if at in place]
        if not served:
            return ()
        plain = features(self.mask)
        basis = Basis.of(plain, self.mask)
        some = batches(
            store, table, numbers, [heads[number] for number in served], effort.batch, basis
        )
        given = [self.recipes[sources[at]] for at in mine]
        owners = [place[owner[number]] for number in served]
        found = refitted(given, owners, some, plain, effort.refit)
        first = [owners.index(number) if number in owners else 0 for number in range(len(mine))]
        made = [
            self.candidate(recipe, served[head]) for recipe, head in zip(found, first, strict=True)
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

    def take_up(self, found: Mapping[str, Any]) -> None:
        by_name = {feature.name: feature for feature in features(self.mask)}
        for source, recipe in found.items():
            self.recipes[source] = recipe_of(recipe, by_name)


def recipe_of(found: Sequence[Any], by_name: Mapping[str, Feature]) -> Recipe:
    """What `as_json` wrote."""
    terms, rules = found
    return Recipe(
        tuple((by_name[name], float(share)) for name, share in terms),
        tuple(
            Rule(tuple(leaves), tuple((by_name[name], float(share)) for name, share in some))
            for leaves, some in rules
        ),
    )
