"""One term as lines of source, over the names of what its arguments came to.

Numbers, bools, texts and positions are all float64 here, as in the register machine: bools 0 and 1,
texts codes of the tokenizer's pool, positions indices (-1 missing).
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attndsl.engines.batch.machine.opcodes import OPCODES
from attndsl.graph.operations import OPS
from attndsl.graph.terms import Term
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES

if TYPE_CHECKING:
    from attndsl.engines.kernel.layout import Layout

Lines = list[str]
Places = Callable[[str], str]  # the row of a position that is there

LITERALS = ("number", "bool", "none")
_SAME_CELL = {"text_same": "same"}


def lines_of(name: str, term: Term, args: Sequence[str], layout: "Layout", row: Places) -> Lines:
    """What sets `name` to the term's value."""
    rule = _RULES.get(term.op)
    if rule is not None:
        return rule(name, term, args, layout, row)
    cell = OPCODES[_SAME_CELL.get(term.op, term.op)].cell
    if not OPS[term.op].variadic:
        return [f"{name} = {_filled(cell, args)}"]
    rest = [f"{name} = {_filled(cell, (name, arg))}" for arg in args[2:]]
    return [f"{name} = {_filled(cell, args[:2])}", *rest]


def literal(term: Term) -> str:
    """A constant as it stands in a line."""
    value = -1.0 if term.op == "none" else term.number if term.op == "number" else term.payload
    return repr(float(bool(value)) if isinstance(value, bool) else value)


def _filled(cell: str, args: Sequence[str]) -> str:
    named = dict(zip("abc", args, strict=False))
    return re.sub(r"\b[abc]\b", lambda found: named[found.group()], cell)


def _text(name: str, term: Term, args: Sequence[str], layout: "Layout", row: Places) -> Lines:
    return [f"{name} = texts[{layout.text(term.text)}]"]


def _column(name: str, term: Term, args: Sequence[str], layout: "Layout", row: Places) -> Lines:
    (at,) = args
    if term.name == "i":
        return [f"{name} = {at}"]
    missing = 0.0 if term.type is Type.TEXT else float(ATTRIBUTES[term.name].missing or 0)
    cell = f"columns[{layout.column(term.name)}, {row(at)}]"
    there = f"{name} = {cell}"
    return [there if at == "q" else f"{there} if {at} >= 0.0 else {missing!r}"]


def _text_is(
    name: str, term: Term, args: Sequence[str], layout: "Layout", row: Places
) -> list[str]:
    start = f"starts[{layout.match(term.test)}]"
    return [f"{name} = matches[{start} + np.int64({args[0]})]"]


def _among(name: str, term: Term, args: Sequence[str], layout: "Layout", row: Places) -> Lines:
    tests = " or ".join(f"near({args[0]}, {value!r})" for value in term.values)
    return [f"{name} = 1.0 if {tests} else 0.0"]


def _alike(name: str, term: Term, args: Sequence[str], layout: "Layout", row: Places) -> Lines:
    layout.similar = True
    return [f"{name} = alike(units, unit_of, {args[0]}, {args[1]}, places, base)"]


_RULES: dict[str, Callable[[str, Term, Sequence[str], "Layout", Places], Lines]] = {
    "text": _text, "column": _column,
    "text_is": _text_is, "among": _among, "similarity": _alike,
}  # fmt: skip
