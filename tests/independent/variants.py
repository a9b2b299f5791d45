"""Other ways to write a file that mean the same: by changes to Python's tree of it.

>>> source = "def p(q, k):\\n    w = 1\\n    b = k.i\\n    return w + b * 2 if q.i < b else w\\n"
>>> print(renamed(source))
def p(q, k):
    w_ = 1
    b_ = k.i
    return w_ + b_ * 2 if q.i < b_ else w_
<BLANKLINE>
>>> print(commuted(source))
def p(q, k):
    w = 1
    b = k.i
    return 2 * b + w if b > q.i else w
<BLANKLINE>
>>> print(reordered(source))
def p(q, k):
    b = k.i
    w = 1
    return w + b * 2 if q.i < b else w
<BLANKLINE>
"""

import ast
from typing import Any

MIRRORED: dict[type, type] = {
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}


def renamed(source: str) -> str:
    """Each local has another name."""
    return _changed(source, _Renamed())


def commuted(source: str) -> str:
    """Sides of sums, products, comparisons, logic, smallest and largest, changed over."""
    return _changed(source, _Commuted())


def reordered(source: str) -> str:
    """Neighbouring statements that don't touch each other's locals, changed over."""
    return _changed(source, _Reordered())


def as_it_is(source: str) -> str:
    """The file as Python writes it."""
    return _changed(source, ast.NodeTransformer())


def _changed(source: str, change: ast.NodeTransformer) -> str:
    return ast.unparse(_Bare().visit(change.visit(ast.parse(source)))) + "\n"


class _Bare(ast.NodeTransformer):
    """Python writes a comprehension in brackets of its own, which the language doesn't have."""

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        self.generic_visit(node)
        return ast.Name(ast.unparse(node)[1:-1], ast.Load())


class _Renamed(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.locals = {
            each.id
            for statement in ast.walk(node)
            if isinstance(statement, ast.Assign)
            for each in statement.targets
            if isinstance(each, ast.Name)
        }
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The name before the bracket is no local (section 3.5)."""
        node.args = [self.visit(each) for each in node.args]
        if isinstance(node.func, ast.Attribute):
            node.func = self.visit(node.func)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        known = getattr(self, "locals", ())
        return ast.Name(f"{node.id}_" if node.id in known else node.id, node.ctx)


class _Commuted(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Mult):
            node.left, node.right = node.right, node.left
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        node.values.reverse()
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        mirrored = MIRRORED.get(type(node.ops[0]))
        if len(node.ops) > 1 or mirrored is None:
            return node
        return ast.Compare(node.comparators[0], [mirrored()], [node.left])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        plain = len(node.args) > 1 and isinstance(node.func, ast.Name)
        if plain and node.func.id in ("min", "max"):  # type: ignore[attr-defined]  # a name
            node.args.reverse()
        return node


class _Reordered(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(node, ast.FunctionDef | ast.If) and block:
                setattr(node, name, _swapped(block))
        return node


def _swapped(block: list[ast.stmt]) -> list[ast.stmt]:
    block = list(block)
    at = 0
    while at + 1 < len(block):
        one, other = block[at : at + 2]
        if _apart(one, other):
            block[at : at + 2] = [other, one]
            at += 1
        at += 1
    return block


def _apart(one: ast.stmt, other: ast.stmt) -> bool:
    if any(_leaves(each) for each in (one, other)):
        return False
    return not (_touched(one, True) & _touched(other) or _touched(other, True) & _touched(one))


def _leaves(statement: ast.stmt) -> bool:
    """A return has its place, and a docstring."""
    return any(isinstance(each, ast.Return | ast.Expr) for each in ast.walk(statement))


def _touched(statement: ast.stmt, written: bool = False) -> set[str]:
    names: list[Any] = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
    return {each.id for each in names if not written or isinstance(each.ctx, ast.Store)}
