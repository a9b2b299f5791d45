"""The kernel engine: the same patterns, from a source in which nothing of the program's text is."""

import re

import numpy as np
import pytest

from attndsl.engines.kernel import Kernel, engine, kernel_for, patterns_of
from attndsl.engines.reference import pattern
from attndsl.graph.verify import verify
from tests.engines.agreement import MASKS, random_programs, short_texts, unpacked
from tests.programs.texts import random_text

PROGRAMS = 40
# What the generator itself writes.
KNOWN = {
    "abs", "and", "base", "bases", "best", "columns", "constants", "count", "counts", "def", "div",
    "e", "else", "empty", "entries", "exp", "False", "finish", "first_key", "first_row", "float",
    "floor", "floordiv", "for", "found", "if", "in", "int64", "j", "kernel", "last", "last_row",
    "lent", "log", "longest", "matrices", "max", "min", "mod", "near", "nearest", "not", "np", "or",
    "own_cell", "patterns", "pick", "power", "r", "range", "reduce_row", "round_half_even", "row",
    "row_keys", "row_starts", "row_tokens", "ROW_EMPTY", "settle", "sqrt", "square", "squares",
    "starts", "True", "uint64", "width", "z",
}  # fmt: skip
NUMBERED = r"(v|k|x|held|more)\d+"


def test_the_kernel_engine_agrees_with_the_reference() -> None:
    texts = short_texts(4)
    for place, program in enumerate(random_programs(PROGRAMS, first_seed=50_000)):
        mask = MASKS[place % 3]
        found = Kernel(program, mask).patterns(texts)
        for text, packed in zip(texts, found, strict=True):
            got = unpacked(packed, text.n, mask)
            expected = pattern(program, text, mask)
            assert np.abs(got - expected).max(initial=0) < 1e-7, program.source


def test_sources_hold_opcodes_and_numbered_registers_only() -> None:
    """Every word of a generated source comes from the generator, none from the program."""
    words = set()
    for program in random_programs(300, first_seed=50_000):
        for source in Kernel(program).sources:
            assert '"' not in source
            assert "'" not in source
            words |= set(re.findall(r"[A-Za-z_]\w*", source))
    unnumbered = {word for word in words if not re.fullmatch(NUMBERED, word)}
    assert unnumbered <= KNOWN


def test_a_kernel_is_kept_by_canonical_form_and_mask() -> None:
    one = verify("def a(q, k):\n    return 0.5 * (k.i == 0) + 1\n").programs[0]
    same = verify("def b(q, k):\n    return 1 + (k.i == 0) * 0.5\n").programs[0]
    assert one.hash == same.hash
    assert kernel_for(one) is kernel_for(same)
    assert kernel_for(one) is not kernel_for(one, MASKS[1])
    text = random_text(1, 22)
    np.testing.assert_array_equal(
        kernel_for(one).patterns([text])[0], kernel_for(same).patterns([text])[0]
    )


def test_a_kernel_is_made_only_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    program = verify("def a(q, k):\n    return 0.25 ** (q.i - k.i)\n").programs[0]
    text = random_text(1, 22)
    (slow,) = patterns_of(program, [text])
    assert (program.hash, MASKS[0]) not in engine._kernels
    monkeypatch.setattr(engine, "BREAK_EVEN_STEPS", 100)
    (fast,) = patterns_of(program, [text])
    assert (program.hash, MASKS[0]) in engine._kernels
    np.testing.assert_allclose(fast, slow, atol=1e-7)
