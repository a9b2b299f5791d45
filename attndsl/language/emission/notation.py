"""Lark's notation as data: the rules of a grammar read, and written again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|->|[A-Za-z_]\w*|[()\[\]|?*+]')
RULE = re.compile(r"^\??([a-z]\w*):((?:[^\n]*\n)(?:[ \t]+\S[^\n]*\n)*)", re.MULTILINE)
TERMINAL = re.compile(r"^([A-Z]\w*)(?:\.\d+)?: (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`( ... | ... )` with `?`, `*`, `+` or nothing behind it."""

    options: tuple["Sequence", ...]
    repeat: str = ""


Item: TypeAlias = str | Alternatives  # a text as it is written: `"if"`, `NAME`, `expression`
Sequence: TypeAlias = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to read a rule; `alias` is what stands behind `->`, or empty."""

    items: Sequence
    alias: str = ""


Rules: TypeAlias = dict[str, tuple[Option, ...]]


def rules_of(grammar: str) -> Rules:
    """The rules of a grammar by name, without the marks that shape Lark's trees.

    >>> rules_of('?a: b ("," b)* -> pair\\n | "x"\\n')["a"][1]
    Option(items=('"x"',), alias='')
    """
    return {rule[1]: options(rule[2]) for rule in RULE.finditer(grammar)}


def terminals_of(grammar: str) -> dict[str, str]:
    """The terminals of a grammar by name, as they are written, without priorities."""
    return {terminal[1]: terminal[2] for terminal in TERMINAL.finditer(grammar)}


def options(text: str) -> tuple[Option, ...]:
    """What stands behind the colon of a rule."""
    tokens = [word for word in TOKEN.findall(text) if not word.startswith("//")]
    ways: list[Option] = []
    position = 0
    while position <= len(tokens):
        items, position = _sequence(tokens, position)
        alias = ""
        if position < len(tokens) and tokens[position] == "->":
            alias = tokens[position + 1]
            position += 2
        ways.append(Option(items, alias))
        position += 1  # the `|`
    return tuple(ways)


def _sequence(tokens: list[str], position: int) -> tuple[Sequence, int]:
    """Items up to `|`, `->`, a closing bracket or the end."""
    items: list[Item] = []
    while position < len(tokens) and tokens[position] not in ("|", "->", ")", "]"):
        word = tokens[position]
        position += 1
        item: Item = word
        if word in ("(", "["):
            inner: list[Sequence] = []
            while True:
                sequence, position = _sequence(tokens, position)
                inner.append(sequence)
                position += 1
                if tokens[position - 1] != "|":
                    break
            item = Alternatives(tuple(inner), "?" if word == "[" else "")
        if position < len(tokens) and tokens[position] in ("?", "*", "+"):
            inside = item.options if isinstance(item, Alternatives) else ((item,),)
            item = Alternatives(inside, tokens[position])
            position += 1
        items.append(item)
    return tuple(items), position


def words(items: Sequence) -> Iterator[str]:
    """Every text in a sequence, at any depth."""
    for item in items:
        if isinstance(item, str):
            yield item
        else:
            for option in item.options:
                yield from words(option)


def written(items: Sequence) -> str:
    """A sequence in Lark's notation.

    >>> written(('"if"', Alternatives((("a",), ("b", "c")), "*")))
    '"if" (a | b c)*'
    """
    return " ".join(item if isinstance(item, str) else _written_group(item) for item in items)


def _written_group(group: Alternatives) -> str:
    (first, *others) = group.options
    if not others and len(first) == 1 and isinstance(first[0], str) and group.repeat:
        return first[0] + group.repeat
    return "(" + " | ".join(written(option) for option in group.options) + ")" + group.repeat


def written_rule(name: str, ways: tuple[Option, ...]) -> str:
    return f"{name}: " + " | ".join(written(option.items) for option in ways)
