"""What programs are made of: parts, each a whole row with a name, and kinds of query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from attndsl.graph.verify import verify
from attndsl.language.mask import Mask
from attndsl.language.shipped import described, mechanisms


@dataclass(frozen=True, slots=True)
class Part:
    """One mechanism: its name, how a program calls it, its words in a docstring.

    `test` says where it has any weight, for a factor there; a part without one is no factor.
    """

    name: str
    call: str
    says: str
    test: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of query: a test that the rest may depend on, and the words for such tokens."""

    name: str
    test: str
    says: str


FIRST = Part("rests", "sink(q, k)", "the first token")
SPECIAL = Part("rests", "special_tokens(q, k)", "special tokens")
SPREAD = "others"  # over everything but the first token: a kind's factor on it is a rest by kind
# By the rate a step: in the name, and in words.
RATES = {
    0.3: ("steeply", "a third as much with each step back"),
    0.5: ("fast", "half as much with each step back"),
    0.8: ("slowly", "a fifth less with each step back"),
    0.95: ("very_slowly", "a little less with each step back"),
}
WIDTHS = {
    2: ("two", "itself and the token before, alike"),
    3: ("three", "itself and the two tokens before, alike"),
    8: ("eight", "the last eight tokens, alike"),
    16: ("sixteen", "the last sixteen tokens, alike"),
}
FADING = {0.5: ("near", "the nearest far more"), 0.9: ("recent", "nearer ones somewhat more")}
GRADED = {
    "sink",
    "evenly",
    "nearby",
    "alike",
    "soft_induction",
}  # no factors: nearly everywhere, or what rests
SAID = {"others", "after_copies"}  # evenly and induction say these
KEY = re.compile(r"\bk\b")

# Classes of keys: the test of `k`, and the words for such tokens.
CLASSES = {
    "marks": ("k.is_punct", "punctuation"),
    "nouns": ('k.usual_pos == "NOUN"', "nouns"),
    "verbs": ('k.usual_pos == "VERB"', "verbs"),
    "names": ('k.usual_pos == "PROPN"', "names"),
    "pronouns": ('k.usual_pos == "PRON"', "pronouns"),
    "determiners": ('k.usual_pos == "DET"', "words such as a and the"),
    "prepositions": ('k.usual_pos == "ADP"', "prepositions"),
    "auxiliaries": ('k.usual_pos == "AUX"', "auxiliary verbs"),
    "joining_words": ('k.usual_pos in {"CCONJ", "SCONJ"}', "conjunctions"),
    "qualities": ('k.usual_pos in {"ADJ", "ADV"}', "adjectives and adverbs"),
    "function_words": ("k.is_function_word", "function words"),
    "content_words": ("k.is_content_word", "content words"),
    "sentence_ends": ("k.is_sentence_end", "sentence ends"),
    "pauses": ("k.is_pause", "commas and the like"),
    "newlines": ("k.is_newline", "line breaks"),
    "digits": ("k.is_digit", "digits"),
    "quotes": ("k.is_quote", "quotation marks"),
    "later_pieces": ("not k.starts_word", "later pieces of words"),
    "word_starts": ("k.starts_word", "beginnings of words"),
    "titles": ("k.is_title", "capitalised words"),
    "signs": ("not k.is_alpha", "signs that are no letters"),
    "after_sentence_ends": ("k.prev.is_sentence_end", "what follows a sentence end"),
    "after_marks": ("k.prev.is_punct", "what follows punctuation"),
    "after_determiners": ('k.prev.usual_pos == "DET"', "what follows a or the"),
    "after_verbs": ('k.prev.usual_pos == "VERB"', "what follows a verb"),
    "after_nouns": ('k.prev.usual_pos == "NOUN"', "what follows a noun"),
    "sentence_starts": ("k.is_first_of_sentence", "first words of sentences"),
}  # fmt: skip
# Keys by how they stand to the query.
RELATIONS = {
    "own_sentence": ("k.sentence == q.sentence", "tokens of its own sentence"),
    "earlier_sentences": ("k.sentence < q.sentence", "tokens of earlier sentences"),
    "own_class": ("k.usual_pos == q.usual_pos", "words of its own part of speech"),
    "own_line": ("k.line == q.line", "tokens of its own line"),
    "own_word": ("k.word == q.word", "pieces of its own word"),
    "others": ("k != q", "tokens but itself"),
    "copies": ("k.lower == q.lower and k != q", "earlier copies"),
    "after_copies": ("k.prev.lower == q.lower", "what followed earlier copies"),
}  # fmt: skip
LIKENESS = {
    "alike": ("max(similarity(k, q), 0) ** 3", "tokens like it"),
    "after_alike": ("max(similarity(k.prev, q), 0) ** 3", "what followed tokens like it"),
}

