"""Words of the parse that are gone through to meet a piece: asked of the piece itself.

`for child in word.children: for j in pieces(child): A[i, j] += x` looks, for each query and key,
through all children for the one that the key is a piece of. That is whether the key is a piece of
a child: `is_child(k, q)`. Python counts each word once, and so does this.
"""

from collections.abc import Callable

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    K,
    Q,
    attribute,
    both,
    call,
    choose,
    conjuncts,
    index,
    make,
    mentions,
    name,
    negated,
    number,
    plus,
    replaced,
)
from attndsl.authoring.porting.lines import Lines
from attndsl.authoring.porting.stepping import stepped

WHOLE = (("after", make("None")), ("upto", Q))
OF_WORDS = frozenset({"is_child", "is_ancestor", "same_word"})
FUNCTIONS = ("any", "count", "sum", "first", "last")
RELATED = frozenset({"is_child", "is_ancestor"})
SAID_OF_WORDS = frozenset({"pos", "dep", "tag", "lemma", "entity", "is_word", "is_stop", "text",
                           "lower", "raw", "i", "head", "parse_sentence", "is_punct"})  # fmt: skip


def asked_of_pieces(lines: Lines, note: Callable[[str], None]) -> Lines:
    """The lines with searches among words for a piece's own asked of the piece."""
    done: dict[Code, Code] = {}
    written = [
        (margin, before, None if code is None else _met(code, done, note), behind)
        for margin, before, code, behind in lines.written
    ]
    held = {word: _met(code, done, note) for word, code in lines.helpers.items()}
    return Lines(written, lines.margin, lines.kinds, held)


def _met(code: Code, done: dict[Code, Code], note: Callable[[str], None]) -> Code:
    met = done.get(code)
    if met is None:
        parts = [_met(p, done, note) if isinstance(p, Code) else p for p in code.parts]
        met = made(code.op, parts)
        if met.op == "aggregate":
            met = _asked(met, note)
        done[code] = met
    return met


def made(op: str, parts: list[object]) -> Code:
    codes = [part for part in parts if isinstance(part, Code)]
    if op == "and":
        return both(*codes)
    if op == "if":
        return choose(*codes)
    return make(op, *parts)


def _asked(code: Code, note: Callable[[str], None]) -> Code:
    """An aggregate over all words of which one is the word of `k` or `q`."""
    function, word, span, body, test, *ends = code.parts
    assert isinstance(body, Code)
    assert isinstance(test, Code)
    variable = name(str(word))
    if (beside := stepped(code)) is not None:
        return beside
    if (span, *ends) not in WHOLE or function not in FUNCTIONS:
        return code
    if function == "any":
        test, body = both(test, TRUE if body == variable else body), variable
    elif function == "sum" and body.op == "if" and body.code(2) == number(0):
        test, body = both(test, body.code(0)), body.code(1)
    ranked = _ranked(function, variable, test)
    if ranked is not None:
        return ranked
    if function in ("first", "last"):
        return code
    related = any(part.op == "call" and part.parts[0] in RELATED and part.codes[0] == variable
                  for part in conjuncts(test))  # fmt: skip
    tests = [_of_word(part, variable, related) for part in _overlaps(conjuncts(test), variable)]
    test = both(*tests)
    own = next((place for part in conjuncts(test) for place in _same(part, variable)), None)
    if own is None and related and function in ("any", "count"):
        found = _stands_for(variable, test)
        if found is not None:
            note("of several words that a place stands for, the first counts")
            return found if function == "any" else choose(found, number(1), number(0))
    if own is None or (function != "any" and not related):
        return _again(code, variable, test, body) if related else code
    rest = both(*[part for part in conjuncts(test) if not _same(part, variable)])
    if not (_word_only(rest, variable) and _word_only(body, variable, body)):
        return code
    here = both(attribute(own, "is_word"), replaced(rest, variable, own))
    if function == "any":
        return here
    return choose(here, number(1) if function == "count" else replaced(body, variable, own),
                  number(0))  # fmt: skip


def _ranked(function: object, variable: Code, test: Code) -> Code | None:
    """`k.i` as a number in a list: the one place of that number, found for each key."""
    parts = conjuncts(test)
    for part in parts:
        if part.op != "compare" or part.parts[0] != "==" or index(K) not in part.codes:
            continue
        rank = part.code(2) if part.code(1) == index(K) else part.code(1)
        if rank.op != "aggregate" or rank.parts[0] != "count" or rank.parts[2] != "before":
            continue
        listed = replaced(rank.code(4), name(str(rank.parts[1])), variable)
        if (
            rank.parts[5] != variable
            or not set(conjuncts(listed)) <= set(parts)
            or mentions(listed, Q)
        ):
            continue
        rest = both(*[p for p in parts if p is not part and p not in conjuncts(listed)])
        if mentions(rest, K):
            continue
        own = both(listed, part)
        place = make(
            "aggregate", "first", str(variable.parts[0]), "after", variable, own, make("None")
        )
        held = both(negated(make("is", place)), replaced(rest, variable, place))
        if function in ("any", "count"):
            return held if function == "any" else choose(held, number(1), number(0))
        return make("if", held, place, make("None")) if function != "sum" else None
    return None


