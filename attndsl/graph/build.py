"""From typed syntax to terms: ifs become selects, helpers are written out.

Each helper is built once, over parameters, callees first; a call puts its arguments in. So a chain
of helpers that call each other twice costs one step a helper and argument, and nothing recurses
deeper than one definition nests. A limit on terms stops what would still grow without end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from attndsl.graph.expressions import expression, truth
from attndsl.graph.places import Places
from attndsl.graph.scope import Instance, Scope
from attndsl.graph.substitute import TooLarge, substitute
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.nodes import (
    Assign,
    Call,
    Definition,
    If,
    Node,
    Return,
    Statement,
    Type,
    TypedModule,
    children,
)

TERM_LIMIT = 20_000  # terms made for one definition; a program may keep 512 of them


@dataclass(frozen=True, slots=True)
class Built:
    """A head program as terms; `places` tells where in the source a term comes from."""

    root: int
    places: Places
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A helper over its parameters; `rows` lists what must be `q` where a row is looked at."""

    root: int
    parameters: tuple[int, ...]
    rows: tuple[tuple[int, Span], ...]
    places: Places


Called = tuple[
    int, dict[int, int]
]  # the value of a call, and which of the helper's terms became which


@dataclass(slots=True)
class Builder:
    """Builds the head programs of one file into one graph; a helper is built once for all."""

    typed: TypedModule
    graph: Graph
    templates: dict[Instance, Template | None] = field(default_factory=dict)
    calls: dict[tuple[Instance, tuple[int, ...]], Called] = field(default_factory=dict)
    faults: dict[Span, Diagnostic] = field(default_factory=dict)
    sets: dict[tuple[str, Type], tuple[str | float, ...]] = field(default_factory=dict)

    def build(self, definition: Definition) -> Built:
        """One head program, the helpers that it calls before it."""
        self.faults = {}
        for instance in self._needed(definition):
            self._template(instance)
        rows: list[tuple[int, Span]] = []
        places = Places(definition.span)
        root = self._root(definition, (self.graph.add("q"), self.graph.add("k")), rows, places)
        for term, span in rows:
            if self.graph[term].op != "q":
                self._fault(
                    "ATT080", "a row can only be looked at for the query `q`", span,
                    "write visible(q); a helper gets q as an argument",
                )  # fmt: skip
        if root is None:
            root = self.graph.number(0)
        return Built(root, places, tuple(self.faults.values()))

    def call(self, instance: Instance, arguments: tuple[int, ...], scope: Scope, span: Span) -> int:
        """The value of a helper for these arguments."""
        template = self.templates[instance]
        if template is None:
            raise TooLarge(f"it calls `{instance[0]}`, which is too large")
        for wanted, place in template.rows:
            (given,) = substitute(self.graph, [wanted], _pairs(template, arguments))
            scope.row(given, span if wanted in template.parameters else place)
        key = (instance, arguments)
        if key not in self.calls:
            self.calls[key] = self._put_in(template, arguments, scope)
        root, became = self.calls[key]
        if key not in scope.lent:
            scope.lent.add(key)
            scope.spend(template.places.lend(scope.places, became))
        return root

    def _put_in(self, template: Template, arguments: tuple[int, ...], scope: Scope) -> Called:
        """A helper for these arguments, and which of its terms became which."""
        became = _pairs(template, arguments)

        def note(old: int, new: int) -> None:
            scope.spend()
            became[old] = new

        (root,) = substitute(self.graph, [template.root], _pairs(template, arguments), note)
        return root, became

    def _template(self, instance: Instance) -> None:
        if instance in self.templates:
            return
        definition, _ = self.typed.instances[instance]
        parameters = tuple(
            self.graph.add("parameter", (), (index, kind)) for index, kind in enumerate(instance[1])
        )
        rows: list[tuple[int, Span]] = []
        places = Places(definition.span)
        root = self._root(definition, parameters, rows, places)
        self.templates[instance] = (
            None if root is None else Template(root, parameters, tuple(rows), places)
        )

    def _root(
        self,
        definition: Definition,
        leaves: tuple[int, ...],
        rows: list[tuple[int, Span]],
        places: Places,
    ) -> int | None:
        """The value of a definition for these arguments; None, and a fault, where too large."""
        names = {name: leaf for (name, _), leaf in zip(definition.parameters, leaves, strict=True)}
        limit = len(self.graph) + TERM_LIMIT
        scope = Scope(self, names, rows, names.get("k"), limit, places)
        try:
            returns = run_block(definition.body, scope)
        except TooLarge as problem:
            self._fault("ATT081", f"this def is too large: {problem}", definition.name_span)
            return None
        return _value(self.graph, returns) if returns else None

    def _fault(self, code: str, message: str, span: Span, hint: str = "") -> None:
        file = self.typed.module.file
        self.faults.setdefault(span, Diagnostic(code, "error", message, span, hint, file))

    def _needed(self, definition: Definition) -> Iterator[Instance]:
        """What the definition calls, itself or through others, and isn't built; callees first."""
        done = set(self.templates)
        path: list[tuple[Instance | None, Iterator[Instance]]] = [(None, _callees(definition))]
        while path:
            instance, pending = path[-1]
            for callee in pending:
                if callee not in done:
                    done.add(callee)
                    path.append((callee, _callees(self.typed.instances[callee][0])))
                    break
            else:
                path.pop()
                if instance is not None:
                    yield instance


