"""Which mechanisms are told together in the story, and how a group of heads is told of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MechanismGroup:
    """Mechanisms of one kind; `one` and `many` end a sentence on the heads that they name."""

    key: str
    one: str
    many: str
    mechanisms: tuple[str, ...]


def _group(key: str, one: str, many: str, mechanisms: str) -> MechanismGroup:
    return MechanismGroup(key, one, many, tuple(mechanisms.split()))


GROUPS = (
    _group("back", "looks back one to three tokens", "look back one to three tokens",
           "previous_token two_back three_back"),
    _group("itself", "looks at the token itself", "look at the token itself", "itself"),
    _group("near", "spreads over the nearest tokens", "spread over the nearest tokens",
           "nearby last_four"),
    _group("evenly", "spreads evenly over all tokens", "spread evenly over all tokens", "evenly"),
    _group("after", "looks at what followed earlier copies of the token",
           "look at what followed earlier copies of the token",
           "induction last_induction long_induction soft_induction"),
    _group("copies", "looks at earlier copies of the token",
           "look at earlier copies of the token", "copies last_copy first_copy"),
    _group("expected", "looks at copies of the token that is to come",
           "look at copies of the token that is to come", "expected_copies"),
    _group("alike", "looks at tokens like this one", "look at tokens like this one", "alike"),
    _group("words", "looks at the start of its word, or of the word before",
           "look at the start of their word, or of the word before", "word_start last_word"),
    _group("sentences", "looks at where sentences start, pause and end, or at earlier ones",
           "look at where sentences start, pause and end, or at earlier ones",
           "sentence_start last_sentence_end sentence_ends last_pause earlier_sentences"),
    _group("lines", "looks at where lines start and end", "look at where lines start and end",
           "last_newline line_start"),
    _group("pairs", "looks at open brackets or quotation marks",
           "look at open brackets or quotation marks", "open_bracket matching_bracket open_quote"),
    _group("classes", "looks at words by their part of speech",
           "look at words by their part of speech",
           "same_class last_of_class last_noun last_verb subject function_words content_words"),
    _group("names", "looks at names", "look at names", "last_name names lone_names"),
    _group("signs", "looks at digits or punctuation", "look at digits or punctuation",
           "digits marks"),
)  # fmt: skip
# They rest, or are all that doesn't: the story tells of resting by the share itself.
RESTING = ("sink", "special_tokens", "others")
