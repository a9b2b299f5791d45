"""The plain engine gives the reference engine's rows, and does without NumPy."""

import doctest
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from attndsl.engines import plain
from attndsl.engines.plain import cells, ranges, rows
from attndsl.engines.reference import pattern
from attndsl.graph.program import Program
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.language.nodes import Type
from attndsl.language.vocabulary import ATTRIBUTES
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.plain import PlainText
from tests.conformance.test_conformance import PROGRAMS, Expectation, Path, verified
from tests.engines.agreement import random_programs
from tests.independent.agreement import CLOSE, random_case
from tests.programs.texts import random_text

MASKS = (CAUSAL, Mask("window", 3), FULL)
COSTLY = 2e7  # operations at n = 1024


class Listed:
    """A text of arrays, its columns as lists."""

    def __init__(self, encoded: Encoded) -> None:
        self.encoded, self.n = encoded, encoded.n
        self.pairs = encoded.table.similarity.pairs(encoded.ids, encoded.ids)

    def column(self, name: str) -> Sequence[Any]:
        values = self.encoded.column(name).tolist()
        if name in ATTRIBUTES and ATTRIBUTES[name].type is Type.TEXT:
            return [self.encoded.table.pool.strings[code] for code in values]
        return list(values)

    def similar(self, one: int, other: int) -> float:
        return float(self.pairs[one, other]) if min(one, other) >= 0 else 0.0


def assert_alike(program: Program, encoded: Encoded, mask: Mask) -> None:
    found = np.array(plain.pattern(program, Listed(encoded), mask)).reshape(encoded.n, encoded.n)
    away = np.abs(found - pattern(program, encoded, mask)).max(initial=0)
    assert away < CLOSE, f"{program.name} under {mask}, away by {away}: {encoded.labels()}"


@pytest.mark.parametrize("share", range(4))
def test_random_programs_have_the_reference_engines_rows(share: int) -> None:
    for seed in range(share, 160, 4):
        source, programs, text = random_case(f"plain {seed}", linguistics=seed % 3 == 0)
        for program in programs:
            try:
                assert_alike(program, text, MASKS[seed % 3])
            except AssertionError as problem:
                problem.add_note(source)
                raise


@pytest.mark.parametrize(
    ("path", "expected"), PROGRAMS, ids=[f"{path.stem}-{found.name}" for path, found in PROGRAMS]
)
def test_conformance_programs_give_what_they_must(path: Path, expected: Expectation) -> None:
    (program,) = [each for each in verified(path).programs if each.name == expected.name]
    if "linguistics" in program.needs:
        pytest.importorskip("spacy")
    assert_alike(program, expected.encoded, expected.mask)


@pytest.mark.parametrize("n", [0, 1, 40])
def test_a_text_without_arrays_gives_the_same(n: int) -> None:
    text = random_text("plain", n)
    for program in random_programs(60):
        if program.cost.time.at(1024) < COSTLY:
            found = plain.pattern(program, PlainText(text.text))
            away = np.abs(np.array(found).reshape(n, n) - pattern(program, text))
            assert away.max(initial=0) < CLOSE, program.source


@pytest.mark.parametrize("module", [plain, cells, ranges, rows])
def test_the_examples_of_a_module_hold(module: object) -> None:
    failed, _ = doctest.testmod(module)  # type: ignore[arg-type]  # a module
    assert not failed


def test_it_needs_neither_numpy_nor_anything_but_the_parser() -> None:
    code = """
import sys
for name in ("numpy", "numba", "rich", "click", "torch"):
    sys.modules[name] = None
from attndsl.engines.plain import pattern
from attndsl.graph.verify import verify
from attndsl.tokens.plain import PlainText
source = "def repeated(q, k):\\n    return any(t.lower == k.lower for t in before(k))\\n"
print(pattern(verify(source).programs[0], PlainText("a b a")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]\n", done.stderr
