"""A program in one line: its docstring, as much as there is room for, or else its code."""

import re
from dataclasses import dataclass

from attndsl.report.data import ProgramEntry

LONGEST = 240  # letters
ENDED = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")  # a sentence, before the next
STEP = re.compile(r"(\w+) (\*?)= (.+)")
CHOICE = re.compile(r"([^()]+?) if (.+?) else ([^()]+)")


@dataclass(frozen=True, slots=True)
class Line:
    """A program in one line: words, or code."""

    text: str
    code: bool


def one_line(program: ProgramEntry) -> Line:
    """The first sentences of its docstring, one at least: of a program that was found the first
    says only what rests. Of a program without one what it returns, if that is one expression, or a
    product, and short; else its name.

    >>> from types import SimpleNamespace as Told
    >>> source = 'def f(q, k):\\n    \"\"\"The first. More.\"\"\"\\n    return k.i == 0\\n'
    >>> one_line(Told(source=source, docstring="The first. More.", name="f"))
    Line(text='The first. More.', code=False)
    >>> one_line(Told(source=source, docstring="The first. " + "M" * 240, name="f"))
    Line(text='The first.', code=False)
    >>> one_line(Told(source="def f(q, k):\\n    return k.i == 0\\n", docstring="", name="f"))
    Line(text='k.i == 0', code=True)
    >>> one_line(Told(source="", docstring="", name="f"))
    Line(text='f', code=False)
    """
    said = " ".join(program.docstring.split())
    if said:
        first, *more = ENDED.split(said)
        for sentence in more:
            if len(first) + 1 + len(sentence) > LONGEST:
                break
            first = f"{first} {sentence}"
        return Line(first, False)
    code = _in_code(program)
    return Line(program.name, False) if code is None or len(code) > LONGEST else Line(code, True)


def _in_code(program: ProgramEntry) -> str | None:
    """What a program returns, its locals written out; None where it does more than multiply.

    >>> from types import SimpleNamespace as Told
    >>> lines = ["def f(q, k):", "    w = near(q, k, 0.5)", "    w *= 3 if k.is_quote else 1"]
    >>> source = "\\n".join([*lines, "    return 20 if k.i == 0 else w"])
    >>> _in_code(Told(source=source, docstring="", name="f"))
    '20 if k.i == 0 else near(q, k, 0.5) * (3 if k.is_quote else 1)'
    >>> _in_code(Told(source="\\n".join([*lines, "    return w ** 2"]), docstring="", name="f"))
    >>> more = "\\n".join([*lines, "    v = w", "    return v"])
    >>> _in_code(Told(source=more, docstring="", name="f"))
    """
    lines = [line.strip() for line in program.source.strip().splitlines()]
    if not lines or not re.fullmatch(r"def \w+\(q, k\):", lines[0]):
        return None
    if program.docstring:
        closed = [at for at, line in enumerate(lines) if line.endswith('"""')]
        lines = lines[closed[-1] :] if closed else lines
    *steps, last = lines[1:] or [""]
    products: dict[str, list[str]] = {}
    for step in steps:
        found = STEP.fullmatch(step)
        if found is None or bool(found[2]) != (found[1] in products):
            return None
        products.setdefault(found[1], []).append(_factor(found[3]))
    if not last.startswith("return "):
        return None
    choice = CHOICE.fullmatch(last.removeprefix("return "))
    branches = [last.removeprefix("return ")] if choice is None else [choice[1], choice[3]]
    written = [" * ".join(products.get(one, [one])) for one in branches]
    code = (
        written[0] if choice is None else f"{_factor(written[0])} if {choice[2]} else {written[1]}"
    )
    return None if any(re.search(rf"(?<!\.)\b{name}\b(?!\()", code) for name in products) else code


def _factor(code: str) -> str:
    """As it stands in a product."""
    return code if re.fullmatch(r"[\w.()*, ]+", code) and " if " not in code else f"({code})"
