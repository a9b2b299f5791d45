"""From an operator to its instructions: one small function each."""

from collections.abc import Callable, Mapping

from attndsl.engines.batch.machine.opcodes import OPCODES, RUNS
from attndsl.engines.batch.planning.emit import Emitter
from attndsl.engines.batch.planning.items import SIMILARITY, Item, table_item, window_items
from attndsl.engines.batch.planning.needs import folded, is_loaded, operands
from attndsl.engines.batch.planning.numbering import Constant, Matches, Powers
from attndsl.graph.arithmetic import HUGE, mul
from attndsl.graph.intervals import Interval
from attndsl.graph.terms import OPS
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES


def _args(emitter: Emitter, term: int) -> list[int]:
    return [emitter.where[arg] for arg in operands(emitter.view, term)]


def _plain(emitter: Emitter, term: int, target: int) -> None:
    """Operators with an instruction of the same name."""
    emitter.add(emitter.graph[term].op, target, *_args(emitter, term))


def _constant(emitter: Emitter, term: int, target: int) -> None:
    described = emitter.graph[term]
    value: Constant = -1.0  # none
    if described.op == "text":
        value = described.text
    elif described.op != "none":
        value = float(described.payload is True) if described.op == "bool" else described.number
    emitter.add("fill", target, constant=value)


def _query(emitter: Emitter, term: int, target: int) -> None:
    """In a line, where a row is a whole text, each cell's own position is its key."""
    emitter.add("key_index" if emitter.view.area == "line" else "row_index", target)


def _column(emitter: Emitter, term: int, target: int) -> None:
    described = emitter.graph[term]
    name = described.name
    column = emitter.numbers.column(Item("raw", name))
    inner = emitter.graph[described.args[0]].op
    if inner in ("q", "k"):
        emitter.load(target, column, inner == "k")
    else:
        kind = ATTRIBUTES[name].type
        missing = 0.0 if kind is Type.TEXT else float(ATTRIBUTES[name].missing or 0)
        (place,) = _args(emitter, term)
        emitter.add("load_at", target, column, place, constant=missing)


def _head(emitter: Emitter, term: int, target: int) -> None:
    (place,) = _args(emitter, term)
    column = emitter.numbers.column(Item("raw", "head"))
    emitter.add("load_at", target, column, place, constant=-1.0)


def _similarity(emitter: Emitter, term: int, target: int) -> None:
    first, second = emitter.graph[term].args
    if emitter.graph[second].op == "q":
        first, second = second, first  # as good, and a row reads its own row of the matrix only
    matrix = emitter.numbers.matrix(SIMILARITY)
    if (emitter.graph[first].op, emitter.graph[second].op) == ("q", "k"):
        emitter.add("matrix_own", target, matrix)
    else:
        emitter.add("matrix_at", target, matrix, emitter.where[first], emitter.where[second])


def _take(emitter: Emitter, term: int, target: int) -> None:
    item, outer = table_item(emitter.graph, term)
    missing = -1.0 if emitter.graph[term].type is Type.POSITION else 0.0
    at, *row = _args(emitter, term)
    if outer:
        matrix = emitter.numbers.matrix(item)
        emitter.add("matrix_at", target, matrix, row[0], at, constant=missing)
    else:
        emitter.add("load_at", target, emitter.numbers.column(item), at, constant=missing)


def _scan(emitter: Emitter, term: int, target: int) -> None:
    payload = emitter.graph[term].aggregate
    name = "run_back" if payload.range == "from" else "run"
    guard, body = _args(emitter, term)
    emitter.add(name, target, guard, body, RUNS[payload.function])


def _window(emitter: Emitter, term: int, target: int) -> None:
    """Over (a, b]: by the matrix where a is there, by the plain running column where not."""
    first, last = _args(emitter, term)
    matrix, run = window_items(emitter.graph, term)
    inside, there = emitter.take(), emitter.take()
    emitter.add("matrix_at", inside, emitter.numbers.matrix(matrix), first, last)
    emitter.add("load_at", target, emitter.numbers.column(run), last)
    emitter.add("is_there", there, first)
    emitter.add("select", target, there, inside, target)
    emitter.spare += [inside, there]


def _text_is(emitter: Emitter, term: int, target: int) -> None:
    table = emitter.numbers.table(Matches(*emitter.graph[term].test))
    emitter.add("look_up", target, table, *_args(emitter, term))


def _add(emitter: Emitter, term: int, target: int) -> None:
    """Left to right; a term `c * x` joins in one instruction, constants come as immediates."""
    graph, started = emitter.graph, False
    total = 0
    for arg in graph[term].args:
        pair = folded(graph, arg)
        if graph[arg].op == "number":
            constant = graph[arg].number
            if started:
                emitter.add("add_c", target, total, constant=constant)
            else:
                emitter.add("fill", target, constant=constant)
        elif pair and not is_loaded(emitter.view, arg):
            factor, other = pair
            plain = settles_by_itself(emitter.facts, factor, other)
            if not started:
                op = "mul_c_plain" if plain else "mul_c"
                emitter.add(op, target, emitter.where[other], constant=factor)
            elif factor == -1.0:
                emitter.add("sub", target, total, emitter.where[other])
            else:
                op = "axpy_plain" if plain else "axpy"
                emitter.add(op, target, total, emitter.where[other], constant=factor)
        elif started:
            emitter.add("add", target, total, emitter.where[arg])
        else:
            total, started = emitter.where[arg], True
            continue
        total, started = target, True
    emitter.instructions += len(graph[term].args) - 2


