"""The vocabulary and the diagnostics as Markdown tables, and their places in a document.

A document holds `<!-- table: NAME -->` and `<!-- end -->`; what stands between them is written from
the tables in code, so the specification and the prompts can't say anything else.
"""

import re
from collections.abc import Callable, Iterable

from attndsl.language import shipped
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import (
    AGGREGATES,
    ATTRIBUTES,
    DECORATORS,
    FUNCTIONS,
    LEVELS,
    METHODS,
    NUMBERS,
    RANGES,
    ROWS,
    Attribute,
)
from tests.language.codes import CODES

PLACE = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(document: str) -> str:
    """The document with every table written anew.

    >>> print(filled("<!-- table: rows -->\\nold\\n<!-- end -->").splitlines()[1])
    | function | value |
    """
    return PLACE.sub(lambda place: f"{place[1]}{TABLES[place[2]]()}{place[3]}", document)


def markdown(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table; `|` inside a cell is escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def attributes(level: str) -> str:
    """What a position knows, of one level."""
    entries = [one for one in ATTRIBUTES.values() if one.level == level and not one.hidden]
    header: tuple[str, ...] = ("attribute", "type", "what it is", "missing")
    if not any(entry.quantifier for entry in entries):
        return markdown(header, ((*_attribute(one), _missing(one)) for one in entries))
    header = (*header[:3], "its piece", header[3])
    return markdown(header, ((*_attribute(one), one.quantifier, _missing(one)) for one in entries))


def _attribute(entry: Attribute) -> tuple[str, str, str]:
    return f"`{entry.name}`", entry.type.value, entry.doc


def _missing(entry: Attribute) -> str:
    if entry.type is Type.POSITION:
        return "missing"
    if entry.type is Type.TEXT:
        return '`""`'
    return f"{entry.missing:g}" if isinstance(entry.missing, float) else f"`{entry.missing}`"


def _functions() -> str:
    rows = []
    for one in FUNCTIONS.values():
        names = ", ".join(name for name, _ in one.parameters) + ", ..." * one.variadic
        takes = f"{one.parameters[0][1].value}s" if one.parameters else ""
        rows.append((f"`{one.name}({names})`", takes, one.result.value, one.doc))
    return markdown(("function", "takes", "gives", "value"), rows)


def _aggregates() -> str:
    rows = (
        (f"`{one.name}`", " or ".join(kind.value for kind in one.body), one.result.value, one.doc,
         one.empty)
        for one in AGGREGATES.values()
    )  # fmt: skip
    return markdown(("aggregate", "body", "gives", "value", "of nothing"), rows)


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else f"``` {text} ```"


def _labels() -> str:
    rows = (
        (f"`{one.name}`", ", ".join(_code(label) for label in sorted(one.labels - {""})))
        for one in ATTRIBUTES.values()
        if one.labels
    )
    return markdown(("column", "labels (and the empty text)"), rows)


def _decorators() -> str:
    rows = (
        (f"`@{one.name}" + f"({'|'.join(one.arguments)})" * bool(one.arguments) + "`", one.doc)
        for one in DECORATORS.values()
    )
    return markdown(("decorator", "meaning"), rows)


def _emission() -> str:
    from attndsl.language.emission import DIALECTS, emission_grammar, size

    sizes = ((one, size(emission_grammar(one))["characters"]) for one in DIALECTS)
    return markdown(
        ("`--dialect`", "characters"), ((f"`{one}`", f"{count:,}") for one, count in sizes)
    )


def _by_level(level: str) -> Callable[[], str]:
    return lambda: attributes(level)


TABLES: dict[str, Callable[[], str]] = {
    **{f"attributes-{level}": _by_level(level) for level in LEVELS if level != "model"},
    "levels": lambda: markdown(("level", "made from"), LEVELS.items()),
    "emission": _emission,
    "functions": _functions,
    "aggregates": _aggregates,
    "labels": _labels,
    "decorators": _decorators,
    "ranges": lambda: markdown(
        ("range", "positions, earliest first"),
        ((f"`{one.name}({', '.join(one.parameters)})`", one.doc) for one in RANGES.values()),
    ),
    "rows": lambda: markdown(
        ("function", "value"), ((f"`{one.name}(e)`", one.doc) for one in ROWS.values())
    ),
    "methods": lambda: markdown(
        ("method", "value"),
        ((f'`t.text.{one.name}("...")`', one.doc) for one in METHODS.values()),
    ),
    "mechanisms": lambda: markdown(
        ("mechanism", "what it names"),
        (
            (f"`{name}({', '.join(parameters)})`", shipped.described(name))
            for name, parameters in shipped.mechanisms().items()
        ),
    ),
    "tables": lambda: markdown(
        ("table", "what weighs more or less"),
        (
            (f"`{name}({', '.join(parameters)})`", shipped.described(name))
            for name, parameters in shipped.tables().items()
        ),
    ),
    "numbers": lambda: markdown(
        ("name", "value"), ((f"`{one.name}`", one.doc) for one in NUMBERS.values())
    ),
    "diagnostics": lambda: markdown(("code", "about"), CODES.items()),
}
