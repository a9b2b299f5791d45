"""Where in its source each term of a program as it is written comes from: the places that gave it,
or where it has none the places of what it is a part of; and which called mechanism it stands in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from attndsl.graph.build import Builder
from attndsl.graph.build import Built as BuiltProgram
from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Definition
from attndsl.language.shipped import MARK


@dataclass(frozen=True, slots=True)
class Sources:
    """Of the terms of a program as it is written."""

    spans: Mapping[int, tuple[Span, ...]]
    inside: Mapping[int, str]  # the shipped mechanism or table whose own text says it


def sources_of(builder: Builder, definition: Definition, built: BuiltProgram) -> Sources:
    """The sources of every term below the root."""
    spans: dict[int, tuple[Span, ...]] = {}
    body = definition.body
    whole = Span(*body[0].span[:2], *body[-1].span[2:])
    order = builder.graph.reachable([built.root])
    above: dict[int, dict[Span, None]] = {built.root: {whole: None}}
    for term in reversed(order):  # what a term is a part of before it
        spans[term] = built.places.of(term) or tuple(above[term])
        for arg in builder.graph[term].args:
            above.setdefault(arg, {}).update(dict.fromkeys(spans[term]))
    return Sources(spans, _inside(builder, built))


def _inside(builder: Builder, built: BuiltProgram) -> dict[int, str]:
    """What calls put in, callees before callers; what the text says itself is in none."""
    inside, calls = dict[int, str](), set[int]()
    for (instance, _), (root, became) in builder.calls.items():
        template = builder.templates[instance]
        assert template is not None, "what is too large was not called"
        name, marked = instance[0].removeprefix(MARK), instance[0].startswith(MARK)
        for old in builder.graph.reachable([template.root]):
            new = became.get(old, old)
            if marked:
                inside[new] = name
            elif old in inside:
                inside[new] = inside[old]
                calls.update({new} if old in calls else ())
        if marked:
            calls.add(root)
    return {
        term: name for term, name in inside.items() if term in calls or not built.places.of(term)
    }
