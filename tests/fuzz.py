"""Look for faults at random, for as long as it is told: `python -m tests.fuzz --minutes 30`.

It goes round by round: random programs through every property, other orders of the rules, the
engines and an independent interpreter beside the reference, examples with something changed, and
bytes of no sense. Each fault is printed with what makes it again. In the end it says how many cases
there were of each kind; the exit status is 1 if there was a fault.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from attndsl.engines.reference import pattern
from attndsl.engines.table import ENGINES
from attndsl.graph.canonical import canonical
from attndsl.graph.rewrite import compile_rules
from attndsl.graph.rules import RULES
from attndsl.graph.simplify import machine_for
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from tests.engines.agreement import MASKS, by_engine, by_torch
from tests.independent.agreement import disagreements
from tests.programs.generator import random_source
from tests.programs.mutations import mutated, random_bytes
from tests.programs.properties import COSTLY, PROPERTIES, case, simplifying_is_sound
from tests.programs.texts import LENGTHS, random_text

SLOW = 1.0  # processor seconds; a check that takes longer is a fault
ORDERS = "other orders of the rules are sound"
JUDGE = "the independent interpreter agrees with the reference"
LARGEST = 60_000  # characters of the files that are mutated
AGREE = {
    **{
        f"the {name} engine agrees with the reference": partial(by_engine, name) for name in ENGINES
    },
    "the torch engine agrees with it where texts are padded": by_torch,
}


@dataclass
class Tally:
    """Cases and faults by kind, and how long each check took."""

    cases: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0  # programs that another order of the rules brings to another form
    seconds: list[float] = field(default_factory=list)

    def fault(self, kind: str, how: str, problem: object) -> None:
        self.faults[kind] += 1
        print(f"\nFAULT  {kind}\n  again: {how}\n  {problem}", flush=True)


def random_programs(seed: str, tally: Tally) -> None:
    """A file of random programs through every property."""
    linguistics = int(seed.rsplit("-", 1)[1]) % 4 == 0
    found = case(seed, linguistics)
    for program in found.verified.programs:
        for name, holds in (PROPERTIES | COSTLY).items():
            tally.cases[name] += 1
            try:
                holds(found, program)
            except AssertionError as problem:
                how = f"case({seed!r}, {linguistics}), {program.name}, {found.mask}"
                tally.fault(name, how, problem)


def other_orders(seed: str, tally: Tally) -> None:
    """A file of random programs simplified by the rules in another order: most end the same."""
    rules = list(RULES)
    random.Random(seed).shuffle(rules)
    table = compile_rules(rules)
    for number in range(20):
        found = case(f"{seed}-{number}")
        for program in found.verified.programs:
            tally.cases[ORDERS] += 1
            machine = machine_for(program.graph, program.root, None, table)
            form = canonical(program.graph, program.root, program.softmax, None, machine)
            if form != program.canonical:
                tally.elsewhere += 1
                try:
                    simplifying_is_sound(found, replace(program, canonical=form))
                except AssertionError as problem:
                    tally.fault(ORDERS, f"case('{seed}-{number}'), {program.name}", problem)


def engines(seed: str, tally: Tally) -> None:
    """Random programs of one round through the library and the torch engine."""
    rng = random.Random(seed)
    mask = rng.choice(MASKS)
    texts = [random_text(f"{seed}-{n}", n) for n in LENGTHS]
    programs = [p for n in range(10) for p in verify(random_source(f"{seed}-{n}")).programs]
    for kind, patterns in AGREE.items():
        found = patterns(programs, texts, mask)
        for program, matrices in zip(programs, found, strict=True):
            tally.cases[kind] += 1
            for text, matrix in zip(texts, matrices, strict=True):
                away = np.abs(matrix - pattern(program, text, mask)).max(initial=0)
                if not away < 1e-7:
                    tally.fault(kind, f"engines({seed!r}), {program.name}", program.source)
                    break


def independent_judge(seed: str, tally: Tally) -> None:
    """Files of random programs before the interpreter that was written from the specification."""
    for number in range(5):
        tally.cases[JUDGE] += 1
        for problem in disagreements(f"{seed}-{number}", linguistics=number == 0):
            tally.fault(JUDGE, f"disagreements('{seed}-{number}', {number == 0})", problem)


def changed_examples(seed: str, tally: Tally) -> None:
    rng = random.Random(seed)
    _checked("examples with something changed", seed, mutated(rng, _examples()), tally)


def senseless_bytes(seed: str, tally: Tally) -> None:
    _checked("bytes of no sense", seed, random_bytes(random.Random(seed)), tally)


def _checked(kind: str, seed: str, source: bytes, tally: Tally) -> None:
    """Only diagnostics may come of it, and soon."""
    tally.cases[kind] += 1
    start = time.process_time()
    try:
        verify(source)
    except Exception as problem:
        tally.fault(kind, f"{kind} {seed!r}: {source[:200]!r}", repr(problem))
    tally.seconds.append(time.process_time() - start)
    if tally.seconds[-1] > SLOW:
        tally.fault(kind, f"{kind} {seed!r}", f"took {tally.seconds[-1]:.1f} s")


def _examples() -> list[str]:
    """Every example and conformance program."""
    folders = (asset("examples"), Path(__file__).parent / "conformance")
    found = [path for folder in folders for path in sorted(folder.rglob("*.attn"))]
    texts = [path.read_text(encoding="utf-8") for path in found]
    return [text for text in texts if len(text) < LARGEST] or ["def a(q, k):\n    return k.i\n"]


KINDS: dict[str, tuple[Callable[[str, Tally], None], int]] = {  # with how often in a round
    "programs": (random_programs, 10),
    "orders": (other_orders, 1),
    "engines": (engines, 2),
    "judge": (independent_judge, 2),
    "examples": (changed_examples, 10),
    "bytes": (senseless_bytes, 10),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", default=None, help="any word; without it, the time of day")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=KINDS,
        default=list(KINDS),
        metavar="KIND",
        help=f"look at these kinds alone, of {', '.join(KINDS)}",
    )
    options = parser.parse_args()
    start = options.seed or str(int(time.time()))
    tally, end, number = Tally(), time.monotonic() + 60 * options.minutes, 0
    while time.monotonic() < end:
        for look, often in (KINDS[kind] for kind in options.only):
            for _ in range(often):
                number += 1
                try:
                    look(f"{start}-{number}", tally)
                except Exception as problem:
                    tally.fault("an exception", f"{look.__name__} {start}-{number}", repr(problem))
    return report(tally, start)


def report(tally: Tally, seed: str) -> int:
    print(f"\nseed {seed}")
    for kind, count in sorted(tally.cases.items()):
        print(f"  {count:9,} cases, {tally.faults[kind]:3} faults  {kind}")
    for kind in sorted(set(tally.faults) - set(tally.cases)):
        print(f"  {'':9}         {tally.faults[kind]:3} faults  {kind}")
    if orders := tally.cases[ORDERS]:
        print(f"  {tally.elsewhere / orders:.2%} end elsewhere under another order of the rules")
    if tally.seconds:
        ordered = sorted(tally.seconds)
        print(f"  check: p99 {1000 * ordered[len(ordered) * 99 // 100]:.1f} ms")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
