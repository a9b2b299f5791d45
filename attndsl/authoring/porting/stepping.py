"""Searches for the one position beside which another stands: asked of that position at once.

`for s in starts: A[i, s + 1] += x` looks, for each query and key, through all starts for the one
that the key comes after. There is one at most, `k.prev`: what is asked is whether it is a start.
"""

from attndsl.authoring.porting.code import (
    MISSING,
    TRUE,
    Code,
    K,
    Q,
    attribute,
    both,
    choose,
    conjuncts,
    either,
    index,
    make,
    mentions,
    name,
    negated,
    number,
    replaced,
)

BACK = {"next": "prev", "prev": "next"}


def stepped(code: Code) -> Code | None:
    """An `any` or `count` that is met by one position, as a condition on that position.

    >>> t = name("t")
    >>> test = both(attribute(t, "is_punct"), make("compare", "==", K, attribute(t, "next")))
    >>> stepped(make("aggregate", "any", "t", "before", test, TRUE, Q))
    k.prev is not None and k.prev.i < q.i and k.prev.is_punct
    """
    function, word, span, body, test, *ends = code.parts
    assert isinstance(body, Code)
    assert isinstance(test, Code)
    variable = name(str(word))
    if function == "any":
        test = both(test, TRUE if body == variable else body)
    elif function != "count" or body != variable:
        return None
    within = _within(str(span), [end for end in ends if isinstance(end, Code)], variable)
    found = None if within is None else _cases(both(within, test), variable)
    if found is None or any(mentions(one, variable) for one in found):
        return None
    if function == "any":
        return either(*found)
    total = choose(found[0], number(1), number(0))
    for one in found[1:]:
        total = make("arithmetic", "+", total, choose(one, number(1), number(0)))
    return total


def _within(span: str, ends: list[Code], variable: Code) -> Code | None:
    """That a position is in a range; None for ranges that aren't said by one comparison."""
    if span == "after" and ends == [MISSING]:
        return TRUE
    if span in ("before", "upto") and ends[0] in (Q, K):
        return make("compare", "<" if span == "before" else "<=", index(variable), index(ends[0]))
    return None


def _cases(test: Code, variable: Code) -> list[Code] | None:
    """The conditions under which a test holds of some position; no two of them hold together."""
    for part in conjuncts(test):
        if part.op != "compare" or part.parts[0] != "==":
            continue
        for one, other in (part.codes, part.codes[::-1]):
            if one not in (K, Q):
                continue
            rest = both(*[each for each in conjuncts(test) if each != part])
            own = _own(one, other, variable)
            if own is not None:
                there = TRUE if own == one else negated(make("is", own))
                return [both(there, replaced(rest, variable, own))]
            if other.op == "if":
                sides = [_side(rest, one, other, yes) for yes in (True, False)]
                cases = [_cases(side, variable) for side in sides]
                known = [each for each in cases if each is not None]
                return known[0] + known[1] if len(known) == len(cases) else None
    return None


def _own(one: Code, other: Code, variable: Code) -> Code | None:
    """The position that is `one`, or of which `other` is the neighbour that is `one`."""
    if other == variable:
        return one
    if other.op == "attribute" and other.parts[0] in BACK and other.codes == (variable,):
        return attribute(one, BACK[str(other.parts[0])])
    return None


def _side(rest: Code, one: Code, choice: Code, yes: bool) -> Code:
    """A test where a choice in it is its one or its other side."""
    chosen = choice.code(1 if yes else 2)
    held = choice.code(0) if yes else negated(choice.code(0))
    return both(replaced(rest, choice, chosen), held, make("compare", "==", one, chosen))