def settles_by_itself(facts: Mapping[int, Interval], factor: float, other: int) -> bool:
    """Whether factor * other can neither saturate nor fall below the smallest number."""
    fact = facts[other]
    return (
        fact.whole
        and abs(factor) >= 1e-20
        and abs(factor) * max(abs(fact.lo), abs(fact.hi)) <= HUGE
    )


def _mul(emitter: Emitter, term: int, target: int) -> None:
    graph, facts = emitter.graph, emitter.facts
    constants = [graph[a].number for a in graph[term].args if graph[a].op == "number"]
    others = [a for a in graph[term].args if graph[a].op != "number"]
    if not others:
        product = 1.0
        for constant in constants:
            product = mul(product, constant)
        emitter.add("fill", target, constant=product)
        return
    total, fact = emitter.where[others[0]], facts[others[0]]
    plain = fact.whole
    size = max(abs(fact.lo), abs(fact.hi))
    for constant in constants:
        size *= abs(constant)
        simple = plain and abs(constant) >= 1e-20 and size <= HUGE
        op = "mul_c_plain" if simple else "mul_c"
        emitter.add(op, target, total, constant=constant)
        total, plain = target, plain and constant.is_integer()
    for other in others[1:]:
        fact = facts[other]
        size *= max(abs(fact.lo), abs(fact.hi))
        plain = plain and fact.whole
        emitter.add("mul_plain" if plain and size <= HUGE else "mul", target, total,
                    emitter.where[other])  # fmt: skip
        total = target
    emitter.instructions += len(graph[term].args) - 2


def _fold(name: str) -> Callable[[Emitter, int, int], None]:
    def emit(emitter: Emitter, term: int, target: int) -> None:
        first, *rest = _args(emitter, term)
        for other in rest:
            emitter.add(name, target, first, other)
            first = target
        emitter.instructions += len(rest) - 1

    return emit


def _pow(emitter: Emitter, term: int, target: int) -> None:
    base, exponent = emitter.graph[term].args
    if emitter.graph[base].op == "number" and emitter.facts[exponent].whole:
        value = emitter.graph[base].number
        table = emitter.numbers.table(Powers(value))
        emitter.add("pow_c", target, table, emitter.where[exponent], constant=value)
    else:
        _plain(emitter, term, target)


def _compare(op: str) -> Callable[[Emitter, int, int], None]:
    def emit(emitter: Emitter, term: int, target: int) -> None:
        graph, facts = emitter.graph, emitter.facts
        a, b = graph[term].args
        whole = facts[a].whole and facts[b].whole
        left, right = emitter.where[a], emitter.where[b]
        if not whole:
            emitter.add(op, target, left, right)
        elif op == "eq":
            emitter.add("same", target, left, right)
        else:
            emitter.add(f"{op}_whole", target, left, right)

    return emit


def _among(emitter: Emitter, term: int, target: int) -> None:
    (place,) = _args(emitter, term)
    (arg,) = emitter.graph[term].args
    whole = emitter.facts[arg].whole
    spare = emitter.take()
    for number, value in enumerate(emitter.graph[term].values):
        into = spare if number else target
        if whole and value.is_integer():
            emitter.add("same_c", into, place, constant=value)
        else:
            constant = emitter.take()
            emitter.add("fill", constant, constant=value)
            emitter.add("eq", into, place, constant)
            emitter.spare.append(constant)
        if number:
            emitter.add("or", target, target, spare)
    emitter.spare.append(spare)


OPERATORS: dict[str, Callable[[Emitter, int, int], None]] = {
    **{name: _plain for name in OPCODES if name in OPS},
    **dict.fromkeys(("number", "bool", "text", "none"), _constant),
    "q": _query,
    "k": lambda emitter, term, target: emitter.add("key_index", target),
    "bound": lambda emitter, term, target: emitter.add("loop_index", target),
    "column": _column,
    "head": _head,
    "similarity": _similarity,
    "scan": _scan,
    "take": _take,
    "window": _window,
    "loop": Emitter.loop,
    "text_is": _text_is,
    "text_same": lambda emitter, term, target: emitter.add("same", target, *_args(emitter, term)),
    "add": _add,
    "mul": _mul,
    "pow": _pow,
    "eq": _compare("eq"),
    "lt": _compare("lt"),
    "le": _compare("le"),
    "among": _among,
    **{name: _fold(name) for name in ("min", "max", "and", "or")},
}
