"""The emission grammar: ours without an indenter, for servers that hold a model's reply to one.

`emission_grammar` gives its text, made from `grammar/attndsl.lark` and the vocabulary: `notation`
reads and writes Lark's notation, `terminals` makes the words, `narrowing` and `unroll` the rules.
"""

from functools import cache
from typing import Literal

from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError
from attndsl.language.emission.notation import terminals_of, words, written_rule
from attndsl.language.emission.terminals import (
    BOUNDED,
    free_names,
    subtracted_names,
    vocabulary_terminals,
)
from attndsl.language.emission.unroll import unrolled

Dialect = Literal["lark", "llguidance"]
DIALECTS: tuple[Dialect, ...] = ("lark", "llguidance")
DEPTH, DEEPEST = 4, 12  # of `if` in `if`


@cache
def emission_grammar(dialect: Dialect = "lark", depth: int = DEPTH) -> str:
    """The grammar that a reply can be held to; what it lets through, our parser reads.

    `lark` is the plain notation that OpenAI's custom tools take, `llguidance` that of servers
    with llguidance in them. `depth` is how many `if` may stand in each other.

    >>> emission_grammar().splitlines()[0], "_INDENT" in emission_grammar()
    ('start: docstring? constant* definition+', False)
    """
    if dialect not in DIALECTS:
        raise AttndslError(f"'{dialect}' is no dialect; there are {' and '.join(DIALECTS)}")
    if not 1 <= depth <= DEEPEST:
        raise AttndslError(f"a depth of {depth}; it can be 1 to {DEEPEST}")
    ours = asset("grammar/attndsl.lark").read_text(encoding="utf-8")
    rules = unrolled(ours, depth)
    names = free_names() if dialect == "lark" else subtracted_names()
    terminals = {**terminals_of(ours), **BOUNDED, **vocabulary_terminals(), **names}
    used = {word for ways in rules.values() for way in ways for word in words(way.items)}
    used |= {name for name in names if name.startswith("_")}
    lines = ["%llguidance {}"] if dialect == "llguidance" else []
    lines += [written_rule(name, ways) for name, ways in rules.items()]
    lines += [f"{name}: {text}" for name, text in terminals.items() if name in used]
    return "\n".join(lines) + "\n"


def size(grammar: str) -> dict[str, int]:
    """How large a grammar is: characters, rules and terminals.

    >>> size('start: A\\nA: "a"\\n')
    {'characters': 16, 'rules': 1, 'terminals': 1}
    """
    lines = [line for line in grammar.splitlines() if line and line[0] not in "/%"]
    rules = sum(line[0].islower() for line in lines)
    return {"characters": len(grammar), "rules": rules, "terminals": len(lines) - rules}


__all__ = ["DEEPEST", "DEPTH", "DIALECTS", "Dialect", "emission_grammar", "size"]
