"""Names and docstrings: where a program's weight goes, measured on rows of texts, said in words.

Everything that is said is a share that was measured: how much rests, for which queries more or
less, how near the rest goes, and what part of it goes to the tokens of each factor.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from attndsl.language.shipped import is_shipped
from attndsl.synthesis.parts.blocks import STRIDE, Batch
from attndsl.synthesis.parts.fitting import Weights, pattern
from attndsl.synthesis.parts.vocabulary import LIKE, TEST, Factor

LONGEST, LONGEST_NAME = 240, 60
# How a share is said: the first whose bound it reaches.
STRENGTHS = (
    (0.9, "nearly all"),
    (0.58, "most"),
    (0.42, "about half"),
    (0.28, "about a third"),
    (0.15, "about a fifth"),
    (0.05, "a little"),
    (0.0, "hardly anything"),
)
# How near it goes: most of it is within so many tokens of the query.
REACHES = (
    (1, "to the token itself"),
    (2, "to the last two tokens"),
    (4, "to the last four tokens"),
    (8, "to the last eight tokens"),
    (16, "to the last sixteen tokens"),
)
WITHIN = {1: "one", 2: "two", 4: "four", 8: "eight", 16: "sixteen"}
MOSTLY = STRENGTHS[1][0]
RESTS = 0.5  # of a row, from which the name says so
MORE = 0.1  # of a row, by which a kind's rest differs enough to be said
RARE = 0.3  # of the rows, in fewer of which a token of a factor is there: said of those alone
NAMED = 0.15  # of the remainder, from which a factor stands in the name
NEARBY = 8  # tokens, within which most is near
ALIKE = 0.4  # from which a token is like another
TINY = 1e-9
LIFT = 1.15  # times the share that these tokens would have without the factor: then it is said


@dataclass(frozen=True, slots=True)
class Share:
    """What the tokens of a factor get of what doesn't rest, where there are any; how often there
    are; and how many times what they would have without the factor."""

    factor: Factor
    of_content: float
    found: float
    lift: float


@dataclass(frozen=True, slots=True)
class Said:
    """What is measured of a program: what rests, by the kinds of query of its gates too; within how
    many tokens most of the rest lies, if they are few; and each factor's share, the most first."""

    rest: float
    by_kind: tuple[tuple[Factor, float], ...]
    reach: int | None
    shares: tuple[Share, ...]


def strength(share: float) -> str:
    """A share in words.

    >>> strength(0.55), strength(0.33), strength(0.08)
    ('about half', 'about a third', 'a little')
    """
    return next(word for bound, word in STRENGTHS if share >= bound)


def measured(weights: Weights, program: int, batch: Batch, factors: Sequence[Factor]) -> Said:
    """Of a program as its heads have it on average."""
    mine = weights.owner == program
    own = weights.own[mine].mean() if mine.any() else torch.zeros(())
    alone = replace(weights, own=own.reshape(1), owner=torch.tensor([program]))
    made = [pattern(alone, block)[0] for block in batch.blocks]
    kept = (weights.powers * weights.kept)[program].nonzero().flatten().tolist()
    tests = [number for number in kept if factors[number].form == TEST]
    by_kind = [(factors[n], _rest_of(n, made, batch)) for n in tests if factors[n].gate]
    shares = [
        _share(alone, number, factors[number], made, batch)
        for number in kept
        if not factors[number].gate and factors[number].form in (TEST, LIKE)
    ]
    shares.sort(key=lambda one: -one.of_content * min(one.found / RARE, 1.0))
    rest = _mean(batch, _rests(made, batch), _everywhere(batch))
    return Said(rest, tuple((one, share) for one, share in by_kind if share is not None),
                _reach(made, batch, factors), tuple(shares))  # fmt: skip


def _rows(batch: Batch) -> list[torch.Tensor]:
    """How much each row of each block counts."""
    of_text = batch.weight / batch.rows.clamp_min(1)
    return [of_text[block.text] for block in batch.blocks]


def _mean(batch: Batch, values: Sequence[torch.Tensor], where: Sequence[torch.Tensor]) -> float:
    """Over the rows `where`, which may be none."""
    rows = _rows(batch)
    whole = sum(float((row * some).sum()) for row, some in zip(rows, where, strict=True))
    total = sum(float((value * row * some).sum())
                for value, row, some in zip(values, rows, where, strict=True))  # fmt: skip
    return total / whole if whole else 0.0


def _everywhere(batch: Batch) -> list[torch.Tensor]:
    return [torch.ones(len(block.text)) for block in batch.blocks]


def _rests(made: Sequence[torch.Tensor], batch: Batch) -> list[torch.Tensor]:
    return [(one * block.resting).sum(1) for one, block in zip(made, batch.blocks, strict=True)]


def _rest_of(number: int, made: Sequence[torch.Tensor], batch: Batch) -> float | None:
    """What rests of queries that the gate counts for; None where there are none."""
    where = [(block.factors[number] > 0).any(1).float() for block in batch.blocks]
    if not any(float(one.sum()) for one in where):
        return None
    return _mean(batch, _rests(made, batch), where)


def _contents(made: Sequence[torch.Tensor], batch: Batch) -> list[torch.Tensor]:
    """Of each row what doesn't rest, as shares of that."""
    found = []
    for one, block in zip(made, batch.blocks, strict=True):
        content = one * ~block.resting
        found.append(content / content.sum(1, keepdim=True).clamp_min(TINY))
    return found


