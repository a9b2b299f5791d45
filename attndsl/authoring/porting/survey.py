"""What a loop writes, reads and leaves, as far as its tree tells."""

import ast
from collections.abc import Iterator

from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.leaving import settled
from attndsl.authoring.porting.values import (
    Matrix,
    Row,
)


def names_in(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _stores(loop: ast.stmt) -> list[ast.Subscript]:
    return [
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    ]


def _holder(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def rows_of(cells: Cells, loop: ast.For) -> set[str]:
    """The names that stand for rows where a loop writes matrices."""
    rows: set[str] = set()
    for node in _stores(loop):
        if not isinstance(cells.scope.names.get(_holder(node)), Matrix):
            continue
        key = node.value.slice if isinstance(node.value, ast.Subscript) else node.slice
        if isinstance(key, ast.Tuple):
            key = key.elts[0]
        if isinstance(key, ast.Name):
            rows.add(key.id)
    return rows


def moves_keys(cells: Cells, loop: ast.For) -> bool:
    """Whether each cell that a loop writes is at a key of its own: `A[0, j]` for each j."""
    targets = names_in(loop.target)
    for node in _stores(loop):
        if not isinstance(cells.scope.names.get(_holder(node)), Matrix):
            continue
        key = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
        whole = not isinstance(node.slice, ast.Tuple) and not isinstance(node.value, ast.Subscript)
        if whole or not names_in(key) & targets:
            return False
    return True


def writes_cells(cells: Cells, loop: ast.For) -> bool:
    for node in _stores(loop):
        held = cells.scope.names.get(_holder(node))
        if isinstance(held, Matrix) or (isinstance(held, Row) and held.local):
            return True
    return False


def breaks(loop: ast.For) -> bool:
    """Whether a loop has a break of its own."""

    def inside(statements: list[ast.stmt]) -> bool:
        return any(
            isinstance(one, ast.Break)
            or (isinstance(one, ast.If) and (inside(one.body) or inside(one.orelse)))
            or (isinstance(one, ast.Try) and inside(one.body))
            for one in statements
        )

    return inside(loop.body)


def body_of(loop: ast.For) -> list[ast.stmt]:
    """A body whose breaks were told by a condition: each is as `continue` here."""
    return settled(loop.body)


def read_after(cells: Cells, loop: ast.For) -> set[str]:
    """The names whose next mention after a loop reads them, or that a branch may leave as is."""
    first: dict[str, tuple[tuple[int, int], bool]] = {}
    branches = _given_in_branches(cells.body)
    loads = set[str]()
    last = loop.end_lineno or loop.lineno
    for statement in cells.body:
        for node in ast.walk(statement):
            for word, place, reads in _mentions(node):
                if place[0] > last and reads:
                    loads.add(word)
                if place[0] > last and (word not in first or place < first[word][0]):
                    first[word] = place, reads
    return {
        word
        for word, (place, reads) in first.items()
        if reads or (word in loads and (word, place[0]) in branches)
    }


def _given_in_branches(body: list[ast.stmt]) -> set[tuple[str, int]]:
    """Names and lines where an `elif` or `else` gives them a value."""
    return {
        (inner.id, inner.lineno)
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.If)
        for branch in node.orelse
        for inner in ast.walk(branch)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    }


def _mentions(node: ast.AST) -> Iterator[tuple[str, tuple[int, int], bool]]:
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, (node.lineno, -1), True
    elif isinstance(node, ast.Assign):  # what is assigned is read first: before its target
        for inner in ast.walk(node.value):
            if isinstance(inner, ast.Name):
                yield inner.id, (node.lineno, -1), True
    elif isinstance(node, ast.Name):
        yield node.id, (node.lineno, node.col_offset), isinstance(node.ctx, ast.Load)
