"""Our rules written more narrowly: what models may write is less than what ours reads."""

from collections.abc import Iterable

from attndsl.language.emission.notation import Alternatives, Item, Option, Rules, Sequence, options
from attndsl.language.emission.terminals import VARIABLES
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import DECORATORS, FUNCTIONS, RANGES, ROWS

STEPS = 3  # as in q.prev.prev.head
LITERALS = ("number", "string", "true", "false", "missing")  # atoms without attributes

# Rules of ours, or ways to read one (by alias), written more narrowly: what they let through, ours
# lets through as well. Programs then always return, sets hold literals, calls have all arguments.
NARROWED = {
    "file": "docstring? constant* definition+",
    "docstring": "DOCSTRING _NEWLINE",
    "constant": 'CONSTANT "=" value _NEWLINE',
    "parameters": 'NAME | "q" "," NAME | "q" "," "k" "," NAME',
    "body": "_NEWLINE _INDENT docstring? statement* return_statement _NEWLINE _DEDENT",
    "block": "_NEWLINE _INDENT (statement+ (return_statement _NEWLINE)?"
    " | return_statement _NEWLINE) _DEDENT",
    "statement": "assignment _NEWLINE | conditional_statement",
    "comparison": 'sum (COMPARE sum)* | sum "not"? "in" members | place "is" "not"? "None"',
    "power": "(primary | literal) (POWER signed)?",
    "signed": '"-"? power',
    "primary": "place | attribute | method",
    "attribute": 'place "." ATTRIBUTE',
    "method": 'place "." TEXT "." METHOD "(" STRING ")"',
    "comprehension": 'expression "for" VARIABLE "in" range ("if" disjunction)?',
    "name": 'NAME | CONSTANT | "q" | "k"',
    "display": '"{" (STRING ("," STRING)* | NUMBER ("," NUMBER)*) [","] "}"',
}
# What is left out: one way to write a thing is enough.
LEFT_OUT = {
    "decorator": "written into the definition, each at most once and above head programs only",
    "simple_statement": "a return ends its block, so each is a statement of its own",
    "union": "a set is written out, not joined",
    "comparator": "written into the comparison",
    "sequence": "sets stand in braces",
    "arguments": "written with the functions, as many as each takes",
}


def narrowed(ours: Rules) -> Rules:
    """Our rules with the narrowed ones in place; a way with an alias becomes a rule of its own."""
    named = {way.alias for ways in ours.values() for way in ways} | set(ours)
    if unknown := (set(NARROWED) | set(LEFT_OUT) | set(LITERALS)) - named:
        raise ValueError(f"grammar/attndsl.lark has no {', '.join(sorted(unknown))}")
    new: Rules = {}
    atoms: list[str] = []
    for name, ways in ours.items():
        for way in ways:
            alias = way.alias
            if name == "atom" and alias not in LITERALS and alias not in LEFT_OUT:
                atoms.append(alias)
            if alias and alias not in LEFT_OUT:
                new[alias] = options(NARROWED[alias]) if alias in NARROWED else (Option(way.items),)
        if name not in LEFT_OUT:
            plain = tuple(Option(way.items or (way.alias,)) for way in ways)
            new[name] = options(NARROWED[name]) if name in NARROWED else _folded(plain)
    new["atom"] = tuple(Option((name,)) for name in dict.fromkeys(atoms) if name != "display")
    new["atom"] += options("call | aggregate")
    new["place"] = options("atom" + ' ("." STEP)?' * STEPS)
    new["literal"] = tuple(way for name in LITERALS for way in new.pop(name))
    new["value"] = options('display | "-"? NUMBER | STRING')
    new["members"] = options("display | CONSTANT | attribute")
    new["call"] = _calls()
    new["aggregate"] = options('AGGREGATE "(" comprehension ")" | CHOICE "(" chosen ")"')
    same = " | ".join(f'"{name}" "for" "{name}"' for name in VARIABLES)
    new["chosen"] = options(f'({same}) "in" range ("if" disjunction)?')
    new["range"] = tuple(
        Option(_call(f'"{one.name}"', ('"q"' if p == "q" else "place" for p in one.parameters)))
        for one in RANGES.values()
    )
    above = " ".join(
        f'("@" {_decorator(one.name, one.arguments)} _NEWLINE)?' for one in DECORATORS.values()
    )
    new["definition"] = options(
        f'{above} "def" NAME "(" "q" "," "k" ")" ":" body | "def" NAME "(" parameters ")" ":" body'
    )
    return new


def _folded(ways: tuple[Option, ...]) -> tuple[Option, ...]:
    """`a | a (b a)+` is `a (b a)*`."""
    if len(ways) == 2 and ways[1].items[:1] == ways[0].items and len(ways[1].items) == 2:
        group = ways[1].items[1]
        if isinstance(group, Alternatives) and group.repeat == "+":
            return (Option((*ways[0].items, Alternatives(group.options, "*"))),)
    return ways


def _decorator(name: str, arguments: tuple[str, ...]) -> str:
    if not arguments:
        return f'"{name}"'
    return f'"{name}" "(" (' + " | ".join(f'"{one}"' for one in arguments) + ') ")"'


def _calls() -> tuple[Option, ...]:
    """Calls by how many arguments of which type the function takes; rows; helpers."""
    shapes: dict[tuple[Item, ...], list[str]] = {("expression",): [*ROWS]}
    for one in FUNCTIONS.values():
        shape: tuple[Item, ...] = tuple(
            "place" if kind is Type.POSITION else "expression" for _, kind in one.parameters
        )
        if one.variadic:
            shape = (*shape, Alternatives((('","', "expression"),), "*"))
        shapes.setdefault(shape, []).append(one.name)
    calls = [
        Option(_call(Alternatives(tuple((f'"{name}"',) for name in names)), shape))
        for shape, names in shapes.items()
    ]
    several = ("expression", Alternatives((('","', "expression"),), "*"))
    ours = Alternatives((("HELPER",), ("MECHANISM",)))
    return (*calls, Option(_call(ours, several)))


def _call(function: Item, arguments: Iterable[Item]) -> Sequence:
    items: list[Item] = [function, '"("']
    for number, argument in enumerate(arguments):
        if number and isinstance(argument, str):
            items.append('","')
        items.append(argument)
    return (*items, '")"')
