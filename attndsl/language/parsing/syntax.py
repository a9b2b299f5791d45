"""From the rules of the grammar to nodes: what Lark calls as it reduces each rule.

Lark calls a method with the children of its rule, tokens included, as soon as the rule is complete,
so no tree is walked and nothing recurses. What the grammar can't say (a set holds literals) is
checked here and noted in `problems`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from lark import Token

from attndsl.language.diagnostics import Span
from attndsl.language.nodes import (
    Aggregate,
    Assign,
    Attribute,
    Bool,
    Call,
    Chain,
    Compare,
    Conditional,
    Constant,
    Decorator,
    Definition,
    Expression,
    If,
    Logic,
    Missing,
    Name,
    Node,
    Number,
    Return,
    SetDisplay,
    Statement,
    String,
    Unary,
)
from attndsl.language.parsing.literals import clean_docstring, literal, quotes_of, unescaped
from attndsl.language.python_habits import KEYWORDS
from attndsl.language.vocabulary import METHODS

Children: TypeAlias = list[Any]


class Syntax:
    """Node makers, one for each rule."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str, str, Span]] = []  # code, message, hint, span

    # --- places ---

    def _problem(self, code: str, message: str, hint: str, span: Span) -> None:
        self.problems.append((code, message, hint, span))

    def _at(self, token: Token) -> Span:
        line, column, end_column = token.line, token.column, token.end_column
        assert line is not None
        assert column is not None
        assert end_column is not None
        return Span(line, column, line, end_column)

    def _across(self, first: Node | Token, last: Node | Token) -> Span:
        one = self._at(first) if isinstance(first, Token) else first.span
        two = self._at(last) if isinstance(last, Token) else last.span
        return Span(one.line, one.column, two.end_line, two.end_column)

    def _named(self, token: Token) -> tuple[str, Span]:
        span = self._at(token)
        if token in KEYWORDS:
            self._problem(
                "ATT010", f"`{token}` is a word of the language", "choose another name", span
            )
        return str(token), span

    # --- the file ---

    def file(self, children: Children) -> Children:
        return [child for child in children if not isinstance(child, Token)]

    def docstring(self, children: Children) -> str:
        return self._text(children[0], clean_docstring)

    def constant(self, children: Children) -> Constant:
        name, name_span = self._named(children[0])
        value: Expression = children[2]
        single = literal(value)
        if single is None and not isinstance(value, SetDisplay):
            self._problem(
                "ATT027",
                f"`{name}` must be a number, a text, a bool or a set of these",
                "work it out by hand, or compute it inside a `def`",
                value.span,
            )
        span = self._across(children[0], value)
        return Constant(span, name, name_span, single or value)

    def definition(self, children: Children) -> Definition:
        decorators = tuple(child for child in children if isinstance(child, Decorator))
        rest = children[len(decorators) :]
        name, name_span = self._named(rest[1])
        parameters = rest[3] if isinstance(rest[3], tuple) else ()
        docstring, body = rest[-1]
        first = decorators[0] if decorators else rest[0]
        span = self._across(first, body[-1])
        return Definition(span, name, name_span, parameters, decorators, docstring, body)

    def decorator(self, children: Children) -> Decorator:
        name, _ = self._named(children[1])
        if len(children) == 3:
            return Decorator(self._across(children[0], children[1]), name, None)
        argument, _ = self._named(children[3])
        return Decorator(self._across(children[0], children[4]), name, argument)

    def parameters(self, children: Children) -> tuple[tuple[str, Span], ...]:
        return tuple(self._named(child) for child in children[::2])

    def body(self, children: Children) -> tuple[str | None, tuple[Statement, ...]]:
        docstring = next((child for child in children if type(child) is str), None)
        return docstring, self.block(children)

    def block(self, children: Children) -> tuple[Statement, ...]:
        return tuple(child for child in children if isinstance(child, Statement))

    # --- statements ---

    def statement(self, children: Children) -> Statement:
        statement: Statement = children[0]
        return statement

    def assignment(self, children: Children) -> Assign:
        name, name_span = self._named(children[0])
        value = children[2]
        span = self._across(children[0], value)
        return Assign(span, name, name_span, str(children[1])[:-1], value)

    def return_statement(self, children: Children) -> Return:
        return Return(self._across(children[0], children[1]), children[1])

    def conditional_statement(self, children: Children) -> If:
        branches = []
        otherwise: tuple[Statement, ...] = ()
        index = 0
        while index < len(children):
            if children[index] == "else":
                otherwise = children[index + 2]
                index += 3
            else:
                branches.append((children[index + 1], children[index + 3]))
                index += 4
        end = (otherwise or branches[-1][1])[-1]
        return If(self._across(children[0], end), tuple(branches), otherwise)

    # --- expressions ---

    def conditional(self, children: Children) -> Conditional:
        value, _, test, _, other = children
        return Conditional(self._across(value, other), None, test, value, other)

    def disjunction(self, children: Children) -> Logic:
        return Logic(self._across(children[0], children[-1]), None, "or", tuple(children[::2]))

    def conjunction(self, children: Children) -> Logic:
        return Logic(self._across(children[0], children[-1]), None, "and", tuple(children[::2]))

    def negation(self, children: Children) -> Unary:
        return Unary(self._across(children[0], children[1]), None, "not", children[1])

    def comparison(self, children: Children) -> Compare:
        return Compare(self._across(children[0], children[-1]), None, children[0], _pairs(children))

    def comparator(self, children: Children) -> str:
        return "-".join(children)

    def union(self, children: Children) -> SetDisplay:
        items: list[Expression] = []
        for child in children[::2]:
            if isinstance(child, SetDisplay):
                items.extend(child.items)
            else:
                if not isinstance(child, Name):
                    self._problem(
                        "ATT024",
                        "`|` joins sets, and this is none",
                        "between conditions write `or`",
                        child.span,
                    )
                items.append(child)
        return SetDisplay(self._across(children[0], children[-1]), None, tuple(items))

    def sum(self, children: Children) -> Chain:
        return Chain(self._across(children[0], children[-1]), None, children[0], _pairs(children))

    product = sum
    power = sum

    def signed(self, children: Children) -> Unary:
        sign, operand = children
        return Unary(self._across(sign, operand), None, str(sign), operand)

    def attribute(self, children: Children) -> Attribute:
        value, _, token = children
        name, name_span = self._named(token)
        return Attribute(self._across(value, token), None, value, name, name_span)

    def method(self, children: Children) -> Call:
        """`t.text.startswith("a")` calls `startswith`, the text first; others get a leading dot."""
        value, _, token = children[:3]
        name, name_span = self._named(token)
        arguments = children[4] if len(children) == 6 else ()
        function = name if name in METHODS else f".{name}"
        span = self._across(value, children[-1])
        return Call(span, None, function, name_span, (value, *arguments))

    def call(self, children: Children) -> Call:
        name, name_span = self._named(children[0])
        if name in METHODS:
            hint = f'write `t.text.{name}("...")`'
            self._problem("ATT020", f"`{name}` stands behind a text", hint, name_span)
        arguments = children[2] if len(children) == 4 else ()
        return Call(self._across(children[0], children[-1]), None, name, name_span, arguments)

    def aggregate(self, children: Children) -> Aggregate | Missing:
        function, function_span = self._named(children[0])
        body, variable, variable_span, where, condition = children[2]
        span = self._across(children[0], children[3])
        if function in ("any", "all") and is_literal_texts(where):
            return Aggregate(span, None, function, function_span, body, variable, variable_span,
                             "", where.span, (where,), condition)  # fmt: skip
        if not isinstance(where, Call) or where.function.startswith("."):
            self._problem("ATT025", *_range_advice(where), where.span)
            return Missing(span, None)
        return Aggregate(
            span,
            None,
            function,
            function_span,
            body,
            variable,
            variable_span,
            where.function,
            where.function_span,
            where.arguments,
            condition,
        )

    def arguments(self, children: Children) -> tuple[Expression, ...]:
        return tuple(children[::2])

    def comprehension(
        self, children: Children
    ) -> tuple[Expression, str, Span, Expression, Expression | None]:
        variable, variable_span = self._named(children[2])
        condition = children[6] if len(children) == 7 else None
        return children[0], variable, variable_span, children[4], condition

    # --- atoms ---

    def name(self, children: Children) -> Name:
        name, span = self._named(children[0])
        return Name(span, None, name)

    def number(self, children: Children) -> Number:
        return Number(self._at(children[0]), None, float(children[0]))

    def string(self, children: Children) -> String:
        return String(self._at(children[0]), None, self._text(children[0]))

    def true(self, children: Children) -> Bool:
        return Bool(self._at(children[0]), None, True)

    def false(self, children: Children) -> Bool:
        return Bool(self._at(children[0]), None, False)

    def missing(self, children: Children) -> Missing:
        return Missing(self._at(children[0]), None)

    def group(self, children: Children) -> Expression:
        expression: Expression = children[1]
        return replace(expression, span=self._across(children[0], children[2]))

    def sequence(self, children: Children) -> SetDisplay:
        items = [children[1], *(children[3] if len(children) == 5 else ())]
        return self._display(items, self._across(children[0], children[-1]))

    def display(self, children: Children) -> SetDisplay:
        return self._display(list(children[1]), self._across(children[0], children[2]))

    def _display(self, items: list[Expression], span: Span) -> SetDisplay:
        literals: list[Expression] = []
        for item in items:
            single = literal(item)
            if single is None and not isinstance(item, Name):
                hint = "write each number or text out; a condition goes outside: `a or b`"
                if isinstance(item, SetDisplay):
                    hint = "join sets with `|`: `A | B`"
                self._problem("ATT024", "a set holds literals only", hint, item.span)
            literals.append(single or item)
        return SetDisplay(span, None, tuple(literals))

    def _text(self, token: Token, clean: Callable[[str], str] = str) -> str:
        """The value of a text as written; a docstring may hold any backslash."""
        quotes = quotes_of(token)
        value, unknown = unescaped(clean(token[len(quotes) : -len(quotes)]))
        if unknown and len(quotes) == 1:
            known = (
                r"known are \n \t \r \\ \" \' \xNN \uNNNN \UNNNNNNNN; a backslash itself is `\\`"
            )
            message = f"`{unknown}` isn't a known escape"
            self._problem("ATT013", message, known, self._at(token))
        return value


def _pairs(children: Children) -> tuple[tuple[str, Expression], ...]:
    return tuple(
        (str(children[index]), children[index + 1]) for index in range(1, len(children), 2)
    )


def is_literal_texts(where: Expression) -> bool:
    """A text, whose characters are gone through, or a set of texts."""
    if isinstance(where, SetDisplay):
        return all(isinstance(one, String) for one in where.items)
    return isinstance(where, String)


def _range_advice(where: Expression) -> tuple[str, str]:
    allowed = "write a range: visible(q), before(p), upto(p), after(p), between(a, b)"
    if isinstance(where, Name):
        return f"`{where.name}` isn't a range of positions", allowed
    if isinstance(where, SetDisplay):
        return (
            "an aggregate runs over positions, not over a set",
            f"to test for a set write `x in {{...}}`; {allowed}",
        )
    return "an aggregate runs over a range of positions", allowed
