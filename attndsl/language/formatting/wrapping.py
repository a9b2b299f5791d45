"""Expressions as layouts: which brackets are needed, where a long one breaks."""

import re

from attndsl.language.formatting.comments import Attached, CommentedSource
from attndsl.language.formatting.layout import (
    NOTHING,
    SOFT,
    Broken,
    Comment,
    Doc,
    Fill,
    Group,
    Indent,
)
from attndsl.language.nodes import (
    Aggregate,
    Attribute,
    Bool,
    Call,
    Chain,
    Compare,
    Conditional,
    Expression,
    Logic,
    Missing,
    Name,
    Number,
    SetDisplay,
    String,
    Unary,
)
from attndsl.language.vocabulary import METHODS

# How tightly a form binds; a part that binds less tightly than its place asks gets brackets.
CONDITIONAL, OR, AND, NOT, COMPARE, UNION, SUM, PRODUCT, SIGNED, POWER, PRIMARY, ATOM = range(12)
CHAINS = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "**": POWER}
OPERATIONS = (Conditional, Logic, Compare, Chain, Unary)


class Wrapping:
    """Makes layouts of the expressions of one source."""

    def __init__(self, source: CommentedSource, attached: Attached) -> None:
        self.source = source
        self.attached = attached

    def whole(self, node: Expression) -> Doc:
        """An expression that fills a statement: put in brackets when it must break."""
        inner = self._bare(node)
        if self._breaks_inside(node):
            return inner
        body = Indent((NOTHING, inner, self._at_end(node)))
        return Group((Broken("("), body, NOTHING, Broken(")")))

    def part(self, node: Expression, place: int = CONDITIONAL, operand: bool = False) -> Doc:
        """An expression inside another; `operand` if the other is an operation."""
        inner = self._bare(node)
        if self._bracketed(node, place, operand):
            return Group(("(", Indent((NOTHING, inner, self._at_end(node))), NOTHING, ")"))
        return inner

    def _bracketed(self, node: Expression, place: int, operand: bool) -> bool:
        """Whether brackets are needed, or the author chose them where they can help to read."""
        if self._binding(node) < place:
            return True
        chosen = isinstance(node, OPERATIONS) and self.source.in_brackets(node)
        return chosen and (operand or id(node) in self.attached.holders)

    # --- comments ---

    def _before(self, node: Expression) -> tuple[Doc, ...]:
        return tuple(Comment(text, True) for text in self.attached.before.get(id(node), ()))

    def _behind(self, node: Expression) -> tuple[Doc, ...]:
        text = self.attached.behind.get(id(node))
        return () if text is None else (Comment(text),)

    def _at_end(self, node: Expression) -> tuple[Doc, ...]:
        ends = tuple(Comment(text, True) for text in self.attached.at_end.get(id(node), ()))
        return (NOTHING, *ends) if ends else ()

    def _binding(self, node: Expression) -> int:
        match node:
            case Conditional():
                return CONDITIONAL
            case Logic(operator=sign):
                return OR if sign == "or" else AND
            case Unary(operator=sign):
                return NOT if sign == "not" else SIGNED
            case Compare():
                return COMPARE
            case SetDisplay():
                return UNION if self.source.is_union(node) else ATOM
            case Chain(rest=rest):
                return CHAINS[rest[0][0]]
            case Attribute() | Call() | Aggregate():
                return PRIMARY
        return ATOM

    def _bare(self, node: Expression) -> Doc:
        """The layout of an expression without brackets around it."""
        match node:
            case Number():
                return self._number(node)
            case String():
                return self._string(node)
            case Bool(value=value):
                return str(value)
            case Missing():
                return "None"
            case Name(name=name):
                return name
            case Attribute(value=value, name=name):
                return (self._receiver(value), f".{name}")
            case Unary(operator="not", operand=operand):
                return ("not ", self.part(operand, NOT, operand=True))
            case Unary(operator=sign, operand=operand):
                return (sign, self.part(operand, SIGNED, operand=True))
            case Logic(operator=sign, operands=operands):
                place = (OR if sign == "or" else AND) + 1
                return self._operation(operands, [f"{sign} "] * (len(operands) - 1), place)
            case Chain(first=first, rest=(("**", exponent),)):
                base = self._operand(first, PRIMARY)
                return Group((base, SOFT, "** ", self._operand(exponent, SIGNED)))
            case Chain(first=first, rest=rest):
                signs = [f"{sign} " for sign, _ in rest]
                place = CHAINS[rest[0][0]] + 1
                return self._operation([first, *(operand for _, operand in rest)], signs, place)
            case Compare():
                return self._comparison(node)
            case Conditional():
                return self._choice(node)
            case SetDisplay():
                return self._set(node)
            case Call():
                return self._call(node)
            case Aggregate():
                return self._aggregate(node)
        raise AssertionError(node)

    def _breaks_inside(self, node: Expression) -> bool:
        """Whether an expression has brackets of its own to break in."""
        match node:
            case Compare():
                return self._hugs(node)
            case Logic() | Chain() | Conditional():
                return False
            case Unary(operator=sign, operand=operand):
                bracketed = self._bracketed(operand, NOT if sign == "not" else SIGNED, True)
                return bracketed or self._breaks_inside(operand)
        return not self.source.is_union(node)

    # --- operations ---

    def _operand(self, node: Expression, place: int) -> Doc:
        return (*self._before(node), self.part(node, place, operand=True), *self._behind(node))

    def _operation(
        self, operands: list[Expression] | tuple[Expression, ...], signs: list[str], place: int
    ) -> Doc:
        first, *rest = operands
        layout: list[Doc] = []
        for sign, operand in zip(signs, rest, strict=True):
            layout += [SOFT, *self._before(operand), sign]
            layout += [self.part(operand, place, operand=True), *self._behind(operand)]
        return Group((self._operand(first, place), *layout))

    def _choice(self, node: Conditional) -> Doc:
        """A choice and those in its `else`, each value with its condition on a line."""
        layout: list[Doc] = []
        other: Expression = node
        while isinstance(other, Conditional) and (
            other is node or not self._bracketed(other, CONDITIONAL, True)
        ):
            value, test = self.part(other.value, OR, True), self.part(other.test, OR, True)
            layout += [Group((value, SOFT, "if ", test)), SOFT, "else "]
            other = other.other
        return Group((*layout, self.part(other, CONDITIONAL, True)))

    def _comparison(self, node: Compare) -> Doc:
        layout: list[Doc] = []
        for sign, operand in node.rest:
            right = self.part(operand, COMPARE + 1, operand=True)
            layout += [" " if self._hugs(node) else SOFT, sign.replace("-", " "), " ", right]
        return Group((self.part(node.first, COMPARE + 1, operand=True), *layout))

    def _hugs(self, node: Compare) -> bool:
        """Whether a comparison breaks in the brackets of its right side: `k == last(`."""
        last = node.rest[-1][1]
        if len(node.rest) > 1 or self._bracketed(last, COMPARE + 1, True):
            return False
        if isinstance(last, SetDisplay):
            # An operation on the left would break outside of the braces.
            open_left = isinstance(node.first, OPERATIONS)
            return not self.source.is_union(last) and (
                not open_left or self._bracketed(node.first, COMPARE + 1, True)
            )
        left = node.first.value if isinstance(node.first, Attribute) else node.first
        return isinstance(last, Call | Aggregate) and isinstance(left, Name)

    # --- calls ---

    def _receiver(self, node: Expression) -> Doc:
        if isinstance(node, Number | String | Bool | Missing):
            return ("(", self._bare(node), ")")
        return self.part(node, PRIMARY)

    def _call(self, node: Call) -> Doc:
        head: tuple[Doc, ...] = (node.function,)
        arguments = node.arguments
        if node.function.startswith(".") or node.function in METHODS:
            head = (self._receiver(arguments[0]), ".", node.function.lstrip("."))
            arguments = arguments[1:]
        if not arguments:
            return (*head, "()")
        layout: list[Doc] = []
        for number, argument in enumerate(arguments):
            layout += [SOFT if number else NOTHING, *self._before(argument), self.part(argument)]
            comma: Doc = "," if number + 1 < len(arguments) else Broken(",")
            layout += [comma, *self._behind(argument)]
        return (*head, Group(("(", Indent((*layout, self._at_end(node))), NOTHING, ")")))

    def _aggregate(self, node: Aggregate) -> Doc:
        arguments: list[Doc] = []
        for argument in node.range_arguments:
            arguments += [", ", self.part(argument)]
        over: Doc = (node.range_name, "(", *arguments[1:], ")") if node.range_name else arguments[1]
        where = ("for ", node.variable, " in ", over)
        layout: list[Doc] = [NOTHING, self.part(node.body), SOFT, where]
        if node.condition is not None:
            layout += [SOFT, "if ", self.part(node.condition, OR)]
        return (node.function, Group(("(", Indent(tuple(layout)), NOTHING, ")")))

    # --- sets ---

    def _set(self, node: SetDisplay) -> Doc:
        if not self.source.is_union(node):
            return self._braces(node.items, self._at_end(node))
        joined: list[Doc] = []
        literals: list[Expression] = []
        for item in (*node.items, None):
            if item is not None and not isinstance(item, Name):
                literals.append(item)
                continue
            if literals:
                joined += [SOFT, "| ", self._braces(tuple(literals))]
                literals = []
            if item is not None:
                joined += [SOFT, "| ", self.part(item)]
        return Group((*joined[2:],))

    def _braces(self, items: tuple[Expression, ...], end: tuple[Doc, ...] = ()) -> Doc:
        filled: list[Doc] = []
        for item in items:
            text, before, behind = self._bare(item), self._before(item), self._behind(item)
            filled.append((*before, text, *behind) if before or behind else text)
        return Group(("{", Indent((NOTHING, Fill(tuple(filled)), end)), NOTHING, "}"))

    # --- literals, as they were written ---

    def _number(self, node: Number) -> str:
        digits = next(word for kind, word, _ in self.source.written(node) if kind == "number")
        mantissa, _, exponent = digits.lower().partition("e")
        if mantissa.startswith("."):
            mantissa = f"0{mantissa}"
        if mantissa.endswith("."):
            mantissa = f"{mantissa}0"
        minus = any(word == "-" for _, word, _ in self.source.written(node))
        return ("-" if minus else "") + mantissa + (f"e{exponent.lstrip('+')}" if exponent else "")

    def _string(self, node: String) -> str:
        written = next(word for kind, word, _ in self.source.written(node) if kind == "string")
        if written[0] == '"' or '"' in written:
            return written
        return '"' + re.sub(r"\\(.)", lambda m: m[1] if m[1] == "'" else m[0], written[1:-1]) + '"'
