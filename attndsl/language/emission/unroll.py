"""From our grammar to one without an indenter: spaces, blocks and brackets unrolled."""

from attndsl.language.emission.narrowing import narrowed
from attndsl.language.emission.notation import (
    Alternatives,
    Item,
    Option,
    Rules,
    Sequence,
    options,
    rules_of,
    words,
)
from attndsl.language.emission.terminals import VARIABLES

GAP = "GAP"  # a space; in brackets a new line too
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
    rules = narrowed(rules_of(grammar))
    rules = {name: tuple(_spaced(way) for way in ways) for name, ways in rules.items()}
    rules = _levels(rules, depth)
    rules = _inside(rules)
    rules["gap"] = options('" " | BREAK')
    rules["start"] = rules.pop("file")
    return _reachable(rules)


# --- spaces ---


def _spaced(way: Option) -> Option:
    return Option(_with_gaps(way.items, ""))


def _with_gaps(items: Sequence, before: str) -> Sequence:
    """The items with a GAP wherever two words stand apart; `before` ends what comes before."""
    spaced: list[Item] = []
    for item in items:
        if isinstance(item, Alternatives):
            spaced.append(
                Alternatives(
                    tuple(_with_gaps(option, before) for option in item.options), item.repeat
                )
            )
            before = _last(item)
            continue
        if item in ("_INDENT", "_DEDENT"):
            before = ""
        elif before and before not in GLUED_BEHIND and item not in GLUED_BEFORE:
            spaced.append(GAP)
        if item not in ("_INDENT", "_DEDENT"):
            before = item
        spaced.append(item)
    return tuple(spaced)


def _last(group: Alternatives) -> str:
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
    indented: list[Item] = []
    for item in items:
        if isinstance(item, Alternatives):
            indented.append(
                Alternatives(
                    tuple(_indented(option, level) for option in item.options), item.repeat
                )
            )
        elif item == "_INDENT":
            level += 1
        elif item == "_DEDENT":
            level -= 1
        elif item in ("statement", "conditional_statement", "block"):
            indented.append(f"{item}{level}")
        elif item in LINE_STARTS:
            indented.extend((f'"{"    " * level}"', item))
        else:
            indented.append(item)
    return tuple(indented)


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
        if isinstance(item, Alternatives):
            if any(_breaks(option, broken) for option in item.options):
                return True
        elif item == GAP or item in broken:
            return True
    return False


def _flavoured(items: Sequence, broken: set[str], opened: int, free: bool) -> Sequence:
    flavoured: list[Item] = []
    for item in items:
        if isinstance(item, Alternatives):
            inner = (_flavoured(option, broken, opened, free) for option in item.options)
            flavoured.append(Alternatives(tuple(inner), item.repeat))
        elif item in OPENING:
            opened += 1
            flavoured.append(item)
            if free:
                flavoured.append(Alternatives((("BREAK",),), "?"))
        elif item in CLOSING:
            opened -= 1
            if free:
                flavoured.append(Alternatives((("BREAK",),), "?"))
            flavoured.append(item)
        elif item == GAP:
            free_here = opened and free and (not flavoured or _may_break(flavoured[-1]))
            flavoured.append("gap" if free_here else '" "')
        elif opened and item in broken:
            flavoured.append(f"{item}_in")
        else:
            flavoured.append(item)
    return _joined(flavoured)


def _may_break(before: Item) -> bool:
    """Whether a line in brackets may end here: behind values and commas, not behind operators."""
    if isinstance(before, Alternatives):
        return True
    return before in VALUES or before == '","' or (before.islower() and before[0] != '"')


def _joined(items: list[Item]) -> Sequence:
    """The items with each space joined to the word before it: `"not" " " "in" " "` is `"not in "`.

    A space before a word stays alone: no terminal may begin like two others that part later.
    """
    joined: list[Item] = []
    for item in items:
        last = joined[-1] if joined else ""
        if isinstance(item, str) and isinstance(last, str) and item[0] == '"' and last[:1] == '"':
            word = last.strip('" ')
            if (item == '" "' and word and last[-2] != " ") or (
                last[-2] == " " and word[-1:].isalpha() and item.strip('"').isalpha()
            ):
                joined[-1] = last[:-1] + item[1:]
                continue
        joined.append(item)
    return tuple(joined)


def _reachable(rules: Rules) -> Rules:
    """What `start` needs, in the order of use."""
    reached: dict[str, None] = {}
    waiting = ["start"]
    while waiting:
        name = waiting.pop(0)
        if name in rules and name not in reached:
            reached[name] = None
            for way in rules[name]:
                waiting.extend(words(way.items))
    return {name: rules[name] for name in reached}
