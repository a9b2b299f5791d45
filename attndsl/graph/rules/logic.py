"""Rules of and, or, not.

>>> from attndsl.graph.rules import normal_text
>>> normal_text("not(and(is_quote(k), not(or(is_quote(q), is_open(k)))))")
'or(is_quote(q), not(is_quote(k)), is_open(k))'
>>> normal_text("and(is_quote(k), or(is_quote(k), is_open(k)))")
'is_quote(k)'
"""

from attndsl.graph.assumptions import Assumptions
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.terms import Term


def negated(machine: Rewriter, test: int) -> int:
    """The opposite of a test, one `not` taken off if there is one."""
    if machine.op(test) == "not":
        return machine.args(test)[0]
    return machine.add("not", (test,))


def _de_morgan(machine: Rewriter, term: Term) -> int | None:
    inner = machine.graph[term.args[0]]
    dual = {"and": "or", "or": "and"}.get(inner.op)
    if dual is None:
        return None
    return machine.add(dual, [negated(machine, arg) for arg in inner.args])


def _flat(machine: Rewriter, term: Term) -> int | None:
    """Flat, sorted, each operand once; decided by constants and by opposites."""
    graph, both = machine.graph, term.op == "and"
    flat: dict[int, None] = {}
    stack = list(reversed(term.args))
    while stack:
        arg = stack.pop()
        part = graph[arg]
        if part.op == term.op:
            stack.extend(reversed(part.args))
        elif part.op != "bool":
            flat[arg] = None
        elif part.payload != both:
            return graph.bool(not both)
    for arg in flat:
        if _opposite(machine, arg) in flat:
            return graph.bool(not both)
    operands = machine.sort(flat)
    if len(operands) < 2:
        return operands[0] if operands else graph.bool(both)
    return machine.add(term.op, operands)


def _opposite(machine: Rewriter, test: int) -> int | None:
    """The opposite of a test in normal form, if it is a term already."""
    ids = machine.graph.ids
    term = machine.graph[test]
    if term.op == "not":
        return term.args[0]
    flipped = {"lt": "le", "le": "lt"}.get(term.op)
    if flipped:
        return ids.get((flipped, term.args[::-1], None))
    return ids.get(("not", (test,), None))


def _absorb(machine: Rewriter, term: Term) -> int | None:
    """x and (x or y) is x; x and (not x or y) is x and y; the same with and, or exchanged."""
    dual = "or" if term.op == "and" else "and"
    inner = [arg for arg in term.args if machine.op(arg) == dual]
    if not inner or machine.fires(_flat, term):
        return None
    plain = [arg for arg in term.args if machine.op(arg) != dual]
    opposites = {_opposite(machine, arg) for arg in plain}
    kept, changed = list[int](), False
    for arg in inner:
        args = machine.args(arg)
        left = [part for part in args if part not in opposites]
        if any(part in plain for part in args):
            changed = True
        elif len(left) == len(args):
            kept.append(arg)
        elif left:
            kept.append(left[0] if len(left) == 1 else machine.add(dual, left))
            changed = True
        else:
            return machine.graph.bool(term.op == "or")
    if not changed:
        return None
    operands = [*plain, *kept]
    return operands[0] if len(operands) == 1 else machine.add(term.op, operands)


def _common(machine: Rewriter, term: Term) -> int | None:
    """(a and b) or (a and c) is a and (b or c), (a and b) or (a and b and c) is a and b; the same
    with and, or exchanged."""
    dual = "or" if term.op == "and" else "and"
    if any(machine.op(arg) != dual for arg in term.args):
        return None
    groups = [machine.args(arg) for arg in term.args]
    shared = [part for part in groups[0] if all(part in group for group in groups)]
    if not shared:
        return None
    lefts = [[part for part in group if part not in shared] for group in groups]
    if not all(lefts):
        return shared[0] if len(shared) == 1 else machine.add(dual, shared)
    rests = [left[0] if len(left) == 1 else machine.add(dual, left) for left in lefts]
    return machine.add(dual, [*shared, machine.add(term.op, rests)])


_ATOMS = frozenset({"lt", "le", "eq", "among", "text_is"})


def _implied(machine: Rewriter, term: Term) -> int | None:
    """Leave out, or make smaller, what the other operands settle."""
    both = term.op == "and"
    subjects: dict[int, int] = {}
    atoms: list[int] = []
    for arg in term.args:
        part = machine.graph[arg]
        if part.op == "not":
            part = machine.graph[part.args[0]]
        if part.op in _ATOMS:
            atoms.append(arg)
            for subject in part.args:
                if machine.op(subject) != "number":
                    subjects[subject] = subjects.get(subject, 0) + 1
    if not any(count > 1 for count in subjects.values()):
        return None
    for arg in atoms:
        known = Assumptions(machine.graph, machine.facts)
        for other in term.args:
            if other != arg:
                known.learn(other, both)
        part = machine.graph[arg]
        inner = part.args[0] if part.op == "not" else arg
        decided = known.decide(inner)
        if decided is not None:
            new = decided if inner == arg else machine.add("not", (decided,))
            return machine.add(term.op, [new if each == arg else each for each in term.args])
    return None


def _equal_bools(machine: Rewriter, term: Term) -> int | None:
    """Of bools: constants and nots go out."""
    graph = machine.graph
    if any(graph[arg].type.value != "bool" for arg in term.args):
        return None
    one, other = machine.sort(term.args)
    if one == other:
        return graph.bool(True)
    for test, constant in ((one, other), (other, one)):
        if graph[constant].op == "bool":
            return test if graph[constant].payload else negated(machine, test)
        if graph[constant].op == "not":
            return machine.add("not", (machine.add("eq", (test, graph[constant].args[0])),))
    return machine.add("eq", (one, other))


RULES = (
    Rule("not true", "not(true)", "false", "by definition"),
    Rule("not false", "not(false)", "true", "by definition"),
    Rule("not not", "not(not(x))", "x", "two negations cancel"),
    Rule("not less", "not(lt(x, y))", "le(y, x)", "numbers are in order; nearly equal is `le`"),
    Rule("not at most", "not(le(x, y))", "lt(y, x)", "as above"),
    Rule("not within", "not", _de_morgan, "De Morgan: nots move to single tests"),
    Rule("not either", "not(select(c, x, y))", "select(c, not(x), not(y))", "arm by arm"),
    Rule("equal bools", "eq", _equal_bools, "equal to true is itself, equal to false its not"),
    Rule("and, or", "and|or", _flat, "flat, sorted, constants and opposites decide"),
    Rule("absorb", "and|or", _absorb, "what one operand says needn't be said inside another"),
    Rule("common test", "and|or", _common, "a test in every operand is asked once"),
    Rule("implied", "and|or", _implied, "a test that the other operands settle"),
)
