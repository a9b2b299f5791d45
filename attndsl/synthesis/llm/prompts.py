"""The prompts, filled: the language from its tables, examples from `examples/`, the task."""

from collections.abc import Iterable, Sequence
from functools import cache

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.mask import Mask
from attndsl.language.nodes import Type
from attndsl.language.parser import parse
from attndsl.language.shipped import KIND, MATCH, PLACE, REST, described, mechanisms, sorts
from attndsl.language.vocabulary import (
    AGGREGATES,
    ATTRIBUTES,
    DECORATORS,
    FINDERS,
    FUNCTIONS,
    METHODS,
    NUMBERS,
    RANGES,
    ROWS,
    Attribute,
)
from attndsl.synthesis.llm.template import prompt
from attndsl.synthesis.standalone import standalone

EXAMPLES = (
    ("mixtures.attn", "sink_and_previous"),
    ("punctuation.attn", "last_pause"),
    ("classes.attn", "verb_to_subject"),
    ("mixtures.attn", "punctuation_share"),
    ("repetition.attn", "strong_induction"),
    ("repetition.attn", "shared_occurrences"),
    ("similarity.attn", "similar_and_near"),
    ("clauses.attn", "own_clause"),
    ("mixtures.attn", "budget"),
)
MASKS = {
    "causal": "In this model a token sees itself and what stands before it: k.i is never above "
    "q.i, and nothing after q exists.",
    "window": "In this model a token sees itself and the {window} tokens up to it, itself among "
    "them: nothing after q exists.",
    "full": "In this model a token sees the whole text, on both sides: write `abs(q.i - k.i)` for "
    "the distance where both sides are meant.",
}

# What tables go by, in words.
SORTED = {
    PLACE: "By where k stands, seen from q",
    KIND: "By what k is",
    MATCH: "By what k matches: copies of q's token, what followed them, tokens alike",
    REST: "By what q is, to multiply what rests (`rest = 6 * rest_early(q)`)",
}


@cache
def system(
    levels: frozenset[str], mask: Mask, lines: int, terms: int, numbers: float = 12.0
) -> str:
    """The language, for programs that may use these levels of the vocabulary."""
    return prompt(
        "system",
        mask=MASKS[mask.kind].format(window=mask.window),
        aggregates=bullets((one.name, one.doc) for one in AGGREGATES.values()),
        ranges=bullets(
            (f"{one.name}({', '.join(one.parameters)})", one.doc) for one in RANGES.values()
        ),
        rows=bullets((f"{one.name}(e)", one.doc) for one in ROWS.values()),
        mechanisms=bullets(
            (
                f"{name}({', '.join(given)})",
                described(name) + (" (a test)" if is_test(name, len(given)) else ""),
            )
            for name, given in mechanisms().items()
            if needs(with_numbers(name, len(given))) <= levels
        ),
        tables=tables(levels),
        decorators=bullets(
            ("@" + one.name + (f"({'|'.join(one.arguments)})" if one.arguments else ""), one.doc)
            for one in DECORATORS.values()
        ),
        lines=str(lines),
        terms=str(terms),
        numbers=f"{numbers:g}",
        attributes=attributes(levels),
        finders=FINDERS,
        functions=functions(levels, mask),
        methods=bullets((f't.text.{one.name}("...")', one.doc) for one in METHODS.values()),
        labels=bullets(
            (one.name, ", ".join(f'"{label}"' for label in sorted(one.labels - {""})))
            for one in shown(levels)
            if one.labels
        ),
        examples="\n".join(fenced(example(file, name)) for file, name in EXAMPLES),
    ).strip()


def propose(
    summary: str, mask: Mask, best: Sequence[tuple[str, str]], count: int, grammar: bool
) -> str:
    """`best` are figures and source of the best programs so far."""
    return prompt(
        "propose",
        summary=summary,
        best=_best(best),
        resting="k.is_special" if mask.kind == "full" else "k.i == 0",
        rests="special tokens" if mask.kind == "full" else "the first token",
        count=_count(count, grammar),
        different="" if count == 1 or grammar else " Make them different from each other in kind.",
        answer=answer(grammar),
    ).strip()


