"""Input made to exhaust a parser is refused quickly: depth, length, regular expressions, noise.

Times here are ten times the goal: they guard against hangs and growth only. ATTNDSL_CASES=20000
runs the mutations of `make fuzz`.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from attndsl.language.assets import asset
from attndsl.language.formatter import format_source
from attndsl.language.lexing.scan import TOKEN
from attndsl.language.outline import outline
from attndsl.language.parser import parse
from attndsl.language.parsing.tables import build
from tests.clock import GOAL, doubling, timed, usual
from tests.language.codes import CODES
from tests.language.scribble import Scribble

CASES = int(os.environ.get("ATTNDSL_CASES", "2000"))
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
NESTED: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "(" * n + "1" + ")" * n,
    "signs": lambda n: "-" * n + "1",
    "not": lambda n: "not " * n + "q",
    "choices": lambda n: "1 if q else " * n + "1",
    "powers": lambda n: "1 ** " * n + "1",
    "attributes": lambda n: "q" + ".prev" * n,
    "calls": lambda n: "abs(" * n + "1" + ")" * n,
    "aggregates": lambda n: "any(\n" * n + "q" + " for t in upto(q))\n" * n,
    "mixed": lambda n: "1 + (2 * -x ** (" * (n // 2) + "1" + "))" * (n // 2),
    "lists": lambda n: "[" * n + "1" + "]" * n,
    "braces": lambda n: "{" * n + "1" + "}" * n,
}
OPEN = {
    "lines": "(\n",
    "round": "(",
    "square": "[",
    "motif": "([{",
    "closers": ")]}",
    "calls": "f(",
}


def read(source: str | bytes) -> tuple[float, list[str], int]:
    """Seconds, codes of the diagnostics, and how many definitions were read."""
    seconds, (module, diagnostics) = timed(parse, source)
    return seconds, [diagnostic.code for diagnostic in diagnostics], len(module.definitions)


def returned(expression: str) -> str:
    return f"def f(q, k):\n    return {expression}\n"


@pytest.mark.parametrize("kind", NESTED)
def test_nesting_is_accepted_to_the_limit_and_refused_beyond(kind: str) -> None:
    for depth in (10, 100, 1000, 10**5, 10**6):
        seconds, codes, count = read(returned(NESTED[kind](depth)))
        assert usual(seconds) < 0.5
        if depth > 64:
            assert set(codes) <= {"ATT005", "ATT006", "ATT007", "ATT008"}
            assert codes
        elif kind not in ("lists", "braces"):
            assert (codes, count) == ([], 1)
    if kind not in ("lists", "braces", "mixed"):
        limit = 63 if kind == "aggregates" else 64  # their ranges have brackets, too
        assert read(returned(NESTED[kind](limit)))[1:] == ([], 1)
        assert read(returned(NESTED[kind](limit + 1)))[1:] == (["ATT007"], 0)


@pytest.mark.parametrize("kind", NESTED)
def test_what_is_accepted_is_shallow_enough_for_every_walk(kind: str) -> None:
    if kind in ("lists", "braces"):
        return
    source = returned(NESTED[kind](64 if kind != "mixed" else 32))
    module, _ = parse(source)
    if module.definitions:
        assert repr(module)
        assert hash(module)
        assert outline(module)
    source = returned(NESTED[kind](30))
    assert outline(parse(format_source(source))[0]) == outline(parse(source)[0])


def test_deep_blocks() -> None:
    for depth, accepted in ((40, True), (64, False), (500, False)):
        lines = [f"{' ' * n}if q.i:\n" for n in range(1, depth + 1)]
        source = "def f(q, k):\n" + "".join(lines) + " " * (depth + 1) + "return 1\n"
        _, codes, count = read(source)
        assert (codes == [], count == 1) == (accepted, accepted), depth


@pytest.mark.parametrize("kind", OPEN)
def test_open_brackets(kind: str) -> None:
    for count in (10, 1000, 10**5, 10**6):
        for source in (OPEN[kind] * count, returned(OPEN[kind] * count)):
            seconds, codes, _ = read(source)
            assert usual(seconds) < 2
            assert codes


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "1 + " * n + "1",
        lambda n: "1 < " * n + "1",
        lambda n: "q and " * n + "q",
        lambda n: "{" + "1, " * n + "}",
        lambda n: "max(" + "1, " * n + "1)",
        lambda n: "(\n" + "1 +\n" * n + "1)",
        lambda n: "1\n" + "    w = 1\n" * n,
        lambda n: "1\n" + "    if q: return 1\n" * n,
        lambda n: "1\n    if q: return 1\n" + "    elif k: return 1\n" * n,
    ],
)
def test_flat_bombs_are_refused_and_long_programs_are_not(make: Callable[[int], str]) -> None:
    seconds, codes, _ = read(returned(make(10**5)))
    assert usual(seconds) < 0.5
    assert set(codes) <= {"ATT005", "ATT006", "ATT008"}
    assert codes
    assert read(returned(make(100)))[1:] == ([], 1)


UNCLOSED = (
    '"', "'", '"""', "'''", '"\\', '"""\\"', '"a\\"', '"""a\\"""', '""""', "'\\''", '"\\\n',
    '"""\\\n',
    '#', '1', '1e', '1.', '.1', 'a', '_', '\n', '\n ', '\n\t', ' ', '\\', '"""\n', '"""\ndef f(',
    'A = \\"""\n', 'A = """\n', 'def f(q): """\n', "@", "def ", "def f", "A =", "é",
    "\u200b", "$", "=",
    '"" ', "''", '""" ', "=\n", "x=\n", "x = '''\\'''\n", ":", "for ", "if ", "else:\n",
)  # fmt: skip


