"""Streaming kernels: a program's rows token by token are those of the reference engine."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from attndsl.engines.kernel import compiled, values
from attndsl.engines.kernel import stream as streaming
from attndsl.engines.kernel.stream import Stream
from attndsl.engines.kernel.values import Kept, follow
from attndsl.engines.reference import pattern
from attndsl.graph.program import Program
from attndsl.graph.streams import streams_of
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import encode
from tests.programs.generator import random_source
from tests.programs.texts import random_text

FILES = sorted(asset("examples").glob("*.attn"), key=lambda path: path.name)
LENGTH = 48
SCORES = (
    "-0.4 * (q.i - k.i) if q.is_alpha else -0.1 * (q.i - k.i)",
    "0.5 * k.len - 0.3 * (q.i - k.i) + (2 if k.sentence == q.sentence else 0)",
    "2 * (k.lower == q.lower) + 5 * (k == q.prev) - 0.7 * (q.i - k.i)",
    "(3 if k == last(t for t in before(q) if t.is_punct) else 0) - 0.1 * (q.i - k.i)",
    "-9 * (q.i - k.i) if k.starts_line else -1e30",
    "8 * k.is_punct - 20 * (q.i - k.i)",
)


@pytest.fixture(autouse=True)
def nothing_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a plan doesn't keep is let go of after each piece, however short the text."""
    monkeypatch.setattr(streaming, "SPARE", 0)
    monkeypatch.setattr(values, "SPARE", 0)


def streamed(program: Program, text: Encoded, cuts: list[int]) -> np.ndarray:
    """The rows, taken in up to each cut in turn; each key's value tells it apart."""
    stream = Stream(program, text.table)
    track, kept = stream.begin(), Kept(np.empty((0, text.n)))
    sums, rows = np.zeros((0, text.n)), list[np.ndarray]()
    for start, stop in zip([0, *cuts], [*cuts, text.n], strict=True):
        tape = stream.advance(track, Encoded(text.table, text.ids[:stop]))
        kept.extend(np.eye(text.n)[start:stop])
        made, sums = follow(tape, kept, sums)
        rows.append(made)
        kept.forget(stream.kept(track), track.done)
        stream.forget(track)
    return np.concatenate(rows)


def agrees(program: Program, text: Encoded, cuts: list[int]) -> bool:
    """Whether the program streams; if so its rows are those of the reference."""
    if streams_of(program).kind == "full":
        return False
    found = streamed(program, text, cuts)
    np.testing.assert_allclose(found, pattern(program, text), rtol=0, atol=1e-6)
    return True


