"""What scores are sums of: features of a query and a key, as source text and in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from attndsl.language.mask import Mask

WINDOWS = (4, 8, 16)
BACK = (2, 3, 4)

# A name, a test on a position with `k` where the position stands, and words for it.
CLASSES: tuple[tuple[str, str, str], ...] = (
    ("mark", "k.is_punct", "punctuation"),
    ("end", "k.is_sentence_end", "sentence ends"),
    ("pause", "k.is_pause", "commas and other pauses"),
    ("quote", "k.is_quote", "quotes"),
    ("newline", "k.is_newline", "newlines"),
    ("content", "k.is_content_word", "content words"),
    ("function", "k.is_function_word", "function words"),
    ("determiner", "k.is_determiner", "determiners"),
    ("pronoun", "k.is_pronoun", "pronouns"),
    ("preposition", "k.is_preposition", "prepositions"),
    ("conjunction", "k.is_conjunction", "conjunctions"),
    ("auxiliary", "k.is_auxiliary", "auxiliaries"),
    ("capital", "k.is_title", "capitalised words"),
    ("start", "k.is_first_of_sentence", "starts of sentences"),
    ("noun", 'k.usual_pos == "NOUN"', "nouns"),
    ("verb", 'k.usual_pos == "VERB"', "verbs"),
    ("adjective", 'k.usual_pos == "ADJ"', "adjectives"),
    ("adverb", 'k.usual_pos == "ADV"', "adverbs"),
    ("name", 'k.usual_pos == "PROPN"', "names"),
    ("stop", 'k.text == "."', "full stops"),
    ("comma", 'k.text == ","', "commas"),
    ("the", 'k.lower == "the"', 'the word "the"'),
    ("and_word", 'k.lower == "and"', 'the word "and"'),
    ("article", 'k.lower in {"a", "an"}', 'the words "a" and "an"'),
    ("to_word", 'k.lower == "to"', 'the word "to"'),
    ("new", "k.occurrence == 0", "words seen for the first time"),
    ("seen", "k.occurrence > 0", "words seen before"),
)

# Queries whose weight on the first token differs: a name, a test, words.
SINKS: tuple[tuple[str, str, str], ...] = (
    ("repeat", "q.occurrence > 0", "words seen before"),
    ("capital", "q.is_title", "capitalised words"),
    ("after_mark", "q.prev.is_punct", "words after a mark"),
    ("opening", "q.is_first_of_sentence", "starts of sentences"),
    ("inner", "not q.starts_word", "pieces inside a word"),
)


@dataclass(frozen=True, slots=True)
class Feature:
    """A number for each query and key, such as `k.i == 0`, that a score has some times.

    `more` says what a positive share favours, `less` what a negative one favours; without `less` a
    negative share avoids what `more` says.
    """

    name: str
    code: str
    more: str
    less: str = ""


SINK = Feature("sink", "k.i == 0", "the first token")
SINK_LATE = Feature(
    "sink_late",
    "(k.i == 0) * log(1 + q.i)",
    "the first token in late rows",
    "the first token in early rows",
)


def features(mask: Mask) -> tuple[Feature, ...]:
    """All features for layers of this mask, each code once; the first token comes first."""
    by_code = {feature.code: feature for feature in _all(mask.kind == "full")}
    return tuple(by_code.values())


def _all(both_ways: bool) -> Iterator[Feature]:
    yield SINK
    yield SINK_LATE
    yield from _places(both_ways)
    yield from _classes(both_ways)
    yield from _repeats(both_ways)
    yield from _similar()
    yield from _structure()
    for name, test, words in SINKS:
        code = f"k.i == 0 and {test}"
        yield Feature(f"sink_{name}", code, f"the first token from {words}")


def _places(both_ways: bool) -> Iterator[Feature]:
    distance = "abs(q.i - k.i)" if both_ways else "(q.i - k.i)"
    bare = distance if both_ways else "q.i - k.i"
    yield Feature("itself", "k == q", "the token itself")
    yield Feature("previous", "k == q.prev", "the token before")
    for step in BACK:
        yield Feature(f"back_{step}", f"q.i - k.i == {step}", f"the token {step} back")
    if both_ways:
        yield Feature("following", "k == q.next", "the token after")
        for step in BACK:
            yield Feature(f"ahead_{step}", f"k.i - q.i == {step}", f"the token {step} ahead")
        yield Feature("ahead", "k.i > q.i", "what comes after")
        yield Feature("last_token", "k.i == n - 1", "the last token")
        yield Feature("special", "k.is_special", "special tokens")
    yield Feature("second", "k.i == 1", "the second token")
    yield Feature("third", "k.i == 2", "the third token")
    yield Feature("far", f"log(1 + {bare})", "far tokens", "near tokens")
    yield Feature("distance", f"{distance} / 8", "distant tokens", "close tokens")
    yield Feature("late", "log(1 + k.i)", "late tokens", "early tokens")
    for width in WINDOWS:
        code = f"{bare} <= {width}"
        yield Feature(f"within_{width}", code, f"the last {width} tokens")


def _classes(both_ways: bool) -> Iterator[Feature]:
    for name, test, words in CLASSES:
        at = test.replace("k.", "t.")
        yield Feature(name, test, words)
        yield Feature(f"after_{name}", test.replace("k.", "k.prev."), f"what follows {words}")
        nearest = f"k == last(t for t in before(q) if {at})"
        yield Feature(f"last_{name}", nearest, one_of("last", words))
        if both_ways:
            ahead = f"k == first(t for t in after(q) if {at})"
            yield Feature(f"next_{name}", ahead, one_of("next", words))


def one_of(which: str, words: str) -> str:
    """
    >>> one_of("last", "nouns"), one_of("last", 'the word "to"')
    ('the last of the nouns', 'the last of the word "to"')
    """
    return f"the {which} of the {words.removeprefix('the ')}"


def _repeats(both_ways: bool) -> Iterator[Feature]:
    yield Feature("copy", "k.lower == q.lower and k != q", "copies of the token")
    nearest = "k == last(t for t in before(q) if t.lower == q.lower)"
    yield Feature("last_copy", nearest, "its last copy")
    follows = "k.prev.lower == q.lower and k != q"
    yield Feature("after_copy", follows, "what followed copies of the token")
    follows += " and k.prev.prev.lower == q.prev.lower"
    yield Feature("after_pair", follows, "what followed copies of the last two tokens")
    copies = "k.lower == q.prev.lower and k != q.prev"
    yield Feature("previous_copy", copies, "copies of the token before")
    yield Feature("peer", "k.usual_pos == q.usual_pos and k != q", "its part of speech")
    if both_ways:
        comes = "k.next.lower == q.lower and k != q"
        yield Feature("before_copy", comes, "what comes before copies of the token")


def _similar() -> Iterator[Feature]:
    yield Feature("alike", "similarity(q, k)", "tokens like it")
    square = "3 * max(similarity(q, k), 0) ** 2"
    yield Feature("much_alike", square, "tokens much like it", "tokens unlike it")
    yield Feature("after_alike", "similarity(q, k.prev)", "what follows tokens like it")
    yield Feature("like_previous", "similarity(q.prev, k)", "tokens like the one before")


def _structure() -> Iterator[Feature]:
    same = "k.sentence == q.sentence"
    yield Feature("sentence", same, "its sentence", "other sentences")
    yield Feature("last_sentence", "k.sentence == q.sentence - 1", "the sentence before")
    code = f"{same} and k.is_first_of_sentence"
    yield Feature("sentence_start", code, "the start of its sentence")
    yield Feature("own_word", "k.word == q.word", "its word")
    yield Feature("last_word", "k.word == q.word - 1", "the word before")
    yield Feature("own_line", "k.line == q.line", "its line", "other lines")
    yield Feature("inside", "not k.starts_word", "pieces inside a word")
    yield Feature("length", "k.len / 4", "long tokens", "short tokens")
