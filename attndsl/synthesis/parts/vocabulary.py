"""What programs are made of: factors on a key's weight, and gates on the weight of what rests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from attndsl.graph.verify import verify
from attndsl.language.mask import Mask
from attndsl.language.shipped import RESTS, call_of, described, mechanisms, tables


@dataclass(frozen=True, slots=True)
class Factor:
    """Something of a key that multiplies its weight, or with `gate` of a query, what rests.

    `code` is a test or a number of `q` and `k`; a key's weight is multiplied by a number to the
    power of it. `form` says how that is written. `says` names the tokens in words, in the plural.
    A number has so many `digits`, or without them is one of a few round ones. A table is a shipped
    one: it multiplies by its own weights, to a power. What tables hold comes `later`: programs
    start without it, and have it where it serves better.
    """

    name: str
    code: str
    says: str
    form: str = "test"
    gate: bool = False
    digits: int = 0
    later: bool = False


TEST, STEP, SCALE, LIKE, TABLE = "test", "step", "scale", "like", "table"

# Classes of tokens: a name, a test of `k`, and words for such tokens.
CLASSES = (
    ("marks", "k.is_punct", "punctuation"),
    ("sentence_ends", "k.is_sentence_end", "sentence ends"),
    ("pauses", "k.is_pause", "commas and the like"),
    ("quotes", "k.is_quote", "quotation marks"),
    ("newlines", "k.is_newline", "line breaks"),
    ("digits", "k.is_digit", "digits"),
    ("signs", "not k.is_alpha", "tokens without letters"),
    ("content_words", "k.is_content_word", "content words"),
    ("function_words", "k.is_function_word", "function words"),
    ("capitals", "k.is_title", "capitalised words"),
    ("nouns", 'k.usual_pos == "NOUN"', "nouns"),
    ("verbs", 'k.usual_pos == "VERB"', "verbs"),
    ("adjectives", 'k.usual_pos == "ADJ"', "adjectives"),
    ("adverbs", 'k.usual_pos == "ADV"', "adverbs"),
    ("names", 'k.usual_pos == "PROPN"', "names"),
    ("pronouns", "k.is_pronoun", "pronouns"),
    ("determiners", "k.is_determiner", "words such as a and the"),
    ("prepositions", "k.is_preposition", "prepositions"),
    ("auxiliaries", "k.is_auxiliary", "auxiliary verbs"),
    ("conjunctions", "k.is_conjunction", "conjunctions"),
    ("the", 'k.lower == "the"', "the word the"),
    ("small_the", 'k.text == "the"', "the word the in small letters"),
    ("to", 'k.lower == "to"', "the word to"),
    ("and_words", 'k.lower == "and"', "the word and"),
    ("new_words", "k.occurrence == 0", "tokens that stand there for the first time"),
    ("sentence_starts", "k.is_first_of_sentence", "first words of sentences"),
    ("later_pieces", "not k.starts_word", "later pieces of words"),
)
# Of these neither the last nor what follows is a factor.
PLAIN = {"later_pieces", "sentence_starts", "new_words"}

# Keys by how they stand to the query.
RELATIONS = (
    ("itself", "k == q", "the token itself"),
    ("previous", "k == q.prev", "the token before"),
    ("two_back", "k == q.prev.prev", "the token two back"),
    ("three_back", "k == q.prev.prev.prev", "the token three back"),
    ("last_four", "within(q, k, 4) > 0", "the last four tokens"),
    ("last_eight", "within(q, k, 8) > 0", "the last eight tokens"),
    ("last_sixteen", "within(q, k, 16) > 0", "the last sixteen tokens"),
    ("copies", "k.lower == q.lower and k != q", "copies of the token"),
    ("last_copy", "last_copy(q, k)", "the nearest copy of the token"),
    ("after_copies", "k.prev.lower == q.lower and k != q", "what followed copies of the token"),
    ("after_pairs", "long_induction(q, k) > 0", "what followed copies of the last two tokens"),
    ("previous_copies", "k.lower == q.prev.lower and k != q.prev", "copies of the token before"),
    ("lone_name", "lone_names(q, k) > 0", "names that were said once so far"),
    (
        "lone_name_from_verbs",
        'lone_names(q, k) > 0 and q.usual_pos == "VERB"',
        "names that were said once so far, from verbs",
    ),
    (
        "lone_name_from_to",
        'lone_names(q, k) > 0 and q.lower == "to" and q.prev.usual_pos == "NOUN"',
        "names that were said once so far, from to behind a noun",
    ),
    ("own_class", "k.usual_pos == q.usual_pos and k != q", "words of its own class"),
    ("own_sentence", "k.sentence == q.sentence", "its own sentence"),
    ("last_sentence", "k.sentence == q.sentence - 1", "the sentence before"),
    ("own_line", "k.line == q.line", "its own line"),
    ("own_word", "k.word == q.word", "pieces of its own word"),
    ("second", "k.i == 1", "the second token"),
)
BOTH_WAYS = (
    ("following", "k == q.next", "the token after"),
    ("ahead", "k.i > q.i", "what comes after"),
    ("before_copies", "k.next.lower == q.lower and k != q", "what precedes copies of the token"),
)
GRADED = (
    Factor("distance", "abs(q.i - k.i)", "near tokens", STEP),
    Factor("far", "1 + abs(q.i - k.i)", "near tokens", SCALE),
    Factor("alike", "similarity(q, k)", "tokens like it", LIKE),
    Factor("after_alike", "similarity(q, k.prev)", "what followed tokens like it", LIKE),
    Factor("like_previous", "similarity(q.prev, k)", "tokens like the one before", LIKE),
)
# Kinds of query, which let more or less rest.
GATES = (
    ("mark", "q.is_punct", "punctuation"),
    ("sentence_end", "q.is_sentence_end", "sentence ends"),
    ("content_word", "q.is_content_word", "content words"),
    ("function_word", "q.is_function_word", "function words"),
    ("noun", 'q.usual_pos == "NOUN"', "nouns"),
    ("verb", 'q.usual_pos == "VERB"', "verbs"),
    ("name", 'q.usual_pos == "PROPN"', "names"),
    ("adjective", 'q.usual_pos == "ADJ"', "adjectives"),
    ("adverb", 'q.usual_pos == "ADV"', "adverbs"),
    ("pronoun", "q.is_pronoun", "pronouns"),
    ("determiner", "q.is_determiner", "words such as a and the"),
    ("preposition", "q.is_preposition", "prepositions"),
    ("auxiliary", "q.is_auxiliary", "auxiliary verbs"),
    ("conjunction", "q.is_conjunction", "conjunctions"),
    ("capital", "q.is_title", "capitalised words"),
    ("later_piece", "not q.starts_word", "later pieces of words"),
    ("sign", "not q.is_alpha", "tokens without letters"),
    ("digit", "q.is_digit", "digits"),
    ("newline", "q.is_newline", "line breaks"),
    ("repeated", "q.occurrence > 0", "tokens that stood there before"),
    ("after_mark", "q.prev.is_punct", "tokens after punctuation"),
    ("opening", "q.is_first_of_sentence", "first words of sentences"),
    ("first_sentence", "q.sentence == 0", "the first sentence"),
)
LATE = Factor("late", "1 + q.i", "late tokens", SCALE, gate=True)
# Shipped mechanisms that name the last of a class, and those that other factors say.
LAST = {
    "sentence_ends": "last_sentence_end", "pauses": "last_pause", "newlines": "last_newline",
    "nouns": "last_noun", "verbs": "last_verb", "names": "last_name",
}  # fmt: skip
HELD = {"sink", "itself", "previous_token", "two_back", "three_back", "last_copy"}


@cache
def factors(mask: Mask, symbols: tuple[str, ...] = ()) -> tuple[Factor, ...]:
    """Every factor that a program for a layer of this mask may have; where the model's tokens are
    `symbols`, those for symbols."""
    from attndsl.synthesis.parts.symbols import symbol_factors

    if symbols:
        return tuple(symbol_factors(symbols, mask.kind == "full"))
    # A table is told from what the first token weighs, which under a window may not be seen.
    shipped = () if mask.kind == "window" else _tables()
    return (*_contents(mask.kind == "full"), *_gates(), *shipped)


def to_start_with(factors: Sequence[Factor]) -> tuple[bool, ...]:
    """Which of them programs start from: where there are tables, none that tables hold."""
    held = any(one.form == TABLE for one in factors)
    return tuple(not (held and one.later) for one in factors)


def _contents(both_ways: bool) -> Iterator[Factor]:
    for one in GRADED:
        yield replace(one, later=True)
    for name, test, says in (*RELATIONS, *(BOTH_WAYS if both_ways else ())):
        yield Factor(name, test, says)
    for name, test, says in CLASSES:
        yield Factor(name, test, says, later=True)
        if name not in PLAIN:
            after = test.replace("k.", "k.prev.")
            yield Factor(f"after_{name}", after, f"what follows {says}", later=True)
            yield Factor(f"last_{name}", _last(name, test), f"the last of {says}", later=True)
    for name in _tests():
        if name not in LAST.values():
            words = described(name)
            yield Factor(name, f"{name}(q, k)", words[:1].lower() + words[1:])


def _gates() -> Iterator[Factor]:
    for name, test, says in GATES:
        yield Factor(f"from_{name}", test, says, gate=True, later=True)
    yield replace(LATE, later=True)


def _tables() -> Iterator[Factor]:
    for name in tables():
        words = described(name)
        words = words[:1].lower() + words[1:]
        yield Factor(name, call_of(name), words, TABLE, name.startswith(RESTS))


def _tests() -> list[str]:
    """The shipped mechanisms that are tests: they name one key, or none."""
    names = [name for name, parameters in mechanisms().items() if len(parameters) == 2]
    asked = "\n\n\n".join(f"def p_{n}(q, k):\n    return 1 if {n}(q, k) else 0" for n in names)
    sure = {program.name.removeprefix("p_") for program in verify(asked + "\n").programs}
    return [name for name in names if name in sure and name not in HELD]


def _last(name: str, test: str) -> str:
    if name in LAST:
        return f"{LAST[name]}(q, k)"
    return f"k == last(t for t in before(q) if {test.replace('k.', 't.')})"
