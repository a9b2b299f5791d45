"""The examples: well checked, explained, and run on every built-in text."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.reference import pattern
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.formatter import format_source
from attndsl.language.mask import CAUSAL
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import encode
from tests.engines.agreement import unpacked

FILES = sorted(asset("examples").glob("*.attn"), key=lambda path: path.name)
SEES_AHEAD = {"middle_of_the_text"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_without_a_warning_explained_and_in_the_one_format(path: Path) -> None:
    source = path.read_text("utf-8")
    found = verify(source, path.name)
    assert found.diagnostics == ()
    assert format_source(source, path.name) == source
    assert source.startswith('"""')
    for program in found.programs:
        assert program.docstring
        assert program.docstring.rstrip().endswith((".", "?") if path.stem != "mechanisms" else "]")
        assert len(re.findall(r"\w+", program.docstring)) >= 4
        ahead = path.stem == "syntax" or program.name in SEES_AHEAD
        assert program.causal != ahead, program.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_runs_on_every_built_in_text(path: Path) -> None:
    if path.stem == "syntax" and find_spec("spacy") is None:
        pytest.skip("needs spaCy: attndsl doctor --get spacy")
    pytest.importorskip("numba", reason="the batch engine needs numba")
    from attndsl.engines.batch import Library

    programs = verify(path.read_text("utf-8"), path.name).programs
    texts = [encode(text.text) for text in builtin_texts()]
    for text, packed in zip(texts, Library(programs).patterns(texts), strict=True):
        for place, program in enumerate(programs):
            found = unpacked(packed[place], text.n, CAUSAL)
            assert np.isfinite(found).all()
            assert (found >= 0).all()
            np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
            if text.n < 60:
                np.testing.assert_allclose(found, pattern(program, text), atol=1e-6)


def test_no_two_examples_are_the_same_program() -> None:
    """But for mechanisms: what is a part there may be a whole head in its family's file."""
    hashes: dict[str, str] = {}
    names: list[str] = []
    for path in FILES:
        if path.stem == "mechanisms":
            continue
        for program in verify(path.read_text("utf-8"), path.name).programs:
            if path.stem != "mixtures" or program.name != "by_nearness":  # a part of others there
                assert program.hash not in hashes, (program.name, hashes[program.hash])
                hashes[program.hash] = program.name
            names.append(program.name)
    assert len(set(names)) == len(names) >= 60


def test_the_list_of_files_is_true() -> None:
    listed = dict(
        re.findall(
            r"^\| `(\w+\.attn)` \| (\d+) \|", (asset("examples") / "README.md").read_text(), re.M
        )
    )
    counted = {path.name: len(verify(path.read_text("utf-8")).programs) for path in FILES}
    assert {name: int(number) for name, number in listed.items()} == counted
