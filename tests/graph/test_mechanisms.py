"""The shipped mechanisms: what their docstrings say is read, and their rows are whole or empty."""

import numpy as np
import pytest

from attndsl.engines.reference import pattern
from attndsl.graph.mechanisms import mechanism_of, mechanisms
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL
from attndsl.tokens.tokenizer import encode

POSITIONAL = {
    "sink", "evenly", "others", "itself", "previous_token", "two_back", "three_back", "nearby",
    "last_four",
}  # fmt: skip


def test_there_are_more_than_twenty_and_each_has_a_probe_and_a_threshold() -> None:
    found = mechanisms()
    assert len(found) >= 20
    assert all(0 < one.threshold < 1 and one.probe.isidentifier() for one in found)
    assert all(one.program.causal for one in found)
    assert not {"[", "]"} & set("".join(one.doc for one in found))


def test_only_what_reads_no_text_is_positional() -> None:
    assert {one.name for one in mechanisms() if one.positional} == POSITIONAL


def test_a_docstring_without_a_note_is_refused() -> None:
    program = verify('def f(q, k):\n    """The token itself."""\n    return k == q\n').programs[0]
    with pytest.raises(AttndslError, match=r"f must end in its kind of probe"):
        mechanism_of(program)


TEXT = 'Ann (who [once] met Bob) said: "Bob, I ran." Then Ann (who ran) said: "No."\nAnn 12 met 12.'


@pytest.mark.parametrize("mask", [CAUSAL, FULL], ids=["causal", "full"])
def test_a_row_sums_to_one_or_to_nothing(mask) -> None:
    """So that shares of a sum of mechanisms are what they say."""
    source = asset("examples/mechanisms.attn").read_text("utf-8")
    names = [one.name for one in mechanisms()]
    source += "".join(
        f"\n\ndef half_of_{name}(q, k):\n"
        f"    return 0.5 * {name}(q, k) + 0.5 * (k.i == 0) * (row_sum({name}(q, k)) > 0.5)\n"
        for name in names
    )
    programs = {one.name: one for one in verify(source).programs}
    text = encode(TEXT)
    found = 0
    for name in names:
        own = pattern(programs[name], text, mask)
        half = pattern(programs[f"half_of_{name}"], text, mask)
        first = np.zeros_like(own)
        first[:, 0] = 1
        empty = np.abs(half - first).max(1) < 1e-9
        assert np.allclose(half[~empty], (0.5 * own + 0.5 * first)[~empty], atol=1e-9), name
        found += (~empty).any()
    assert found >= len(names) - 3  # special tokens, pieces of words and the like aren't here
