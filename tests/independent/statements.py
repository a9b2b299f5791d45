"""Statements of section 5, run from top to bottom, and what locals are for another key."""

import ast
from dataclasses import replace

from tests.independent.expressions import ARITHMETIC, Frame, Value, condition, number, value


def run(block: list[ast.stmt], frame: Frame) -> Value | Frame:
    """What a block returns, or the frame after it."""
    for statement in block:
        if isinstance(statement, ast.Return):
            assert statement.value is not None
            return value(statement.value, frame)
        if isinstance(statement, ast.If):
            taken = statement.body if condition(statement.test, frame) else statement.orelse
            done = run(taken, frame)
            if not isinstance(done, Frame):
                return done
            frame = done
        else:
            frame = _assigned(statement, frame)
    return frame


def locals_at(call: ast.Call, frame: Frame) -> Frame:
    """The locals as they are where a call stands, worked out for the `k` of this frame.

    Section 11.1: the way to the call is followed, whatever its conditions are for this key; a
    branch that ends in a `return` doesn't lead to the call, so it is passed by.
    """
    names = {name: frame.names[name] for name in frame.definition.parameters}
    way = frame.definition.ways[id(call)]
    return _led(frame.definition.body, way, replace(frame, names=names))[0]


def _led(block: list[ast.stmt], way: frozenset[int], frame: Frame) -> tuple[Frame, bool]:
    """The frame at the end of the way, and whether it ends inside of this block."""
    for statement in block:
        if not isinstance(statement, ast.If):
            if id(statement) in way:
                return frame, True
            frame = _assigned(statement, frame)
            continue
        if id(statement) in way:
            for branch in (statement.body, statement.orelse):
                if any(id(each) in way for each in branch):
                    return _led(branch, way, frame)
            return frame, True
        if _returns(statement.body):
            taken = statement.orelse
        elif _returns(statement.orelse) or condition(statement.test, frame):
            taken = statement.body
        else:
            taken = statement.orelse
        frame, _ = _led(taken, way, frame)
    return frame, False


def _returns(block: list[ast.stmt]) -> bool:
    """Whether every path through a block returns."""
    return any(
        isinstance(each, ast.Return)
        or (isinstance(each, ast.If) and _returns(each.body) and _returns(each.orelse))
        for each in block
    )


def _assigned(statement: ast.stmt, frame: Frame) -> Frame:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=given):
            return frame.naming(name, value(given, frame))
        case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=given):
            read = ast.Name(target.id, ast.Load())
            result = ARITHMETIC[type(op)](number(read, frame), number(given, frame))
            return frame.naming(name, result)
    assert isinstance(statement, ast.Expr), ast.dump(statement)
    return frame  # a docstring
