"""One cell followed through a program's text: which branch it takes, and what adds up to its value.

Values come from the term graph, so they are the engine's own; the text gives the parts their names.
A sum falls apart into its parts; a factor that is the same whatever the part, and the sum of a row,
scale what they stand before. Whatever else depends on the key stays whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from attndsl.engines.why.cells import Cells
from attndsl.engines.why.finding import Finding
from attndsl.engines.why.parts import Fact, How, Part, bracketed
from attndsl.engines.why.told import telling, written
from attndsl.graph.build import Builder, run_block
from attndsl.graph.scope import Scope
from attndsl.language.nodes import (
    Assign,
    Call,
    Chain,
    Conditional,
    Definition,
    Expression,
    If,
    Name,
    Return,
    Statement,
    Type,
    Unary,
)

NEAR = 1e-9


@dataclass(slots=True)
class Walk:
    """Follows one cell; `taken` collects the tests that decided."""

    builder: Builder
    cells: Cells
    source: list[str]
    aggregates: bool = True
    taken: list[Fact] = field(default_factory=list)
    finding: Finding = field(init=False)

    def __post_init__(self) -> None:
        self.finding = Finding(self.builder, self.cells, self.source, self.aggregates)

    def program(self, definition: Definition) -> Part:
        """The value of a head program at the cell, in parts."""
        graph = self.builder.graph
        names = {name: graph.add(leaf) for (name, _), leaf
                 in zip(definition.parameters, ("q", "k"), strict=True)}  # fmt: skip
        part = self._block(definition.body, self.finding.scope(definition, names), {})
        assert part is not None, "every path returns"
        return part

    # --- statements ------------------------------------------------------------------------------

    def _block(
        self, statements: tuple[Statement, ...], scope: Scope, parts: dict[str, Part]
    ) -> Part | None:
        """What a block returns at the cell, if it does; `parts` are what locals are made of."""
        for statement in statements:
            match statement:
                case Return(value=value):
                    return self._part(value, scope, parts)
                case Assign():
                    parts[statement.name] = self._assigned(statement, scope, parts)
                    self.finding.assign(statement, scope)
                case If():
                    body = self._branch(statement, scope)
                    inner = replace(scope, names=dict(scope.names), rows=[])
                    returned = self._block(body, inner, parts)
                    if returned is not None:
                        return returned
                    run_block((statement,), scope)
        return None

    def _branch(self, statement: If, scope: Scope) -> tuple[Statement, ...]:
        for test, body in statement.branches:
            true = bool(self.cells.at(self.cells.truth(test, scope)))
            decided = self._fact(test, "true" if true else "false", scope)
            self.taken.append(decided)
            self.taken += [one for one in self._facts(test, scope) if one != decided]
            if true:
                return body
        return statement.otherwise

    def _assigned(self, statement: Assign, scope: Scope, parts: dict[str, Part]) -> Part:
        new = self._part(statement.value, scope, parts)
        old = parts.get(statement.name)
        if not statement.operator or old is None:
            return new
        if statement.operator in "+-":
            added = new if statement.operator == "+" else new.taken_away()
            both = (*_addends(old), *(_addends(added) if _is_sum(statement.value) else (added,)))
            return Part(statement.name, old.line, old.value + added.value, "sum", both)
        term = self.cells.term(statement.value, scope)
        by = self.cells.at(term)
        if statement.operator == "/":
            by, new = _over(by), replace(new, text=_said_over(statement.value, new.text))
        beside = old.how == "product" or (old.how == "alone" and self.cells.looks_at_key(term))
        if by == 1:
            return old
        if beside:
            return _times(statement.name, old, replace(new, value=by))
        factor = bracketed(written(self.source, statement.value))
        if statement.operator == "/":
            return old.times(by, "", f" / {factor}")
        return old.times(by, f"{factor} * ", "")

    # --- expressions -----------------------------------------------------------------------------

    def _part(self, node: Expression, scope: Scope, parts: dict[str, Part]) -> Part:
        term = self.cells.term(node, scope)
        if self.builder.graph[term].type not in (Type.NUMBER, Type.BOOL):
            return self._alone(node, 0.0, scope)
        value = self.cells.at(term)
        opened = _OPENED.get(type(node))
        part = opened(self, node, scope, parts) if opened else None
        if part is None or abs(part.value - value) > NEAR * max(1.0, abs(value)):
            return self._alone(node, value, scope)
        return part

    def _name(self, node: Expression, scope: Scope, parts: dict[str, Part]) -> Part | None:
        assert isinstance(node, Name)
        made = parts.get(node.name)
        # A product is told by its name, wherever it was multiplied: its factors say what it is.
        return replace(made, text=node.name) if made and made.how == "product" else made

    def _chain(self, node: Expression, scope: Scope, parts: dict[str, Part]) -> Part | None:
        assert isinstance(node, Chain)
        signs = {sign for sign, _ in node.rest}
        if signs <= {"+", "-"}:
            added = [("+", node.first), *node.rest]
            pieces = list[Part]()
            for sign, one in added:
                part = self._part(one, scope, parts)
                part = part.taken_away() if sign == "-" else part
                pieces += _addends(part) if _is_sum(one) else (part,)
            value = sum(piece.value for piece in pieces)
            return Part(written(self.source, node), node.span.line, value, "sum", tuple(pieces))
        return self._scaled(node, scope, parts) if signs <= {"*", "/"} else None

    def _scaled(self, node: Chain, scope: Scope, parts: dict[str, Part]) -> Part | None:
        """A product of which one factor alone depends on the key: that one, by the others."""
        operands = [("*", node.first), *node.rest]
        terms = [self.cells.term(one, scope) for _, one in operands]
        own = [at for at, term in enumerate(terms) if self.cells.looks_at_key(term)]
        if len(own) != 1 or operands[own[0]][0] != "*":
            return None
        at_key, by = operands[own[0]][1], 1.0
        for at, (sign, _) in enumerate(operands):
            if at != own[0]:
                factor = self.cells.at(terms[at])
                by *= factor if sign == "*" else _over(factor)
        if self._is_distance(at_key, scope):
            inner = self._alone(at_key, self.cells.at(terms[own[0]]), scope)
        else:
            inner = self._part(at_key, scope, parts)
        whole = inner.scaled(by)
        if inner.how == "sum":
            texts = [f"{sign} {bracketed(written(self.source, one))} " for sign, one in operands]
            before, after = "".join(texts[: own[0]])[2:], "".join(texts[own[0] + 1 :])
            whole = inner.times(by, f"{before}* " if before else "", f" {after}".rstrip())
        facts = whole.facts if whole.how == "alone" else ()
        for at, (_, one) in enumerate(operands):
            if at != own[0]:
                facts = (*facts, *self._facts(one, scope))
        return Part(
            written(self.source, node), node.span.line, whole.value, whole.how, whole.parts, facts
        )

    def _is_distance(self, node: Expression, scope: Scope) -> bool:
        """A sum in brackets of which some part is the same for every key: one thing, as `q.i - k.i`
        is."""
        if not isinstance(node, Chain) or not _is_sum(node):
            return False
        return not all(
            self.cells.looks_at_key(self.cells.term(one, scope))
            for one in (node.first, *(one for _, one in node.rest))
        )

    def _unary(self, node: Expression, scope: Scope, parts: dict[str, Part]) -> Part | None:
        assert isinstance(node, Unary)
        if node.operator == "not":
            return None
        part = self._part(node.operand, scope, parts)
        if node.operator != "-":
            return part
        return replace(part.taken_away(), text=written(self.source, node))

    def _conditional(self, node: Expression, scope: Scope, parts: dict[str, Part]) -> Part | None:
        assert isinstance(node, Conditional)
        true = bool(self.cells.at(self.cells.truth(node.test, scope)))
        chosen = self._part(node.value if true else node.other, scope, parts)
        fact = self._fact(node.test, "true" if true else "false", scope)
        found = [one for one in self._facts(node.test, scope) if one.found and one != fact]
        return replace(chosen, facts=(fact, *found, *chosen.facts))

    def _call(self, node: Expression, scope: Scope, parts: dict[str, Part]) -> Part | None:
        assert isinstance(node, Call)
        if node.instance is not None:
            return self._helper(node, scope)
        if node.function == "normalized":
            return self._normalized(node, scope, parts)
        return None

    def _normalized(self, node: Call, scope: Scope, parts: dict[str, Part]) -> Part | None:
        (argument,) = node.arguments
        inner = self._part(argument, scope, parts)
        if inner.value <= 0:
            return None
        whole = self.cells.at(self.cells.term(node, scope))
        facts = inner.facts if inner.how == "alone" else ()
        scaled = inner.scaled(whole / inner.value)
        return Part(
            written(self.source, node), node.span.line, whole, scaled.how, scaled.parts, facts
        )

    def _helper(self, node: Call, scope: Scope) -> Part | None:
        """A helper of the file, asked for this query and key: what its own text adds up to."""
        assert node.instance is not None
        definition, _ = self.builder.typed.instances[node.instance]
        if not self.finding.own(definition):
            return None
        values = [self.cells.term(argument, scope) for argument in node.arguments]
        leaves = {self.builder.graph.add("q"), self.builder.graph.add("k")}
        positions = [v for v in values if self.builder.graph[v].type is Type.POSITION]
        if set(positions) != leaves or len(positions) != 2:
            return None
        names = {name: value for (name, _), value
                 in zip(definition.parameters, values, strict=True)}  # fmt: skip
        before = len(self.taken)
        given = self._block(definition.body, self.finding.scope(definition, names), {})
        tests = tuple(self.taken[before:])
        del self.taken[before:]
        if given is None:
            return None
        facts = (*tests, *(given.facts if given.how == "alone" else ()))
        return Part(
            written(self.source, node), node.span.line, given.value, given.how, given.parts, facts
        )

    def _alone(self, node: Expression, value: float, scope: Scope) -> Part:
        facts = tuple(self._facts(node, scope))
        pieces = tuple(self._factors(node, scope))
        how: How = "product" if pieces else "alone"
        return Part(written(self.source, node), node.span.line, value, how, pieces, facts)

    def _factors(self, node: Expression, scope: Scope) -> Iterator[Part]:
        """The factors of a product of several that depend on the key: they multiply, what is
        divided by as one over it."""
        if isinstance(node, Chain) and {sign for sign, _ in node.rest} <= {"*", "/"}:
            for sign, one in (("*", node.first), *node.rest):
                value, text = self.cells.at(self.cells.term(one, scope)), written(self.source, one)
                if sign == "/":
                    value, text = _over(value), _said_over(one, text)
                yield Part(text, one.span.line, value)

    # --- what is so at the cell ------------------------------------------------------------------

    def _facts(self, node: Expression, scope: Scope) -> Iterator[Fact]:
        """The tests, positions and numbers right below an expression, with their values; then what
        the aggregates behind it went over."""
        facts = [(one, scope) for one in telling(node)]
        told = list[Fact]()
        for one, there in (*facts, *self.finding.below(node, scope)):
            answer = self.cells.answer(self.cells.term(one, there))
            fact = self._fact(one, answer, there) if answer is not None else None
            if fact is not None and fact not in told:
                told.append(fact)
                yield fact

    def _fact(self, node: Expression, answer: str, scope: Scope) -> Fact:
        found = self.finding.found(node, scope)
        return Fact(written(self.source, node), node.span.line, answer, found)


def _over(value: float) -> float:
    """One over it, by which a division multiplies; to divide by 0 gives 0."""
    return 1 / value if value else 0.0


def _said_over(node: Expression, text: str) -> str:
    return f"1 / ({text})" if isinstance(node, Chain | Conditional) else f"1 / {text}"


def _times(name: str, old: Part, factor: Part) -> Part:
    """A local that was multiplied: its factors stand side by side, each with what is so of it."""
    both = (*_multiplied(old), *_multiplied(factor))
    return Part(name, old.line, old.value * factor.value, "product", both)


def _multiplied(part: Part) -> tuple[Part, ...]:
    """A product's factors, anything else as one factor of a larger product."""
    return part.parts if part.how == "product" else (replace(part, how="alone", parts=()),)


def _addends(part: Part) -> tuple[Part, ...]:
    """A sum's parts, anything else as one part of a larger sum."""
    return part.parts if part.how == "sum" else (part,)


def _is_sum(node: Expression) -> bool:
    """A sum, or a local, whose parts stand beside those of a sum around it."""
    return isinstance(node, Name) or (
        isinstance(node, Chain) and {sign for sign, _ in node.rest} <= {"+", "-"}
    )


_OPENED: dict[
    type[Expression], Callable[[Walk, Expression, Scope, dict[str, Part]], Part | None]
] = {
    Name: Walk._name,
    Chain: Walk._chain,
    Unary: Walk._unary,
    Conditional: Walk._conditional,
    Call: Walk._call,
}
