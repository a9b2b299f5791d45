"""Tasks as sheets of text for readers, and the key to them, which no reader sees.

Each head is asked of with its own program and with another's, on two series of sheets, so that no
reader can tell which it is: whoever answers a sheet of one series answers none of the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attndsl.language.shipped import described, mechanisms, source, tables
from attndsl.language.vocabulary import AGGREGATES, ATTRIBUTES, FUNCTIONS, RANGES, ROWS
from attndsl.report.data import ProgramEntry, Report
from benchmarks.reading.tasks import Asked, Edge, Maps, Question, Strongest, answered, strongest

LETTERS = "bcdfghjkmnpqrstvwxz"
CODE = 5
WEIGHTS = 4  # of a map's row that are shown
MAP = 0.005  # weight under which a key of a map isn't shown
KINDS: dict[str, tuple[str, ...]] = {
    "fuzz": ("own", "other"),
    "words": ("words",),
    "none": ("none",),
    "simulate": ("own", "other"),
    "intruder": ("own", "other"),
}
ASKS = {"fuzz": "edges", "words": "edges", "none": "edges", "simulate": "strongest",
        "intruder": "maps"}  # fmt: skip
HEAD = """An attention head of a language model gives each token of a text (the query) weights
on itself and on the tokens before it (the keys); they sum to 1. Tokens stand with their numbers;
one that goes on a word has a + before it."""
PROGRAM = """The program before the questions says where a head looks: `q` is the query, `k` a key,
and its value for each key, divided by the sum over all keys, is the weight. What it calls is
explained at the end."""
REST = "Leave the first token (number 0) out of it: no question is about the weight there."
WHICH = "Of the two keys, which has more weight: A or B?"
ANSWER = """Answer each question, guessing where you don't know, with a line of its code and the
answer, such as `{example}`, and nothing else on it. First write a line `reader: ` with who you
are, and in the end one `minutes: ` with how long you took."""
SAID = "The name and the sentence before the questions say where a head looks."
STRONGEST = "Which key has the most weight? Answer with its number."
MAPS = """Two maps are shown, of some queries the keys with most weight in percent, the first token
left out. Which one is of the head that the program says: A or B?"""
TASKS = {
    "fuzz": f"{HEAD} {PROGRAM} {REST}\n\n{WHICH}",
    "words": f"{HEAD} {SAID} {REST}\n\n{WHICH}",
    "none": f"{HEAD} Nothing is said of the heads here. {REST}\n\n{WHICH}",
    "simulate": f"{HEAD} {PROGRAM} {REST}\n\n{STRONGEST}",
    "intruder": f"{HEAD} {PROGRAM}\n\n{MAPS}",
}
WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a reader is given, and of each question by code what the key says."""

    name: str
    text: str
    key: dict[str, dict[str, Any]]


def sheets(report: Report, asked: Sequence[Asked], each: int, seed: int) -> Iterator[Sheet]:
    """All sheets, so many heads on each."""
    maps, draw = Maps(report), np.random.default_rng(seed)
    fresh = codes(draw)
    for kind, shown in KINDS.items():
        for series in range(len(shown)):
            parts = [(one, shown[(place + series) % len(shown)]) for place, one in enumerate(asked)]
            order = draw.permutation(len(parts))
            for part in range(0, len(order), each):
                few = [parts[number] for number in order[part : part + each]]
                number = f"-{series + 1}" if len(shown) > 1 else ""
                name = f"{kind}{number}-{part // each + 1:02}"
                yield sheet_of(maps, kind, name, few, fresh)


def codes(draw: np.random.Generator) -> Iterator[str]:
    """Codes that say nothing, none twice."""
    used: set[str] = set()
    while True:
        code = "".join(LETTERS[one] for one in draw.integers(len(LETTERS), size=CODE))
        if code not in used:
            used.add(code)
            yield code


