"""Statements written as text in the place of others, and what stands in them."""

import ast
from collections.abc import Iterator

Body = list[ast.stmt]


def read(text: str, like: ast.AST, late: bool = False) -> Body:
    """Statements as if written where another is; `late`: just after it."""
    body = ast.parse(text).body
    line = (getattr(like, "end_lineno", None) or 0) + 1 if late else getattr(like, "lineno", 1)
    for node in (inner for one in body for inner in ast.walk(one)):
        if "lineno" in node._attributes:
            vars(node).update(lineno=line, end_lineno=line)
            column = getattr(like, "col_offset", 0)
            vars(node).update(col_offset=column, end_col_offset=column)
    return body


def walk(body: Body) -> Iterator[ast.AST]:
    for one in body:
        yield from ast.walk(one)


def expression(text: str, like: ast.expr) -> ast.expr:
    (statement,) = read(text, like)
    assert isinstance(statement, ast.Expr)
    return statement.value
