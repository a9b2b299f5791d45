"""Statements of published programs in forms that mean the same and are read."""

import ast
from collections.abc import Callable

from attndsl.authoring.porting.trees import Body, read, walk


def one_by_one(statement: ast.stmt) -> Body:
    """`A[i, i - 2 : i] = [0.2, 0.5]`: each cell by itself."""
    match statement:
        case ast.Assign(
            [
                ast.Subscript(
                    matrix,
                    ast.Tuple(
                        [
                            row,
                            ast.Slice(
                                ast.BinOp(start, ast.Sub(), ast.Constant(int(many))), end, None
                            ),
                        ]
                    ),
                )
            ],
            ast.List(values),
        ) if end is not None and ast.unparse(start) == ast.unparse(end) and many == len(values):
            line = "{}[{}, {} - {}] = {}"
            words = [ast.unparse(one) for one in (matrix, row, end)]
            return [
                one
                for number, value in enumerate(values)
                for one in read(line.format(*words, many - number, ast.unparse(value)), statement)
            ]
    return [statement]


# --- the cell of a loop's own position -------------------------------------------------------


def own_cells(loop: ast.For) -> None:
    """Under `j == i` in a loop over j, `A[i, i]` is `A[i, j]`."""
    match loop.target:
        case ast.Name(own) | ast.Tuple([ast.Name(own), *_]):
            for node in ast.walk(loop):
                if isinstance(node, ast.If):
                    _own_cells(node, own)


def _own_cells(node: ast.If, own: str) -> None:
    match node.test:
        case ast.Compare(ast.Name(one), [ast.Eq()], [ast.Name(other)]) if own in (one, other):
            row = other if one == own else one
            for inner in walk(node.body):
                match inner:
                    case ast.Subscript(_, ast.Tuple([ast.Name(a), ast.Name(b)] as ends)) if (
                        a == b == row
                    ):
                        ends[1] = ast.copy_location(ast.Name(own, ast.Load()), ends[1])


# --- what is left, shared out turn by turn ---------------------------------------------------


def shares_of_rest(body: Body) -> Body:
    """`w = rest * c ** idx; ...; rest -= w` in a loop: its first turn takes all, c ** 0 is 1."""
    lines: Body = []
    for one in body:
        match one:
            case ast.For(ast.Tuple([ast.Name(rank), _]), ast.Call(ast.Name("enumerate"), [_])):
                lines += _shared(one, rank)
            case _:
                lines.append(one)
    return lines


def _shared(loop: ast.For, rank: str) -> Body:
    match loop.body:
        case [
            ast.Assign([ast.Name(part)], ast.BinOp(ast.Name(rest), ast.Mult(),
                       ast.BinOp(ast.Constant(), ast.Pow(), ast.Name(power)))),
            ast.Assign() | ast.AugAssign() as write,
            ast.AugAssign(ast.Name(less), ast.Sub(), ast.Name(share)),
            *end,
        ] if power == rank and less == rest and share == part and _breaks_alone(end):  # fmt: skip
            took = read(f"{part} = {rest}", loop.body[0])
            if end:  # after the first nothing is left, and the loop ends
                (first,) = read(f"if {rank} == 0:\n    pass", loop.body[0])
                assert isinstance(first, ast.If)
                first.body = [*took, write]
                loop.body = [first]
            else:
                loop.body = [*read(f"{part} = {rest} if {rank} == 0 else 0.0", loop.body[0]), write]
            return [loop, *read(f"{rest} = 0.0", loop, late=True)]
    return [loop]


def _breaks_alone(end: Body) -> bool:
    match end:
        case [] | [ast.If(ast.Compare(_, [ast.LtE()], [ast.Constant()]), [ast.Break()], [])]:
            return True
    return False


# --- loops -----------------------------------------------------------------------------------


def plain_loops(body: Body, before: Body) -> Body:
    """Each loop by the first rewrite that takes it; `before` is what comes before the body."""
    lines: Body = []
    for one in body:
        new = [one]
        if isinstance(one, ast.For):
            new = next((made for way in WAYS if (made := way(one)) is not None), new)
        elif _sorted_by_distance([*before, *lines], one):
            word = ast.unparse(one).split(".")[0]
            new = read(f"{word} = list(reversed({word}))", one)
        lines += new
    return lines


def _without_else(loop: ast.For) -> Body | None:
    """`for ... else`: whether it was left by a break, asked after it."""
    if not loop.orelse:
        return None
    flag = f"ended_{loop.lineno}"
    if not _marked(loop.body, flag):
        return [
            ast.copy_location(ast.For(loop.target, loop.iter, loop.body, []), loop),
            *loop.orelse,
        ]
    start = read(f"{flag} = False", loop)
    (test,) = read(f"if not {flag}:\n    pass", loop.orelse[0])
    assert isinstance(test, ast.If)
    test.body, loop.orelse = loop.orelse, []
    loop.end_lineno = loop.body[-1].end_lineno
    return [*start, loop, test]


