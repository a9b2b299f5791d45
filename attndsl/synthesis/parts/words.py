"""Names and docstrings: what was measured of a program, said in words that have one meaning."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import log

from attndsl.language.shipped import is_shipped
from attndsl.synthesis.parts.saying import MOSTLY, Fall, Kind, Said
from attndsl.synthesis.parts.vocabulary import LIKE
from attndsl.synthesis.parts.weighing import near

LONGEST, LONGEST_NAME = 240, 60
# How a share is said: the first whose bound it reaches.
STRENGTHS = (
    (0.9, "nearly all"),
    (MOSTLY, "most"),
    (0.42, "about half"),
    (0.28, "about a third"),
    (0.15, "about a fifth"),
    (0.05, "a little"),
    (0.0, "hardly anything"),
)
# How a ratio is said, by the nearest.
RATIOS = {
    0.02: "hardly anything", 0.05: "a twentieth", 0.1: "a tenth", 0.2: "a fifth", 0.25: "a quarter",
    0.33: "a third", 0.5: "half", 0.67: "two thirds", 0.8: "a little less", 1.0: "no more",
    1.25: "a little more", 1.5: "half as much again", 2.0: "twice", 2.5: "two and a half times",
    3.0: "three times", 4.0: "four times", 5.0: "five times", 6.0: "six times", 8.0: "eight times",
    10.0: "ten times", 15.0: "fifteen times", 20.0: "twenty times", 30.0: "thirty times",
    50.0: "fifty times", 100.0: "a hundred times", 200.0: "two hundred times",
    500.0: "five hundred times", 1000.0: "a thousand times",
}  # fmt: skip
WHOLE = {"hardly anything", "a little less", "no more", "a little more", "half as much again"}
NUMBERS = {
    1: "one", 2: "two", 3: "three", 4: "four", 6: "six", 8: "eight", 12: "twelve", 16: "sixteen",
    30: "thirty",
}  # fmt: skip
ITSELF = "on the token itself"
RESTS = 0.5  # of a row, from which the name says so
MORE = 0.1  # of a row, by which a kind's rest differs enough to be said
RARE = 0.3  # of the rows, in fewer of which a token of a kind is there: it tells less
NAMED = 0.15  # of what doesn't rest, from which a kind stands in the name
TOLD = 0.42  # of it, from which a kind's share is said: about half
NEARBY = 8  # tokens, within which most is near
SAME = 3.0  # times, up to which a class and a wider one of nearly the same tokens say the same
LIFT = 1.15  # times what others get, from which it is more


def strength(share: float) -> str:
    """A share in words.

    >>> strength(0.55), strength(0.33), strength(0.08)
    ('about half', 'about a third', 'a little')
    """
    return next(word for bound, word in STRENGTHS if share >= bound)


def ratio(times: float, first: bool = False) -> str:
    """A ratio in words; where it is the first of several, it says what of.

    >>> ratio(4.4), ratio(0.3), ratio(0.5, first=True)
    ('four times', 'a third', 'half as much')
    """
    words = RATIOS[near(times, tuple(RATIOS))]
    return f"{words} as much" if first and words not in WHOLE else words


def named(said: Said, taken: Collection[str] = ()) -> str:
    """A name that no other program has: from what the weight goes to, and where that is another's
    from what gets less and which queries rest; never a mechanism's, which it would hide.

    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> copies = Kind(Factor("copies", "", "copies"), 5.0, 0.7, 0.3)
    >>> named(Said(0.6, reach=8, kinds=(copies,))), named(Said(0.1, kinds=(copies,)))
    ('rests_or_near_copies', 'mostly_copies')
    >>> the = Kind(Factor("the", "", "the word the"), 5.0, 0.3, 0.9)
    >>> small = Kind(Factor("small_the", "", "the word the"), 20.0, 0.3, 0.9, wider=("the",))
    >>> named(Said(0.1, kinds=(small, the))), named(Said(0.1, kinds=(small, the)), {"the"})
    ('the', 'the_and_small_the')
    """
    found = ""
    for more in _names(said):
        longer = f"{found}{more}"
        if found and len(longer) > LONGEST_NAME:
            break
        found = longer
        if found not in taken:
            return found
    number = next(n for n in range(2, len(taken) + 3) if f"{found}_{n}" not in taken)
    return f"{found}_{number}"


def _names(said: Said) -> Iterator[str]:
    """A name, then what can be added to it, the most telling first."""
    more = [one for one in _by_share(said.kinds) if one.times >= LIFT]
    much = {one.factor.name for one in more if one.share >= NAMED}
    # Of two classes of nearly the same tokens the wider stands: both would say one thing twice.
    strong = [one.factor.name for one in more
              if one.factor.name in much and not much & set(one.wider)][:2]  # fmt: skip
    near_by = said.reach is not None and said.reach <= NEARBY
    what = "_and_".join(strong) or ("tokens" if near_by else "anything")
    if near_by and what != "itself":
        what = f"near_{what}"
    if said.rest >= RESTS:
        what = f"{'mostly_rests' if said.rest >= STRENGTHS[0][0] else 'rests'}_or_{what}"
    yield f"mostly_{what}" if is_shipped(what) else what
    for one in said.kinds:
        if one.times <= 1 / LIFT:
            yield f"_less_{one.factor.name}"
    for gate, share in said.by_kind:
        kind = gate.name.removeprefix("from_")
        yield f"_{'resting' if share > said.rest else 'looking'}_at_{kind}"
    for one in sorted(more, key=lambda one: bool(much & set(one.wider))):
        if one.factor.name not in strong:
            yield f"_and_{one.factor.name}"
    if said.reach is not None:
        yield f"_within_{NUMBERS[said.reach]}"


def _by_share(kinds: Sequence[Kind]) -> list[Kind]:
    """Those that get most, and more than others, first; one that is seldom there comes later."""
    return sorted(
        kinds, key=lambda one: -one.share * log(max(one.times, 1)) * min(one.found / RARE, 1)
    )


def docstring(said: Said, texts: str, rests: str = "the first token") -> str:
    """What the program says, the most telling first, in at most 240 characters; on which texts it
    was measured, where there is room for that.

    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> marks = Kind(Factor("marks", "", "punctuation"), 4.0, 0.35, 0.9)
    >>> verbs = Factor("from_verb", "", "verbs", gate=True)
    >>> print(docstring(Said(0.33, ((verbs, 0.6),), 4, Fall(4, 0.5), (marks,)), "stories"))
    About a third rests on the first token, from verbs most. Elsewhere, beside others: punctuation \
