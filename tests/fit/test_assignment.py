"""A run's folder: programs as text, heads with their programs, read back through the checker."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from attndsl.engines.batch import Library
from attndsl.fit.assignment import (
    ASSIGNMENT,
    LIBRARY,
    Assigned,
    Assignment,
    read_assignment,
    write_assignment,
)
from attndsl.fit.rested import rested
from attndsl.graph.printing import to_source
from attndsl.graph.verify import verify
from attndsl.heads.packing import row_starts
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL
from attndsl.tokens import encode
from tests.mutants import changed

SOURCE = '''def near(q, k):
    """The nearer the more.

    Halves with every token.
    """
    return 0.5 ** (q.i - k.i)


@fallback(self)
def first(q, k):
    return k.i == 0
'''


@pytest.fixture
def assignment() -> Assignment:
    near, first = verify(SOURCE).programs
    again = verify("def near(q, k):\n    return k == q.prev\n").programs[0]
    heads = (
        Assigned(1, 0, near, 0.8),
        Assigned(0, 2, first, 0.7),
        Assigned(0, 1, again, 0.6),
        Assigned(0, 0, near, 0.5),
    )
    return Assignment("a model", "abc", heads)


def test_what_is_written_is_read(assignment: Assignment, tmp_path: Path) -> None:
    write_assignment(tmp_path / "run", assignment)
    found = read_assignment(tmp_path / "run")
    assert (found.model, found.model_hash) == ("a model", "abc")
    for one, other in zip(found.heads, assignment.heads, strict=True):
        assert (one.layer, one.head, one.iou) == (other.layer, other.head, other.iou)
        assert one.program.hash == other.program.hash
    names = [one.program.name for one in found.heads]
    assert names == ["near", "first", "near_2", "near"], "one program a canonical form"
    library = (tmp_path / "run" / LIBRARY).read_text()
    assert "Halves with every token." in library
    assert library.count("def ") == 3
    write_assignment(tmp_path / "again", found)
    assert (tmp_path / "again" / LIBRARY).read_text() == library


def test_a_model_that_it_was_not_made_for_is_refused(assignment: Assignment) -> None:
    assignment.expect("abc", "run")
    with pytest.raises(AttndslError, match="fitted to another model"):
        assignment.expect("other", "run")


def test_a_run_that_was_tampered_with_is_refused(assignment: Assignment, tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="is no run"):
        read_assignment(tmp_path)
    write_assignment(tmp_path, assignment)
    record = json.loads((tmp_path / ASSIGNMENT).read_text())
    record["heads"][0]["program"] = "elsewhere"
    (tmp_path / ASSIGNMENT).write_text(json.dumps(record))
    with pytest.raises(AttndslError, match="names the program elsewhere"):
        read_assignment(tmp_path)
    (tmp_path / ASSIGNMENT).write_text("{")
    with pytest.raises(AttndslError, match="can't be read"):
        read_assignment(tmp_path)
    write_assignment(tmp_path, assignment)
    (tmp_path / LIBRARY).write_text("def near(q, k):\n    while True\n")
    with pytest.raises(AttndslError, match=r"library\.attn:2"):
        read_assignment(tmp_path)


def test_every_mutant_of_an_assignment_ends_in_words(
    assignment: Assignment, tmp_path: Path
) -> None:
    write_assignment(tmp_path, assignment)
    path, draw = tmp_path / ASSIGNMENT, random.Random(7)
    whole, refused = json.loads(path.read_text()), 0
    for _ in range(300):
        path.write_text(json.dumps(changed(whole, draw)))
        try:
            for one in read_assignment(tmp_path).heads:
                assert type(one.layer) is type(one.head) is int
                assert one.iou == one.iou
        except AttndslError:
            refused += 1
    assert refused > 150
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(AttndslError, match="can't be read"):
        read_assignment(tmp_path)


def test_what_heads_rest_of_their_own_is_kept_beside_the_library(
    assignment: Assignment, tmp_path: Path
) -> None:
    """Heads share a program and differ in one number, which multiplies what rests."""
    heads = (replace(assignment.heads[0], rest=2.5), *assignment.heads[1:])
    write_assignment(tmp_path / "run", replace(assignment, heads=heads))
    found = read_assignment(tmp_path / "run").heads
    assert [one.rest for one in found] == [2.5, 1, 1, 1]
    assert found[0].program.hash == found[3].program.hash == found[3].own.hash
    assert found[0].own.hash != found[0].program.hash
    text = encode("the cat sat on the mat")
    plain, own = Library([found[3].own, found[0].own], CAUSAL).patterns([text])[0]
    starts = row_starts(CAUSAL, text.n)
    for row in range(1, text.n):
        first, cells = starts[row], slice(starts[row], starts[row + 1])
        weights = plain[cells].copy()
        weights[0] *= 2.5
        assert own[cells] == pytest.approx(weights / weights.sum(), abs=1e-5)
        assert own[first] > plain[first]
    assert json.loads((tmp_path / "run" / ASSIGNMENT).read_text())["format"] == 2


def test_a_program_of_scores_has_no_rest_of_a_heads_own() -> None:
    source = "@softmax\ndef near(q, k):\n    return k.i - q.i\n"
    with pytest.raises(AttndslError, match="near gives scores, so no head can multiply"):
        rested(source, [("near", 2.0)], special=False)


def test_a_program_with_the_longest_name_can_have_a_rest_of_its_own() -> None:
    name = "n" * 64
    (own,) = rested(f"def {name}(q, k):\n    return 1\n", [(name, 3.0)], special=False)
    assert own.name == name


def test_special_tokens_rest_in_an_encoder() -> None:
    (own,) = rested("def even(q, k):\n    return 1\n", [("even", 3.0)], special=True)
    assert own.name == "even"
    assert "is_special" in to_source(own)
