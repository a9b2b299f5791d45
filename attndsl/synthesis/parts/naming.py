"""Names of programs, from what weight goes to; docstrings say how strong what stands in them is."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from attndsl.language.shipped import is_shipped
from attndsl.synthesis.parts.said import FALLS, ITSELF, LIFT, RARE, Said, by_share
from attndsl.synthesis.parts.strengths import NUMBERS, STRENGTHS

LONGEST = 60
RESTS = 0.5  # of a row, from which the name says so
NAMED = 0.15  # of what doesn't rest, from which a kind stands in the name
MOST = 0.5  # of what doesn't rest, over which a name says mostly
NEARBY = 8  # tokens, within which most is near


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and what stands in it by the names of factors and places: the docstring says how
    strong each is."""

    text: str
    stands: tuple[str, ...] = ()


def named(said: Said, taken: Collection[str] = ()) -> Name:
    """A name that no other program has: from what the weight goes to, and where that is another's
    from what gets less and which queries rest; never a mechanism's, which it would hide.

    >>> from attndsl.synthesis.parts.vocabulary import Factor
    >>> from attndsl.synthesis.parts.said import Kind
    >>> copies = Kind(Factor("copies", "", "copies"), 5.0, 0.7, 0.3)
    >>> named(Said(0.6, reach=8, kinds=(copies,))).text, named(Said(0.1, kinds=(copies,))).text
    ('rests_or_near_copies', 'mostly_copies')
    >>> the = Kind(Factor("the", "", "the word the"), 5.0, 0.3, 0.9)
    >>> small = Kind(Factor("small_the", "", "the word the"), 20.0, 0.3, 0.9, wider=("the",))
    >>> said = Said(0.1, kinds=(small, the))
    >>> named(said), named(said, {"the"}).text
    (Name(text='the', stands=('the',)), 'the_and_small_the')
    """
    found = Name("")
    for more in _names(said):
        longer = Name(f"{found.text}{more.text}", (*found.stands, *more.stands))
        if found.text and len(longer.text) > LONGEST:
            break
        found = longer
        if found.text not in taken:
            return found
    number = next(n for n in range(2, len(taken) + 3) if f"{found.text}_{n}" not in taken)
    return Name(f"{found.text}_{number}", found.stands)


def _names(said: Said) -> Iterator[Name]:
    """A name, then what can be added to it, the most telling first; of kinds that are told."""
    kinds = [*said.peaks, *said.deciding]
    more = [one for one in by_share(kinds) if one.times >= LIFT]
    much = {one.factor.name for one in more if one.share * min(one.found / RARE, 1) >= NAMED}
    # Of two classes of nearly the same tokens the wider stands: both would say one thing twice.
    strong = [one.factor.name for one in more
              if one.factor.name in much and not much & set(one.wider)][:2]  # fmt: skip
    near_by = said.reach is not None and said.reach <= NEARBY
    what = "_and_".join(strong) or ("tokens" if near_by else "anything")
    if near_by and what != ITSELF:
        what = f"near_{what}"
    if said.rest >= RESTS:
        what = f"{'mostly_rests' if said.rest >= STRENGTHS[0][0] else 'rests'}_or_{what}"
    places = (ITSELF, FALLS[0]) if {one.factor.name for one in said.peaks} & set(strong) else ()
    if is_shipped(what):
        share = sum(one.share for one in more if one.factor.name in strong)
        what = f"{'mostly' if share > MOST else 'partly'}_{what}"
    yield Name(what, (*strong, *places))
    for one in kinds:
        if one.times <= 1 / LIFT:
            yield Name(f"_less_{one.factor.name}", (one.factor.name,))
    for gate, share in said.apart:
        kind = gate.name.removeprefix("from_")
        way = "resting" if share > said.rest else "looking"
        yield Name(f"_{way}_at_{kind}", (gate.name,))
    for one in sorted(more, key=lambda one: bool(much & set(one.wider))):
        if one.factor.name not in strong:
            yield Name(f"_and_{one.factor.name}", (one.factor.name,))
    if said.reach is not None:
        yield Name(f"_within_{NUMBERS[said.reach]}")  # which says how near by itself