four times as much; four tokens away half of what neighbours get. Most of that is within the last \
four tokens. So on stories.
    """
    chosen: list[Clause] = []
    for one in sorted(_clauses(said), key=lambda one: one.rank):
        if len(_told(said, rests, [*chosen, one])) <= LONGEST:
            chosen.append(one)
    text = _told(said, rests, chosen)
    source = f" So on {texts}."
    return text + source if len(text) + len(source) <= LONGEST else text


@dataclass(frozen=True, slots=True)
class Clause:
    """Words, their place in the text, and how telling they are: the most telling has the least
    rank. `first` is how they are said where they come first in their place."""

    rank: int
    place: str
    words: str
    first: str = ""


GATE, KIND, FALL, MASS = "gate", "kind", "fall", "mass"


def _clauses(said: Said) -> Iterator[Clause]:
    for number, one in enumerate(_telling(said.kinds)):
        rank = (0, 2, 4, 5, 6)[min(number, 4)]
        yield Clause(rank, KIND, *(_kind(one, first) for first in (False, True)))
    if said.fall is not None and not 1 / LIFT < said.fall.ratio < LIFT:
        yield Clause(1, FALL, _fall(said.fall))
    for gate, share in said.by_kind:
        if abs(share - said.rest) >= MORE:
            yield Clause(3, GATE, f"from {gate.says} {_than(share, said.rest)}")
    if said.reach is not None:
        last = f"within the last {NUMBERS[said.reach]} tokens" if said.reach > 1 else ITSELF
        yield Clause(7, MASS, f"most {last}", f"Most of that is {last}")
    for one in _by_share(said.kinds)[:1]:
        if one.share >= TOLD and one.times >= LIFT:
            where = f"on {one.factor.says}{'' if one.found > 1 - MORE else ' where there are any'}"
            most = strength(one.share)
            yield Clause(8, MASS, f"{most} {where}", f"{most.capitalize()} of that is {where}")


def _telling(kinds: Sequence[Kind]) -> list[Kind]:
    """Those that differ most from others first, also where one lies within another; but not one
    of which a wider class of nearly the same tokens says about as much.

    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> the = Kind(Factor("the", "", "the word the"), 100.0, 0.3, 0.9)
    >>> small = Kind(Factor("small_the", "", ""), 200.0, 0.3, 0.9, wider=("the",))
    >>> [one.factor.name for one in _telling((small, the))]
    ['the']
    >>> from dataclasses import replace
    >>> [one.factor.name for one in _telling((small, replace(the, times=20.0)))]
    ['small_the', 'the']
    """
    some = [one for one in kinds if one.within or not 1 / LIFT < one.times < LIFT]
    times = {one.factor.name: one.times for one in some}
    some = [one for one in some
            if not any(abs(log(one.times / times[wide])) <= log(SAME)
                       for wide in one.wider if wide in times)]  # fmt: skip
    return sorted(some, key=lambda one: -abs(log(one.times)) * min(one.found / RARE, 1.0))


def _kind(one: Kind, first: bool) -> str:
    upto = "" if one.factor.form != LIKE else "up to " if one.times > 1 else "down to "
    tokens, comma, more = one.factor.says.partition(", ")  # a comma is for the list
    return f"{tokens}{f' ({more})' if comma else ''} {upto}{ratio(one.times, first)}"


def _fall(one: Fall) -> str:
    """
    >>> _fall(Fall(4, 0.5)), _fall(Fall(30, 1.5))
    ('four tokens away half of what neighbours get', 'thirty tokens away half as much again')
    """
    words = ratio(one.ratio)
    of = {"half": " of", "hardly anything": " beside"}.get(words, " of" if one.ratio < 1 else "")
    more = "" if words in WHOLE else f"{of} what neighbours get"
    return f"{NUMBERS[one.away]} tokens away {words}{more}"


def _than(share: float, rest: float) -> str:
    """How a kind's rest differs from that of all: by its strength, where that is another."""
    if strength(share) != strength(rest):
        return strength(share)
    return "more" if share > rest else "less"


def _told(said: Said, rests: str, clauses: Sequence[Clause]) -> str:
    of: dict[str, list[Clause]] = {place: [] for place in (GATE, KIND, FALL, MASS)}
    for one in clauses:
        of[one.place].append(one)
    gates = "".join(f", {one.words}" for one in of[GATE])
    text = f"{strength(said.rest).capitalize()} rests on {rests}{gates}."
    kinds, masses = (", ".join(one.words if at else one.first for at, one in enumerate(of[place]))
                     for place in (KIND, MASS))  # fmt: skip
    where = [*([f"beside others: {kinds}"] if kinds else ()), *(one.words for one in of[FALL])]
    if where:
        text += f" Elsewhere, {'; '.join(where)}."
    elif not said.kinds and said.fall is None:
        text += " Elsewhere all tokens get the same."
    return f"{text} {masses}." if masses else text
