"""The fifth judge: an interpreter over Python's own `ast`, written from the specification alone.

It was written by someone who hadn't read the engines, and shares nothing with them but the columns
of a text. The engines are the faster readings of the same sentences.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.reference import values
from attndsl.graph.program import Program
from attndsl.graph.verify import Verified, verify
from attndsl.language.assets import asset
from attndsl.language.mask import Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import encode
from tests.conformance.expected import Expectation, expectations
from tests.independent import patterns
from tests.independent.agreement import CLOSE, MASKS, away, disagreements
from tests.independent.places import Text
from tests.independent.reading import File, read

CONFORMANCE = sorted((Path(__file__).parents[1] / "conformance").glob("*.attn"))
STATED = [(path, each) for path in CONFORMANCE for each in expectations(path.read_text("utf-8"))]
EXAMPLES = sorted(Path(str(asset("examples"))).glob("*.attn"))
TEXTS = (
    'Anna said: "The cat (a cat) sat." He saw the cat,',
    "x = [1, 2]\nit was not the dog. It was the dog\n",
)


@cache
def file_of(path: Path) -> tuple[File, Verified]:
    source = path.read_text("utf-8")
    return read(source), verify(source, path.name)


def agrees(file: File, program: Program, text: Encoded, mask: Mask) -> None:
    distance = away(file, program, text, mask)
    assert distance < CLOSE, (program.name, mask, text.labels(), distance)


@pytest.mark.parametrize(
    ("path", "expected"), STATED, ids=[f"{path.stem}-{each.name}" for path, each in STATED]
)
def test_the_judge_gives_what_the_conformance_programs_state(
    path: Path, expected: Expectation
) -> None:
    file, verified = file_of(path)
    (program,) = [each for each in verified.programs if each.name == expected.name]
    if "linguistics" in program.needs:
        pytest.importorskip("spacy", reason="needs spaCy: attndsl doctor --get spacy")
    text, mask = Text(expected.encoded), expected.mask
    raw = patterns.values(file, expected.name, text, mask)
    for query, row in expected.values.items():
        np.testing.assert_allclose(raw[query][: len(row)], row, rtol=1e-9, atol=1e-25)
    rows = patterns.pattern(file, expected.name, text, mask)
    for query, row in expected.rows.items():
        np.testing.assert_allclose(rows[query][: len(row)], row, rtol=0, atol=1e-9)
        assert not any(rows[query][len(row) :])
    agrees(file, program, expected.encoded, mask)
    exact = values(program, expected.encoded, mask, lowered=False)
    np.testing.assert_allclose(exact, raw, rtol=1e-9, atol=1e-25)


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_judge_and_the_engine_agree_on_the_examples(path: Path, mask: Mask) -> None:
    file, verified = file_of(path)
    for program in verified.programs:
        if "linguistics" in program.needs:
            pytest.importorskip("spacy", reason="needs spaCy: attndsl doctor --get spacy")
        for text in TEXTS:
            agrees(file, program, encode(text), mask)


@pytest.mark.parametrize("share", range(4))
def test_the_judge_and_the_engine_agree_on_random_programs(share: int) -> None:
    for seed in range(share, 150, 4):
        found = disagreements(str(seed), linguistics=share == 0)
        assert not found, f"seed {seed}: {found[0]}"


@pytest.mark.slow
@pytest.mark.parametrize("share", range(4))
def test_the_judge_and_the_engine_agree_on_many_random_programs(share: int) -> None:
    for seed in range(150 + share, 4000, 4):
        found = disagreements(str(seed), linguistics=share == 0)
        assert not found, f"seed {seed}: {found[0]}"