@pytest.mark.parametrize("motif", UNCLOSED)
def test_time_grows_with_the_length_and_no_faster(motif: str) -> None:
    """Twice the text takes at most three times as long."""

    def read_both(size: int) -> None:
        for prefix in ("", '"""'):
            parse(prefix + motif * (size // len(motif)))

    size = 4_000
    while timed(read_both, size)[0] < 0.02 and size < 512_000:
        size *= 2
    assert doubling(read_both, size, floor=0.02) < GOAL


def test_every_terminal_reads_in_linear_time() -> None:
    grammar = asset("grammar/attndsl.lark").read_text(encoding="utf-8")
    terminals = {t.name: t.pattern.to_regexp() for t in build(grammar).terminals}
    terminals["(scan)"] = ""
    for name, pattern in terminals.items():
        compiled = re.compile(pattern) if pattern else TOKEN
        for motif in UNCLOSED:
            for prefix in ("", '"', "'", '"""', "'''", "1e"):
                text = prefix + motif * (50_000 // len(motif))
                seconds, _ = timed(compiled.match, text)
                assert seconds < 0.25, (name, prefix, motif)


def sources() -> list[str]:
    paths = sorted(FIXTURES.rglob("*.attn"))
    if asset("grammar").parent.joinpath("examples").is_dir():
        paths += sorted(asset("examples").rglob("*.attn"))
    return [path.read_text(encoding="utf-8") for path in paths]


def definitions() -> list[str]:
    """Definitions of the fixtures and examples and random ones, small enough to mutate many."""
    found = [part for text in sources() for part in re.split(r"\n(?=def |@|[A-Z_]+ =)", text)]
    found += [Scribble(seed).program() for seed in range(100)]
    return [part for part in found if 20 < len(part) < 2000]


def mutated(text: str, random: Random) -> str:
    tokens = [match[0] for match in TOKEN.finditer(text)]
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        at = random.randrange(len(tokens))
        kind = random.randrange(6)
        if kind == 0:
            del tokens[at : at + random.choice((1, 1, 3))]
        elif kind == 1:
            tokens.insert(at, tokens[random.randrange(len(tokens))])
        elif kind == 2:
            other = random.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = random.choice(NOISE)
        elif kind == 4:
            tokens.insert(at, random.choice(NOISE))
        else:
            tokens[at : at + 1] = list(tokens[at][: random.randrange(len(tokens[at]) + 1)])
        tokens = tokens or ["x"]
    return "".join(tokens)


NOISE = (
    "(", ")", "[", "]", "{", "}", ":", ",", ".", "=", "==", "+", "-", "**", "*", "|", "@", "\n",
    "\n    ", "\n  ", "    ", "\t", '"', "'", '"""', "'''", "#", "\\", "$", "é", "\u200b", "\x00",
    " for ", " if ", " else ", " in ", " not ", " is ", "def ", "return ", " lambda ", " and ",
    "None", "1e999", "0x1", "__class__", "f'", " elif ", "while ", ":=", "->", "...", ";",
)  # fmt: skip


def test_mutated_programs_give_diagnostics_only() -> None:
    random = Random(1)
    pool = definitions()
    assert len(pool) > 50
    slowest = []
    for _ in range(CASES):
        seconds, codes, _ = read(mutated(random.choice(pool), random))
        slowest.append(seconds)
        assert set(codes) <= CODES.keys()
    assert sorted(slowest)[int(CASES * 0.99)] < 0.2


def test_mutated_programs_that_still_parse_have_a_format() -> None:
    random = Random(2)
    pool = definitions()
    formatted = 0
    for _ in range(CASES // 4):
        source = mutated(random.choice(pool), random)
        if not parse(source)[1]:
            format_source(source)
            formatted += 1
    assert formatted > CASES // 100


def test_random_bytes_give_diagnostics_only() -> None:
    random = Random(3)
    for number in range(CASES):
        size = random.choice((1, 3, 10, 100, 1000))
        if number % 2:
            source = random.randbytes(size)
        else:
            source = "".join(random.choice(NOISE) for _ in range(size // 2 + 1)).encode()
        assert read(source)[0] < 0.5
