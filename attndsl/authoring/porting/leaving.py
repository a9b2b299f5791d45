"""`continue`, `break` and early returns put in last places: what follows an `if` goes into it."""

import ast

LEAVES = (ast.Continue, ast.Break, ast.Return)
MOST = 20_000  # nodes of a body after its rest was written into the branches


def settled(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of which none follows an `if` that may leave: it is in its branches instead.

    >>> print(ast.unparse(ast.Module(settled(ast.parse('''
    ... if a:
    ...     if b:
    ...         continue
    ...     c()
    ... d()
    ... ''').body), [])))
    if a:
        if b:
            continue
        else:
            c()
            d()
    else:
        d()
    """
    flat: list[ast.stmt] = []
    for number, statement in enumerate(statements):
        rest = statements[number + 1 :]
        if isinstance(statement, LEAVES):
            return [*flat, statement]
        if isinstance(statement, ast.If) and rest and _may_leave([statement]):
            body = statement.body if _leaves(statement.body) else statement.body + rest
            orelse = statement.orelse if _leaves(statement.orelse) else statement.orelse + rest
            return [*flat, _if(statement, settled(body), settled(orelse))]
        if isinstance(statement, ast.If):
            statement = _if(statement, settled(statement.body), settled(statement.orelse))
        flat.append(statement)
    return flat


def _if(statement: ast.If, body: list[ast.stmt], orelse: list[ast.stmt]) -> ast.If:
    return ast.copy_location(ast.If(statement.test, body, orelse), statement)


def _leaves(statements: list[ast.stmt]) -> bool:
    """Whether every path leaves."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, LEAVES)


def _may_leave(statements: list[ast.stmt]) -> bool:
    return any(
        isinstance(one, LEAVES)
        or (isinstance(one, ast.If) and (_may_leave(one.body) or _may_leave(one.orelse)))
        for one in statements
    )


def assigned(statements: list[ast.stmt]) -> list[str]:
    """The names that statements give a value, in order."""
    names = [
        node.id
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return list(dict.fromkeys(names))


def grown(statements: list[ast.stmt]) -> list[str]:
    """The names of the lists and tables that statements add to or write into."""
    names = []
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in ("append", "add", "extend", "update", "insert"):
                    names.append(_root(node.func.value))
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                names.append(_root(node.value))
    return list(dict.fromkeys(name for name in names if name))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
