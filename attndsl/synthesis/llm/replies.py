"""Programs in a reply: fenced code is read, everything else is ignored; each is checked alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.parser import parse
from attndsl.language.render import render
from attndsl.synthesis.standalone import apart, standalone

LONGEST = 256_000  # characters of a reply that are read
MOST_BLOCKS = 32
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w.+-]*)[^\n`]*$", re.MULTILINE)
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
    program: Program | None
    complaint: str = ""

    @property
    def valid(self) -> bool:
        return self.program is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a program may use, beyond what the language allows."""

    levels: frozenset[str]
    terms: int
    lines: int


def written(reply: str, rules: Rules, bare: bool = False) -> tuple[Written, ...]:
    """Every program of a reply, checked. With `bare` the reply is code itself, without fences."""
    reply = reply[:LONGEST]
    found = tuple(blocks(reply))
    if bare and not found:
        found = (Block(reply),)
    return tuple(one for block in found[:MOST_BLOCKS] for one in judged(block, rules))


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
        return (Written(block.text, None, CUT),)
    checked = verify(block.text, "program")
    if checked.errors:
        return (Written(block.text, None, render(checked.errors, block.text)),)
    if not checked.programs:
        said = "no head program here: write one `def name(q, k)` whose name doesn't start with `_`"
        return (Written(block.text, None, said),)
    module, _ = parse(block.text, "program")
    return tuple(_single(standalone(module, name), rules) for name in apart(module))


def _single(source: str, rules: Rules) -> Written:
    checked = verify(source, "program")
    if checked.errors or len(checked.programs) != 1:
        return Written(source, None, render(checked.errors, source) or "more than one program")
    program = checked.programs[0]
    complaint = "\n".join(broken(program, source, rules))
    return Written(source, None if complaint else program, complaint)


def broken(program: Program, source: str, rules: Rules) -> Iterator[str]:
    """The rules that a checked program doesn't keep."""
    lines = sum(bool(line.strip()) for line in source.split("\n"))
    if lines > rules.lines:
        yield f"{lines} lines; at most {rules.lines} are allowed: write it shorter"
    size = len(program.graph.reachable([program.canonical]))
    if size > rules.terms:
        yield f"{size} operations; at most {rules.terms} are allowed: write it shorter"
    if beyond := sorted(program.needs - rules.levels):
        yield f"it uses what isn't to be had here ({', '.join(beyond)}): take that out"
    for reason, span in program.not_causal if "linguistics" not in rules.levels else ():
        yield f"line {span.line} looks ahead in the text ({reason}): take that out"
