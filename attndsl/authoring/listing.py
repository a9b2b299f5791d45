"""Everything that a program can name, as rows to show and as data, out of the tables."""

from collections.abc import Mapping

from attndsl.language import shipped
from attndsl.language import vocabulary as table


def of_level(level: str) -> list[tuple[str, str, str, str]]:
    """What is of one level: how each is written, its type, a remark, what it is."""
    shown = [
        (entry.name, entry.type.value, remark(entry.quantifier, entry.causal), entry.doc)
        for entry in table.ATTRIBUTES.values()
        if entry.level == level and not entry.hidden
    ]
    return shown + [
        (form(entry), entry.result.value, remark("", entry.causal), entry.doc)
        for entry in table.FUNCTIONS.values()
        if entry.level == level
    ]


def remark(quantifier: str, causal: bool) -> str:
    return quantifier if causal else "looks ahead"


def form(function: table.Function) -> str:
    names = [name for name, _ in function.parameters] + ["..."] * function.variadic
    return f"{function.name}({', '.join(names)})"


def callables() -> dict[str, list[tuple[str, str]]]:
    """Everything but attributes, by title, as (how it is written, what it is)."""
    return {
        "numbers": [(entry.name, entry.doc) for entry in table.NUMBERS.values()],
        "functions": [(form(entry), entry.doc) for entry in table.FUNCTIONS.values()],
        "aggregates: f(... for t in RANGE if ...)": [
            (entry.name, f"{entry.doc}; empty: {entry.empty}")
            for entry in table.AGGREGATES.values()
        ],
        "ranges": [
            (f"{entry.name}({', '.join(entry.parameters)})", entry.doc)
            for entry in table.RANGES.values()
        ],
        "rows: f(e), over the visible positions as k": [
            (entry.name, entry.doc) for entry in table.ROWS.values()
        ],
        "mechanisms, whole rows (examples/mechanisms.attn)": _shipped(shipped.mechanisms()),
        "tables, weights to multiply by (grammar/tables.attn)": _shipped(shipped.tables()),
        "methods of texts": [(entry.name, entry.doc) for entry in table.METHODS.values()],
        "decorators": [
            (
                "@" + entry.name + (f"({' | '.join(entry.arguments)})" if entry.arguments else ""),
                entry.doc,
            )
            for entry in table.DECORATORS.values()
        ],
    }


def _shipped(names: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(f"{name}({', '.join(of)})", shipped.described(name)) for name, of in names.items()]


def everything(level: str | None) -> dict[str, object]:
    attributes = [
        {
            "name": entry.name,
            "type": entry.type.value,
            "level": entry.level,
            "causal": entry.causal,
            "quantifier": entry.quantifier,
            "missing": entry.missing,
            "labels": sorted(entry.labels),
            "cost": entry.cost,
            "doc": entry.doc,
        }
        for entry in table.ATTRIBUTES.values()
        if not entry.hidden and level in (None, entry.level)
    ]
    if level is not None:
        return {"attributes": attributes}
    others: dict[str, object] = {
        title.split(":")[0].replace(" ", "_"): [
            {"form": written, "doc": doc} for written, doc in rows
        ]
        for title, rows in callables().items()
    }
    functions = [
        {"form": form(entry), "doc": entry.doc, "level": entry.level, "cost": entry.cost}
        for entry in table.FUNCTIONS.values()
    ]
    others["functions"] = functions
    return {"levels": dict(table.LEVELS), "attributes": attributes, **others}