def _callees(definition: Definition) -> Iterator[Instance]:
    stack: list[Node] = [definition]
    while stack:
        node = stack.pop()
        stack.extend(children(node))
        if isinstance(node, Call) and node.instance is not None:
            yield node.instance


def _pairs(template: Template, arguments: tuple[int, ...]) -> dict[int, int]:
    return dict(zip(template.parameters, arguments, strict=True))


# What a block of statements returns: tests and values in order, the first true test decides.
# A last test that is `true` says that the block always returns.
Returns = list[tuple[int, int]]


def run_block(statements: tuple[Statement, ...], scope: Scope) -> Returns:
    """Run a block, changing the scope's locals."""
    true, returns = scope.graph.bool(True), Returns()
    for statement in statements:
        scope.spend()
        if isinstance(statement, Assign):
            _assign(statement, scope)
        elif isinstance(statement, Return):
            returns.append((true, expression(statement.value, scope)))
        elif isinstance(statement, If):
            returns += _branch(statement, scope)
        if _always(scope.graph, returns):
            break
    return returns


def _always(graph: Graph, returns: Returns) -> bool:
    return bool(returns) and returns[-1][0] == graph.bool(True)


def _value(graph: Graph, returns: Returns) -> int:
    """The value of a block, where it returns."""
    value = returns[-1][1]
    for test, earlier in reversed(returns[:-1]):
        value = graph.add("select", (test, earlier, value))
    return value


def _assign(statement: Assign, scope: Scope) -> None:
    value = expression(statement.value, scope)
    old = scope.names.get(statement.name, value)
    graph = scope.graph
    match statement.operator:
        case "+":
            value = graph.add("add", (old, value))
        case "-":
            value = graph.add("add", (old, graph.add("mul", (graph.number(-1), value))))
        case "*":
            value = graph.add("mul", (old, value))
        case "/":
            value = graph.add("div", (old, value))
    scope.names[statement.name] = scope.places.mark(value, statement.span)


def _branch(statement: If, scope: Scope) -> Returns:
    """Run every branch, then join the locals from the last branch up."""
    graph, before = scope.graph, scope.names
    tests = [scope.places.mark(truth(test, scope), test.span) for test, _ in statement.branches]
    runs: list[tuple[Returns, dict[str, int]]] = []
    for body in (*(body for _, body in statement.branches), statement.otherwise):
        scope.names = dict(before)
        runs.append((run_block(body, scope), scope.names))
    *branches, otherwise = runs
    for test, branch in zip(reversed(tests), reversed(branches), strict=True):
        otherwise = _joined(scope, test, branch, otherwise)
    scope.names = otherwise[1]
    paths = _returns(graph, tests, [returns for returns, _ in runs])
    return [(test, scope.places.mark(value, statement.span)) for test, value in paths]


def _joined(
    scope: Scope,
    test: int,
    one: tuple[Returns, dict[str, int]],
    other: tuple[Returns, dict[str, int]],
) -> tuple[Returns, dict[str, int]]:
    """The locals after an if; a branch that always returns has no say."""
    if _always(scope.graph, one[0]):
        return other
    if _always(scope.graph, other[0]):
        return one
    joined = {**one[1], **other[1]}
    for name, value in one[1].items():
        if joined[name] != value:
            scope.spend()
            joined[name] = scope.graph.add("select", (test, value, joined[name]))
    return [], joined


def _returns(graph: Graph, tests: list[int], branches: list[Returns]) -> Returns:
    """What an if returns; where a branch may go on, those after it ask that it wasn't taken."""
    paths, passed = Returns(), list[int]()
    for index, returns in enumerate(branches):
        taken = [tests[index]] if index < len(tests) else []
        if returns:
            done = [graph.bool(True)] if _always(graph, returns) else [test for test, _ in returns]
            when = done[0] if len(done) == 1 else graph.add("or", done)
            paths.append((graph.all_of([*passed, *taken, when]), _value(graph, returns)))
        if taken and not _always(graph, returns):
            passed.append(graph.add("not", taken))
    return paths
