"""The search proposer: examples and fitted programs first, then variants of the best, by seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.synthesis.archive import Archive, Candidate
from attndsl.synthesis.search.batches import Basis, batches
from attndsl.synthesis.search.climb import Effort, Shape, climb, readable, refitted
from attndsl.synthesis.search.features import Feature, features
from attndsl.synthesis.search.recipe import Recipe, Rule, as_json, name_of
from attndsl.synthesis.search.seeds import seeds
from attndsl.synthesis.search.vary import variant
from attndsl.tokens.pieces import PieceTable

Say = Callable[[int, int], None]
VARIANTS = 256  # candidates of a generation


@dataclass
class Search:
    """Recipes by the source they print as; what was journaled brings it back."""

    names: Sequence[str]  # of the heads, such as L3.H5
    mask: Mask
    seed: int
    shape: Shape
    recipes: dict[str, Recipe] = field(default_factory=dict)

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

    def varied(self, archive: Archive, generation: int) -> tuple[Candidate, ...]:
        """A later generation: variants of the heads' best, drawn from (seed, generation, head)."""
        plain = features(self.mask)
        best = [
            next((self.recipes[e.source] for e in rank if e.source in self.recipes), None)
            for rank in archive.ranks
        ]
        others = [recipe for recipe in best if recipe is not None]
        found = []
        for number in range(VARIANTS):
            head = (generation * VARIANTS + number) % len(best)
            recipe = best[head]
            if recipe is None:
                continue
            rng = np.random.default_rng([self.seed, generation, head, number])
            made = self.candidate(variant(recipe, others, plain, rng), head)
            if made is not None:
                found.append(made)
        return tuple(found)

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
