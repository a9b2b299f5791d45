"""What a name holds after a loop: a sum, the last or first value, the best so far."""

from collections.abc import Callable

from attndsl.authoring.porting.code import (
    FALSE,
    LARGEST,
    TRUE,
    Code,
    arithmetic,
    both,
    call,
    choose,
    conjuncts,
    either,
    make,
    mentions,
    negated,
    number,
    replaced,
)
from attndsl.authoring.porting.effects import Leaf, Run, leaves
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.sums import added_by, moves, product_of, total_of
from attndsl.authoring.porting.values import (
    Nothing,
    Row,
    Scalar,
    Unknown,
    Value,
    index_of,
    known_number,
    moved,
    numeric,
)


def after_loop(scope: Scope, made: Run, names: list[str]) -> dict[str, Value]:
    """The names that a loop gives values, after it."""
    after: dict[str, Value] = {}
    names = _with_needed(made, names)
    for name in names:
        if name in after or name not in made.names:
            continue
        before = scope.names.get(name)
        value = made.names[name]
        try:
            best = _best(scope, made, name, names)
            after |= best if best else {name: _after(scope, made, name, value, before)}
        except Refused as refused:
            after[name] = Unknown(refused)
    return after


def _with_needed(made: Run, names: list[str]) -> list[str]:
    """The names, and those that decide what they are: the best score of the best place."""
    needed = [name for name in names if name in made.names]
    for name in needed:  # which grows as it is gone through
        tests = [leaf.test for leaf in leaves(made.names[name])]
        for other in made.names:
            if other not in needed and any(mentions(t, make("old", other)) for t in tests):
                needed.append(other)
    return sorted(needed, key=lambda name: name in names)  # what decides comes first


def _after(scope: Scope, made: Run, name: str, value: Value, before: Value | None) -> Value:
    if not leaves(value):
        return before or Unknown(Refused(f"{name} has no value"))
    old = make("old", name)
    within = both(made.domain, made.not_over(scope))
    if isinstance(before, Scalar) and before.kind != "text":
        added = added_by(value, name, old)
        if added is not None and moves(value, old):
            total = total_of(scope, made, added, within)
            start = number(0) if known_number(before) == 0 else before.code
            return numeric(arithmetic("+", start, total))
        for kind in ("max", "min"):
            extreme = _extreme(scope, made, value, name, kind, before, within)
            if extreme is not None:
                return extreme
        product = product_of(scope, made, value, old, before, within)
        if product is not None:
            return product
    return _last(scope, made, name, value, before, within)


# --- the best so far -------------------------------------------------------------------------


def _extreme(
    scope: Scope, made: Run, value: Value, name: str, kind: str, before: Scalar, within: Code
) -> Value | None:
    """best = max(best, e)."""
    ways = leaves(value)
    old = make("old", name)
    if len(ways) != 1 or not isinstance(ways[0].value, Scalar):
        return None
    code = ways[0].value.code
    if code.op != "call" or code.parts[0] != kind or old not in code.codes or len(code.codes) != 2:
        return None
    body = code.code(2) if code.code(1) == old else code.code(1)
    test = both(within, ways[0].test)
    if mentions(body, old) or mentions(test, old):
        return None
    if scope.key:
        if kind == "min" or known_number(before) != 0:
            raise Refused("the smallest cell of a row")
        return numeric(call("row_max", choose(test, body, number(0))))
    extreme = scope.aggregate(kind, made.variable, body, test)
    there = scope.aggregate("any", made.variable, made.variable, test)
    if known_number(before) == 0 and kind == "max":
        return numeric(call("max", number(0), extreme))  # of nothing it is 0
    return numeric(choose(there, call(kind, before.code, extreme), before.code))


def _best(scope: Scope, made: Run, name: str, names: list[str]) -> dict[str, Value]:
    """`if e > best: best = e; place = j`: all that is kept of the best turn."""
    ways = leaves(made.names[name])
    if len(ways) != 1 or not isinstance(ways[0].value, Scalar):
        return {}
    code, old = ways[0].value.code, make("old", name)
    function, rest = "", []
    for part in conjuncts(ways[0].test):
        if part.op == "compare" and part.codes == (code, old) and part.parts[0] in ("<", ">"):
            function = "argmax" if part.parts[0] == ">" else "argmin"
        elif part.op == "compare" and part.codes == (old, code) and part.parts[0] in ("<", ">"):
            function = "argmax" if part.parts[0] == "<" else "argmin"
        else:
            rest.append(part)
    before = scope.names.get(name)
    if not function or not isinstance(before, Scalar) or any(mentions(p, old) for p in rest):
        return {}
    if not made.turns.upward or made.stop != FALSE or scope.key:
        raise Refused("the best so far in a loop that goes back or that ends early")
    start = known_number(before)
    test = both(made.domain, *rest)
    if start is None or abs(start) < LARGEST:
        sign = ">" if function == "argmax" else "<"
        test = both(test, make("compare", sign, code, before.code))
    place = scope.aggregate(function, made.variable, code, test)
    if scope.keep is not None:
        place = scope.keep("best", place)
    there = negated(make("is", place))
    kept: dict[str, Value] = {}
    for other in names:
        same = leaves(made.names[other]) if other in made.names else []
        if [leaf.test for leaf in same] != [ways[0].test]:
            continue
        value = moved(same[0].value, made.variable, place)
        kept[other] = _or_before(scope, there, place, value, scope.names.get(other))
    return kept


def _or_before(scope: Scope, there: Code, place: Code, value: Value, before: Value | None) -> Value:
    """What was found, or what was there before the loop where nothing was."""
    if (
        isinstance(value, Scalar)
        and value.place == place
        and (before is None or isinstance(before, Nothing) or _is_minus_one(before))
    ):
        return index_of(place, there)
    return value if before is None else joined(scope, there, value, before)


