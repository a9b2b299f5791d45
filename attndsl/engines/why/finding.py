"""Where the aggregates behind an expression stand: in it, or in the locals and helpers it names."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from attndsl.engines.why.cells import Cells
from attndsl.engines.why.found import Found
from attndsl.engines.why.opening import ROWS, of_aggregate, of_mechanism, of_row, of_texts
from attndsl.engines.why.told import written_out
from attndsl.graph.build import Builder, run_block
from attndsl.graph.expressions import expression, truth
from attndsl.graph.places import Places
from attndsl.graph.scope import Scope
from attndsl.language.nodes import (
    Aggregate,
    Assign,
    Call,
    Conditional,
    Definition,
    Expression,
    If,
    Logic,
    Name,
    Return,
    Statement,
    Unary,
    children,
)
from attndsl.language.shipped import MARK, mechanisms

TERMS = 100_000  # that following one cell may make

PASSED_ON = (Name, Call, Conditional, Unary)  # may give a value that something else made

Written = tuple[Expression, Scope]  # an expression, and what its names are there


@dataclass(slots=True)
class Finding:
    """Finds aggregates at one cell; `made` are the expressions that locals were made of."""

    builder: Builder
    cells: Cells
    source: list[str]
    made: dict[int, tuple[Written, ...]] = field(default_factory=dict)  # by the local's term

    def scope(self, definition: Definition, names: dict[str, int]) -> Scope:
        limit, places = len(self.builder.graph) + TERMS, Places(definition.span)
        return Scope(self.builder, names, [], names.get("k"), limit, places)

    def own(self, definition: Definition) -> bool:
        """Written in this file; what is shipped is a unit."""
        module = self.builder.typed.module
        return any(one.name_span == definition.name_span and one.name == definition.name
                   for one in module.definitions)  # fmt: skip

    def assign(self, statement: Assign, scope: Scope) -> None:
        """Run an assignment, and note what the local is made of now."""
        old = scope.names.get(statement.name)
        before = () if old is None or not statement.operator else self._made_of(old)
        there = replace(scope, names=dict(scope.names))
        run_block((statement,), scope)
        now, made = scope.names[statement.name], (*before, (statement.value, there))
        if isinstance(statement.value, PASSED_ON):
            self.made.setdefault(now, made)
        else:
            self.made[now] = made

    def found(self, node: Expression, scope: Scope) -> Found | None:
        """What the aggregate that an expression stands for went over; none where it is no such."""
        node, scope = self._opened(node, scope)
        if isinstance(node, Aggregate):
            return of_aggregate(node, scope, self.cells)
        if isinstance(node, Call) and _of_row(node):
            return of_row(node, scope, self.cells)
        if isinstance(node, Call) and _is_mechanism(node):
            return of_mechanism(node, scope, self.cells)
        if isinstance(node, Logic) and written_out(node):
            return of_texts(node, scope, self.cells, self.source)
        return None

    def below(self, node: Expression, scope: Scope) -> Iterator[Written]:
        """The expressions at and below one that stand for an aggregate, in the order written."""
        stack, seen = [(node, scope)], set[int | None]()
        while stack:
            node, scope = stack.pop()
            opened, there = self._opened(node, scope)
            if _is_aggregate(opened):
                yield node, scope
                ends = opened.range_arguments if isinstance(opened, Aggregate) else ()
                inside = [(one, there) for one in ends]
            elif isinstance(opened, Name):
                term = there.names.get(opened.name)
                inside = [] if term is None or term in seen else [*self._made_of(term)]
                seen.add(term)
            else:
                inside = [(one, there) for one in children(opened) if isinstance(one, Expression)]
            if opened is not node:  # what was handed over, or tested
                inside += [(one, scope) for one in _beside(node)]
            stack += reversed(inside)

    def _opened(self, node: Expression, scope: Scope) -> Written:
        """What a local, a helper or a choice stands for here."""
        passed = list[Expression]()
        while (further := self._stands_for(node, scope)) and further[0] not in passed:
            passed.append(node)
            node, scope = further
        return node, scope

    def _stands_for(self, node: Expression, scope: Scope) -> Written | None:
        if isinstance(node, Name) and node.name in scope.names:
            made = self._made_of(scope.names[node.name])
            return made[0] if len(made) == 1 else None
        if isinstance(node, Conditional):
            return self._chosen(node, scope), scope
        if isinstance(node, Call) and node.instance is not None:
            definition, _ = self.builder.typed.instances[node.instance]
            names = {name: expression(argument, scope) for (name, _), argument
                     in zip(definition.parameters, node.arguments, strict=True)}  # fmt: skip
            if self.own(definition) and self._asked_of_itself(names):
                return self._returned(definition.body, self.scope(definition, names))
        return None

    def _made_of(self, term: int) -> tuple[Written, ...]:
        return self.made.get(self._peeled(term), ())

    def _peeled(self, term: int) -> int:
        """Of a local that branches set: what it was set to in the one that was taken."""
        graph = self.builder.graph
        while graph[term].op == "select" and term not in self.made:
            test, one, other = graph[term].args
            term = one if self.cells.at(test) else other
        return term

    def _chosen(self, node: Conditional, scope: Scope) -> Expression:
        return node.value if self.cells.at(truth(node.test, scope)) else node.other

    def _asked_of_itself(self, names: dict[str, int]) -> bool:
        """Rows stand in helpers of q and k, which must be this cell's own."""
        return all(names.get(name) in (None, self.builder.graph.add(name)) for name in ("q", "k"))

    def _returned(self, statements: tuple[Statement, ...], scope: Scope) -> Written | None:
        """What a helper returns here, before its value is worked out."""
        for statement in statements:
            if isinstance(statement, Return):
                return statement.value, scope
            if isinstance(statement, Assign):
                self.assign(statement, scope)
            elif isinstance(statement, If):
                body = self.branch(statement, scope)
                returned = self._returned(body, replace(scope, names=dict(scope.names), rows=[]))
                if returned is not None:
                    return returned
                run_block((statement,), scope)
        return None

    def branch(self, statement: If, scope: Scope) -> tuple[Statement, ...]:
        """The branch that is taken here."""
        for test, body in statement.branches:
            if self.cells.at(truth(test, scope)):
                return body
        return statement.otherwise


def _beside(node: Expression) -> tuple[Expression, ...]:
    """Of a helper's call its arguments, of a choice its test."""
    if isinstance(node, Conditional):
        return (node.test,)
    return node.arguments if isinstance(node, Call) else ()


def _of_row(node: Call) -> bool:
    return node.function in ROWS and node.instance is None


def _is_mechanism(node: Expression) -> bool:
    """A call of a shipped mechanism that picks out positions, for the cell's own query and key."""
    return (
        isinstance(node, Call)
        and node.instance is not None
        and node.instance[0].removeprefix(MARK) in mechanisms()
        and node.instance[0].startswith(MARK)
        and [one.name for one in node.arguments if isinstance(one, Name)] == ["q", "k"]
    )


def _is_aggregate(node: Expression) -> bool:
    return (
        isinstance(node, Aggregate)
        or _is_mechanism(node)
        or (isinstance(node, Call) and _of_row(node))
        or (isinstance(node, Logic) and written_out(node))
    )
