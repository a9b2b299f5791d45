"""Factors for models over symbols: which symbol it is, its order, its place beside the parting one.

A tokenizer of few pieces has no words, so that classes of words would say nothing, or what is not
so (that `a` is an article). What such models do is exact: their numbers have more digits. Places
are told as they are written, counted from 0; a docstring that has one says so (`words`).
"""

from collections.abc import Iterator, Sequence

from attndsl.synthesis.parts.vocabulary import (
    BOTH_WAYS,
    GRADED,
    LATE,
    LIKE,
    RELATIONS,
    Factor,
)
from attndsl.tokens.pieces import PieceTable

MOST = 200  # pieces of a tokenizer of symbols
NAMED, PAIRED = 32, 6  # symbols, up to which each is a factor, and each beside each query's
DIGITS = 3
NAMES = {"lone_name", "lone_name_from_verbs", "lone_name_from_to"}  # a symbol A is no name
WORDY = {*NAMES, "own_class", "own_sentence", "last_sentence", "own_line", "own_word"}
EVERY = {2: "second", 3: "third", 4: "fourth"}
BACK = ("the symbol itself", "the one before it", "two before it", "three before it")
FARTHEST = 50  # place, up to which each is a factor
THE = "the "
PARTING = "last(t for t in upto(q) if t.is_sep)"

# Keys by their place in the text, and by their symbol's place in the order of the vocabulary.
PLACES = (
    ("early", "k.i < 4", "the symbols up to place 3"),
    ("later_half", "2 * k.i > q.i", "the later half of what is seen"),
    ("new", "k.occurrence == 0", "symbols seen for the first time"),
    ("as_often", "k.occurrence == q.occurrence", "symbols that came before as often as it"),
    ("before_copies", "k.next.lower == q.lower and k != q", "what precedes copies of the symbol"),
    *((f"every_{n}_from_{at}", f"k.i % {n} == {at}",
       f"every {word} symbol from place {at} on")
      for n, word in EVERY.items() for at in range(n)),
    *((f"every_{n}_{away}_back", f"(q.i - k.i) % {n} == {away}",
       f"every {word} symbol back from {BACK[away]}")
      for n, word in EVERY.items() for away in range(n)),
    *((f"at_{at}", f"k.i == {at}", f"the symbol at place {at}") for at in range(2, FARTHEST)),
)  # fmt: skip
ORDER = (
    ("larger", "k.id > q.id", "symbols later in the vocabulary"),
    ("next_symbol", "k.id == q.id + 1", "the symbol next in the vocabulary"),
    ("near_symbols", "abs(k.id - q.id) <= 3", "symbols near it in the vocabulary"),
    ("least_larger", "k == argmin(t.id for t in before(q) if t.id > q.id)",
     "the symbol seen that is next in the vocabulary"),
    ("least", "k == argmin(t.id for t in before(q) if t.i > 0)",
     "the symbol seen that is first in the vocabulary"),
    ("greatest", "k == argmax(t.id for t in before(q) if t.i > 0)",
     "the symbol seen that is last in the vocabulary"),
)  # fmt: skip
PARTED = (
    ("given", "not any(t.is_sep for t in upto(k))", "symbols before the parting one"),
    ("parting", "k.is_sep", "the parting symbol"),
    ("before_parting", "k.next.is_sep", "the symbol before the parting one"),
    ("after_parting", "k.prev.is_sep", "the symbol after the parting one"),
    ("same_place", f"k.i == q.i - {PARTING}.i", "the symbol at the same place before the parting"),
    ("same_place_next", f"k.i == q.i + 1 - {PARTING}.i",
     "the symbol after the same place before the parting"),
    ("mirrored", f"k.i == 2 * {PARTING}.i - q.i", "the symbol that mirrors it"),
    ("mirrored_next", f"k.i == 2 * {PARTING}.i - q.i - 1", "the symbol before what mirrors it"),
)  # fmt: skip
GATES = (
    ("from_repeated", "q.occurrence > 0", "symbols seen before"),
    *((f"from_every_{n}_from_{at}", f"q.i % {n} == {at}",
       f"every {word} symbol from place {at} on")
      for n, word in EVERY.items() for at in range(n)),
    ("from_second", "q.i == 1", "the symbol at place 1"),
)  # fmt: skip
ANSWERING = ("from_answers", "any(t.is_sep for t in upto(q))", "what follows the parting symbol")


def symbols_of(table: PieceTable) -> tuple[str, ...]:
    """The names of all ids that texts hold, where they are few enough to be symbols, or none: a
    tokenizer that writes spaces has pieces of text."""
    if table.size > MOST or table.spaces:
        return ()
    silent = table.columns["is_special"] & ~table.columns["is_sep"]
    return tuple(raw for raw, not_said in zip(table.raws, silent, strict=True) if not not_said)


def symbol_factors(symbols: Sequence[str], both_ways: bool) -> Iterator[Factor]:
    """Every factor of a program for a model over such symbols."""
    tests = [one for one in RELATIONS if one[0] not in WORDY]
    tests += [*PLACES, *(BOTH_WAYS[:-1] if both_ways else ())]
    gates = list(GATES)
    if len(symbols) > 3:
        tests += ORDER
    if any(name in symbols for name in ("<sep>", "[SEP]")):
        tests += PARTED
        gates.append(ANSWERING)
    named = [(_name(at, one), f'text == "{one}"', _said(one)) for at, one in enumerate(symbols)]
    if len(symbols) <= NAMED:
        tests += _of_symbols(named)
        gates += [(f"from_{name}", f"q.{test}", says) for name, test, says in named]
    if len(symbols) <= PAIRED:
        tests += _pairs(named)
        gates += [(f"from_after_{name}", f"q.prev.{test}", f"what follows {says}")
                  for name, test, says in named]  # fmt: skip
    for one in GRADED:
        if one.form != LIKE or len(symbols) > PAIRED:  # else pairs say which symbols are alike
            yield Factor(one.name, one.code, one.says, one.form, digits=DIGITS)
    for name, test, says in tests:
        yield Factor(name, test, says, digits=DIGITS)
    for name, test, says in gates:
        yield Factor(name, test, says, gate=True, digits=DIGITS)
    yield Factor(LATE.name, LATE.code, LATE.says, LATE.form, gate=True, digits=DIGITS)


Test = tuple[str, str, str]


def _of_symbols(named: Sequence[Test]) -> Iterator[Test]:
    for name, test, says in named:
        yield name, f"k.{test}", says
        yield f"after_{name}", f"k.prev.{test}", f"what follows {says}"
        last = f"the last {says.removeprefix(THE)}"
        yield f"last_{name}", f"k == last(t for t in before(q) if t.{test})", last


def _pairs(named: Sequence[Test]) -> Iterator[Test]:
    for name, test, says in named:
        for other, own, whose in named:
            yield f"{name}_from_{other}", f"k.{test} and q.{own}", f"{says} from {whose}"


def _name(number: int, symbol: str) -> str:
    """
    >>> _name(0, "a"), _name(3, "<sep>"), _name(2, "+")
    ('symbol_a', 'symbol_sep', 'symbol_n2')
    """
    plain = symbol.strip("<>[]").lower()
    return f"symbol_{plain}" if plain.isidentifier() or plain.isdigit() else f"symbol_n{number}"


def _said(symbol: str) -> str:
    """
    >>> _said("a")
    'the symbol a'
    """
    return f"{THE}symbol {symbol}"
