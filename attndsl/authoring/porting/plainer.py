"""A program's syntax tree before it is read: what is said in a roundabout way, said plainly.

Each rewrite is of one form, keeps what the program computes, and leaves all else as it is.
"""

import ast
from copy import deepcopy

from attndsl.authoring.porting.behind import left_behind
from attndsl.authoring.porting.dicts import rows_for_dicts
from attndsl.authoring.porting.shapes import one_by_one, own_cells, plain_loops, shares_of_rest


def plainer(node: ast.FunctionDef, causal: bool, known: frozenset[str]) -> ast.FunctionDef:
    """The function in plain words; `known` are the names of its file, none if that can't be told.

    >>> tree = ast.parse('''
    ... def f(sentence, tokenizer):
    ...     a = "Past" in str(word.morph)
    ...     b = len(word.lemma_)
    ... ''')
    >>> print(ast.unparse(plainer(tree.body[0], False, frozenset())))
    def f(sentence, tokenizer):
        a = word.tag_ in ('VBD', 'VBN')
        b = len(word.text)
    """
    new = deepcopy(node)
    _Words(causal).visit(new)
    new.body = _statements(new.body, [], causal, known)
    new.body = left_behind(new.body)
    return ast.fix_missing_locations(new)


def _statements(
    body: list[ast.stmt], before: list[ast.stmt], causal: bool, known: frozenset[str]
) -> list[ast.stmt]:
    """A body in plain words; `before` are the statements that come before it."""
    body = rows_for_dicts(body)
    plain: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.Try) and (named := _undefined(statement, known)) is not None:
            plain += _statements(named, [*before, *plain], causal, known)
            continue
        if causal and _cut_to_query(plain, statement):
            continue
        for field in ("body", "orelse"):
            inner = getattr(statement, field, None)
            if inner:
                inner = _statements(inner, [*before, *plain], causal, known)
                setattr(statement, field, inner)
        if isinstance(statement, ast.For):
            own_cells(statement)
        plain += one_by_one(statement)
    return plain_loops(shares_of_rest(plain), before)


def _undefined(statement: ast.Try, known: frozenset[str]) -> list[ast.stmt] | None:
    """What a `try` comes to that first of all calls what its file has nowhere."""
    if not statement.handlers or statement.finalbody or not known:
        return None
    for one in statement.body:
        if not isinstance(one, ast.Assign) or not isinstance(one.value, ast.Call):
            return None
        if isinstance(one.value.func, ast.Name) and one.value.func.id not in known:
            return statement.handlers[0].body
    return None


def _cut_to_query(before: list[ast.stmt], statement: ast.stmt) -> bool:
    """`noise[i + 1:] = 0` of random noise, whose mean is no row; a causal mask does it anyway."""
    match statement:
        case ast.Assign(
            [ast.Subscript(ast.Name(word), ast.Slice(ast.BinOp(ast.Name(), ast.Add(),
             ast.Constant(1)), None, None))], ast.Constant(0 | 0.0)
        ):  # fmt: skip
            return any(
                isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == word
                and "np.random." in ast.unparse(one.value)
                for one in before
            )  # fmt: skip
    return False


class _Words(ast.NodeTransformer):
    """Expressions: each in place of another that means the same here."""

    def __init__(self, causal: bool) -> None:
        self.causal = causal
        self.there: list[str] = []  # what the tests around say is there

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Compare(ast.BinOp(_, ast.Add()) as one, [ast.In()], [other]) if ast.unparse(
                one
            ) == ast.unparse(other):  # two texts put together are in themselves
                return ast.copy_location(ast.Constant(True), node)
            case ast.Compare(
                ast.Call(
                    ast.Name("len"),
                    [
                        ast.BinOp(
                            ast.Call(ast.Name("set"), [one]),
                            ast.BitAnd(),
                            ast.Call(ast.Name("set"), [other]),
                        )
                    ],
                ),
                [ast.Gt()],
                [ast.Constant(0)],
            ):
                text = f"any(x in {ast.unparse(other)} for x in {ast.unparse(one)})"
                return ast.copy_location(ast.parse(text, mode="eval").body, node)
            case ast.Compare(
                ast.Constant("Past"), [ast.In()],
                [ast.Call(ast.Name("str"), [ast.Attribute(word, "morph")])],
            ):  # fmt: skip
                past = ast.Tuple([ast.Constant("VBD"), ast.Constant("VBN")], ast.Load())
                tag = ast.Attribute(word, "tag_", ast.Load())
                return ast.copy_location(ast.Compare(tag, [ast.In()], [past]), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(ast.Name("len"), [ast.Attribute(word, "lemma_")]):
                text = ast.Attribute(word, "text", ast.Load())
                return ast.copy_location(ast.Call(node.func, [text], []), node)
            case ast.Call(ast.Attribute(ast.Name("np"), "pad"), [row, *_]) if self.causal:
                return row
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.BinOp(row, ast.Mult(), ast.Subscript(ast.Call(ast.Attribute(_, "tril")))) if (
                self.causal
            ):
                return row
            case ast.BinOp(ast.Call(ast.Name("hash")), ast.Mod(), ast.Constant(int(many))):
                mean = ast.parse(f"np.random.random() * {many - 1}", mode="eval").body
                return ast.copy_location(mean, node)  # Python's hashes of texts are random
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        node.test = self.visit(node.test)
        parts = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
        alike = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or)
        many = len(self.there)
        if not alike:
            self.there += [ast.unparse(part) for part in parts]
        node.body = [self.visit(one) for one in node.body]
        del self.there[many:]
        node.orelse = [self.visit(one) for one in node.orelse]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return node.body if ast.unparse(node.test) in self.there else node