def refine(
    summary: str,
    program: str,
    score: str,
    against: str,
    rows: str,
    compared: str,
    used: str,
    count: int,
    grammar: bool,
) -> str:
    return prompt(
        "refine",
        summary=summary,
        program=program.strip(),
        score=score,
        against=against,
        used=used,
        rows=rows,
        compared=compared,
        count=_count(count, grammar),
        answer=answer(grammar),
    ).strip()


def repair(program: str, diagnostics: str, grammar: bool) -> str:
    return prompt(
        "repair", program=program.strip(), diagnostics=diagnostics.strip(), answer=answer(grammar)
    ).strip()


def answer(grammar: bool) -> str:
    return prompt("answer_grammar" if grammar else "answer_fenced").strip()


def shown(levels: frozenset[str]) -> tuple[Attribute, ...]:
    """The attributes that programs may use."""
    return tuple(one for one in ATTRIBUTES.values() if one.level in levels and not one.hidden)


def attributes(levels: frozenset[str]) -> str:
    kinds = (Type.NUMBER, Type.BOOL, Type.TEXT, Type.POSITION)
    parts = []
    for kind in kinds:
        mine = [one for one in shown(levels) if one.type is kind]
        title = {Type.BOOL: "Bools (true or false)"}.get(kind, f"{kind.value.capitalize()}s")
        parts.append(f"{title}:\n{bullets((one.name, _meaning(one)) for one in mine)}")
    return "\n\n".join(parts)


def _meaning(one: Attribute) -> str:
    return f"holds {one.doc}" if one.quantifier == "contains" else one.doc


def functions(levels: frozenset[str], mask: Mask) -> str:
    rows = [
        (f"{one.name}({', '.join([name for name, _ in one.parameters] + ['...'] * one.variadic)})",
         one.doc)
        for one in FUNCTIONS.values()
        if one.level is None or one.level in levels
    ]  # fmt: skip
    if mask.kind == "full":
        rows += [(one.name, f"{one.doc} (a number, no function)") for one in NUMBERS.values()]
    return bullets(rows)


@cache
def example(file: str, name: str) -> str:
    source = asset(f"examples/{file}").read_text(encoding="utf-8")
    return standalone(parse(source, file)[0], name)


def tables(levels: frozenset[str]) -> str:
    """The tables that programs may call, by what they go by."""
    parts = []
    for sort, calls in sorts().items():
        rows = [(call, described(call.partition("(")[0])) for call in calls
                if needs(call) <= levels]  # fmt: skip
        if rows:
            parts.append(f"{SORTED[sort]}:\n{bullets(rows)}")
    return "\n\n".join(parts)


@cache
def needs(call: str) -> frozenset[str]:
    """The levels of the vocabulary that a call goes by."""
    (program,) = verify(f"def f(q, k):\n    return {call}\n").programs
    return program.needs


def with_numbers(name: str, given: int) -> str:
    """A mechanism called, with a number for each parameter beyond q and k."""
    return f"{name}({', '.join(['q', 'k', *['0.5'] * (given - 2)])})"


def is_test(name: str, given: int) -> bool:
    """Whether a mechanism is true or false of a key, and not a weight."""
    call = with_numbers(name, given)
    return not verify(f"def f(q, k):\n    return 1 if {call} else 0\n").errors


def bullets(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- `{name}`: {what}" for name, what in rows)


def fenced(source: str) -> str:
    return f"```\n{source.strip()}\n```\n"


def _count(count: int, grammar: bool) -> str:
    return "one program" if count == 1 or grammar else f"{count} programs"


def _best(best: Sequence[tuple[str, str]]) -> str:
    if not best:
        return "No program has been written for this head yet."
    listed = "\n".join(f"Reaches {score}:\n\n{fenced(source)}" for score, source in best)
    return f"# The best programs so far\n\nWrite something better than these.\n\n{listed}".strip()
