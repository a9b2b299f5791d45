"""The types of operators: arithmetic, logic, choices, comparisons, sets written in place."""

from attndsl.language.inference import hints, literals
from attndsl.language.inference.comparisons import check_pair
from attndsl.language.inference.names import resolved_set
from attndsl.language.inference.scope import Scope
from attndsl.language.nodes import (
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
    Type,
    Unary,
)

B, N, T, P, S = Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION, Type.SET
NUMERIC = (N, B)
TRUTHS = (B, P)


def join(one: Type | None, other: Type | None) -> Type | None:
    """The type of a choice between two; a bool beside a number counts as 0 or 1.

    >>> join(Type.BOOL, Type.NUMBER), join(Type.TEXT, Type.NUMBER)
    (<Type.NUMBER: 'number'>, None)
    """
    if one is other:
        return one
    return N if {one, other} == {B, N} else None


def truth(node: Expression, scope: Scope) -> Expression:
    """A condition: a bool, or a position that is asked whether it is there."""
    typed = scope.infer(node)
    kind = typed.type
    if kind is not None and kind not in TRUTHS:
        shown = hints.brief(node)
        advice = {
            N: f"compare it: `{shown} > 0`, `{shown} != 0`",
            T: f'compare it: `{shown} != ""`',
            S: "test a value: `k.lower in ...`",
        }
        if isinstance(node, String):
            advice[T] = 'write each comparison out, or a set: `k.lower in {"a", "b"}`'
        scope.error(
            "ATT052",
            f"a condition is a bool or a position, and this is {hints.article(kind)}",
            node.span,
            advice[kind],
        )
    return typed


def number(node: Expression, scope: Scope, code: str, where: str) -> tuple[Expression, bool]:
    """An operand that must be a number or a bool, and whether it is one."""
    typed = scope.infer(node)
    return typed, is_number(node, typed, scope, code, where)


def is_number(node: Expression, typed: Expression, scope: Scope, code: str, where: str) -> bool:
    """Whether the typed operand is a number or a bool; reports if it is something else."""
    if typed.type is None or typed.type in NUMERIC:
        return typed.type is not None
    shown = hints.brief(node)
    advice = {
        P: f"its index is `{shown}.i`",
        T: f"the length of a text is `{hints.position_in(node)}.len`",
        S: "a set stands only behind `in`",
    }
    if isinstance(node, Missing):
        advice[P] = "write a number, such as 0.0"
    scope.error(
        code, f"{where} takes numbers, and this is {hints.article(typed.type)}", node.span,
        advice[typed.type],
    )  # fmt: skip
    return False


def logic(node: Logic, scope: Scope) -> Expression:
    operands = tuple(truth(operand, scope) for operand in node.operands)
    return Logic(node.span, B, node.operator, operands)


def unary(node: Unary, scope: Scope) -> Expression:
    if node.operator == "not":
        return Unary(node.span, B, "not", truth(node.operand, scope))
    operand, good = number(node.operand, scope, "ATT050", f"`{node.operator}`")
    return Unary(node.span, N if good else None, node.operator, operand)


def chain(node: Chain, scope: Scope) -> Expression:
    """Arithmetic; one error a chain, at the first operand that is no number."""
    written = (node.first, *(operand for _, operand in node.rest))
    signs = (node.rest[0][0], *(operator for operator, _ in node.rest))
    typed = [scope.infer(operand) for operand in written]
    good = all(operand.type in NUMERIC for operand in typed)
    if not good and typed[0].type is typed[1].type is P and signs[0] == "-":
        one, two = hints.brief(written[0]), hints.brief(written[1])
        hint = f"write `{one}.i - {two}.i`"
        scope.error("ATT050", "positions can't be subtracted, their indices can", node.span, hint)
    elif typed[0].type is P and _is_one(written[1]) and signs[0] in ("-", "+"):
        one, step = hints.brief(written[0]), "prev" if signs[0] == "-" else "next"
        hint = f"the position {'before' if step == 'prev' else 'after'} it is `{one}.{step}`"
        message = f"`{signs[0]}` takes numbers, and this is a position"
        scope.error("ATT050", message, written[0].span, f"{hint}; its index is `{one}.i`")
    else:
        for source, operand, sign in zip(written, typed, signs, strict=True):
            if operand.type is not None and operand.type not in NUMERIC:
                is_number(source, operand, scope, "ATT050", f"`{sign}`")
                break
    rest = tuple(
        (operator, operand) for (operator, _), operand in zip(node.rest, typed[1:], strict=True)
    )
    return Chain(node.span, N if good else None, typed[0], rest)


def _is_one(node: Expression) -> bool:
    return isinstance(node, Number) and node.value == 1


def conditional(node: Conditional, scope: Scope) -> Expression:
    test = truth(node.test, scope)
    value, other = scope.infer(node.value), scope.infer(node.other)
    kind = join(value.type, other.type)
    if kind is S or (kind is None and None not in (value.type, other.type)):
        scope.error(
            "ATT050",
            f"`if ... else` chooses between {hints.article(value.type)} "
            f"and {hints.article(other.type)}",
            node.span,
            "ask each set: `x in A if c else x in B`"
            if kind is S
            else "give both sides one type, such as two numbers",
        )
        kind = None
    return Conditional(node.span, kind, test, value, other)


def set_display(node: SetDisplay, scope: Scope) -> Expression:
    """A set written in place; its names are constants of the file."""

    def value_of(name: Name) -> Expression | None:
        constants = scope.names.constants
        known = scope.lookup(name.name)
        if known is None or name.name in scope.names.broken:
            scope.infer(name)
            return None
        if name.name in constants and scope.is_constant(name.name):
            scope.reads.add(name.name)
            return constants[name.name]
        if known.type is not None:
            scope.error(
                "ATT055",
                f"a set holds literals and constants, and `{name.name}` is neither",
                name.span,
                f"compare with it: `... == {name.name} or ... in {{...}}`",
            )
        return None

    whole = resolved_set(node, value_of, scope.names, scope.error)
    return whole if whole is not None else SetDisplay(node.span, None, node.items)


def compare(node: Compare, scope: Scope) -> Expression:
    sides = [scope.infer(node.first), *(scope.infer(operand) for _, operand in node.rest)]
    plain = [node.first, *(operand for _, operand in node.rest)]
    for index, (operator, _) in enumerate(node.rest):
        left, right = sides[index], sides[index + 1]
        if left.type is None or right.type is None:
            continue
        if check_pair(operator, left, right, plain[index], scope):
            literals.check(operator, left, right, scope)
    rest = tuple(
        (operator, typed) for (operator, _), typed in zip(node.rest, sides[1:], strict=True)
    )
    return Compare(node.span, B, sides[0], rest)