def _is_minus_one(value: Value) -> bool:
    return known_number(value) == -1


# --- the last, the first ---------------------------------------------------------------------


def _last(
    scope: Scope, made: Run, name: str, value: Value, before: Value | None, within: Code
) -> Value:
    ways, variable = leaves(value), made.variable
    first = _only_while_unset(ways, name)
    if first is not None:
        ways = first
    ways = _told_apart(_ends_at_once(made, ways, name, before))
    old = [make("old", name), make("old", f"{name} is None"), make("old", f"{name} is as before")]
    for leaf in ways:
        code = getattr(leaf.value, "code", None)
        if any(mentions(leaf.test, one) for one in old) or (
            isinstance(code, Code) and any(mentions(code, one) for one in old)
        ):
            flagged = _flag(scope, made, leaf, old[0], before, within) if len(ways) == 1 else None
            if flagged is not None:
                return flagged
            raise Refused(f"{name} depends on what it was a turn before")
    test = either(*[leaf.test for leaf in ways])
    value = ways[-1].value
    for leaf in ways[-2::-1]:
        value = joined(scope, leaf.test, leaf.value, value)
    if isinstance(value, Unknown):
        raise value.refusal
    if isinstance(value, Row):
        raise Refused("a whole row kept by a loop")
    domain = made.domain if _ends(made.stop, test) else within
    there = both(domain, test)
    if isinstance(value, Scalar) and not mentions(value.code, variable):
        held = _any(scope, variable, there)
        return value if before is None else joined(scope, held, value, before)
    if scope.key:
        if scope.reads_cells(there, *_codes_of(value)):
            raise Refused("a value kept of a loop that reads cells of the row")
        symbol = scope.fresh()
        there, value = replaced(there, variable, symbol), moved(value, variable, symbol)
        variable = symbol
    ends = first is not None or (made.stop != FALSE and _ends(made.stop, test))
    function = "first" if ends == made.turns.upward else "last"
    place = scope.aggregate(function, variable, variable, there)
    if scope.keep is not None:
        place = scope.keep(name, place)
    value = moved(value, variable, place)
    return _or_before(scope, negated(make("is", place)), place, value, before)


def _ends_at_once(made: Run, ways: list[Leaf], name: str, before: Value | None) -> list[Leaf]:
    """Where each turn that gives a value is the last, none was given in a turn before it."""
    test = either(*[leaf.test for leaf in ways])
    if not isinstance(before, Nothing) or not _ends(made.stop, test):
        return ways
    unset = make("old", f"{name} is None")
    return [Leaf(replaced(leaf.test, unset, TRUE), leaf.value) for leaf in ways]


def _told_apart(ways: list[Leaf]) -> list[Leaf]:
    """Conditions without what their own piece settles: `.` is no newline, whatever else holds."""
    return [Leaf(_settled(leaf.test), leaf.value) for leaf in ways]


def _settled(test: Code) -> Code:
    parts = conjuncts(test)
    texts = {p.codes[0]: p.codes[1] for p in parts if _is_text(p)}
    return both(*[
        p for p in parts
        if not (p.op == "not" and p.code(0).op == "and" and any(
            _is_text(one) and texts.get(one.codes[0], one.codes[1]) != one.codes[1]
            for one in conjuncts(p.code(0))
        ))
    ])  # fmt: skip


def _is_text(code: Code) -> bool:
    return code.op == "compare" and code.parts[0] == "==" and code.codes[1].op == "text"


def _codes_of(value: Value) -> list[Code]:
    """The codes of a value, where it has no more than one or two."""
    parts = [getattr(value, word, None) for word in ("code", "place", "found", "test")]
    return [part for part in parts if isinstance(part, Code)]


def _flag(
    scope: Scope, made: Run, leaf: Leaf, old: Code, before: Value | None, within: Code
) -> Value | None:
    """found = found or test."""
    code = getattr(leaf.value, "code", None)
    if not isinstance(code, Code) or not isinstance(before, Scalar) or before.kind != "bool":
        return None
    if code.op not in ("or", "and") or old not in code.codes or mentions(leaf.test, old):
        return None
    rest = [part for part in code.codes if part != old]
    if any(mentions(part, old) for part in rest):
        return None
    test = either(*rest) if code.op == "or" else negated(both(*rest))
    held = _any(scope, made.variable, both(within, leaf.test, test))
    both_of: Callable[..., Code] = either if code.op == "or" else both
    return Scalar("bool", both_of(before.code, held if code.op == "or" else negated(held)))


def _any(scope: Scope, variable: Code, test: Code) -> Code:
    if scope.key:
        if test in (TRUE, FALSE):
            return test
        return make("compare", ">", call("row_sum", test), number(0))
    return scope.aggregate("any", variable, variable, test)


def _ends(stop: Code, test: Code) -> bool:
    """Whether each turn that gives a value is the last, and nothing else ends the loop."""
    return stop == test or (stop != FALSE and set(conjuncts(stop)) == set(conjuncts(test)))


def _only_while_unset(ways: list[Leaf], name: str) -> list[Leaf] | None:
    """`if place is None: place = j` and the like: the first turn, its test taken off."""
    unset = [make("old", f"{name} is None"), make("old", f"{name} is as before")]
    unset.append(negated(make("old", name)))
    for one in unset:
        if ways and all(one in conjuncts(leaf.test) for leaf in ways):
            return [
                Leaf(both(*[p for p in conjuncts(leaf.test) if p != one]), leaf.value)
                for leaf in ways
            ]
    return None
