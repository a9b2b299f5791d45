"""The tasks of small models over symbols: the names of their ids, and inputs drawn."""

import re
import string
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.toys.languages import LANGUAGES, Language, nested

LONGEST = 50  # symbols of an input, as in training
SPECIAL = ("<bos>", "<sep>", "<eos>", "<pad>")


@dataclass(frozen=True)
class Task:
    """`drawn` makes an input and its answers; ids are `symbols`, then the special ones.

    A model of a `language` marks at each symbol what may follow; any other answers after `<sep>`.
    """

    symbols: tuple[str, ...]
    drawn: Callable[[Random], tuple[list[str], list[str]]]
    language: Language | None = None

    @property
    def names(self) -> list[str]:
        return [*self.symbols, *SPECIAL]

    def text(self, random: Random) -> str:
        """An input with its answers, but the last, after which nothing is asked."""
        given, answers = self.drawn(random)
        if self.language is not None:
            return " ".join(["<bos>", *given])
        return " ".join(["<bos>", *given, "<sep>", *answers[:-1]])


def task_of(folder: str, ids: int) -> Task:
    """The task of a model over so many ids whose folder is named `TASK-...`."""
    name = folder.partition("-")[0]
    if name.startswith("bce_"):
        language = _language(name.removeprefix("bce_"))
        return Task(tuple(language.symbols), lambda random: (language.word(random, LONGEST), []),
                    language)  # fmt: skip
    if name not in TASKS:
        raise SystemExit(f"{folder}: no task {name!r}; there are bce_LANGUAGE, {', '.join(TASKS)}")
    symbols, drawn = TASKS[name]
    numbers = symbols or tuple(str(at) for at in range(ids - len(SPECIAL)))
    return Task(numbers, lambda random: drawn(random, numbers))


def _language(name: str) -> Language:
    if deep := re.fullmatch(r"D_?(\d+)", name):
        return nested(int(deep[1]))
    if name not in LANGUAGES:
        raise SystemExit(f"no language {name!r}; there are D1, D2, ..., {', '.join(LANGUAGES)}")
    return LANGUAGES[name]


Drawn = tuple[list[str], list[str]]
Symbols = tuple[str, ...]


def _different(random: Random, symbols: Symbols) -> list[str]:
    return random.sample(symbols, random.randint(1, min(LONGEST, len(symbols))))


def _copied(random: Random, symbols: Symbols) -> Drawn:
    given = _different(random, symbols)
    return given, [*given, "<eos>"]


def _reversed(random: Random, symbols: Symbols) -> Drawn:
    given = _different(random, symbols)
    return given, [*given[::-1], "<eos>"]


def _sorted(random: Random, symbols: Symbols) -> Drawn:
    given = _different(random, symbols)
    return given, [*sorted(given, key=symbols.index), "<eos>"]


def _counted(random: Random, symbols: Symbols) -> Drawn:
    length = random.randint(2, LONGEST)
    start = random.randint(0, len(symbols) - length)
    answers = symbols[start : start + length]
    return [answers[0], answers[-1]], [*answers, "<eos>"]


def _repeated(random: Random, symbols: Symbols) -> Drawn:
    given = random.choices(symbols, k=random.randint(1, LONGEST))
    return given, [*given, "<eos>"]


def _pairs_copied(random: Random, symbols: Symbols) -> Drawn:
    """No two symbols stand beside each other twice."""
    length = random.randint(1, LONGEST)
    while True:
        given, pairs = [random.choice(symbols)], set[tuple[str, str]]()
        while len(given) < length:
            open_ = [one for one in symbols if (given[-1], one) not in pairs]
            if not open_:
                break
            pairs.add((given[-1], one := random.choice(open_)))
            given.append(one)
        if len(given) == length:
            return given, [*given, "<eos>"]


def _most(random: Random, symbols: Symbols) -> Drawn:
    while True:
        given = random.choices(symbols, k=random.randint(1, LONGEST))
        counts = Counter(given).most_common(2)
        if len(counts) == 1 or counts[0][1] > counts[1][1]:
            return given, [counts[0][0]]


def _bits(random: Random, length: int) -> list[str]:
    ones = random.randint(0, length)
    given = ["1"] * ones + ["0"] * (length - ones)
    random.shuffle(given)
    return given


def _most_of_two(random: Random, symbols: Symbols) -> Drawn:
    given = _uneven(random, random.randint(1, LONGEST))
    return given, [_winner(given)]


def _most_of_every_third(random: Random, symbols: Symbols) -> Drawn:
    length = random.randint(1, LONGEST // 3)
    three = [_uneven(random, length) for _ in range(3)]
    given = [bit for bits in zip(*three, strict=True) for bit in bits]
    return given, [*map(_winner, three), "<eos>"]


def _uneven(random: Random, length: int) -> list[str]:
    while True:
        given = _bits(random, length)
        if 2 * given.count("1") != length:
            return given


def _winner(bits: list[str]) -> str:
    return "1" if 2 * bits.count("1") > len(bits) else "0"


def _odd(random: Random, symbols: Symbols) -> Drawn:
    given = _bits(random, random.randint(1, LONGEST))
    return given, [str(given.count("1") % 2)]


def _added(random: Random, symbols: Symbols) -> Drawn:
    length = random.randint(4, LONGEST)
    first = random.randint(1, length - 2)
    one, other = (_number(random, digits) for digits in (first, length - 1 - first))
    return [*f"{one:b}", "+", *f"{other:b}"], [*f"{one + other:b}", "<eos>"]


def _number(random: Random, digits: int) -> int:
    """Of so many digits in base two, the first of them 1 unless it is the only one."""
    return random.getrandbits(digits) | (1 << (digits - 1) if digits > 1 else 0)


# What each task's ids are (nothing: numbers from 0 on) and how an input is drawn.
TASKS: dict[str, tuple[Symbols, Callable[[Random, Symbols], Drawn]]] = {
    "unique_copy": ((), _copied),
    "unique_reverse": ((), _reversed),
    "unique_bigram_copy": ((), _pairs_copied),
    "sort": ((), _sorted),
    "count": ((), _counted),
    "repeat_copy": (("a", "b"), _repeated),
    "majority": (tuple(string.ascii_lowercase), _most),
    "bin_majority": (("0", "1"), _most_of_two),
    "bin_majority_interleave": (("0", "1"), _most_of_every_third),
    "parity": (("0", "1"), _odd),
    "addition": (("0", "1", "+"), _added),
}