def _stands_for(variable: Code, test: Code) -> Code | None:
    """`k.i == f(t)` of a word t: asked of the first word for which it holds, found for each key.

    >>> t = name("t1")
    >>> place = call("at", attribute(t, "parse_word"))
    >>> tied = make("compare", "==", index(K), attribute(place, "char"))
    >>> _stands_for(t, both(call("is_child", t, Q), tied)) is not None
    True
    """
    parts = conjuncts(test)
    ties = [p for p in parts if p.op == "compare" and p.parts[0] == "==" and index(K) in p.codes
            and mentions(p, variable) and not mentions(p, Q)]  # fmt: skip
    rest = both(*[part for part in parts if part not in ties])
    if len(ties) != 1 or mentions(rest, K):
        return None
    other = name(f"{variable.parts[0]}0")
    begins = attribute(other, "starts_parse_word")
    tied = both(replaced(ties[0], variable, other), begins)
    place = make("aggregate", "first", str(other.parts[0]), "after", other, tied, make("None"))
    return both(negated(make("is", place)), replaced(rest, variable, place))


def _again(code: Code, variable: Code, test: Code, body: Code) -> Code:
    function, word, span, *_ = code.parts
    ends = code.parts[5:]
    if function == "any":
        return (
            FALSE if test == FALSE else make("aggregate", function, word, span, test, TRUE, *ends)
        )
    return make("aggregate", function, word, span, body, test, *ends)


def _same(part: Code, variable: Code) -> tuple[Code, ...]:
    """The piece, `k` or `q`, that a condition says the variable's word is of."""
    if part.op != "call" or part.parts[0] != "same_word" or variable not in part.codes:
        return ()
    return tuple(place for place in part.codes if place in (K, Q))


def _of_word(part: Code, variable: Code, related: bool) -> Code:
    """A condition on the first piece of a word, or on whether it has any, of the word itself."""
    if not related:
        return part
    if _pieces_of(part, variable, "any"):
        return TRUE
    if part.op == "compare" and part.parts[0] == "==":
        for one, other in (part.codes, part.codes[::-1]):
            if one in (K, Q) and _pieces_of(other, variable, "first"):
                here = call("same_word", one, variable)
                return both(here, attribute(one, "starts_parse_word"))
    return part


def _pieces_of(code: Code, variable: Code, wanted: str) -> bool:
    """Whether a code is such an aggregate over all pieces of the variable's word."""
    if code.op != "aggregate" or code.parts[0] != wanted:
        return False
    _, word, span, body, test, *ends = code.parts
    inner = name(str(word))
    assert isinstance(body, Code)
    assert isinstance(test, Code)
    test = both(test, TRUE if body == inner else body)
    return (span, *ends) in WHOLE and test in (
        call("same_word", inner, variable), call("same_word", variable, inner)
    )  # fmt: skip


def _overlaps(parts: tuple[Code, ...], variable: Code) -> list[Code]:
    """Conditions on letters: a piece that has a word's first letter, or some of its letters."""
    start, left = attribute(variable, "char"), list(parts)
    for place in (K, Q):
        own = attribute(place, "char")
        end = plus(own, attribute(place, "len"))
        till = plus(start, attribute(variable, "len"))
        first = both(call("same_word", place, variable), attribute(place, "starts_parse_word"))
        before_end = {("<", start, end), (">", end, start)}
        for pair, meaning in (
            (({("<=", own, start), (">=", start, own)}, before_end), first),
            (
                ({("<", own, till), (">", till, own)}, before_end),
                call("same_word", place, variable),
            ),
            (({("==", own, start), ("==", start, own)},) * 2, first),
        ):
            held = [part for part in left if part.op == "compare"
                    and (part.parts[0], *part.codes) in pair[0] | pair[1]]  # fmt: skip
            if all(any((p.parts[0], *p.codes) in side for p in held) for side in pair):
                left = [part for part in left if part not in held] + list(conjuncts(meaning))
    return left


def _word_only(code: Code, variable: Code, body: Code | None = None) -> bool:
    """Whether a code asks of the variable only what is so of its whole word."""
    if code == variable:
        return code is body
    if not mentions(code, variable):
        return True
    if code.op == "attribute" and code.codes[0] == variable:
        return code.parts[0] in SAID_OF_WORDS
    if code.op == "call" and code.parts[0] in OF_WORDS:
        return all(part == variable or _word_only(part, variable) for part in code.codes)
    if code.op == "compare" and index(variable) not in code.codes and variable in code.codes:
        return False
    return all(_word_only(part, variable) for part in code.codes)
