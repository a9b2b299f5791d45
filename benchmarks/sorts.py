"""What tables tell apart, sort by sort, from the factors of a batch: for `benchmarks.tables`."""

from dataclasses import replace

import torch

from attndsl.language.mask import CAUSAL
from attndsl.synthesis.parts.blocks import Batch, Block
from attndsl.synthesis.parts.vocabulary import GATES, LATE, factors

SORTS = ("where", "what", "match", "rest")
# A token is of the first of these classes that it belongs to.
CLASS = (
    "newlines", "sentence_ends", "quotes", "pauses", "digits", "signs", "the", "to", "and_words",
    "determiners", "pronouns", "prepositions", "auxiliaries", "conjunctions", "function_words",
    "names", "nouns", "verbs", "adjectives", "adverbs", "content_words",
)  # fmt: skip
BESIDE = ("capitals", "new_words", "sentence_starts", "later_pieces", "small_the")
BEFORE = tuple(f"after_{one}" for one in CLASS
               if one not in ("and_words", "adverbs", "content_words"))  # fmt: skip
WHERE = (
    "itself", "previous", "two_back", "three_back", "far", "distance", "own_sentence",
    "last_sentence", "own_line", "own_word", "second", "last_sentence_ends", "last_pauses",
    "last_nouns", "last_verbs", "last_names",
)  # fmt: skip
BANDS = {"four_to_seven": ("last_eight", "last_four"), "eight_to_fifteen":
         ("last_sixteen", "last_eight")}  # fmt: skip
MATCH = (
    "alike", "after_alike", "like_previous", "copies", "last_copy", "after_copies", "after_pairs",
    "previous_copies", "own_class",
)  # fmt: skip
QUERIES = (*(f"from_{name}" for name, *_ in GATES), LATE.name)
GRADED_BY = ("far", "distance", "late")  # numbers rather than tests

NAMES = (*WHERE, *BANDS, *CLASS, *BESIDE, *BEFORE, *MATCH, *QUERIES)
SORT = torch.cat([
    torch.full((size,), at) for at, size in enumerate((
        len(WHERE) + len(BANDS), len(CLASS) + len(BESIDE) + len(BEFORE), len(MATCH), len(QUERIES)
    ))
])  # fmt: skip
PLACE = {one.name: at for at, one in enumerate(factors(CAUSAL))}


def in_sorts(batch: Batch) -> Batch:
    """The batch with these in place of its factors."""
    return replace(batch, blocks=tuple(_in_sorts(block) for block in batch.blocks))


def _in_sorts(block: Block) -> Block:
    def one(name: str) -> torch.Tensor:
        return block.factors[PLACE[name]]

    def bands() -> list[torch.Tensor]:
        return [(one(wide) > 0).float() - (one(narrow) > 0).float()
                for wide, narrow in BANDS.values()]  # fmt: skip

    def first_of(names: tuple[str, ...]) -> list[torch.Tensor]:
        left, found = (block.seen & ~block.resting).float(), []
        for name in names:
            mine = (one(name) > 0).float() * left
            found.append(mine)
            left = left - mine
        return found

    made = [
        *map(one, WHERE), *bands(), *first_of(CLASS), *map(one, BESIDE), *first_of(BEFORE),
        *map(one, MATCH), *map(one, QUERIES),
    ]  # fmt: skip
    return replace(block, factors=torch.stack(made))
