"""Programs' patterns for scoring on another device: those of the CPU's engine, and what is done
where memory doesn't do."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.engines.torch import TorchEngine, TorchPrograms
from attndsl.engines.torch import texts as torch_texts
from attndsl.fit import making
from attndsl.fit.making import There, Together, beside, maker
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.second_device import NAME, Factories, Literals, move

PROGRAMS = verify("""
def near(q, k):
    return 0.7 ** abs(q.i - k.i) * (2 if k.is_punct else 1)

def nouns(q, k):
    return k.pos == "NOUN"

@softmax
def scored(q, k):
    return 2 * (k.lower == q.lower) - 0.1 * abs(q.i - k.i)

def rested(q, k):
    return 0.4 * sink(q, k) + 0.6 * (k.sentence == q.sentence)
""").programs
PLAIN = [program for program in PROGRAMS if "linguistics" not in program.needs]


def texts(*lengths: int) -> list[Encoded]:
    table = builtin_table()
    whole = [encode(text.text) for text in builtin_texts()[: len(lengths)]]
    return [Encoded(table, one.ids[:n]) for one, n in zip(whole, lengths, strict=True)]


def near(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == np.float32
        assert one.shape == other.shape
        assert np.abs(one - other).max() < 1e-6


@pytest.mark.parametrize("mask", [CAUSAL, Mask("window", 5), FULL], ids=lambda mask: mask.kind)
def test_patterns_made_on_a_second_device_are_those_of_the_cpu(
    mask: Mask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "SQUARES", 3 * 40 * 40 * 2)  # two texts at a time, or three
    read, table = texts(40, 12, 7, 30, 1), builtin_table()
    expected = maker(PLAIN, mask, table).patterns(read)

    def there(some: Any, mask: Mask, table: Any, device: str = "cpu", memory_mb: int = 0) -> Any:
        made = TorchPrograms(some, table, mask)
        move(made)
        return TorchEngine(made, device)

    monkeypatch.setattr(torch_texts, "engine", there)
    monkeypatch.setattr("attndsl.engines.torch.engine", there)
    with torch.no_grad(), Factories(), Literals():
        made = maker(PLAIN, mask, table, NAME)
        assert isinstance(made, There)
        near(made.patterns(read), expected)


def test_what_reads_a_parse_stays_on_the_cpu_and_all_keep_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = list[tuple[str, str, int]]()

    class Named:
        def __init__(self, programs: Any, fill: float) -> None:
            self.programs, self.fill = programs, fill

        def patterns(self, read: Sequence[Encoded], first_rows: Any = None) -> Any:
            return [np.full((len(self.programs), 3), self.fill, np.float32) for _ in read]

    def make_engine(name: str) -> Any:
        def make(some: Any, mask: Any, table: Any, device: str = "cpu", memory_mb: int = 0) -> Any:
            asked.append((name, device, len(some)))
            return Named(some, 1.0 if name == "torch" else 2.0)

        return make

    monkeypatch.setattr(making, "make_engine", make_engine)
    made = maker(PROGRAMS, CAUSAL, builtin_table(), "cuda:0")
    assert isinstance(made, Together)
    assert asked == [("torch", "cuda:0", 3), ("batch", "cpu", 1)]
    for cells in made.patterns(texts(2, 2)):
        assert cells[:, 0].tolist() == [1, 2, 1, 1]  # the second reads parts of speech


def test_where_wide_numbers_lack_the_cpu_makes_them() -> None:
    assert beside("mps:0") == "cpu"
    assert beside("cuda:1") == "cuda:1"


class Small:
    """A device that holds so many texts, and none beyond a length."""

    def __init__(self, room: int, longest: int) -> None:
        self.room, self.longest, self.tried = room, longest, list[int]()
        self.inner = maker(PLAIN, CAUSAL, builtin_table())

    def patterns(self, read: Sequence[Encoded], first_rows: Any = None) -> Any:
        self.tried.append(len(read))
        if len(read) > self.room or max(text.n for text in read) > self.longest:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return self.inner.patterns(read)

    def rows(self, read: Any, first_rows: Any) -> Any:
        raise NotImplementedError


def test_texts_that_do_not_fit_are_halved_and_that_is_told_once() -> None:
    read, said = texts(9, 8, 7, 6), list[str]()
    small = Small(1, 100)
    made = There(small, lambda: small, 3, "cuda:0", said.append)
    expected = small.inner.patterns(read)
    near(made.patterns(read), expected)
    near(made.patterns(read), expected)
    assert small.tried == [4, 2, 1, 1, 2, 1, 1] * 2
    assert said == ["note: 4 texts at once don't fit the memory: halved"]


def test_a_text_that_does_not_fit_alone_goes_to_the_cpu() -> None:
    read, said = texts(9, 30, 7), list[str]()
    small, host = Small(1, 10), Small(9, 100)
    made = There(small, lambda: host, 3, "cuda:0", said.append)
    near(made.patterns(read), host.inner.patterns(read))
    assert host.tried == [3]
    assert said[-1].startswith("note: the memory of cuda:0 does not do for the patterns of 3")
    near(made.patterns(read), host.inner.patterns(read))
    assert small.tried == [3, 1, 2, 1]


def test_another_fault_is_not_taken_for_want_of_memory() -> None:
    class Wrong(Small):
        def patterns(self, read: Sequence[Encoded], first_rows: Any = None) -> Any:
            raise AttndslError("another fault")

    with pytest.raises(AttndslError, match="another fault"):
        There(Wrong(1, 1), lambda: Small(9, 99), 3, "cuda:0").patterns(texts(5))
