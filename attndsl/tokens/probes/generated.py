"""Generated probes: the same for a tokenizer every time, since each is drawn by its own seed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from attndsl.tokens.probes.probe import Draft, Span
from attndsl.tokens.probes.wordlists import WordLists, cast

TEXTS = 40  # of each generated kind
TRIES = 20  # at pieces that stay themselves beside their neighbours
Maker = Callable[[Random, WordLists], Draft]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of probe that is drawn: what it is, what it takes to write it."""

    about: str
    make: Maker
    signs: tuple[str, ...] = ()
    names: int = 0  # whole-word names that it takes
    words: int = 24  # whole words that it takes
    opening: int = 1  # of these, words that can stand first in a line


def drawn(rng: Random, lists: WordLists, count: int) -> list[str]:
    """Different words, the first of which can stand first in a text."""
    first = rng.choice(lists.opening)
    others = [word for word in lists.words if word != first]
    return [first, *rng.sample(others, min(count - 1, len(others)))]


def _copied(draft: Draft, spans: Sequence[Span], words: Sequence[str]) -> None:
    """Label each word that stood before: its copies, and what followed them."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, word in enumerate(words):
        if places[word]:
            copies = [spans[place] for place in places[word]]
            after = [spans[place + 1] for place in places[word]]
            draft.point("copies", spans[at], *copies)
            draft.point("last_copy", spans[at], copies[-1])
            draft.point("first_copy", spans[at], copies[0])
            if places[word][-1] + 1 < at:  # else it would point at itself
                draft.point("induction", spans[at], *after)
                draft.point("last_induction", spans[at], after[-1])
                same = [place + 1 for place in places[word]
                        if place and words[place - 1] == words[at - 1]]  # fmt: skip
                draft.point("long_induction", spans[at], *(spans[place] for place in same))
        places[word].append(at)


def _written(words: Sequence[str]) -> Draft:
    draft = Draft()
    _copied(draft, draft.add_all(words), words)
    return draft


def random_words(rng: Random, lists: WordLists) -> Draft:
    return _written(drawn(rng, lists, rng.randint(45, 90)))


def repeats(rng: Random, lists: WordLists) -> Draft:
    return _written(2 * drawn(rng, lists, rng.randint(22, 45)))


def loops(rng: Random, lists: WordLists) -> Draft:
    words = drawn(rng, lists, rng.randint(4, 9))
    return _written((12 * words)[: rng.randint(44, 80)])


def shuffled(rng: Random, lists: WordLists) -> Draft:
    words = drawn(rng, lists, rng.randint(22, 40))
    return _written([*words, *rng.sample(words, len(words))])


def one_word(rng: Random, lists: WordLists) -> Draft:
    """All earlier tokens are copies here, so that no more than which of them can be told."""
    draft, word = Draft(), rng.choice(lists.opening)
    spans = draft.add_all(rng.randint(42, 70) * [word])
    for before, span in pairwise(spans):
        draft.point("last_copy", span, before)
    return draft


def names(rng: Random, lists: WordLists) -> Draft:
    """Who gave what to whom; the one who gets it is the name that was said once so far."""
    draft = Draft()
    people = rng.sample(lists.names, 6)
    for number in range(3):
        first, second = people[2 * number : 2 * number + 2]
        place, thing = rng.choice(lists.places), rng.choice(lists.things)
        draft.add("Then")
        one = draft.add(first)
        draft.add("and")
        other = draft.add(second)
        draft.add(f"went to the {place}.")
        giver, receiver = rng.sample((first, second), 2)
        spans = {first: one, second: other}
        again = draft.add(giver)
        draft.point("copies", again, spans[giver])
        draft.add(f"gave a {thing}")
        to = draft.add("to")
        draft.point("lone_names", to, spans[receiver])
        got = draft.add(receiver)
        draft.point("copies", got, spans[receiver])
        draft.add(".", "")
    return draft


_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


def brackets(rng: Random, lists: WordLists) -> Draft:
    """Brackets within brackets, never two signs together: they could be one piece."""
    draft = Draft()
    words = iter(drawn(rng, lists, 60))
    for _ in range(3):
        draft.add_all([next(words), next(words), next(words)])
        _bracket(rng, draft, words, rng.randint(2, 3))
    draft.add_all([next(words), next(words), next(words)])
    return draft


def _bracket(rng: Random, draft: Draft, words: Iterator[str], depth: int) -> None:
    opener, closer = rng.choice(_BRACKETS)
    at = draft.add(opener)

    def inside(count: int, gap: str = " ") -> None:
        for number in range(count):
            draft.point("open_bracket", draft.add(next(words), "" if number == 0 else " "), at)

    inside(rng.randint(2, 3))
    if depth > 1:
        _bracket(rng, draft, words, depth - 1)
        for _ in range(rng.randint(2, 3)):
            draft.point("open_bracket", draft.add(next(words)), at)
    draft.point("matching_bracket open_bracket", draft.add(closer, ""), at)


def quotes(rng: Random, lists: WordLists) -> Draft:
    draft = Draft()
    words = iter(drawn(rng, lists, 60))
    for number in range(4):
        draft.add(next(words))
        draft.add("said")
        at = draft.add('"')
        for place in range(rng.randint(4, 8)):
            span = draft.add(next(words), "" if place == 0 else " ")
            draft.point("open_quote", span, at)
        draft.add('"', "")
        draft.add("and")
        draft.add(next(words))
        if number % 2:
            draft.add(next(words))
    return draft


def lists(rng: Random, lists: WordLists) -> Draft:
    """A numbered list: lines that begin with the next number."""
    draft = Draft()
    words = iter(drawn(rng, lists, 60))
    end = None
    for number in range(1, rng.randint(10, 13)):
        start = draft.add(str(number), "")
        draft.add(".", "")
        for _ in range(rng.randint(2, 3)):
            span = draft.add(next(words))
            draft.point("line_start", span, Span(start.start, start.start + 1))
            if end is not None:
                draft.point("last_newline", span, end)
        end = draft.add("\n", "")
    return draft


def code(rng: Random, lists: WordLists) -> Draft:
    """Assignments that use the names before them."""
    draft = Draft()
    known: dict[str, list[Span]] = defaultdict(list)
    fresh = iter(rng.sample(lists.opening, 12))
    free = [next(fresh) for _ in range(2)]

    def name(word: str, gap: str = " ") -> None:
        span = draft.add(word, gap)
        draft.point("copies", span, *known[word])
        draft.point("last_copy", span, *known[word][-1:])
        known[word].append(span)

    for word in free:
        name(word, "\n")
        draft.add(f"= {rng.randint(1, 9)}")
    for _ in range(rng.randint(6, 8)):
        target = next(fresh) if rng.random() < 0.6 else rng.choice(free)
        left, right = rng.sample(free, 2)
        name(target, "\n")
        draft.add("=")
        name(left)
        draft.add(rng.choice("+-*"))
        name(right)
        if target not in free:
            free.append(target)
    return draft


def numbers(rng: Random, lists: WordLists) -> Draft:
    """A number for each word, asked for again in another order."""
    draft = Draft()
    words = drawn(rng, lists, rng.randint(7, 8))
    value = {word: str(rng.randint(100, 9999)) for word in words}
    first: dict[str, tuple[Span, Span]] = {}
    for word in words:
        first[word] = draft.add(word), draft.add(value[word])
        draft.add(",", "")
    for word in rng.sample(words, len(words)):
        again = draft.add(word)
        draft.point("copies", again, first[word][0])
        start = first[word][1].start
        draft.point("induction", again, Span(start, start + 1))
        draft.add(value[word])
        draft.add(",", "")
    return draft


def pieces(rng: Random, lists: WordLists) -> Draft:
    """Words that nobody has, so that tokenizers cut them up."""
    draft = Draft()
    for _ in range(rng.randint(14, 20)):
        span = draft.add("".join(rng.sample(cast("syllables"), rng.randint(3, 4))))
        draft.point("word_start", span, Span(span.start, span.start + 1))
    return draft


def tokens(rng: Random, lists: WordLists) -> Draft:
    """Of all that the tokenizer has: words mean something, which weakens what copies by place."""
    count = rng.randint(22, 45)
    held = [("", rng.choice(lists.opening))]
    for _ in range(TRIES):
        taken = {word.lower() for _, word in held}
        while len(held) < count:
            gap, word = rng.choice(lists.pieces)
            if word.lower() not in taken:
                taken.add(word.lower())
                held.append((gap, word))
        again = [(" ", held[0][1]), *held[1:]]
        lost = {at % count for at in lists.broken([*held, *again])} - {0}
        held = [piece for at, piece in enumerate(held) if at not in lost]
        if not lost:
            break
    draft = Draft()
    written = [*held, (" ", held[0][1]), *held[1:]]
    spans = [draft.add(word, gap) for gap, word in written]
    _copied(draft, spans, [word for _, word in written])
    return draft


KINDS: dict[str, Kind] = {
    "random": Kind("different words in no order", random_words, words=50),
    "repeats": Kind("different words, and the same words again", repeats),
    "loops": Kind("a few words in the same order many times", loops),
    "shuffled": Kind("different words, and the same words in another order", shuffled),
    "one_word": Kind("one word many times", one_word),
    "names": Kind("who gave what to whom, names said once and twice", names, (".",), 6),
    "brackets": Kind("brackets within brackets", brackets, ("(", ")", "[", "]", "{", "}"), 0, 60),
    "quotes": Kind("words in quotation marks", quotes, ('"',), 0, 60),
    "lists": Kind("numbered lists, a line an item", lists, ("\n", ".", "1"), 0, 60),
    "code": Kind("assignments that use earlier names", code, ("\n", "=", "+", "1"), 0, 24, 12),
    "numbers": Kind("a number for each word, told twice", numbers, (",", "1", "9")),
    "pieces": Kind("made-up words of several pieces", pieces),
    "tokens": Kind("any of the tokenizer's tokens, and the same again", tokens),
}
