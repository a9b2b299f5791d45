"""The batch engine agrees with the reference engine, whatever the mask, batch and threads."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numba import njit

from attndsl.engines.batch import Library
from attndsl.engines.batch.machine.compiling import is_kept
from attndsl.engines.reference import pattern
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask
from tests.engines.agreement import MASKS, random_programs, short_texts, unpacked
from tests.programs.texts import random_text

PROGRAMS = int(os.environ.get("ATTNDSL_AGREEMENT", "2000"))
SINGLE = 1e-7  # what storing a pattern as float32 may change


@pytest.mark.parametrize("turn", range(3), ids=lambda turn: MASKS[turn].kind)
def test_the_library_engine_agrees_with_the_reference(turn: int) -> None:
    programs, mask = random_programs(PROGRAMS)[turn::3], MASKS[turn]
    texts = short_texts(turn)
    found = Library(programs, mask, memory_mb=2000).patterns(texts)
    for place, program in enumerate(programs):
        for text, packed in zip(texts, found, strict=True):
            expected = pattern(program, text, mask)
            got = unpacked(packed[place], text.n, mask)
            assert np.abs(got - expected).max(initial=0) < SINGLE, (program.source, text.labels())


def test_long_texts_agree() -> None:
    programs = random_programs(50, first_seed=90_000)
    text = random_text(5, 300)
    (found,) = Library(programs, memory_mb=2000).patterns([text])
    for place, program in enumerate(programs):
        got = unpacked(found[place], text.n, CAUSAL)
        assert np.abs(got - pattern(program, text)).max() < SINGLE, program.source


def test_texts_alone_or_together_or_in_parts_give_the_same_bits() -> None:
    programs = random_programs(60)
    texts = short_texts(7)
    library = Library(programs)
    together = library.patterns(texts)
    for text, packed in zip(texts, together, strict=True):
        np.testing.assert_array_equal(library.patterns([text])[0], packed)
    small = Library(programs)
    small.memory = library.usage([64]).total
    assert len(list(small.stream(texts))) > 1, "the memory is small enough to part the texts"
    for one, other in zip(small.patterns(texts), together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_last_rows_alone_are_the_last_rows_of_all() -> None:
    programs = random_programs(60)
    text = random_text(3, 22)
    whole = Library(programs).patterns([text])[0]
    last = Library(programs).patterns([text], first_rows=[20])[0]
    np.testing.assert_array_equal(last, whole[:, CAUSAL.cells(20) :])


THREADS = """
import hashlib, numba
from attndsl.engines.batch import Library
from tests.engines.agreement import random_programs, short_texts
library = Library(random_programs(60))
for threads in (1, 2, 8):
    numba.set_num_threads(threads)
    digest = hashlib.sha256()
    for packed in library.patterns(short_texts(2)):
        digest.update(packed.tobytes())
    print(digest.hexdigest())
"""


def test_any_number_of_threads_gives_the_same_bits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        env={**os.environ, "NUMBA_NUM_THREADS": "8", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.split()
    assert len(lines) == 3, done.stderr
    assert len(set(lines)) == 1


def test_memory_is_known_before_it_is_taken() -> None:
    library = Library(random_programs(20), memory_mb=1)
    with pytest.raises(AttndslError, match="over the limit of 1 MB"):
        library.patterns([random_text(1, 300)])
    assert library.usage([300]).total > 2**20


def test_an_empty_library_and_no_texts_give_empty_results() -> None:
    text = random_text(1, 7)
    assert Library([]).patterns([text])[0].shape == (0, CAUSAL.cells(7))
    assert Library(random_programs(3)).patterns([]) == []


def test_programs_that_share_terms_are_computed_once() -> None:
    source = "def {}(q, k):\n    return {} * 0.8 ** (q.i - k.i) + (k.prev.lower == q.lower)\n"
    text = "\n\n".join(source.format(f"p{i}", 0.1 * (i + 1)) for i in range(8))
    library = Library(verify(text).programs)
    assert library.sharing > 2


def test_one_program_under_every_fallback_and_decorator() -> None:
    body = "(q, k):\n    return k == q.prev and q.i % 2 == 1\n"
    heads = ["@fallback(self)", "@fallback(uniform)", "@fallback(first)", "@softmax", ""]
    source = "\n\n".join(f"{head}\ndef p{i}{body}".lstrip() for i, head in enumerate(heads))
    programs = verify(source).programs
    assert len(programs) == 5
    text = random_text(2, 7)
    for mask in (CAUSAL, Mask("window", 3)):
        found = Library(programs, mask).patterns([text])[0]
        for place, program in enumerate(programs):
            got = unpacked(found[place], 7, mask)
            np.testing.assert_allclose(got, pattern(program, text, mask), atol=SINGLE)
            np.testing.assert_allclose(got.sum(axis=1), 1.0, atol=1e-6)


def test_without_a_folder_for_compiled_code_it_is_compiled_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As for a user who can write neither where the package lies nor at home."""
    from numba.core import caching

    from attndsl.engines.batch.machine import compiling

    def double(x: float) -> float:
        return 2 * x

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    with pytest.raises(RuntimeError):
        njit(cache=True)(double)
    assert compiling.kept(nogil=True)(double)(2.0) == 4.0
    assert compiling.compiled(double)(3.0) == 6.0


def test_what_was_compiled_on_this_machine_is_known(tmp_path: Path) -> None:
    def work() -> None: ...

    found = SimpleNamespace(
        py_func=work, signatures=[], _cache=SimpleNamespace(cache_path=str(tmp_path))
    )
    assert not is_kept(found)
    (tmp_path / "test_batch.work-1.py311.nbi").touch()
    assert is_kept(found)
    assert is_kept(SimpleNamespace(py_func=work, signatures=[()], _cache=None))
