"""The source of a ported program: its docstring, its lines, its helpers, in the one format."""

import re
from collections.abc import Iterable

from attndsl.authoring.porting.code import Code, make, name
from attndsl.authoring.porting.lines import Line, Lines
from attndsl.authoring.porting.sharing import shared
from attndsl.authoring.porting.spelling import spelled
from attndsl.authoring.porting.texts import HELPERS

VARIABLES = ("t", "s", "u", "v", "x", "y", "z")  # of aggregates, from the outside in
EMPTY = {"number": "0.0", "bool": "False", "text": '""', "position": "None", "row": "0.0",
         "cell": "0.0"}  # fmt: skip
DOC = 92  # letters of a docstring's line


def definition(word: str, docstring: list[str], lines: Lines, result: str) -> str:
    """A program of the language."""
    parts, lines = shared(lines, word)
    body = [f'    """{told(docstring[0])}']
    body += [f"    {told(line)}" for line in docstring[1:]] + ['    """']
    if len(docstring) == 1:
        body = [f'    """{told(docstring[0])}"""']
    for local in unset(lines):
        body.append(f"    {local} = {EMPTY[lines.kinds[local]]}")
    for margin, before, code, behind in lines.written:
        words = "" if code is None else spelled(renamed(code))
        body.append(f"{'    ' * margin}{before}{words}{behind}")
    body.append(f"    return {result}")
    return "\n".join([*parts, f"def {word}(q, k):", *body, ""])


def helpers(source: str) -> str:
    """The definitions of the helpers that a source calls."""
    definitions = [
        f"def {word}({parameter}):\n    {body}\n"
        for word, (parameter, body) in HELPERS.items()
        if f"{word}(" in source
    ]
    return "\n\n".join(definitions)


def told(line: str) -> str:
    """A line of a docstring: plain letters, no quotes that end it."""
    plain = re.sub(r"[^ -~]", "", line).replace("\\", "/").replace('"""', "'")
    return plain.rstrip('"').strip()[:400]


def wrapped(words: str, width: int = DOC) -> list[str]:
    """Words over as many lines as they take."""
    from textwrap import wrap

    return wrap(words, width) or [""]


def renamed(code: Code, depth: int = 0, names: dict[Code, Code] | None = None) -> Code:
    """A code whose variables have the names of their depth: t, and inside of it s, u, ..."""
    names = names or {}
    if code.op == "name":
        return names.get(code, code)
    if code.op != "aggregate":
        parts = [renamed(p, depth, names) if isinstance(p, Code) else p for p in code.parts]
        return make(code.op, *parts)
    function, variable, span, body, test, *ends = code.parts
    assert isinstance(body, Code)
    assert isinstance(test, Code)
    word = VARIABLES[depth] if depth < len(VARIABLES) else f"t{depth}"
    inside = {**names, name(str(variable)): name(word)}
    outside = [renamed(end, depth, names) for end in ends if isinstance(end, Code)]
    inner = renamed(body, depth + 1, inside), renamed(test, depth + 1, inside)
    return make("aggregate", function, word, span, *inner, *outside)


# --- locals that a path leaves without a value -----------------------------------------------


def unset(lines: Lines) -> list[str]:
    """The locals that are read where some path gave them no value; Python never reads them there.

    They get a value at the top.
    """
    missing: dict[str, None] = {}
    _walk(lines.written, 0, 1, set(), set(lines.kinds), missing)
    return list(missing)


def _walk(
    lines: list[Line], at: int, margin: int, known: set[str], locals_: set[str],
    missing: dict[str, None],
) -> int:  # fmt: skip
    """Go through a block; `known` grows by what it surely gives values."""
    while at < len(lines) and lines[at][0] >= margin:
        _, before, code, behind = lines[at]
        for word in _read(code):
            if word in locals_ and word not in known:
                missing[word] = None
        if before == "if ":
            first, second = set(known), set(known)
            at = _walk(lines, at + 1, margin + 1, first, locals_, missing)
            if at < len(lines) and lines[at][:2] == (margin, "else:"):
                at = _walk(lines, at + 1, margin + 1, second, locals_, missing)
            known |= first & second
            continue
        word = before.split(" ")[0]
        if re.match(r"\w+ [-+*/]= ", before) and word not in known and word in locals_:
            missing[word] = None
        known.add(word)
        at += 1
        assert behind in ("", ":")
    return at


def _read(code: Code | None) -> Iterable[str]:
    if code is None:
        return
    if code.op == "name":
        yield str(code.parts[0])
    for part in code.codes:
        yield from _read(part)
