"""`while test: j += 1`: the first place from a name's own on where the test doesn't hold."""

import ast

from attndsl.authoring.porting.code import (
    LENGTH,
    Code,
    both,
    choose,
    constant,
    index,
    make,
    negated,
)
from attndsl.authoring.porting.conditions import condition, numeric_of
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.values import Scalar, index_of


def walked(scope: Scope, loop: ast.While) -> tuple[str, Scalar]:
    """The name that a loop moves, and where it stops: where nowhere, at the end or at -1."""
    match loop.body:
        case [ast.AugAssign(ast.Name(word), ast.Add() | ast.Sub() as way, by)] if not loop.orelse:
            upward = isinstance(way, ast.Add)
        case _:
            raise Refused("a statement of the kind while", loop.lineno)
    if constant(numeric_of(scope, scope.value(by))) != 1:
        raise Refused("a while that goes by more than one place", loop.lineno)
    here = ast.copy_location(ast.Name(word, ast.Load()), loop)
    start = numeric_of(scope, scope.value(here))
    variable = scope.fresh()
    with scope.inside({word: index_of(variable)}):
        goes_on = condition(scope, loop.test)
    side = scope.compare(">=" if upward else "<=", index(variable), start)
    test = both(side, negated(goes_on))
    place = scope.aggregate("first" if upward else "last", variable, variable, test)
    if scope.keep is not None:
        place = scope.keep(word, place)
    if not upward:
        return word, index_of(place)
    return word, _or_end(place)


def _or_end(place: Code) -> Scalar:
    if place.op == "name":  # one that is there
        return index_of(place)
    there = negated(make("is", place))
    return Scalar("number", choose(there, index(place), LENGTH), place)
