"""From our grammar to one without an indenter: narrowed, spaced, blocks and brackets unrolled."""

from collections.abc import Iterable

from attndsl.language.emission.notation import (
    Group,
    Item,
    Option,
    Rules,
    Sequence,
    options,
    rules_of,
    words,
)
from attndsl.language.emission.terminals import VARIABLES
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import DECORATORS, FUNCTIONS, RANGES, ROWS

GAP = "GAP"  # a space; in brackets a new line too
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
    "comparison": 'sum (COMPARE sum)* | sum "in" members | sum "not" "in" members'
    ' | place "is" "None" | place "is" "not" "None"',
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
LINE_STARTS = {"assignment", "return_statement", "docstring", '"if"', '"elif"', '"else"'}
UNBROKEN = ("method", "definition", "range")  # brackets without line breaks
OPENING, CLOSING = ('"("', '"{"'), ('")"', '"}"')
LINES = {
    "docstring",
    "constant",
    "definition",
    "body",
    "block",
    "statement",
    "conditional_statement",
}  # rules that end with a line
GLUED_BEHIND = {*OPENING, '"."', '"@"', '"-"', "_NEWLINE", *LINES}
GLUED_BEFORE = {'"("', '")"', '"}"', '","', '":"', '"."', "_NEWLINE", "body", "block"}
VALUES = {f'"{name}"' for name in VARIABLES}  # words that a line may break behind, as behind rules


def unrolled(grammar: str, depth: int) -> Rules:
    """The rules that `start` needs, with `if` in `if` at most `depth` deep."""
    rules = _narrow(rules_of(grammar))
    rules = {name: tuple(_spaced(way) for way in ways) for name, ways in rules.items()}
    rules = _levels(rules, depth)
    rules = _inside(rules)
    rules["gap"] = options('" " | BREAK')
    rules["start"] = rules.pop("file")
    return _reachable(rules)


# --- narrowing ---


def _narrow(ours: Rules) -> Rules:
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
    new["value"] = options('display | NUMBER | "-" NUMBER | STRING')
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
        if isinstance(group, Group) and group.repeat == "+":
            return (Option((*ways[0].items, Group(group.options, "*"))),)
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
            shape = (*shape, Group((('","', "expression"),), "*"))
        shapes.setdefault(shape, []).append(one.name)
    found = [
        Option(_call(Group(tuple((f'"{name}"',) for name in names)), shape))
        for shape, names in shapes.items()
    ]
    several = ("expression", Group((('","', "expression"),), "*"))
    return (*found, Option(_call("HELPER", several)))


def _call(function: Item, arguments: Iterable[Item]) -> Sequence:
    items: list[Item] = [function, '"("']
    for number, argument in enumerate(arguments):
        if number and isinstance(argument, str):
            items.append('","')
        items.append(argument)
    return (*items, '")"')


# --- spaces ---


def _spaced(way: Option) -> Option:
    return Option(_with_gaps(way.items, ""))


def _with_gaps(items: Sequence, before: str) -> Sequence:
    """The items with a GAP wherever two words stand apart; `before` ends what comes before."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            found.append(
                Group(tuple(_with_gaps(option, before) for option in item.options), item.repeat)
            )
            before = _last(item)
            continue
        if item in ("_INDENT", "_DEDENT"):
            before = ""
        elif before and before not in GLUED_BEHIND and item not in GLUED_BEFORE:
            found.append(GAP)
        if item not in ("_INDENT", "_DEDENT"):
            before = item
        found.append(item)
    return tuple(found)


def _last(group: Group) -> str:
    """The last word of a group; in ours, all its ways ask for the same space behind them."""
    return list(words(group.options[0]))[-1]


# --- blocks ---


def _levels(rules: Rules, depth: int) -> Rules:
    """Blocks, statements and conditions once for each margin."""
    made: Rules = {
        name: ways
        for name, ways in rules.items()
        if name not in ("body", "block", "statement", "conditional_statement")
    }
    made["body"] = tuple(Option(_indented(way.items, 0)) for way in rules["body"])
    for level in range(1, depth + 2):
        for name in ("block", "statement", "conditional_statement"):
            ways = [
                Option(_indented(way.items, level))
                for way in rules[name]
                if level <= depth or "conditional_statement" not in words(way.items)
            ]
            made[f"{name}{level}"] = tuple(ways)
    return made


def _indented(items: Sequence, level: int) -> Sequence:
    """A levelled rule's items with their margins written out."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            found.append(
                Group(tuple(_indented(option, level) for option in item.options), item.repeat)
            )
        elif item == "_INDENT":
            level += 1
        elif item == "_DEDENT":
            level -= 1
        elif item in ("statement", "conditional_statement", "block"):
            found.append(f"{item}{level}")
        elif item in LINE_STARTS:
            found.extend((f'"{"    " * level}"', item))
        else:
            found.append(item)
    return tuple(found)


