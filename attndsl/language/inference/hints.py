"""What to suggest: the nearest known name, and how to write what was meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from attndsl.language import python_habits
from attndsl.language.nodes import Attribute, Conditional, Expression, Name, Number, String, Type
from attndsl.language.vocabulary import (
    AGGREGATES,
    ATTRIBUTES,
    CALLABLES,
    FUNCTIONS,
    METHODS,
    NUMBERS,
    RANGES,
    ROWS,
)

WRITABLE = tuple(name for name, entry in ATTRIBUTES.items() if not entry.hidden)
LONGEST = 40  # longer names are no typing slips, and comparing them takes time


def article(kind: Type | None) -> str:
    """`a number`, `a bool`: for messages.

    >>> article(Type.TEXT)
    'a text'
    """
    return f"a {kind.value}" if kind is not None else "nothing"


def brief(node: Expression) -> str:
    """A short expression as written, a long one as `...`: to show how to write it better."""
    match node:
        case Name(name=name):
            return name
        case Attribute(value=Name(name=owner), name=name):
            return f"{owner}.{name}"
        case Number(value=value):
            return f"{value:g}"
        case String(value=value) if len(value) < 20 and value.isprintable() and '"' not in value:
            return f'"{value}"'
    return "..."


def position_in(node: Expression) -> str:
    """The position that an expression starts from, `t` where there is none to name.

    >>> from attndsl.language.diagnostics import Span
    >>> at = Span(1, 1, 1, 2)
    >>> position_in(Attribute(at, None, Name(at, None, "k"), "text", at))
    'k'
    """
    while isinstance(node, Attribute):
        if isinstance(node.value, Attribute) and node.name not in ("text", "lower", "raw"):
            return f"{position_in(node.value)}.{node.value.name}"
        node = node.value
    return node.name if isinstance(node, Name) else "t"


@lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> str:
    if len(name) > LONGEST:
        return ""
    same = [one for one in known if one.lower() == name.lower()]
    alike = same or get_close_matches(name, known, n=1, cutoff=0.7)
    return alike[0] if alike else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that a slip of the fingers is nearest to, or nothing.

    >>> nearest("is_qoute", WRITABLE), nearest("IS_PUNCT", WRITABLE), nearest("zebra", WRITABLE)
    ('is_quote', 'is_punct', '')
    """
    return _nearest(name, tuple(known))


def _filled(hint: str, position: str) -> str:
    return hint.format(p=position)


def for_name(name: str, own: Iterable[str]) -> str:
    """For a name read as a value, known nowhere; `own` are the names that the file has here."""
    if name in python_habits.NAMES:
        return _filled(python_habits.NAMES[name], "k")
    if name in python_habits.MODULES:
        return f"leave `{name}.` out; known are {', '.join(sorted(FUNCTIONS)[:6])}, ..."
    if name in ATTRIBUTES:
        return f"a position knows it: write `k.{name}` or `q.{name}`"
    if name in CALLABLES:
        return f"call it: `{name}(...)`"
    meant = nearest(name, [*own, *NUMBERS])
    if meant:
        return f"did you mean `{meant}`?"
    meant = nearest(name, WRITABLE)
    if meant:
        return f"a position knows `{meant}`: write `k.{meant}`"
    return "give it a value first, or name a constant at the top of the file"


def for_function(name: str, own: Iterable[str]) -> str:
    """For a call of something known nowhere."""
    if name in python_habits.FUNCTIONS:
        return python_habits.FUNCTIONS[name]
    if name in ATTRIBUTES:
        return f"a position knows it: write `k.{name}`"
    meant = nearest(name, [*own, *CALLABLES, *python_habits.FUNCTIONS])
    if meant in python_habits.FUNCTIONS and meant not in own:
        return python_habits.FUNCTIONS[meant]
    if meant:
        return f"did you mean `{meant}`?"
    return "write a helper, `def " + name + "(t):`, or use a built-in (`attndsl vocabulary`)"


def for_method(name: str, receiver: Expression) -> str:
    """For `receiver.name(...)`."""
    position = position_in(receiver)
    if isinstance(receiver, Name) and receiver.name in python_habits.MODULES:
        if name in CALLABLES:
            return f"write `{name}(...)` without `{receiver.name}.`"
        instead = python_habits.FUNCTIONS.get(name) or python_habits.METHODS.get(name, "")
        return _filled(instead, "t") or f"leave it out; known are {', '.join(sorted(FUNCTIONS))}"
    if name in python_habits.ROW_METHODS and isinstance(receiver, Name):
        meant = _filled(python_habits.ROW_METHODS[name], position)
        return f"over the row of the query it is `{meant}`"
    if name in ATTRIBUTES:
        return f"leave the brackets out: `{position}.{name}`"
    if name.rstrip("_") in ATTRIBUTES:
        return f"write `{position}.{name.rstrip('_')}`"
    for table in (python_habits.METHODS, python_habits.ATTRIBUTES):
        if name in table:
            return _filled(table[name], position)
    instead = nearest(name, [*WRITABLE, *METHODS])
    if instead in ATTRIBUTES:
        return f"did you mean `{position}.{instead}`?"
    return "texts have the methods startswith and endswith; positions have attributes only"


def for_attribute(name: str, owner: Expression) -> str:
    """For an attribute that positions don't have."""
    position = position_in(Attribute(owner.span, None, owner, name, owner.span))
    if isinstance(owner, Conditional):
        position = "t"
    if name.endswith("_") and name.rstrip("_") in WRITABLE:
        return f"write `{position}.{name.rstrip('_')}`"
    if name in python_habits.ATTRIBUTES:
        return _filled(python_habits.ATTRIBUTES[name], position)
    meant = nearest(name, (*WRITABLE, *python_habits.ATTRIBUTES)) if name not in NUMBERS else ""
    if meant in python_habits.ATTRIBUTES:
        return _filled(python_habits.ATTRIBUTES[meant], position)
    if meant:
        return f"did you mean `{position}.{meant}`?"
    if name in NUMBERS:
        return f"write `{name}` alone"
    if name in CALLABLES:
        return f"it is a function: `{name}(...)`"
    return "`attndsl vocabulary` lists what a position knows"


def kind_of_callable(name: str) -> str:
    """What a built-in name is, for messages."""
    for table, kind in ((RANGES, "a range"), (ROWS, "a function of a row")):
        if name in table:
            return kind
    return "an aggregate" if name in AGGREGATES and name not in FUNCTIONS else "a function"


def for_position(node: Expression) -> str:
    """How to name a position where something else was given."""
    match node:
        case Attribute(name=name) if name in ATTRIBUTES:
            return f"write `{position_in(node)}`, the position itself"
        case Number(value=value):
            return f"the position with index {value:g} is `at({value:g})`"
        case String():
            return "a word is looked for: `last(t for t in before(q) if t.lower == ...)`"
    return "a position is `q`, `k`, a comprehension's variable, `at(index)`, `last(...)`, `p.prev`"


def shown_text(text: str) -> str:
    """A text as a program would write it, cut where it is long.

    >>> print(shown_text("a" + chr(10) + chr(34)))
    "a\\n\\""
    """
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(marks.get(one, one) for one in text) + '"'