def sheet_of(
    maps: Maps, kind: str, name: str, heads: Sequence[tuple[Asked, str]], fresh: Iterator[str]
) -> Sheet:
    report = maps.report
    example = f"{'b' * CODE} {'12' if kind == 'simulate' else 'A'}"
    lines = [f"# {name}", "", TASKS[kind], "", ANSWER.format(example=example), ""]
    key: dict[str, dict[str, Any]] = {}
    used: set[str] = set()
    for place, (asked, shown) in enumerate(heads, 1):
        said = asked.other if shown == "other" else asked.head
        program = report.programs[report.heads[said].program]
        lines += [f"## {place}", "", *_program(program, shown)]
        if shown in ("own", "other"):
            used |= set(WORD.findall(_code(program)))
        questions: Sequence[Question] = getattr(asked, ASKS[kind])
        before = -1
        for question in questions:
            if question.text != before:
                lines += [*([""] if before >= 0 else []), _text(report, question.text), ""]
                before = question.text
            code = next(fresh)
            lines += [f"{code}: {line}" if not at else line
                      for at, line in enumerate(_question(maps, question))]  # fmt: skip
            key[code] = _key(maps, asked, said, question) | {"kind": kind, "shown": shown}
        lines.append("")
    meanings = list(_meanings(used))
    lines += ["## What the programs call", "", *meanings, ""] if meanings else []
    return Sheet(name, "\n".join(lines), key)


def _program(program: ProgramEntry, shown: str) -> list[str]:
    """What is shown of a program: the text of the report, or its name and docstring alone."""
    if shown == "none":
        return []
    if shown == "words":
        return [f"`{program.name}`: {' '.join(program.docstring.split())}", ""]
    return ["```python", program.source, "```", ""]


def _code(program: ProgramEntry) -> str:
    """The source without its docstrings."""
    return re.sub(r'"""[\s\S]*?"""', "", program.source)


def _meanings(names: set[str]) -> Iterator[str]:
    """What programs call, one a line, shipped mechanisms first; tables with their numbers."""
    called = [name for name in tables() if name in names]
    for name in called:
        yield from ("```python", source(name).strip(), "```")
        names = names | set(WORD.findall(source(name)))
    for name, parameters in mechanisms().items():
        if name in names:
            yield f"- `{name}({', '.join(parameters)})`: {described(name)}"
    for table, form in ((FUNCTIONS, "{}(…)"), (AGGREGATES, "{}(… for t in …)"),
                        (RANGES, "{}(…)"), (ROWS, "{}(…)"), (ATTRIBUTES, ".{}")):  # fmt: skip
        for name, entry in table.items():
            if name in names:
                yield f"- `{form.format(name)}`: {entry.doc}"


def _text(report: Report, text: int) -> str:
    shown = report.texts[text]
    inside = set(shown.inside)
    return "Text: " + " ".join(
        f"{at}:{'+' * (at in inside)}`{token}`" for at, token in enumerate(shown.tokens)
    )


def _question(maps: Maps, question: Question) -> list[str]:
    tokens = maps.report.texts[question.text].tokens

    def said(at: int) -> str:
        return f"{at} `{tokens[at]}`"

    if isinstance(question, Edge):
        one, other = question.keys
        return [f"query {said(question.query)}: A {said(one)} or B {said(other)}?"]
    if isinstance(question, Strongest):
        return [f"query {said(question.query)}: which key?"]
    lines = ["whose map?"]
    for name, head in zip("AB", question.heads, strict=True):
        lines.append(f"  Map {name}")
        for query in question.queries:
            keys, weights = maps.row(maps.real[question.text][head], question.text, query)
            order = np.argsort(-weights, kind="stable")[:WEIGHTS]
            shown = [f"{said(keys[at])} {weights[at]:.0%}" for at in order if weights[at] >= MAP]
            lines.append(f"    query {said(query)}: {', '.join(shown)}")
    return lines


def _key(maps: Maps, asked: Asked, said: int, question: Question) -> dict[str, Any]:
    """What is right, and what the program shown, that of head `said`, answers."""
    head = maps.report.heads[asked.head].name
    engine = answered(maps, said, question)
    shared: dict[str, Any] = {"head": head, "engine": engine}
    if isinstance(question, Strongest):
        square = maps.predicted[question.text][said]
        own = strongest(maps, square, question.text, question.query)
        last = len(maps.report.texts[question.text].tokens) - 1
        return shared | {"right": list(map(str, question.head)), "program": list(map(str, own)),
                         "last": last}  # fmt: skip
    right = "AB"[question.right]
    program = {1.0: [right], 0.0: ["BA"[question.right]]}.get(engine, ["A", "B"])
    return shared | {"right": [right], "program": program}
