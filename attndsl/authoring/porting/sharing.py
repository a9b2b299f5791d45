"""Parts that a program has more than once: each is a local, or a helper where a variable is in it.

Tables that a Python program fills position by position are functions of a position here; what was
one entry there is one call here, however often it is read.
"""

from collections import Counter
from dataclasses import dataclass, field

from attndsl.authoring.porting.code import Code, make, name
from attndsl.authoring.porting.lines import Line, Lines
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.spelling import spelled

LARGE = 14  # parts of an expression that is worth a name, where it stands more than once
LONG = 120  # parts of a line that is worth taking apart where it can be
MOST = 4000  # parts of a program after sharing
ROWS = ("row_sum", "row_max", "normalized")  # stand in programs alone, not in helpers


@dataclass(slots=True)
class Sharing:
    """Helpers made so far for one program."""

    word: str
    helpers: dict[Code, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    written: int = 0


def shared(lines: Lines, word: str) -> tuple[list[str], Lines]:
    """The helpers of a program, and its lines with locals and calls in the place of such parts."""
    from attndsl.authoring.porting.writing import renamed

    made = Sharing(word)
    for helper, entry in lines.helpers.items():
        inner = Lines(kinds={"t": "free"})
        ahead, held = _taken_apart(made, renamed(entry, 1), inner, 1)
        made.sources.append(_function(helper, ["t"], ahead, held))
    new = Lines(kinds=dict(lines.kinds))
    for margin, before, code, behind in lines.written:
        if code is None:
            new.written.append((margin, before, code, behind))
            continue
        ahead, held = _taken_apart(made, renamed(code), new, margin)
        new.written += ahead
        new.written.append((margin, before, held, behind))
        made.written += held.size
        if made.written > MOST:
            raise Refused("the program grows too long")
    return made.sources, new


def _taken_apart(made: Sharing, code: Code, lines: Lines, margin: int) -> tuple[list[Line], Code]:
    """Lines that give names to the parts that a code has more than once, and the code by them."""
    code = _by_helpers(made, _in_aggregates(made, code, {}), {})
    ahead: list[Line] = []
    while True:
        part = _largest_twice(code, frozenset(made.helpers.values()))
        if part is None:
            return ahead, code
        kind = kind_of(part)
        local = name(lines.local(f"part_{len(lines.kinds)}", kind))
        ahead.append((margin, f"{local} = ", part, ""))
        made.written += part.size
        code = _swapped(code, part, local, {})


def _largest_twice(code: Code, helpers: frozenset[str] = frozenset()) -> Code | None:
    """The smallest large part, or call of a helper, that stands more than once, outside of
    aggregates."""
    times: Counter[Code] = Counter()
    seen: set[Code] = set()

    def walk(one: Code) -> None:
        times[one] += 1
        if one in seen or one.op == "aggregate":
            return
        seen.add(one)
        for part in one.codes:
            walk(part)

    walk(code)

    def worth(one: Code) -> bool:
        return one.size >= LARGE or (one.op == "call" and one.parts[0] in helpers)

    repeated = [one for one, many in times.items() if many > 1 and worth(one)]
    return min(repeated, key=lambda one: one.size) if repeated else None


def _in_aggregates(made: Sharing, code: Code, done: dict[Code, Code]) -> Code:
    if code.size < 2 * LARGE or code.op == "name":
        return code
    if code in done:
        return done[code]
    parts = [_in_aggregates(made, p, done) if isinstance(p, Code) else p for p in code.parts]
    new = make(code.op, *parts)
    if code.op == "aggregate":
        while True:
            body, test = new.code(3), new.code(4)
            part = _largest_twice(make("and", body, test))
            if part is None and new.size > LONG:
                part = next((p for p in (body, test) if p.size > LONG // 2), None)
            if part is None or not _can_be_helper(part) or part.op == "call":
                break
            new = _swapped(new, part, _helper(made, part), {})
    done[code] = new
    return new


def _can_be_helper(code: Code) -> bool:
    if code.op == "call" and code.parts[0] in ROWS:
        return False
    return all(_can_be_helper(part) for part in code.codes)


def _by_helpers(made: Sharing, code: Code, done: dict[Code, Code]) -> Code:
    """A code with calls of the helpers that there are: what one says of t is said of k too."""
    if code.size < LARGE or code in done:
        return done.get(code, code)
    if _shape(code) in made.helpers:
        return _helper(made, code)
    parts = [_by_helpers(made, p, done) if isinstance(p, Code) else p for p in code.parts]
    done[code] = make(code.op, *parts)
    return done[code]


def _helper(made: Sharing, part: Code) -> Code:
    """A call of a helper that is a part, with what is free in it."""
    free, shape = _given(part), _shape(part)
    if shape not in made.helpers:
        lines = Lines(kinds=dict.fromkeys(free, "free"))
        ahead, held = _taken_apart(made, part, lines, 1)
        word = made.helpers[shape] = f"_{made.word}_{len(made.helpers) + 1}"
        made.sources.append(_function(word, free, ahead, held))
    return make("call", made.helpers[shape], *[name(one) for one in free])


def _given(part: Code) -> list[str]:
    """What is free in a part, as it comes; the query first."""
    free = _free(part, frozenset()) - {"n"}
    return sorted(free, key=lambda word: (word != "q", _first(part, word)))


def _first(code: Code, word: str) -> int:
    """After how many parts a name comes in a code."""
    if code.op == "name":
        return 0 if code.parts[0] == word else 1
    before = 1
    for part in code.codes:
        inside = _first(part, word)
        before += inside
        if inside < part.size:
            break
    return before


def _shape(part: Code) -> Code:
    """A part as equal ones have it: what is given to it, but the query, is named by its order."""
    for at, word in enumerate(_given(part)):
        if word != "q":
            part = _swapped(part, name(word), name(f"given {at}"), {})
    return part


def _function(word: str, free: list[str], ahead: list[Line], held: Code) -> str:
    body = [f"    {before}{spelled(code)}" for _, before, code, _ in ahead if code is not None]
    first = f"def {word}({', '.join(free)}):"
    return "\n".join([first, *body, f"    return {spelled(held)}", "\n"])


def free_names(code: Code) -> set[str]:
    """The names in a code that no aggregate of it gives values."""
    return _free(code, frozenset())


def _free(code: Code, held: frozenset[str]) -> set[str]:
    if code.op == "name":
        word = str(code.parts[0])
        return set() if word in held else {word}
    if code.op == "aggregate":
        inner = held | {str(code.parts[1])}
        ends = {word for end in code.codes[2:] for word in _free(end, held)}
        return _free(code.code(3), inner) | _free(code.code(4), inner) | ends
    return {word for part in code.codes for word in _free(part, held)}


def _swapped(code: Code, part: Code, new: Code, done: dict[Code, Code]) -> Code:
    """A code with one in the place of another; inside of aggregates too."""
    if code == part:
        return new
    if code.size <= part.size or code in done:
        return done.get(code, code)
    parts = [_swapped(p, part, new, done) if isinstance(p, Code) else p for p in code.parts]
    done[code] = make(code.op, *parts)
    return done[code]


BOOLS = ("True", "False", "and", "or", "not", "compare", "is", "among", "contains", "method")
TEXTS = ("text", "raw", "lower", "pos", "dep", "tag", "lemma", "entity", "usual_pos")


def kind_of(code: Code) -> str:
    """The type of a code's value."""
    if code.op in BOOLS:
        return "bool"
    if code.op == "None" or (code.op == "call" and code.parts[0] == "at"):
        return "position"
    if code.op == "if":
        return kind_of(code.code(1)) if code.code(1).op != "None" else kind_of(code.code(2))
    if code.op == "attribute":
        word = str(code.parts[0])
        if word in ("prev", "next", "head"):
            return "position"
        if word in TEXTS:
            return "text"
        return "bool" if word.startswith(("is_", "has_", "starts_")) else "number"
    if code.op == "aggregate":
        function = str(code.parts[0])
        if function in ("any", "all"):
            return "bool"
        return "position" if function in ("first", "last", "argmax", "argmin") else "number"
    if code.op == "call":
        return "bool" if str(code.parts[0]).startswith(("is_", "same_")) else "number"
    return "text" if code.op == "text" else "number"
