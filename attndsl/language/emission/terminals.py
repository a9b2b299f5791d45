"""The terminals of the emission grammar: names that are free, bounded numbers and texts."""

import keyword
from collections.abc import Iterable
from string import ascii_lowercase

from attndsl.language.nodes import Type
from attndsl.language.shipped import mechanisms
from attndsl.language.vocabulary import (
    AGGREGATES,
    ATTRIBUTES,
    METHODS,
)

VARIABLES = ("t", "s", "u")  # of comprehensions
# Words that no name may be: Python's own, and the two parameters of a head program.
RESERVED = frozenset({*(word for word in keyword.kwlist if word.islower()), "q", "k"})

TAIL = "[a-z0-9_]"
LONGEST = 30  # characters behind the first few
SHOWN = r"[ !#-\[\]-~]"  # ASCII that needs no escape in a text
ALSO = r"\u00a1-\u00ac\u00ae-\u017f\u2010-\u2027"  # letters with accents, typographic marks

BOUNDED = {
    "CONSTANT": f"/[A-Z][A-Z0-9_]{{0,{LONGEST}}}/",
    # what is called besides the built-ins has `_` in its name, which `len`, `int` and `range` lack
    "HELPER": f"/_[a-z]{TAIL}{{0,{LONGEST}}}|[a-z][a-z0-9]{{0,15}}_{TAIL}{{0,{LONGEST}}}/",
    "NUMBER": r"/1e30|[1-9](\.[0-9]{1,4})?e-?[12]?[0-9]|(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?/",
    "STRING": rf'/"({SHOWN[:-1]}{ALSO}]|\\[nt"\\]|\\u[0-9a-c][0-9a-f]{{3}}){{0,24}}"/',
    "DOCSTRING": rf'/"""{SHOWN}{{1,99}}(\n(    {SHOWN}{{0,99}})?){{0,5}}"""/',
    "BREAK": r"/\n {4,40}/",
    "_NEWLINE": r"/\n{1,3}/",
}


def vocabulary_terminals() -> dict[str, str]:
    """Alternations made from the vocabulary table."""
    shown = [entry for entry in ATTRIBUTES.values() if not entry.hidden]
    chosen = [entry.name for entry in AGGREGATES.values() if entry.variable_only]
    return {
        "STEP": one_of(one.name for one in shown if one.type is Type.POSITION),
        "ATTRIBUTE": one_of(one.name for one in shown if one.type is not Type.POSITION),
        "TEXT": one_of(one.name for one in shown if one.type is Type.TEXT),
        "METHOD": one_of(METHODS),
        "VARIABLE": one_of(VARIABLES),
        "AGGREGATE": one_of(name for name in AGGREGATES if name not in chosen),
        "CHOICE": one_of(chosen),
        # the others look like helpers
        "MECHANISM": one_of(name for name in mechanisms() if "_" not in name),
    }


def one_of(names: Iterable[str]) -> str:
    """A pattern for any of the names, common beginnings written once.

    >>> one_of(["is_a", "is_b", "i", "n"])
    '/i(s_(a|b))?|n/'
    """
    return f"/{_alternatives(sorted(names))}/"


def _alternatives(names: list[str]) -> str:
    """The names, sorted and all different, without the empty one."""
    parts = []
    for first in sorted({name[0] for name in names}):
        rest = [name[1:] for name in names if name[0] == first]
        longer = [one for one in rest if one]
        if not longer:
            parts.append(first)
            continue
        inner = _alternatives(longer)
        if "" in rest:
            inner = f"({inner})?"
        elif len({one[0] for one in longer}) > 1:
            inner = f"({inner})"
        parts.append(first + inner)
    return "|".join(parts)


def free_names() -> dict[str, str]:
    """Names but for the reserved words, in plain notation.

    Where a reserved word could begin, every way to leave it is written out, for a terminal may
    neither look ahead nor be subtracted from.
    """
    return {
        "NAME": f'"_"? {_leaving(sorted(RESERVED), "")}',
        "_TAIL": f"/{TAIL}{{0,{LONGEST}}}/",
        "_MORE": f"/{TAIL}{{1,{LONGEST}}}/",
    }


def _leaving(left: list[str], digits: str = "0123456789_") -> str:
    """What may follow where the reserved words still go on with one of `left`."""
    letters = sorted({word[0] for word in left if word})
    others = set(f"{ascii_lowercase}{digits}") - set(letters)
    parts = [f"/{_class(others)}/ _TAIL" if letters else "_MORE"]
    for letter in letters:
        parts.append(f'"{letter}" ' + _leaving([w[1:] for w in left if w[:1] == letter]))
    inner = "(" + "|".join(parts) + ")"
    return inner if "" in left or not digits else inner + "?"


def subtracted_names() -> dict[str, str]:
    """The same names by llguidance's subtraction."""
    reserved = one_of(RESERVED)[1:-1]
    return {"NAME": f"/_?[a-z]{TAIL}{{0,{LONGEST}}}/ & ~/_?({reserved})/"}


def _class(letters: set[str]) -> str:
    """A character class, with ranges where they are shorter.

    >>> _class(set("abcdxz_"))
    '[_a-dxz]'
    """
    runs: list[list[str]] = []
    for letter in sorted(letters):
        if runs and ord(letter) == ord(runs[-1][-1]) + 1:
            runs[-1].append(letter)
        else:
            runs.append([letter])
    return "[" + "".join(r[0] if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs) + "]"