def _reach(made: Sequence[torch.Tensor], batch: Batch, factors: Sequence[Factor]) -> int | None:
    number = [one.name for one in factors].index("distance")
    contents = _contents(made, batch)
    for reach, _ in REACHES:
        within = [(content * (block.factors[number] * STRIDE < reach - 0.5)).sum(1)
                  for content, block in zip(contents, batch.blocks, strict=True)]  # fmt: skip
        if _mean(batch, within, _everywhere(batch)) >= MOSTLY:
            return reach
    return None


def _share(weights: Weights, number: int, factor: Factor, made: Sequence[torch.Tensor],
           batch: Batch) -> Share:  # fmt: skip
    """`weights` are one head's."""
    kept = weights.kept.clone()
    kept[:, number] = 0
    without = [pattern(replace(weights, kept=kept), block)[0] for block in batch.blocks]
    theirs = [block.factors[number] > ALIKE for block in batch.blocks]
    found = [one.any(1).float() for one in theirs]
    now, before = (
        _mean(batch, [(content * some).sum(1) for content, some in
                      zip(_contents(patterns, batch), theirs, strict=True)], found)
        for patterns in (made, without)
    )  # fmt: skip
    rows = _mean(batch, found, _everywhere(batch))
    return Share(factor, now, rows, now / max(before, TINY) if rows else 1.0)


def named(said: Said, taken: Collection[str] = ()) -> str:
    """A name that no other program has: from what the weight goes to, and where that is another's
    from what gets less and which queries rest; never a mechanism's, which it would hide.

    >>> copies = Share(Factor("copies", "", "copies"), 0.7, 0.3, 5.0)
    >>> named(Said(0.6, (), 8, (copies,))), named(Said(0.1, (), None, (copies,)))
    ('rests_or_near_copies', 'mostly_copies')
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
    more = [one for one in said.shares if one.lift >= LIFT]
    strong = [one.factor.name for one in more if one.of_content >= NAMED][:2]
    near = said.reach is not None and said.reach <= NEARBY
    what = "_and_".join(strong) or ("tokens" if near else "anything")
    if near and what != "itself":
        what = f"near_{what}"
    if said.rest >= RESTS:
        what = f"{'mostly_rests' if said.rest >= STRENGTHS[0][0] else 'rests'}_or_{what}"
    yield f"mostly_{what}" if is_shipped(what) else what
    for one in said.shares:
        if one.lift <= 1 / LIFT:
            yield f"_less_{one.factor.name}"
    for gate, share in said.by_kind:
        kind = gate.name.removeprefix("from_")
        yield f"_{'resting' if share > said.rest else 'looking'}_at_{kind}"
    for one in more:
        if one.factor.name not in strong:
            yield f"_and_{one.factor.name}"
    if said.reach is not None:
        yield f"_within_{WITHIN[said.reach]}"


def docstring(said: Said, texts: str, rests: str = "the first token") -> str:
    """What the program says, the most telling first, in at most 240 characters; on which texts it
    was measured, where there is room for that.

    >>> marks = Share(Factor("marks", "", "punctuation"), 0.35, 0.9, 4.0)
    >>> verbs = Factor("from_verb", "", "verbs", gate=True)
    >>> docstring(Said(0.33, ((verbs, 0.6),), 4, (marks,)), "stories")
    'About a third rests on the first token, from verbs most. Of the remainder most goes to the \
last four tokens, about a third to punctuation. So on stories.'
    """
    chosen: list[tuple[int, str]] = []
    for _, place, words in sorted(_clauses(said)):
        if len(_told(said, rests, [*chosen, (place, words)])) <= LONGEST:
            chosen.append((place, words))
    text = _told(said, rests, chosen)
    source = f" So on {texts}."
    return text + source if len(text) + len(source) <= LONGEST else text


def _clauses(said: Said) -> Iterator[tuple[int, int, str]]:
    """What can be said: how telling it is, the most telling first, its place, and the words."""
    if said.reach is not None:
        yield 0, 1, f"most goes {dict(REACHES)[said.reach]}"
    for number, one in enumerate(said.shares):
        where = "" if one.found >= RARE else ", where there are any"
        if one.lift >= LIFT:
            goes = "" if said.reach is not None or number else "goes "
            yield 1 + number, 2, f"{strength(one.of_content)} {goes}to {one.factor.says}{where}"
        elif one.lift <= 1 / LIFT:
            yield 3 + number, 3, f"less to {one.factor.says}{where}"
    for gate, share in said.by_kind:
        if abs(share - said.rest) >= MORE:
            yield 2, 0, f"from {gate.says} {_than(share, said.rest)}"


def _than(share: float, rest: float) -> str:
    """How a kind's rest differs from that of all: by its strength, where that is another."""
    if strength(share) != strength(rest):
        return strength(share)
    return "more" if share > rest else "less"


def _told(said: Said, rests: str, clauses: Sequence[tuple[int, str]]) -> str:
    kinds = "".join(f", {words}" for place, words in clauses if not place)
    later = sorted((one for one in clauses if one[0]), key=lambda one: one[0])
    remainder = ", ".join(words for _, words in later)
    text = f"{strength(said.rest).capitalize()} rests on {rests}{kinds}."
    return f"{text} Of the remainder {remainder}." if remainder else text
