"""Port a Python file: each program written and checked, or refused with its line."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from attndsl.authoring.porting import (
    calls,
    comparisons,
    comprehensions,
    rowloops,
    subscripts,
    words,
)
from attndsl.authoring.porting.cells import Cells
from attndsl.authoring.porting.leaving import settled
from attndsl.authoring.porting.lines import Lines
from attndsl.authoring.porting.meeting import asked_of_pieces
from attndsl.authoring.porting.plainer import plainer
from attndsl.authoring.porting.reading import Original, Published, program_name
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Choices, Scope
from attndsl.authoring.porting.values import Function, Thing, Value
from attndsl.authoring.porting.writing import definition, helpers, wrapped
from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatter import format_source

TABLES = (
    calls,
    comparisons,
    comprehensions,
    rowloops,
    subscripts,
    words,
)  # importing them fills the tables of expressions and loops
SIMILAR = ("_char_sim", "embedding_similarity")  # mean the built-in without being told


@dataclass(frozen=True, slots=True)
class Ported:
    """What became of a program: its source, or why not and at which line."""

    original: Original
    name: str
    source: str
    notes: tuple[str, ...]
    refusal: Refused | None


def port_program(published: Published, original: Original, choices: Choices, word: str) -> Ported:
    """One program; what it can't be is told, never dropped."""
    given = [parameter.arg for parameter in original.node.args.args]
    names: dict[str, Value] = {name: Function(node) for name, node in published.helpers.items()}
    names |= {given[0]: Thing("sentence"), given[1]: Thing("tokenizer")}
    scope = Scope(choices, original.causal, names)
    lines = Lines()
    node = plainer(original.node, original.causal, published.names)
    cells = Cells(scope, lines, word, node.body)
    scope.keep = cells.keep
    scope.is_cell = lambda code: (
        code.op == "name" and lines.kinds.get(str(code.parts[0])) in ("cell", "row")
    )
    try:
        cells.block(settled(node.body))
        if not cells.result:
            raise Refused("no matrix is returned", original.line)
        lines = asked_of_pieces(lines, scope.note)
        docstring = [*_told(published, original, tuple(scope.notes))]
        source = definition(word, docstring, lines, cells.result)
    except Refused as refused:
        return Ported(original, word, "", tuple(scope.notes), refused.at(original.line))
    except RecursionError:
        refusal = Refused("nested too deep", original.line)
        return Ported(original, word, "", tuple(scope.notes), refusal)
    return Ported(original, word, source, tuple(scope.notes), None)


def _told(published: Published, original: Original, notes: tuple[str, ...]) -> list[str]:
    """The docstring: what the program says of itself, where it is from, what isn't as there."""
    own = (ast.get_docstring(original.node) or original.name).strip().splitlines()[0]
    origin = f"From {published.file}, line {original.line}: {original.name}."
    told = wrapped(own)
    told += ["", *wrapped(origin)]
    if notes:
        told += wrapped("Not as there: " + "; ".join(notes) + ".")
    return told


def port_module(published: Published, choices: Choices, taken: set[str]) -> list[Ported]:
    """All programs of a file."""
    return [
        checked(port_program(published, one, choices, program_name(one, taken)))
        for one in published.programs
    ]


def checked(ported: Ported) -> Ported:
    """A program that the compiler takes; what it says against one is the reason of a refusal."""
    if ported.refusal is not None:
        return ported
    from attndsl.graph.verify import verify

    verified = verify(library([ported]), f"{ported.name}.attn")
    errors = [one for one in verified.diagnostics if one.severity == "error"]
    if not errors:
        return ported
    told = f"the compiler: {errors[0].code} {errors[0].message}"
    refusal = Refused(told, ported.original.line)
    return Ported(ported.original, ported.name, ported.source, ported.notes, refusal)


def library(ported: list[Ported]) -> str:
    """The file of all that was ported."""
    parts = [one.source for one in ported if one.source]
    added = helpers("\n".join(parts))
    return "\n\n".join([added, *parts] if added else parts)


def formatted(source: str) -> str:
    """The file in the one format."""
    try:
        return format_source(source)
    except AttndslError:
        return source


def given_names(maps: Mapping[str, str]) -> Choices:
    return Choices(False, {**dict.fromkeys(SIMILAR, "similarity"), **maps})
