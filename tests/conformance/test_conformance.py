"""The specification as programs: each file's comments say what its programs must give.

Above a `def (q, k)`: `# text:` (or `# pieces:`, with special ones in brackets) and `# mask:` hold
until they change; `# row 2: 0 1/2 1/2` is a row of the pattern and `# values 2: ...` the values
before normalisation, up to the last visible key; `# causal: no` and `# needs: place` are what is
proved, `# streams: window: the last key` how it runs in generation, `# bits: 86.4` its length and
`# numbers: 0.5` how many numbers it holds. `### "regex"` on a
line is the diagnostic that it must have; ` | ` stands between several.
"""

import os
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.reference import pattern, values
from attndsl.graph.length import length
from attndsl.graph.literals import numbers
from attndsl.graph.streams.decide import streams_of, told
from attndsl.graph.verify import Verified, verify
from attndsl.language.assets import asset
from attndsl.language.vocabulary import ATTRIBUTES, CALLABLES, DECORATORS, METHODS, NUMBERS
from tests.conformance.expected import Expectation, expectations
from tests.engines.agreement import unpacked

HERE = Path(__file__).parent
MANUAL = (asset("grammar") / "README.md").read_text("utf-8")
FILES = sorted(HERE.glob("*.attn"))
PROGRAMS = [(path, found) for path in FILES for found in expectations(path.read_text("utf-8"))]
EXPECTED = re.compile(r'### "(.*)"\s*$')
ENGINES = ("plain", "lowered", "library")


@cache
def verified(path: Path) -> Verified:
    return verify(path.read_text("utf-8"), path.name)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("path", "expected"), PROGRAMS, ids=[f"{path.stem}-{found.name}" for path, found in PROGRAMS]
)
def test_a_program_gives_what_its_comments_say(
    path: Path, expected: Expectation, engine: str
) -> None:
    (program,) = [each for each in verified(path).programs if each.name == expected.name]
    if "linguistics" in program.needs and find_spec("spacy") is None:
        pytest.skip("needs spaCy: attndsl doctor --get spacy")
    assert expected.causal in (None, program.causal)
    assert expected.needs in (None, program.needs)
    if expected.streams is not None:
        assert expected.streams == told(streams_of(program), program.graph)
    bits = round(length(program), 2)
    if expected.bits is not None and os.environ.get("ATTNDSL_UPDATE_GOLDEN") == "1":
        source = path.read_text("utf-8")  # the vocabulary's size counts, so it may change
        path.write_text(source.replace(f"# bits: {expected.bits}\n", f"# bits: {bits}\n"), "utf-8")
    else:
        assert expected.bits in (None, bits)
    assert expected.numbers in (None, numbers(program))
    text, mask = expected.encoded, expected.mask
    if engine == "library":
        pytest.importorskip("numba", reason="the batch engine needs numba")
        from attndsl.engines.batch import Library

        (packed,) = Library([program], mask).patterns([text])
        found = unpacked(packed[0], text.n, mask)
        assert np.abs(found - pattern(program, text, mask)).max() < 1e-6
    else:
        found = pattern(program, text, mask, lowered=engine == "lowered")
        raw = values(program, text, mask, lowered=engine == "lowered")
        for query, row in expected.values.items():
            np.testing.assert_allclose(raw[query, : len(row)], row, rtol=1e-8, atol=1e-25)
    for query, row in expected.rows.items():
        np.testing.assert_allclose(found[query, : len(row)], row, rtol=0, atol=1e-6)
        assert not found[query, len(row) :].any()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_line_has_the_diagnostics_that_its_comment_expects(path: Path) -> None:
    source = path.read_text("utf-8")
    told: dict[int, list[str]] = {}
    for note in verified(path).diagnostics:
        told.setdefault(note.span.line, []).append(f"{note.severity} {note.code}: {note.message}")
    for number, line in enumerate(source.splitlines(), 1):
        wanted = EXPECTED.search(line)
        regexes = wanted[1].split(" | ") if wanted else []
        here = told.get(number, [])
        assert len(here) == len(regexes), f"{path.name}:{number}: {here}"
        for regex, said in zip(regexes, here, strict=True):
            assert re.search(regex, said), f"{path.name}:{number}: {said}"


def test_every_section_and_every_name_occurs() -> None:
    """A section with parts is named by its parts; the idioms of §16 say where they are in use."""
    text = "".join(path.read_text("utf-8") for path in sorted(HERE.rglob("*.attn")))
    rules, _, idioms = MANUAL.partition("## §16 ")
    sections = set(re.findall(r"^### (§[\d.]+\d)", rules, re.MULTILINE))
    whole = {f"§{number}" for number in re.findall(r"^## §(\d+) ", rules, re.MULTILINE)}
    named = set(re.findall(r"§[\d.]*\d", text))
    assert sections | {each for each in whole if f"{each}.1" not in sections} <= named
    assert set(re.findall(r"§16\.\d+", text)) <= set(re.findall(r"§16\.\d+", idioms))
    names = {*ATTRIBUTES, *CALLABLES, *DECORATORS, *METHODS, *NUMBERS}
    code = re.sub(r"#.*", "", text)
    assert {each for each in names if each[0] != "_"} <= set(re.findall(r"\w+", code))


def test_every_idiom_of_the_appendix_is_in_use() -> None:
    for idiom in MANUAL.partition("## §16 ")[2].split("### §16.")[1:]:
        places = re.findall(r"(?:`(\w+)` in\s)?`((?:tasks|examples)/\w+\.attn)`", idiom)
        assert places or "Random noise" in idiom, idiom
        for name, place in places:
            folder = HERE if place.startswith("tasks") else asset("examples").parent
            assert f"def {name}" in Path(str(folder), place).read_text("utf-8"), (name, place)