# --- brackets ---


def _inside(rules: Rules) -> Rules:
    """Rules with spaces in them once more for inside of brackets, where a line may break."""
    broken: set[str] = set()
    while True:
        more = {
            name
            for name, ways in rules.items()
            if name in EXPRESSIONS and any(_breaks(way.items, broken) for way in ways)
        }
        if more == broken:
            break
        broken = more
    made: Rules = {}
    for name, ways in rules.items():
        free = name not in UNBROKEN
        made[name] = tuple(Option(_flavoured(way.items, broken, 0, free)) for way in ways)
        if name in broken:
            made[f"{name}_in"] = tuple(
                Option(_flavoured(way.items, broken, 1, free)) for way in ways
            )
    return made


EXPRESSIONS = (
    "expression", "conditional", "disjunction", "conjunction", "negation", "comparison", "sum",
    "product", "signed", "power", "comprehension", "chosen",
)  # fmt: skip


def _breaks(items: Sequence, broken: set[str]) -> bool:
    """Whether a line could break here, outside of the brackets of these items."""
    opened = 0
    for item in items:
        opened += (item in OPENING) - (item in CLOSING)
        if opened:
            continue
        if isinstance(item, Group):
            if any(_breaks(option, broken) for option in item.options):
                return True
        elif item == GAP or item in broken:
            return True
    return False


def _flavoured(items: Sequence, broken: set[str], opened: int, free: bool) -> Sequence:
    found: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            inner = (_flavoured(option, broken, opened, free) for option in item.options)
            found.append(Group(tuple(inner), item.repeat))
        elif item in OPENING:
            opened += 1
            found.append(item)
            if free:
                found.append(Group((("BREAK",),), "?"))
        elif item in CLOSING:
            opened -= 1
            if free:
                found.append(Group((("BREAK",),), "?"))
            found.append(item)
        elif item == GAP:
            free_here = opened and free and (not found or _may_break(found[-1]))
            found.append("gap" if free_here else '" "')
        elif opened and item in broken:
            found.append(f"{item}_in")
        else:
            found.append(item)
    return _joined(found)


def _may_break(before: Item) -> bool:
    """Whether a line in brackets may end here: behind values and commas, not behind operators."""
    if isinstance(before, Group):
        return True
    return before in VALUES or before == '","' or (before.islower() and before[0] != '"')


def _joined(items: list[Item]) -> Sequence:
    """The items with each space joined to the word before it: `"not" " " "in" " "` is `"not in "`.

    A space before a word stays alone: no terminal may begin like two others that part later.
    """
    found: list[Item] = []
    for item in items:
        last = found[-1] if found else ""
        if isinstance(item, str) and isinstance(last, str) and item[0] == '"' and last[:1] == '"':
            word = last.strip('" ')
            if (item == '" "' and word and last[-2] != " ") or (
                last[-2] == " " and word[-1:].isalpha() and item.strip('"').isalpha()
            ):
                found[-1] = last[:-1] + item[1:]
                continue
        found.append(item)
    return tuple(found)


def _reachable(rules: Rules) -> Rules:
    """What `start` needs, in the order of use."""
    found: dict[str, None] = {}
    waiting = ["start"]
    while waiting:
        name = waiting.pop(0)
        if name in rules and name not in found:
            found[name] = None
            for way in rules[name]:
                waiting.extend(words(way.items))
    return {name: rules[name] for name in found}
