"""Variables that a loop leaves behind, read after it."""

import ast
import re

from attndsl.authoring.porting.trees import Body, read, walk


def left_behind(body: Body) -> Body:
    """After `for j in range(n)` a `j` that is read outside of loops over it is `n - 1`."""
    bound = [(node, names) for node in walk(body) if (names := _bound(node))]
    inside = {
        (id(inner), name) for node, names in bound for inner in ast.walk(node) for name in names
    }
    stale = {
        node.id
        for node in walk(body)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        and (id(node), node.id) not in inside
    } & {name for _, names in bound for name in names}  # fmt: skip
    given = {n.id for n in walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
             and (id(n), n.id) not in inside}  # fmt: skip
    if not stale - given:
        return body
    tests = {ast.unparse(n.test) for n in walk(body) if isinstance(n, ast.If)
             for inner in walk(n.body) if isinstance(inner, ast.Name)
             and inner.id in stale - given and (id(inner), inner.id) not in inside}  # fmt: skip
    return _left_behind(body, stale - given, tests)


def _bound(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        return {given.arg for given in node.args.args}
    targets: list[ast.expr] = []
    if isinstance(node, ast.For):
        targets = [node.target]
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        targets = [one.target for one in node.generators]
    return {inner.id for one in targets for inner in ast.walk(one) if isinstance(inner, ast.Name)}


def _left_behind(body: Body, stale: set[str], known: set[str]) -> Body:
    """`known`: tests that hold where such a name is read."""
    lines: Body = []
    for one in body:
        for field in ("body", "orelse"):
            if getattr(one, field, None):
                setattr(one, field, _left_behind(getattr(one, field), stale, known))
        lines.append(one)
        match one:
            case ast.For(ast.Name(word), ast.Call(ast.Name("range"), [*_, end] as ends)) if (
                word in stale
                and len(ends) < 3
                and not any(isinstance(n, ast.Break) for n in ast.walk(one))
            ):
                start = ast.unparse(ends[0]) if len(ends) == 2 else "0"
                text = ast.unparse(end)
                there, last = f"{text} > {start}", f"{word} = {text} - 1"
                some = start == "0" and (text == "n" or re.fullmatch(r"\w+ \+ 1", text))
                line = last if some or there in known else f"if {there}:\n    {last}"
                lines += read(line, one, late=True)
    return lines
