"""One program of a file as a text of its own: with what it uses, under names of its own."""

from collections.abc import Container, Iterator, Mapping

from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Call, Constant, Definition, Module, Name, Node, children

Top = Constant | Definition


def apart(module: Module) -> tuple[str, ...]:
    """The head programs of a file that no other of its head programs uses."""
    heads = [one for one in module.definitions if one.is_head]
    used = {name for one in heads for name in _used(module, one.name) if name != one.name}
    return tuple(one.name for one in heads if one.name not in used)


def standalone(module: Module, name: str, own: str | None = None) -> str:
    """The program `name` with the constants and helpers that it needs, called `own`.

    A head program that it uses becomes a helper by a `_` before its name. With `own` everything
    else has that name in front, so that programs of many files can stand in one.

    >>> from attndsl.language.parser import parse
    >>> source = "def near(q, k):\\n    return 1\\n\\n\\ndef a(q, k):\\n    return near(q, k)\\n"
    >>> print(standalone(parse(source)[0], "a", "far"))
    def _far_near(q, k):
        return 1
    <BLANKLINE>
    <BLANKLINE>
    def far(q, k):
        return _far_near(q, k)
    <BLANKLINE>
    """
    tops = _tops(module)
    used = _used(module, name)
    renamed = {one: _called(tops[one], name, own) for one in used}
    lines = module.source.split("\n")
    constants = [_text(lines, tops[one], renamed) for one in used if _is_constant(tops[one])]
    helpers = [
        _text(lines, tops[one], renamed)
        for one in used
        if one != name and not _is_constant(tops[one])
    ]
    parts = ["\n".join(constants)] if constants else []
    return "\n\n\n".join([*parts, *helpers, _text(lines, tops[name], renamed)]) + "\n"


def _tops(module: Module) -> dict[str, Top]:
    tops: tuple[Top, ...] = (*module.constants, *module.definitions)
    return {one.name: one for one in tops}


def _is_constant(top: Top) -> bool:
    return isinstance(top, Constant)


def _called(top: Top, head: str, own: str | None) -> str:
    if top.name == head:
        return own or head
    plain = top.name.lstrip("_").removeprefix(f"{head}_").removeprefix(f"{head.upper()}_")
    if isinstance(top, Constant):
        return f"{own.upper()}_{plain}" if own else top.name
    if own:
        return f"_{own}_{plain}"
    return f"_{top.name}" if top.is_head else top.name


def _used(module: Module, name: str) -> tuple[str, ...]:
    """What a program uses, itself too, in the order of the file."""
    tops = _tops(module)
    used, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in used:
            continue
        used.add(one)
        waiting += [other for other, _ in _uses(tops[one], tops)]
    return tuple(one for one in tops if one in used)


def _uses(node: Node, names: Container[str]) -> Iterator[tuple[str, Span]]:
    """Each place where one of these constants and definitions is named."""
    for child in children(node):
        if isinstance(child, Call) and child.function in names:
            yield child.function, child.function_span
        elif isinstance(child, Name) and child.name in names:
            yield child.name, child.span
        yield from _uses(child, names)


def _text(lines: list[str], top: Top, renamed: Mapping[str, str]) -> str:
    """The source of one constant or definition, with other names."""
    span = top.span
    text = lines[span.line - 1 : span.end_line]
    text[-1] = text[-1][: span.end_column - 1]
    places = [(top.name_span, renamed[top.name])]
    places += [(at, renamed[name]) for name, at in _uses(top, renamed)]
    for at, new in sorted(set(places), key=lambda place: place[0], reverse=True):
        row = at.line - span.line
        text[row] = text[row][: at.column - 1] + new + text[row][at.end_column - 1 :]
    return "\n".join(text)
