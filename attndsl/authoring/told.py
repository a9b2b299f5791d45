"""What there is to say about a name: of the language's table, of the file, or shipped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from attndsl.authoring.document import KEPT, Checked, Placed
from attndsl.authoring.words import Word
from attndsl.graph.program import Program
from attndsl.language import shipped
from attndsl.language import vocabulary as table

AT = 1024  # tokens that costs are told for


def told_of(checked: Checked, word: Word) -> str | None:
    """Markdown about the name, or None."""
    if word.before == ".":
        return _attribute(word.text) or _method(word.text)
    if word.before == "@":
        entry = table.DECORATORS.get(word.text)
        return f"```attndsl\n@{signature(word.text)}\n```\n{entry.doc}" if entry else None
    return _of_the_file(checked, word.text) or _built_in(word.text)


def signature(name: str) -> str:
    """How something of the language is written.

    >>> signature("clip"), signature("between"), signature("normalized"), signature("near")
    ('clip(x, lo, hi)', 'between(a, b)', 'normalized(e)', 'near(q, k, rate)')
    """
    if name in table.FUNCTIONS:
        entry = table.FUNCTIONS[name]
        names = [one for one, _ in entry.parameters] + ["..."] * entry.variadic
        return f"{name}({', '.join(names)})"
    if name in table.AGGREGATES:
        body = "t" if table.AGGREGATES[name].variable_only else "..."
        return f"{name}({body} for t in visible(q) if ...)"
    if name in table.RANGES:
        return f"{name}({', '.join(table.RANGES[name].parameters)})"
    if name in table.ROWS:
        return f"{name}(e)"
    if name in table.DECORATORS:
        words = table.DECORATORS[name].arguments
        return f"{name}({' | '.join(words)})" if words else name
    return f"{name}({', '.join(shipped.callables()[name])})"


def parameters(checked: Checked, name: str) -> tuple[tuple[str, ...], str] | None:
    """What a call of this name takes, and what it is; None where it can't be called."""
    for definition in (one.program.definition for one in checked.placed):
        if definition.name == name:
            return tuple(one for one, _ in definition.parameters), definition.docstring or ""
    for piece in checked.pieces:
        if piece.name == name and piece.kind == "def":
            header = piece.text.partition("(")[2].partition(")")[0]
            return tuple(one.strip() for one in header.split(",") if one.strip()), ""
    if name in table.FUNCTIONS:
        entry = table.FUNCTIONS[name]
        return tuple(one for one, _ in entry.parameters), entry.doc
    if name in table.RANGES:
        return table.RANGES[name].parameters, table.RANGES[name].doc
    if name in table.ROWS:
        return ("e",), table.ROWS[name].doc
    if shipped.is_shipped(name):
        return shipped.callables()[name], shipped.described(name)
    return None


def _attribute(name: str) -> str | None:
    entry = table.ATTRIBUTES.get(name)
    if entry is None or entry.hidden:
        return None
    made = {"contains": ["the piece contains it"], "made of": ["the piece is made of it"]}
    facts = _facts(entry.level, made.get(entry.quantifier, []), entry.causal, entry.cost)
    head = f"```attndsl\n.{name}: {entry.type.value}\n```\n{entry.doc}\n\n{facts}"
    labels = sorted(entry.labels - {""})
    return f"{head}\n\nOne of {', '.join(labels)}." if labels else head


def _facts(level: str | None, more: list[str], causal: bool, cost: int) -> str:
    levels = [f"level {level}"] if level else []
    ahead = "causal" if causal else "looks ahead"
    return ", ".join([*levels, *more, ahead, f"{cost} operations each"])


def _method(name: str) -> str | None:
    entry = table.METHODS.get(name)
    return f'```attndsl\n.{name}("...")\n```\n{entry.doc}' if entry else None


def _built_in(name: str) -> str | None:
    if function := table.FUNCTIONS.get(name):
        facts = _facts(function.level, [], function.causal, function.cost)
        head = f"```attndsl\n{signature(name)}: {function.result.value}\n```"
        return f"{head}\n{function.doc}\n\n{facts}"
    if aggregate := table.AGGREGATES.get(name):
        head = f"```attndsl\n{signature(name)}: {aggregate.result.value}\n```"
        return f"{head}\n{aggregate.doc}\n\ncausal where its range is"
    for entries in (table.RANGES, table.ROWS):
        if name in entries:
            return f"```attndsl\n{signature(name)}\n```\n{entries[name].doc}"
    if name in table.NUMBERS:
        return f"```attndsl\n{name}: number\n```\n{table.NUMBERS[name].doc}"
    if shipped.is_shipped(name):
        told = f"```attndsl\n{signature(name)}\n```\n{shipped.described(name)}"
        sort = "table" if name in shipped.tables() else "mechanism"
        return f"{told}\n\nshipped {sort}, {_mechanism(name)}"
    return None


@cache
def _mechanism(name: str) -> str:
    """What is proved of a program that is this mechanism and nothing else, with rates of 0.5."""
    from attndsl.graph.verify import verify

    places = {"q": "q", "k": "k", "t": "k"}
    given = ", ".join(places.get(one, "0.5") for one in shipped.callables()[name])
    found = verify(f"def alone(q, k):\n    return 1.0 if {name}({given}) else 0.0\n")
    found = found if found.programs else verify(f"def alone(q, k):\n    return {name}({given})\n")
    return proved(Placed(found.programs[0], 0)) if found.programs else ""


def _of_the_file(checked: Checked, name: str) -> str | None:
    if name in checked.programs:
        return "\n\n".join(_program(checked.programs[name]))
    for piece in checked.pieces:
        if piece.name == name:
            first = piece.text.splitlines()
            shown = first[0] if piece.kind == "def" else piece.text
            return f"```attndsl\n{shown[:400]}\n```"
    return None


def _program(placed: Placed) -> Iterator[str]:
    """What is proved of a program, and what it means."""
    from attndsl.graph.printing import bare_source

    program = placed.program
    if program.docstring:
        yield " ".join(program.docstring.split())
    yield proved(placed)
    yield f"```attndsl\n{bare_source(program)}```"
    yield f"canonical form {program.hash[:12]}"


def proved(placed: Placed) -> str:
    """In one line: causal or not, the bounds at 1,024 tokens, and what it keeps in generation."""
    program = placed.program
    ahead = "causal" if program.causal else f"not causal: {program.not_causal[0][0]}"
    most = f"at most {_short(program.cost.time.at(AT))} operations at {AT:,} tokens"
    return f"{ahead}, {most}, {_kept(_Form(program.hash, program))}"


@dataclass(frozen=True, slots=True)
class _Form:
    """A program that is known by its canonical form."""

    hash: str
    program: Program = field(compare=False)


@lru_cache(maxsize=KEPT)
def _kept(form: _Form) -> str:
    """What is kept in generation: worked out once, for it is told of all programs at each key."""
    from attndsl.graph.streams.decide import streams_of, told

    return told(streams_of(form.program), form.program.graph)


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}{letter}"
    return f"{value:.0f}"
