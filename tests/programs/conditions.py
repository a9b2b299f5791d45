"""Random bools: comparisons, sets, texts, positions, relations."""

from tests.programs.comprehensions import comprehension
from tests.programs.context import (
    BOOL,
    LABELS,
    NUMBER,
    PARTS,
    POSITION,
    SIGNS,
    TEXT,
    WORDS,
    Context,
    Maker,
    quoted,
)  # fmt: skip
from tests.programs.draws import chance, pick, some
from tests.programs.leaves import NUMBERS, bool_leaf


def _comparison(context: Context, depth: int) -> str:
    sign = pick(context.draw, ("<", "<=", ">", ">=", "==", "!="))
    parts = [context.make(NUMBER, depth) for _ in range(2)]
    chained = chance(context.draw, 10)
    more = f" {pick(context.draw, ('<', '<='))} {pick(context.draw, NUMBERS)}" if chained else ""
    return f"({parts[0]} {sign} {parts[1]}{more})"


def _one_of_numbers(context: Context, depth: int) -> str:
    items = ", ".join(some(context.draw, ("0", "1", "2", "5", "0.5"), 3))
    word = pick(context.draw, ("in", "not in"))
    return f"({context.make(NUMBER, depth)} {word} {{{items}}})"


def _text_test(context: Context, depth: int) -> str:
    at = context.make(POSITION, min(depth, 1))
    name = pick(context.draw, context.attributes(TEXT))
    labels = LABELS.get(name, (*WORDS, *SIGNS))
    choice = context.draw.below(6)
    if choice == 0:
        other = context.make(POSITION, min(depth, 1))
        return f"({at}.{name} {pick(context.draw, ('==', '!='))} {other}.{name})"
    if choice == 1 and name not in LABELS:
        return f"{at}.{name}.{pick(context.draw, ('startswith', 'endswith'))}({part(context)})"
    if choice == 2 and name not in LABELS:
        return f"({part(context)} in {at}.{name})"
    if choice == 3:
        return (
            f"({at}.{name} {pick(context.draw, ('==', '!='))} {quoted(pick(context.draw, labels))})"
        )
    named = [key for key, kind in context.sets.items() if kind is TEXT]
    if choice == 4 and named and name not in LABELS:
        return f"({at}.{name} in {pick(context.draw, named)})"
    items = ", ".join(map(quoted, some(context.draw, labels, 4)))
    brackets = pick(context.draw, ("{}", "[]")) if chance(context.draw, 20) else "{}"
    word = pick(context.draw, ("in", "in", "not in"))
    return f"({at}.{name} {word} {brackets[0]}{items}{brackets[1]})"


def part(context: Context) -> str:
    return quoted(pick(context.draw, PARTS))


def _logic(context: Context, depth: int) -> str:
    word = pick(context.draw, (" and ", " or "))
    parts = [context.condition(depth) for _ in range(2 + context.draw.below(2))]
    return "(" + word.join(parts) + ")"


def _negation(context: Context, depth: int) -> str:
    return f"(not {context.condition(depth)})"


def _position_test(context: Context, depth: int) -> str:
    one = context.make(POSITION, depth)
    other = "None" if chance(context.draw, 20) else context.make(POSITION, depth)
    signs = ("is", "is not") if other == "None" else ("==", "!=")
    return f"({one} {pick(context.draw, signs)} {other})"


def _relation(context: Context, depth: int) -> str:
    if not context.linguistics:
        return bool_leaf(context)
    pair = [context.make(POSITION, min(depth, 1)) for _ in range(2)]
    return f"{pick(context.draw, ('is_child', 'is_ancestor', 'same_word'))}({', '.join(pair)})"


def _bool_aggregate(context: Context, depth: int) -> str:
    if context.nesting == 0:
        return bool_leaf(context)
    function = pick(context.draw, ("any", "any", "all"))
    return comprehension(context, function, BOOL, depth, chance(context.draw, 30))


CONDITIONS: tuple[Maker, ...] = (
    _comparison, _comparison, _one_of_numbers, _text_test, _text_test, _logic, _logic, _negation,
    _position_test, _relation, _bool_aggregate, _bool_aggregate,
)  # fmt: skip
