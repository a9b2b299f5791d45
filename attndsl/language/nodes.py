"""The syntax tree: one frozen class a node, spans kept; arithmetic chains are flat.

The parser makes these with `type` and `instance` unset; `language.types` returns the same nodes
with both filled in. Depth is bounded by the nesting limit of the source, so recursive walks are
safe: chains (`a + b - c`, `a and b`, `a < b < c`, `if/elif`) are flat tuples, not nested pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from attndsl.language.diagnostics import Span


class Type(Enum):
    """The four types of the language, and sets of them in `in` tests."""

    BOOL = "bool"
    NUMBER = "number"
    TEXT = "text"
    POSITION = "position"
    SET = "set"

    __hash__ = object.__hash__  # each is one object; Enum's own hashes the name, in Python


@dataclass(frozen=True, slots=True)
class Node:
    span: Span


# --- expressions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expression(Node):
    type: Type | None


@dataclass(frozen=True, slots=True)
class Number(Expression):
    value: float


@dataclass(frozen=True, slots=True)
class String(Expression):
    value: str


@dataclass(frozen=True, slots=True)
class Bool(Expression):
    value: bool


@dataclass(frozen=True, slots=True)
class Missing(Expression):
    """`None`: the missing position."""


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A parameter, a local, a comprehension's variable, a named constant, or `n`."""

    name: str


@dataclass(frozen=True, slots=True)
class SetDisplay(Expression):
    """`{...}`, `[...]` or `(...)`, or a union `A | B`; items are literals or names of sets."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Attribute(Expression):
    """`q.text`."""

    value: Expression
    name: str
    name_span: Span


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """`-x`, `+x` or `not x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Chain(Expression):
    """`a + b - c`, `a * b // c % d`, or `base ** exponent` (one pair): left to right."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """`a < b <= c`; operators `== != < <= > >= in not-in is is-not`."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Logic(Expression):
    """`a and b and c` or `a or b or c`."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """`value if test else other`."""

    test: Expression
    value: Expression
    other: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function, a helper, or a text method (`q.text.startswith("a")`: the text comes first).

    `instance` is set by the type pass where a helper is called: the key of `TypedModule.instances`.
    """

    function: str
    function_span: Span
    arguments: tuple[Expression, ...]
    instance: tuple[str, tuple[Type, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Aggregate(Expression):
    """`sum(body for variable in range(...) if condition)`.

    Over literal texts `range_name` is empty and the text or set is the one argument.
    """

    function: str
    function_span: Span
    body: Expression
    variable: str
    variable_span: Span
    range_name: str
    range_span: Span
    range_arguments: tuple[Expression, ...]
    condition: Expression | None


# --- statements ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement(Node):
    pass


@dataclass(frozen=True, slots=True)
class Assign(Statement):
    """`name = value`, or `name += value` with operator `+`."""

    name: str
    name_span: Span
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class If(Statement):
    """`if / elif / else`; `branches` holds every (test, body), `otherwise` the else body."""

    branches: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Return(Statement):
    value: Expression


# --- definitions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decorator(Node):
    """`@softmax` or `@fallback(self)`."""

    name: str
    argument: str | None


@dataclass(frozen=True, slots=True)
class Definition(Node):
    name: str
    name_span: Span
    parameters: tuple[tuple[str, Span], ...]
    decorators: tuple[Decorator, ...]
    docstring: str | None
    body: tuple[Statement, ...]

    @property
    def is_head(self) -> bool:
        """A head program: parameters exactly `q, k`, the name not private."""
        names = tuple(name for name, _ in self.parameters)
        return names == ("q", "k") and not self.name.startswith("_")


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A named literal set, number, string or bool at the top of a file."""

    name: str
    name_span: Span
    value: Expression


@dataclass(frozen=True, slots=True)
class Module(Node):
    """A file, as far as it could be read; definitions with syntax errors are left out."""

    file: str
    source: str
    docstring: str | None
    constants: tuple[Constant, ...]
    definitions: tuple[Definition, ...]
    size: int = 0  # characters of its code, blanks and comments left out


@dataclass(frozen=True, slots=True)
class TypedModule:
    """A module with every expression typed; helpers once for each tuple of argument types."""

    module: Module
    heads: tuple[Definition, ...]
    instances: dict[tuple[str, tuple[Type, ...]], tuple[Definition, Type]]
    constants: dict[str, Expression]


def children(node: Node) -> tuple[Node, ...]:
    """The expressions, statements and definitions directly inside a node, in source order."""
    inside = _CHILDREN.get(type(node))
    return () if inside is None else inside(node)


def _operands(node: Chain | Compare) -> tuple[Node, ...]:
    return (node.first, *[operand for _, operand in node.rest])


def _comprehension(node: Aggregate) -> tuple[Node, ...]:
    condition = () if node.condition is None else (node.condition,)
    return (node.body, *node.range_arguments, *condition)


def _branches(node: If) -> tuple[Node, ...]:
    return (*[part for test, body in node.branches for part in (test, *body)], *node.otherwise)


_CHILDREN: dict[type[Node], Callable[..., tuple[Node, ...]]] = {
    **dict.fromkeys((Attribute, Assign, Return, Constant), lambda node: (node.value,)),
    **dict.fromkeys((Chain, Compare), _operands),
    Unary: lambda node: (node.operand,),
    Logic: lambda node: node.operands,
    SetDisplay: lambda node: node.items,
    Call: lambda node: node.arguments,
    Conditional: lambda node: (node.value, node.test, node.other),
    Aggregate: _comprehension,
    If: _branches,
    Definition: lambda node: node.body,
    Module: lambda node: (*node.constants, *node.definitions),
}
