"""Dicts by position as rows of cells."""

import ast

from attndsl.authoring.porting.trees import Body, expression, read, walk


def rows_for_dicts(body: Body) -> Body:
    """`weights = {}`, filled by index and shared out, as a row of zeros: an entry is one not 0."""
    for number, statement in enumerate(body):
        match statement:
            case ast.Assign([ast.Name(word)], ast.Dict([], [])):
                rest = body[number + 1 :]
                if _all_known(rest, word):
                    changed = _Row(word)
                    new = [changed.visit(one) for one in rest]
                    start = read(f"{word} = np.zeros(n)", statement)
                    return [*body[:number], *start, *rows_for_dicts(new)]
    return body


def _all_known(rest: Body, word: str) -> bool:
    """Whether all that is done with a dict can be done with a row, and some of it must be."""
    uses = sum(isinstance(n, ast.Name) and n.id == word for n in walk(rest))
    known = loops = 0
    for node in walk(rest):
        match node:
            case ast.Assign([ast.Subscript(ast.Name(held), ast.Name() | ast.Constant())]) | (
                ast.AugAssign(ast.Subscript(ast.Name(held), ast.Name()), ast.Add())
            ) if held == word:
                known += 1
            case ast.Assign([ast.Subscript(ast.Name(held), ast.BinOp())]) if held == word:
                known += 1
            case ast.Call(ast.Attribute(ast.Name(held), "get"), [_, ast.Constant(0 | 0.0)]) if (
                held == word
            ):
                known += 1
            case ast.Call(
                ast.Name("sum"), [ast.Call(ast.Attribute(ast.Name(held), "values"), [])]
            ) if held == word:
                known += 1
            case ast.For(
                ast.Tuple([ast.Name(), ast.Name()]),
                ast.Call(ast.Attribute(ast.Name(held), "items"), []),
            ) if held == word:
                known, loops = known + 1, loops + 1
            case ast.Call(ast.Name("len"), [ast.Name(held)]) if held == word:
                known += 1
            case ast.If(ast.Name(held)) if held == word:
                known += 1
            case ast.Compare(_, [ast.In()], [ast.Name(held)]) if held == word:
                known += 1
    return loops > 0 and known == uses


class _Row(ast.NodeTransformer):
    def __init__(self, word: str) -> None:
        self.word = word

    def _mine(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.word

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(ast.Attribute(held, "get"), [key, _]) if self._mine(held):
                return ast.copy_location(ast.Subscript(held, key, ast.Load()), node)
            case ast.Call(ast.Name("sum"), [ast.Call(ast.Attribute(held, "values"))]) if self._mine(
                held
            ):
                return ast.copy_location(
                    ast.Call(ast.Attribute(held, "sum", ast.Load()), [], []), node
                )
            case ast.Call(ast.Name("len"), [held]) if self._mine(held):
                return expression(f"np.count_nonzero({self.word})", node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Compare(key, [ast.In()], [held]) if self._mine(held):
                return expression(f"{self.word}[{ast.unparse(key)}] != 0", node)
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        if self._mine(node.test):
            node.test = expression(f"{self.word}.sum() > 0", node.test)
        self.generic_visit(node)
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        match node:
            case ast.For(ast.Tuple([ast.Name(key), ast.Name(value)]),
                         ast.Call(ast.Attribute(held, "items"))) if self._mine(held):  # fmt: skip
                node.target = ast.copy_location(ast.Name(key, ast.Store()), node.target)
                node.iter = expression("range(n)", node.iter)
                (inner,) = read(
                    f"if {self.word}[{key}] != 0:\n    {value} = {self.word}[{key}]", node
                )
                assert isinstance(inner, ast.If)
                inner.body += node.body
                node.body = [inner]
        self.generic_visit(node)
        return node
