"""Files of section 3, read by Python's own parser, one definition at a time."""

import ast
import re
import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from attndsl.language.assets import asset

STARTS = re.compile(r"^(?=def |@|\w+ *=)", re.MULTILINE)
HEADER = re.compile(r"^@[^\n]*\n")


@dataclass(frozen=True, eq=False)
class Definition:
    """A def: its statements, and for a head program its decorators."""

    name: str
    parameters: list[str]
    body: list[ast.stmt]
    softmax: bool
    fallback: str
    ways: dict[int, frozenset[int]]  # to a call: the statements around it, each by its id

    @property
    def is_head(self) -> bool:
        return self.parameters == ["q", "k"] and not self.name.startswith("_")


@dataclass(frozen=True, eq=False)
class File:
    definitions: dict[str, Definition] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)


def read(source: str) -> File:
    """What a file holds; a definition with a mistake in its syntax is left out (section 3.1)."""
    found = File()
    for block in _blocks(source):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                statements = ast.parse(block).body
        except SyntaxError:
            continue
        for statement in statements:
            if isinstance(statement, ast.FunctionDef):
                found.definitions[statement.name] = _definition(statement)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                value = constant(statement.value, found.constants)
                if value is not None:
                    found.constants[statement.targets[0].id] = value
    return found


@cache
def shipped() -> File:
    """The mechanisms of section 3.7 and the tables of section 3.8, in files of their own."""
    files = ("examples/mechanisms.attn", "grammar/tables.attn")
    return read("\n\n".join(asset(file).read_text("utf-8") for file in files))


def constant(node: ast.expr, known: dict[str, Any]) -> Any:
    """A literal, a set as a tuple of its items, or None for what is neither."""
    match node:
        case ast.Constant(value=bool() | str()):
            return node.value
        case ast.Constant(value=int() | float()):
            return float(node.value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value = constant(inner, known)
            return -value if isinstance(value, float) else None
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            one, other = constant(left, known), constant(right, known)
            together = isinstance(one, tuple) and isinstance(other, tuple)
            return one + other if together else None
        case ast.Set(elts=items) | ast.List(elts=items) | ast.Tuple(elts=items):
            return tuple(constant(item, known) for item in items)
    return None


def _blocks(source: str) -> list[str]:
    """Parts that begin at the margin with `def`, `@` or `name =`; decorators with their def."""
    blocks: list[str] = []
    waiting = ""
    for part in STARTS.split(source):
        if HEADER.match(part):
            waiting += part
        else:
            blocks.append(waiting + part)
            waiting = ""
    return blocks


def _definition(node: ast.FunctionDef) -> Definition:
    softmax, fallback = False, "first"
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Name):
            softmax |= decorator.id == "softmax"
        elif isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Name):
            fallback = decorator.args[0].id
    ways: dict[int, frozenset[int]] = {}
    _mark(node.body, frozenset(), ways)
    parameters = [each.arg for each in node.args.args]
    return Definition(node.name, parameters, node.body, softmax, fallback, ways)


def _mark(block: list[ast.stmt], around: frozenset[int], ways: dict[int, frozenset[int]]) -> None:
    for statement in block:
        way = around | {id(statement)}
        if isinstance(statement, ast.If):
            _mark(statement.body, way, ways)
            _mark(statement.orelse, way, ways)
            inside: ast.AST = statement.test
        else:
            inside = statement
        for node in ast.walk(inside):
            if isinstance(node, ast.Call):
                ways[id(node)] = way