def cuts_of(rng: Random, length: int) -> list[int]:
    """At once, token by token, or in pieces."""
    return rng.choice(
        [[], list(range(1, length)), sorted(rng.sample(range(1, length), min(4, length - 1)))]
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_that_streams_gives_the_rows_of_the_reference(path: Path) -> None:
    rng, text = Random(path.stem), encode(builtin_texts()[0].text[:240])
    for program in verify(path.read_text("utf-8"), path.name).programs:
        agrees(program, text, cuts_of(rng, text.n))


@pytest.mark.parametrize("seed", range(24))
def test_a_random_program_that_streams_gives_the_rows_of_the_reference(seed: int) -> None:
    for program in verify(random_source(f"streaming {seed}")).programs:
        text = random_text(f"streaming {seed}", LENGTH)
        agrees(program, text, cuts_of(Random(seed), text.n))


@pytest.mark.parametrize("score", SCORES)
def test_a_softmax_that_streams_gives_the_rows_of_the_reference(score: str) -> None:
    (program,) = verify(f"@softmax\ndef f(q, k):\n    return {score}\n").programs
    text = random_text(score, LENGTH)
    assert agrees(program, text, cuts_of(Random(score), text.n))


def test_exponentials_far_beyond_a_number_stay_exact() -> None:
    """A step of 30 in the score over 60 tokens: e to the 1,800 anywhere would be infinite."""
    (program,) = verify("@softmax\ndef f(q, k):\n    return 30 * k.i\n").programs
    text = random_text("steep", 60)
    assert agrees(program, text, [])


def test_what_is_kept_does_not_grow_with_the_text() -> None:
    """After 50 and after 400 tokens a mixture keeps as many rows, and as many bytes."""
    source = "0.6 * sink(q, k) + 0.4 * fading(q, k, 0.9) + 0.1 * (k.sentence == q.sentence)"
    (program,) = verify(f"def f(q, k):\n    return {source}\n").programs
    text = random_text("long", 400)
    stream = Stream(program, text.table)
    track, kept, seen = stream.begin(), Kept(np.empty((0, 1))), dict[int, tuple[int, int]]()
    for stop in range(1, text.n + 1):
        stream.advance(track, Encoded(text.table, text.ids[:stop]))
        kept.extend(np.ones((1, 1)))
        kept.forget(stream.kept(track), track.done)
        stream.forget(track)
        seen[stop] = kept.used, track.bytes
    assert seen[400][0] <= 2 * seen[50][0]
    assert seen[400][1] <= 2 * seen[50][1]


def test_a_position_that_is_not_kept_is_an_error() -> None:
    (program,) = verify("def f(q, k):\n    return k == q.prev\n").programs
    text = random_text("gone", 12)
    stream = Stream(program, text.table)
    track = stream.begin()
    tape = stream.advance(track, text)
    with pytest.raises(KeyError):
        follow(tape, Kept(np.eye(5), 5, base=7), np.zeros((0, 5)))


def test_compiled_and_as_it_stands_are_one_function() -> None:
    (program,) = verify("def f(q, k):\n    return 0.9 ** (q.i - k.i) * (1 + k.is_punct)\n").programs
    text = random_text("compiled", LENGTH)
    plain, made = Stream(program, text.table), Stream(program, text.table)
    made.gone = streaming.BREAK_EVEN_LINES
    one, other = plain.advance(plain.begin(), text), made.advance(made.begin(), text)
    assert (one.marks == other.marks).all()
    np.testing.assert_allclose(one.numbers, other.numbers, rtol=1e-12)


def far(rate: float) -> Program:
    (program,) = verify(f"def f(q, k):\n    return {rate} ** (q.i - k.i)\n").programs
    return program


def test_a_kernel_is_compiled_once_on_a_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In another process, here one that has forgotten it, it comes from disk."""
    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path))
    text = random_text("kept", LENGTH)
    first = Stream(far(0.873), text.table)
    assert not compiled.is_kept(first.source)
    first.make_ready()
    assert compiled.is_kept(first.source)
    compiled.compiled.cache_clear()
    monkeypatch.setattr(streaming, "LOADED_LINES", 1)
    second = Stream(far(0.873), text.table)
    tape = second.advance(second.begin(), text)
    made = compiled.compiled(second.source)
    assert sum(made.stats.cache_hits.values()) == 1
    assert not made.stats.cache_misses
    plain = Stream(far(0.873), text.table)
    monkeypatch.setattr(streaming, "LOADED_LINES", 10**9)
    np.testing.assert_allclose(tape.numbers, plain.advance(plain.begin(), text).numbers, rtol=1e-12)


def test_after_letting_go_the_same_kernel_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Arrays of another order in memory would have it compiled once more."""
    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path))
    source = "0.3 * (k == last(t for t in before(q) if t.is_punct)) + 0.7 * fading(q, k, 0.871)"
    (program,) = verify(f"def f(q, k):\n    return {source}\n").programs
    text = random_text("again", 60)
    stream = Stream(program, text.table)
    stream.make_ready()
    track = stream.begin()
    for stop in (40, 41, 50, 60):
        stream.advance(track, Encoded(text.table, text.ids[:stop]))
        stream.forget(track)
    assert len(compiled.compiled(stream.source).signatures) == 1


def test_where_nothing_can_be_written_a_kernel_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path / "file"))
    text = random_text("unkept", 12)
    stream = Stream(far(0.869), text.table)
    stream.make_ready()
    assert not compiled.is_kept(stream.source)
    assert stream.advance(stream.begin(), text).rows == 12


def test_kernels_on_disk_are_not_too_many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "MOST", 1)
    text = random_text("many", 12)
    for rate in (0.867, 0.863):
        Stream(far(rate), text.table).make_ready()
    assert len(list((tmp_path / "kernels").glob("*.py"))) == 1
    assert {path.name.split(".")[0] for path in (tmp_path / "kernels/__pycache__").iterdir()} == {
        path.stem for path in (tmp_path / "kernels").glob("*.py")
    }