KINDS = (
    Kind("mark", "q.is_punct", "punctuation"),
    Kind("sentence_end", "q.is_sentence_end", "sentence ends"),
    Kind("content_word", "q.is_content_word", "content words"),
    Kind("function_word", "q.is_function_word", "function words"),
    Kind("noun", 'q.usual_pos == "NOUN"', "nouns"),
    Kind("verb", 'q.usual_pos == "VERB"', "verbs"),
    Kind("name", 'q.usual_pos == "PROPN"', "names"),
    Kind("pronoun", 'q.usual_pos == "PRON"', "pronouns"),
    Kind("determiner", 'q.usual_pos == "DET"', "words such as a and the"),
    Kind("preposition", 'q.usual_pos == "ADP"', "prepositions"),
    Kind("later_piece", "not q.starts_word", "later pieces of words"),
    Kind("letters", "q.is_alpha", "tokens of letters"),
    Kind("digit", "q.is_digit", "digits"),
    Kind("newline", "q.is_newline", "line breaks"),
    Kind("repeated", "any(t.lower == q.lower for t in before(q))", "tokens that stood earlier"),
    Kind("after_mark", "q.prev.is_punct", "tokens after punctuation"),
    Kind("first_sentence", "q.sentence == 0", "the first sentence"),
    Kind("early", "q.i < 10", "the first ten tokens"),
)  # fmt: skip


@cache
def parts(mask: Mask) -> tuple[Part, ...]:
    """Every part that a program for a layer of this mask may have; first what rows rest on."""
    rests = SPECIAL if mask.kind == "full" else FIRST
    return (rests, *(one for one in _shipped() if one.call != rests.call), *_near(), *_classes())


def _shipped() -> Iterator[Part]:
    truths = _truths()
    for name, parameters in mechanisms().items():
        if len(parameters) == 2:
            words = described(name)
            call = f"{name}(q, k)"
            test = call if name in truths else f"{call} > 0"
            test = {SPREAD: "k.i > 0"}.get(name, "" if name in GRADED else test)
            yield Part(name, call, words[:1].lower() + words[1:], test)


def _truths() -> set[str]:
    """The mechanisms that are tests: they name one key, or none."""
    names = [name for name, parameters in mechanisms().items() if len(parameters) == 2]
    asked = "\n\n\n".join(f"def p_{n}(q, k):\n    return 1 if {n}(q, k) else 0" for n in names)
    return {program.name.removeprefix("p_") for program in verify(asked + "\n").programs}


def _near() -> Iterator[Part]:
    for rate, (name, words) in RATES.items():
        yield Part(f"near_{name}", f"fading(q, k, {rate})",
                   f"itself and those before, {words}")  # fmt: skip
    for width, (name, words) in WIDTHS.items():
        call = f"within(q, k, {width})"
        yield Part(f"last_{name}", call, words, f"{call} > 0")


def _classes() -> Iterator[Part]:
    known = set(mechanisms())
    for name, (test, words) in {**CLASSES, **RELATIONS, **LIKENESS}.items():
        graded = name in LIKENESS
        factor = f"({test})" if " " in test and not graded else test
        if name not in known and name not in SAID:
            where = f"{factor} * (k.i > 0)" if graded else f"{test} and k.i > 0"
            yield Part(f"all_{name}", f"normalized({where})", f"all {words}, alike",
                       "" if graded else test)  # fmt: skip
        for rate, (near, nearer) in FADING.items():
            yield Part(
                f"{near}_{name}",
                f"normalized(fading(q, k, {rate}) * {factor})",
                f"{words}, {nearer}",
            )
    for name, (test, words) in CLASSES.items():
        called = f"last_{name}"
        if called.removesuffix("s") not in known and called not in known:
            call = f"k == last(t for t in upto(q) if t.i > 0 and {re.sub(KEY, 't', test)})"
            yield Part(called, call, f"the latest of {words}, itself included", call)
