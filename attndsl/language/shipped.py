"""What comes with attndsl, callable from every file, read only where it is called: mechanisms and
tables of weights.

A shipped mechanism is a def of `examples/mechanisms.attn`, a table one of `grammar/tables.attn`.
Their names mean what they mean there, whatever the calling file names so; a file's own def of that
name hides it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from attndsl.language.assets import asset
from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Call, Constant, Definition, Expression, Module, Name, Node

FILE = "examples/mechanisms.attn"
TABLES = "grammar/tables.attn"
# What tables go by, in the order of their file; those of a token are called with a key, or of REST
# with a query.
PLACE, KIND, MATCH, REST = "place", "kind", "match", "rest"
RESTS = "rest_"  # begins the names of tables of queries, by which more or less rests
NOWHERE = Span(0, 0, 0, 0)  # where everything of a shipped mechanism stands, for the caller's file
MARK = "shipped "  # before a mechanism's name in the key of an instance: no file can name it so
HEADER = re.compile(r"^def[ \t]+([A-Za-z_]\w*)[ \t]*\(([^)]*)\)", re.MULTILINE)
ENTRY = re.compile(r"^(?=(?:@|def[ \t]|[A-Za-z_]\w*[ \t]*=(?!=)))", re.MULTILINE)
BRACKET = re.compile(r" *\[[^]]*\]$")  # at a docstring's end: notes for tools
NAMED = re.compile(r"^(?:def[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*=)", re.MULTILINE)


@cache
def mechanisms() -> Mapping[str, tuple[str, ...]]:
    """The mechanisms with their parameters, q and k first, in the order of the file.

    >>> mechanisms()["previous_token"]
    ('q', 'k')
    """
    headers = _headers(_read(FILE))
    return {name: given for name, given in headers.items() if given[:2] == ("q", "k")}


@cache
def tables() -> Mapping[str, tuple[str, ...]]:
    """The tables with their parameters: of a token t, or of a query and a key."""
    return _headers(_read(TABLES))


@cache
def sorts() -> Mapping[str, tuple[str, ...]]:
    """The tables by what they go by, each as it is called.

    >>> [found[0] for found in sorts().values()]
    ['itself_or_far(q, k)', 'ends_and_pauses(k)', 'alike_and_copies(q, k)', 'rest_early(q)']
    """
    runs = groupby(tables(), key=lambda name: (name.startswith(RESTS), tables()[name]))
    named = zip((PLACE, KIND, MATCH, REST), runs, strict=True)
    return {sort: tuple(map(call_of, names)) for sort, (_, names) in named}


def call_of(name: str) -> str:
    """A table called of a query and a key.

    >>> call_of("rest_early"), call_of("names_and_nouns"), call_of("falling_away")
    ('rest_early(q)', 'names_and_nouns(k)', 'falling_away(q, k)')
    """
    given = tables()[name]
    if given == ("t",):
        given = ("q",) if name.startswith(RESTS) else ("k",)
    return f"{name}({', '.join(given)})"


@cache
def callables() -> Mapping[str, tuple[str, ...]]:
    """All that a program can call by name."""
    return {**mechanisms(), **tables()}


def is_shipped(name: str) -> bool:
    return name in callables()


def _headers(text: str) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(one.strip() for one in parameters.split(","))
        for name, parameters in HEADER.findall(text)
    }


@cache
def described(name: str) -> str:
    """The first sentence of a mechanism's docstring."""
    said = _definition(name).docstring or ""
    return BRACKET.sub("", " ".join(said.split())).partition(". ")[0].rstrip(".")


def source(name: str) -> str:
    """Its text, without what it calls."""
    return _pieces()[name]


@cache
def size(name: str) -> int:
    """Characters of a mechanism with what it calls, one call of which is paid for by them."""
    return sum(len(_pieces()[one]) for one in definitions(name))


def definitions(name: str) -> dict[str, Definition]:
    """A mechanism and every def that it calls, by name; constants stand as their values."""
    needed: dict[str, Definition] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed[one] = _definition(one)
            waiting += [call for call in _called(needed[one]) if call in _pieces()]
    return needed


@cache
def _definition(name: str) -> Definition:
    (definition,) = _parsed(name).definitions
    made: Definition = _placed(definition)
    return made


@cache
def _parsed(name: str) -> Module:
    from attndsl.language.parser import parse

    module, problems = parse(_pieces()[name], FILE)
    if problems:
        raise ValueError(f"{FILE}: {name}: {problems[0].message}")
    return module


@cache
def _constant(name: str) -> Expression:
    (constant,) = _parsed(name).constants
    made: Constant = _placed(constant)
    return made.value


def _placed(node: Any) -> Any:
    """The node with constants put in for their names, all of it nowhere in the caller's file."""
    if isinstance(node, Span):
        return NOWHERE
    if isinstance(node, Name) and node.name.isupper() and node.name in _pieces():
        return _constant(node.name)
    if isinstance(node, tuple):
        return tuple(_placed(one) for one in node)
    if is_dataclass(node) and not isinstance(node, type) and isinstance(node, Node):
        inside = {each.name: _placed(getattr(node, each.name)) for each in fields(node)}
        return replace(node, **inside)
    return node


def _called(definition: Definition) -> Iterator[str]:
    from attndsl.language.nodes import children

    stack: list[Node] = [definition]
    while stack:
        node = stack.pop()
        stack.extend(children(node))
        if isinstance(node, Call):
            yield node.function


@cache
def _pieces() -> Mapping[str, str]:
    """The source of each def and constant of the files, by name."""
    parts = [part for file in (FILE, TABLES) for part in ENTRY.split(_read(file))[1:]]
    pieces: dict[str, str] = {}
    above = ""
    for part in parts:
        named = NAMED.match(part)
        if named is None:  # a decorator: it belongs to what follows
            above += part
            continue
        pieces[named[1] or named[2]] = above + part
        above = ""
    return pieces


@cache
def _read(file: str) -> str:
    return asset(file).read_text(encoding="utf-8")
