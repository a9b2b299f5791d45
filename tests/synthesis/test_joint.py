"""Joint fitting: the mixture is the program itself, fitting helps, what is written is the same."""

import numpy as np
import pytest
import torch

from attndsl.engines.batch import Library
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, load
from attndsl.synthesis.joint import Effort, Installed, State, fit_jointly, losses, task_of
from attndsl.synthesis.linear import Linear, read_linear
from attndsl.synthesis.sums import Basis, Cells, rounded
from attndsl.tokens import builtin_texts, encode
from tests.models.folders import model_folder

ONE = '''@softmax
def one(q, k):
    """Favours the first token."""
    far = log(1 + q.i - k.i)
    sink = k.i == 0
    copy = k.lower == q.lower and k != q
    score = 3.0 * sink + 1.25 * copy - 1.5 * far
    if q.is_punct or q.usual_pos in {"DET", "ADP"}:
        score -= 0.5 * far
        score += 0.75 * copy
    elif q.usual_pos == "NOUN":
        score += 2.0 * sink
    return score
'''
TWO = """@softmax
def two(q, k):
    before = k == q.prev
    score = 2.5 * before + 0.5 * (k.usual_pos == "NOUN")
    return score
"""


def linear(source: str) -> Linear:
    found = read_linear(source)
    assert found is not None
    return found


def test_the_mixture_is_the_program_itself() -> None:
    basis = Basis.of([linear(ONE), linear(TWO)])
    texts = [encode(text.text[:90]) for text in builtin_texts()[:3]]
    width = max(text.n for text in texts)
    found = basis.patterns(basis.start, basis.cells(texts, CAUSAL, width)).numpy()
    programs = verify(ONE + "\n\n" + TWO).programs
    for row, packed in enumerate(Library(programs, CAUSAL).patterns(texts)):
        n = texts[row].n
        assert np.abs(found[:, row, :n, :n] - unpack(packed, CAUSAL, n)).max() < 2e-5
        assert not found[:, row, n:].any()
        assert not found[:, row, :, n:].any()


def test_gradients_are_the_same_every_time() -> None:
    """A fit that a kill cut off is made again, and must come to the same numbers."""
    more = "".join(f'{word}.5 * (k.lower == "%{word}") + ' for word in range(1, 8))
    sources = [TWO.replace("0.5 *", more.replace("%", f"w{one}") + "0.5 *") for one in range(12)]
    basis = Basis.of([linear(source) for source in sources])
    draw = torch.Generator().manual_seed(0)
    texts, n, features = 8, 24, len(basis.features)
    # So many cells that several threads share them.
    cells = Cells(
        torch.rand(texts, features, n, n, generator=draw),
        torch.randint(basis.test_of.size, (texts, len(sources), n), generator=draw),
        torch.ones(texts, 1, n, n, dtype=torch.bool),
    )
    push, found = torch.rand(texts, n, n, generator=draw), set()
    for _ in range(8):
        numbers = basis.start.clone().requires_grad_()
        (basis.patterns(numbers, cells) * push).sum().backward()
        assert numbers.grad is not None
        found.add(tuple(numbers.grad.tolist()))
    assert len(found) == 1


def test_a_feature_of_several_programs_is_held_once() -> None:
    twin = linear(ONE.replace("def one", "def three").replace("3.0", "1.0"))
    assert len(Basis.of([linear(ONE), twin]).features) == 3
    assert len(Basis.of([linear(ONE), twin]).start) == 12


def test_written_numbers_come_back() -> None:
    one = linear(ONE)
    values = [0.5 * term.value for term in one.terms]
    again = linear(one.written(values))
    assert [term.value for term in again.terms] == values
    assert verify(again.source).programs[0].docstring == "Favours the first token."


@pytest.mark.parametrize(
    "source",
    [
        "def f(q, k):\n    return 0.5 * (k == q)\n",
        "@softmax\ndef f(q, k):\n    return k.i\n",
        "@softmax\ndef f(q, k):\n    score = 2.0 * k.i * q.i * 0.5\n    return score\n",
        "@softmax\ndef f(q, k):\n    if q.is_punct:\n        return 1.0\n    return 2.0 * k.i\n",
        "X = 2\n@softmax\ndef f(q, k):\n    score = 2.0 * (k.i + X)\n    return score\n",
    ],
)
def test_other_forms_are_left_alone(source: str) -> None:
    assert verify(source).programs
    assert read_linear(source) is None


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, HeadStore]:
    folder = tmp_path_factory.mktemp("joint")
    loaded = load(str(model_folder(folder / "model", "llama")))
    texts = ["the cat sat on the mat and ran", "a big dog ran on a mat .", "the dog and the cat"]
    capture(loaded, texts, folder / "heads")
    return loaded, HeadStore.open(folder / "heads")


def test_fitting_brings_the_output_nearer_and_changes_no_sign(
    model: tuple[LoadedModel, HeadStore],
) -> None:
    loaded, store = model
    basis = Basis.of([linear(ONE), linear(TWO)])
    (fixed,) = verify("def near(q, k):\n    return 0.5 ** (q.i - k.i)\n").programs
    heads = {(0, 1): 0, (1, 1): 0, (1, 2): 1}
    installed = Installed(heads, {(0, 3): fixed}, (frozenset([(0, 1), (0, 3), (1, 2)]),))
    tasks = [task_of(loaded, store, (0, 1, 2), basis, installed)]
    with torch.no_grad():
        before = losses(tasks[0], basis, installed, basis.start)
    found = fit_jointly(tasks, basis, installed, Effort(steps=15, agreement=0.1))
    with torch.no_grad():
        after = losses(tasks[0], basis, installed, found)
    assert after.divergence < before.divergence
    assert 0 < before.iou < 1
    assert torch.equal(found.sign(), basis.start.sign())
    numbers = rounded(basis, found, 2)
    assert all(abs(value) >= 0.01 for one in numbers for value in one)
    texts = [one.written(mine) for one, mine in zip(basis.programs, numbers, strict=True)]
    assert all(len(verify(text).programs) == 1 for text in texts)


def test_a_fit_that_was_stopped_goes_on_to_the_same_numbers(
    model: tuple[LoadedModel, HeadStore],
) -> None:
    loaded, store = model
    basis = Basis.of([linear(ONE), linear(TWO)])
    turns = (frozenset([(0, 1), (1, 2)]), frozenset([(0, 1)]))
    installed = Installed({(0, 1): 0, (1, 2): 1}, {}, turns)
    tasks = [task_of(loaded, store, (0, 1, 2), basis, installed)]
    kept: list[State] = []
    whole = fit_jointly(tasks, basis, installed, Effort(steps=6), keep=kept.append)
    again = fit_jointly(tasks, basis, installed, Effort(steps=6), begun=kept[2])
    assert [state.step for state in kept] == [1, 2, 3, 4, 5, 6]
    assert torch.equal(whole, again)