def _marked(body: Body, flag: str) -> bool:
    """Put a mark before each break of a loop's own; whether there is any."""
    has_break = False
    for number, one in enumerate(list(body)):
        if isinstance(one, ast.Break):
            body[number:number] = read(f"{flag} = True", one)
            return True
        if isinstance(one, ast.If):
            has_break |= _marked(one.body, flag) | _marked(one.orelse, flag)
    return has_break


def _cut_short(loop: ast.For) -> Body | None:
    """A loop that only fills a list and ends when it has so many: the first so many of all."""
    match loop.body:
        case [ast.If(_, [
            ast.Expr(ast.Call(ast.Attribute(ast.Name(word), "append"), [_])),
            ast.If(ast.Compare(ast.Call(ast.Name("len"), [ast.Name(held)]), [ast.GtE()],
                               [ast.Constant(int(many))]), [ast.Break()], []) as end,
        ], [])] if word == held:  # fmt: skip
            filled = loop.body[0]
            assert isinstance(filled, ast.If)
            filled.body.remove(end)
            return [loop, *read(f"{word} = {word}[:{many}]", loop, late=True)]
    return None


def _by_number(loop: ast.For) -> Body | None:
    """`for k in range(len(doc)): if doc[k] == word: ...` is for the word's own number."""
    match loop:
        case ast.For(
            ast.Name(number),
            ast.Call(ast.Name("range"), [ast.Call(ast.Name("len"), [ast.Name("doc")])]),
            [ast.If(ast.Compare(ast.Subscript(ast.Name("doc"), ast.Name(at)), [ast.Eq()],
                                [ast.Name(word)]), body, [])],
        ) if at == number:  # fmt: skip
            body = body[:-1] if isinstance(body[-1], ast.Break) else body
            if body and not any(isinstance(node, ast.Break) for node in walk(body)):
                return [*read(f"{number} = {word}.i", loop), *body]
    return None


def _of_entities(loop: ast.For) -> Body | None:
    """Words of entities of some kinds, gone through word by word."""
    match loop:
        case ast.For(
            ast.Name(entity), ast.Attribute(ast.Name("doc"), "ents"),
            [ast.If(ast.Compare(ast.Attribute(ast.Name(held), "label_"), [ast.In()], [kinds]),
                    [ast.For(ast.Name(number), _, body, [])], [])],
        ) if held == entity:  # fmt: skip
            (new,) = read(
                f"for {number}, {entity} in enumerate(doc):\n"
                f"    if {entity}.ent_type_ in {ast.unparse(kinds)}:\n        pass", loop
            )  # fmt: skip
            assert isinstance(new, ast.For)
            assert isinstance(new.body[0], ast.If)
            new.body[0].body = body
            return [new]
    return None


def _apart(loop: ast.For) -> Body | None:
    """A loop that reads, of a list that it fills, what earlier turns added: filled first."""
    if len(loop.body) != 2 or not isinstance(loop.body[0], ast.If):
        return None
    first, second = loop.body
    filled = {
        node.func.value.id
        for node in ast.walk(first)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("add", "append") and isinstance(node.func.value, ast.Name)
    }  # fmt: skip
    reads = any(
        isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In)
        and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Sub)
        and isinstance(node.comparators[0], ast.Name) and node.comparators[0].id in filled
        for node in ast.walk(second)
    )  # fmt: skip
    stores = any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) for n in ast.walk(first))
    leaves = any(isinstance(n, ast.Break | ast.Continue) for n in ast.walk(loop))
    if not reads or stores or leaves:
        return None
    return [
        ast.copy_location(ast.For(loop.target, loop.iter, [part], []), loop) for part in loop.body
    ]


def _sorted_by_distance(before: Body, one: ast.stmt) -> bool:
    """`pairs.sort(key=lambda x: x[1])` of pairs (place, i - place), made from left to right."""
    match one:
        case ast.Expr(
            ast.Call(
                ast.Attribute(ast.Name(word), "sort"),
                [],
                [ast.keyword("key", ast.Lambda(_, ast.Subscript(_, ast.Constant(1))))],
            )
        ):
            pairs = [n.args[0] for n in walk(before) if isinstance(n, ast.Call)
                     and ast.unparse(n.func) == f"{word}.append"]  # fmt: skip
            return len(pairs) == 1 and _by_distance(before, pairs[0])
    return False


def _by_distance(before: Body, pair: ast.expr) -> bool:
    match pair:
        case ast.Tuple([ast.Name(place), ast.Name(far)]):
            given = [n.value for n in walk(before) if isinstance(n, ast.Assign)
                     and ast.unparse(n.targets[0]) == far]  # fmt: skip
            return len(given) > 0 and all(
                isinstance(v, ast.BinOp) and isinstance(v.op, ast.Sub)
                and isinstance(v.left, ast.Name) and ast.unparse(v.right) == place
                for v in given
            )  # fmt: skip
    return False


WAYS: tuple[Callable[[ast.For], Body | None], ...] = (
    _without_else,
    _cut_short,
    _by_number,
    _of_entities,
    _apart,
)
