"""What of an expression is worth telling, and how its author wrote it."""

from collections.abc import Iterator, Sequence

from attndsl.language.nodes import (
    Aggregate,
    Attribute,
    Bool,
    Call,
    Chain,
    Compare,
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

PLAIN = (Number, String, Bool, Missing, SetDisplay)


def written(lines: Sequence[str], node: Expression) -> str:
    """The expression as its author wrote it, on one line, without brackets around it."""
    span = node.span
    mine = list(lines[span.line - 1 : span.end_line])
    mine[-1] = mine[-1][: span.end_column - 1]
    mine[0] = mine[0][span.column - 1 :]
    text = " ".join(line.strip() for line in mine)
    return text[1:-1].strip() if _wrapped(text) else text


def _wrapped(text: str) -> bool:
    """One pair of brackets around the whole."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def written_out(node: Logic) -> bool:
    """`any` or `all` over literal texts, whose tests all stand where its body stands."""
    return len({operand.span for operand in node.operands}) == 1


def telling(node: Expression) -> Iterator[Expression]:
    """What of an expression is worth telling: not literals, and not q and k themselves."""
    match node:
        case Logic() if written_out(node):
            yield node
        case Logic(operands=operands):
            for operand in operands:
                yield operand
                yield from telling(operand)
        case Compare(first=first, rest=rest):
            for side in (first, *(other for _, other in rest)):
                if _is_telling(side):
                    yield side
        case Unary(operand=operand):
            yield from telling(operand)
        case Chain(first=first, rest=rest):
            for one in (first, *(other for _, other in rest)):
                if _is_telling(one):
                    yield one
                else:
                    yield from telling(one)
        case Call(arguments=arguments):
            for argument in arguments:
                if _is_telling(argument):
                    yield argument
        case Aggregate() | Attribute():
            yield node


def _is_telling(node: Expression) -> bool:
    if isinstance(node, Name):
        return node.name not in ("q", "k") and node.type is not Type.SET
    if isinstance(node, Unary):  # such as -0.5
        return not isinstance(node.operand, PLAIN)
    return not isinstance(node, PLAIN)
