"""Programs in a reply: fenced code is read, everything else is ignored; each is checked alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attndsl.graph.literals import numbers
from attndsl.graph.program import Program, size_of
from attndsl.graph.verify import verify
from attndsl.language.parser import parse
from attndsl.language.render import render
from attndsl.language.vocabulary import ATTRIBUTES, FUNCTIONS
from attndsl.synthesis.standalone import apart, standalone

LONGEST = 256_000  # characters of a reply that are read
MOST_BLOCKS = 32
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w.+-]*)[^\n`]*$", re.MULTILINE)
PARSED = (
    *(one.name for one in ATTRIBUTES.values() if one.level == "linguistics" and not one.hidden),
    *(one.name for one in FUNCTIONS.values() if one.level == "linguistics"),
)
NO_PARSE = (
    f"there is no parse of the text here, so none of {', '.join(PARSED)}: go by `usual_pos`, "
    "flags, words and distances instead"
)
CUT = "the reply ended before this block did: write it again, shorter"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced piece of a reply; not whole where the reply ended before the fence was closed."""

    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """One program that was written: usable, or with what is wrong with it."""

    source: str
    complaint: str = ""

    @property
    def valid(self) -> bool:
        return not self.complaint


@dataclass(frozen=True, slots=True)
class Rules:
    """What a program may use, beyond what the language allows; `ahead` where tokens see all."""

    levels: frozenset[str]
    terms: int
    lines: int
    ahead: bool = False
    numbers: float = 12.0  # two for each of five parts and what rests

    def used(self, program: Program, source: str) -> str:
        """How much of what is allowed a program takes."""
        return (
            f"{lines_of(source)} lines of {self.lines} that are allowed, "
            f"{size_of(program)} operations of {self.terms}, {numbers(program):g} numbers of "
            f"{self.numbers:g}"
        )


def written(reply: str, rules: Rules, bare: bool = False) -> tuple[Written, ...]:
    """Every program of a reply, checked. With `bare` the reply is code itself, without fences."""
    reply = reply[:LONGEST]
    parts = tuple(blocks(reply))
    if bare and not parts:
        parts = (Block(reply),)
    return tuple(one for block in parts[:MOST_BLOCKS] for one in judged(block, rules))


def blocks(reply: str) -> Iterator[Block]:
    """The fenced blocks that hold a `def`.

    >>> fence = "`" * 3
    >>> found = list(blocks(f"Sure!\\n{fence}python\\ndef a(q, k):\\n    return 1\\n{fence}\\n"))
    >>> found[0].text, found[0].whole
    ('def a(q, k):\\n    return 1\\n', True)
    """
    opened: re.Match[str] | None = None
    for fence in FENCE.finditer(reply):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2]:
            yield from _held(reply[opened.end() + 1 : fence.start()], True)
            opened = None
    if opened is not None:
        yield from _held(reply[opened.end() + 1 :], False)


def _held(text: str, whole: bool) -> Iterator[Block]:
    text = text.replace("\r\n", "\n").strip("\n") + "\n"
    if re.search(r"^[ \t]*def\b", text, re.MULTILINE):
        yield Block(_at_the_margin(text), whole)


def _at_the_margin(text: str) -> str:
    """Without an indent that all lines have, as in a list item."""
    margins = [len(line) - len(line.lstrip()) for line in text.split("\n") if line.strip()]
    least = min(margins, default=0)
    return "\n".join(line[least:] for line in text.split("\n"))


def judged(block: Block, rules: Rules) -> tuple[Written, ...]:
    """The programs of a block, each as a text of its own; the block itself where it has errors."""
    if not block.whole:
        return (Written(block.text, CUT),)
    checked = verify(block.text, "program")
    if checked.errors:
        return (Written(block.text, render(checked.errors, block.text)),)
    if not checked.programs:
        said = "no head program here: write one `def name(q, k)` whose name doesn't start with `_`"
        return (Written(block.text, said),)
    module, _ = parse(block.text, "program")
    return tuple(_single(standalone(module, name), rules) for name in apart(module))


def _single(source: str, rules: Rules) -> Written:
    checked = verify(source, "program")
    if checked.errors or len(checked.programs) != 1:
        return Written(source, render(checked.errors, source) or "more than one program")
    program = checked.programs[0]
    return Written(source, "\n".join(broken(program, source, rules)))


def broken(program: Program, source: str, rules: Rules) -> Iterator[str]:
    """The rules that a checked program doesn't keep."""
    if (lines := lines_of(source)) > rules.lines:
        yield f"{lines} lines; at most {rules.lines} are allowed: write it shorter"
    if (size := size_of(program)) > rules.terms:
        yield f"{size} operations; at most {rules.terms} are allowed: write it shorter"
    if (many := numbers(program)) > rules.numbers:
        yield (
            f"{many:g} numbers; at most {rules.numbers:g} are allowed (distances and members of "
            "sets count half): say what matters most"
        )
    if "linguistics" in program.needs - rules.levels:
        yield NO_PARSE
    elif beyond := sorted(program.needs - rules.levels):
        yield f"it uses what isn't to be had here ({', '.join(beyond)}): take that out"
    elif not rules.ahead and "linguistics" not in rules.levels:
        for reason, span in program.not_causal:
            yield f"line {span.line} looks ahead in the text ({reason}): take that out"


def lines_of(source: str) -> int:
    """Lines that aren't blank.

    >>> lines_of("a\\n\\nb\\n")
    2
    """
    return sum(bool(line.strip()) for line in source.split("\n"))
