"""Originals run beside what they are ported to: in a process without network, within limits."""

from pathlib import Path

import pytest

from attndsl.authoring.porting.against import Allowed, compare
from attndsl.authoring.porting.port import given_names, port_module
from attndsl.authoring.porting.reading import read_module
from attndsl.tokens.tokenizer import encode

pytest.importorskip("resource", reason="limits of processes are Unix's")
TEXT = 'A cat, a dog. "Sam said so," said Ann! A cat sat, as cats do, and all was well.'
PAIRS = sorted((Path(__file__).parent / "pairs").glob("*.py"))
FORM = """
def {name}(sentence, tokenizer):
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        A[i, 0] = 1.0
        {line}
    return "x", np.tril(A)
"""


def verdicts(source: str, seconds: float = 5.0) -> dict[str, str]:
    choices = given_names({})
    ported = port_module(read_module(source.encode(), "given.py"), choices, set())
    found = compare(source, ported, [encode(TEXT)], choices, Allowed(seconds))
    return {name: f"{one.verdict}: {one.why}" for name, one in found.items()}


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_pair_means_the_same(path: Path) -> None:
    found = verdicts(path.read_text())
    if path.stem == "parsed" and "needs spaCy" in "".join(found.values()):
        pytest.skip("needs spaCy: attndsl doctor --get spacy")
    assert set(found.values()) == {"exact: "}


def test_an_original_reaches_nothing_outside_and_ends_in_time(tmp_path: Path) -> None:
    """The lines do nothing to a matrix, so they port; run, each is stopped."""
    marker = tmp_path / "written"
    lines = {
        "writes": f"x = open({str(marker)!r}, 'w').write('a' * 100000)",
        "calls": "x = __import__('socket').create_connection(('127.0.0.1', 9))",
        "starts": "x = __import__('subprocess').run(['true'])",
        "waits": "x = sum(j for j in iter(int, 1))",
        "grows": "x = bytearray(10 ** 12)",
        "well": "x = 1",
    }
    source = "".join(FORM.format(name=name, line=line) for name, line in lines.items())
    found = verdicts(source, seconds=0.5)
    assert found.pop("well") == "exact: "
    assert all(one.startswith("original failed: ") for one in found.values()), found
    assert "over 0.5 seconds" in found["waits"]
    assert not marker.exists() or marker.stat().st_size == 0


def test_a_difference_is_seen() -> None:
    """What the language can't know, here the text behind the query, is told as different."""
    source = FORM.format(name="counts", line="A[i, i] = 0.1 * tokens.count(',')")
    (found,) = verdicts(source).values()
    assert found.startswith("different")
