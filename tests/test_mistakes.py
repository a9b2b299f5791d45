"""What is handed to a public function in place of what it takes is refused in words."""

import doctest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import attndsl
from attndsl.language import given
from attndsl.models.loading import LoadedModel
from tests.models.folders import model_folder

SOURCE = "def previous(q, k):\n    return k == q.prev\n"
VERIFIED = attndsl.verify(SOURCE)
PROGRAM = VERIFIED.programs[0]
TEXT = attndsl.encode("The cat sat.")
NOWHERE = Path("no such folder")
PROGRAMS = r"attndsl\.verify\(SOURCE\)\.programs"
TOKENS = r"is no encoded text: attndsl\.encode\(TEXT\)"

# What is asked with a mistake in it, and what is said of that.
Mistakes = dict[str, tuple[Callable[[Any], object], str]]
A: Any = attndsl  # whose types would refuse all of this
LANGUAGE: Mistakes = {
    "a path for a source": (lambda _: A.verify(NOWHERE), "is no source: .*read"),
    "nothing for a source": (lambda _: A.parse(None), "None is no source"),
    "a program for a source": (lambda _: A.format_source(PROGRAM), "is no source"),
    "a source for a program": (lambda _: A.to_source(SOURCE), f"is no checked program: {PROGRAMS}"),
    "a source's length": (lambda _: A.length(SOURCE), "is no checked program"),
    "numbers of all programs": (
        lambda _: A.numbers(VERIFIED),
        "<verified: previous> is no",
    ),
    "several texts for one": (lambda _: A.encode(["a", "b"]), r"\['a', 'b'\] is no text"),
    "a model's name for its table": (lambda _: A.encode("a", "smollm2"), "is no tokenizer's table"),
    "a mask of no kind": (lambda _: A.Mask("odd"), "no mask 'odd'; there are causal, window, full"),
    "half a window": (lambda _: A.Mask("window", 1.5), "1.5 is no window"),
}
RUNNING: Mistakes = {
    "words for tokens": (lambda _: A.pattern(PROGRAM, "plain text"), f"'plain text' {TOKENS}"),
    "a source in a pattern": (lambda _: A.pattern(SOURCE, TEXT), PROGRAMS),
    "a mask by its name": (lambda _: A.pattern(PROGRAM, TEXT, "full"), r"attndsl\.FULL"),
    "half a query": (lambda _: A.why(PROGRAM, TEXT, 1.5, 0), "1.5 is no query: .*0 to 3"),
    "a key in words": (lambda _: A.why(PROGRAM, TEXT, 1, "0"), "'0' is no key: .*0 to 3"),
    "why of words": (lambda _: A.why(PROGRAM, "The cat", 1, 0), TOKENS),
    "a source inspected": (lambda _: A.inspect(SOURCE), "is no list of checked programs"),
    "nothing to inspect": (lambda _: A.inspect([]), "there is no program to inspect"),
    "inspected on no token": (lambda _: A.inspect(PROGRAM, ""), "the text has no tokens"),
    "a library of one": (lambda _: A.Library(PROGRAM), "is one checked program: put it in a list"),
    "a library of sources": (lambda _: A.Library([SOURCE]), "is no checked program"),
    "a library's words": (
        lambda _: A.Library([PROGRAM]).patterns("ab"),
        "no list of encoded",
    ),
    "a difference of all": (lambda _: A.diff(VERIFIED, PROGRAM), "is no program"),
    "a difference on a number": (lambda _: A.diff(PROGRAM, PROGRAM, 3), "3 is no text"),
    "the same on one text": (lambda _: A.dedup([PROGRAM] * 2, "a text"), "'a text' is one text"),
    "the same of sources": (lambda _: A.dedup([SOURCE] * 2), "is no checked program"),
    "labels that don't fit": (lambda _: A.Grid.of(np.eye(3), ["a"]), "3 x 3 values .*1 x 1 labels"),
    "labels not called": (lambda _: A.Grid.of(np.eye(4), TEXT.labels), "is no list of labels"),
    "words for a matrix": (lambda _: A.Grid.of("abc", ["a"]), "'abc' is no matrix"),
}
RUNS: Mistakes = {
    "a run that isn't there": (lambda _: A.open_run(NOWHERE), "is no run: there is no such folder"),
    "a run by a number": (lambda _: A.open_run(3), "3 is no file or folder"),
    "runs that aren't there": (lambda _: A.compare(NOWHERE, NOWHERE), "there is no such folder"),
    "a store that isn't there": (lambda _: A.HeadStore.open(NOWHERE), "there is no such folder"),
    "no replaced model": (lambda _: A.load(NOWHERE), "no replaced model: there is no such folder"),
    "pulled into a file": (lambda _: A.pull("me/run", __file__), "is a file; name a new folder"),
    "a census of a name": (lambda _: A.census("store", TEXT.table), "is no head store"),
    "scores against a name": (lambda _: A.score_library([PROGRAM], "s", TEXT.table), "head store"),
    "a model by nothing": (lambda _: A.load_model(None), "None is no model's name"),
    "one text explained": (lambda _: A.explain("m", "a text"), "'a text' is one text"),
    "a budget of a number": (lambda _: A.explain("m", budget=10), "90s, 10m or 2h, not 10"),
    "heads by a number": (lambda _: A.explain("m", heads=3), "3 is no choice of heads"),
    "a setting misspelt": (lambda _: A.explain("m", token=9), "'token'.*did you mean tokens"),
    "tokens in words": (lambda _: A.explain("m", tokens="64"), "a whole number, not '64'"),
    "one phase to skip": (lambda _: A.explain("m", skip="curve"), "'curve' is one name"),
    "texts beside a store": (lambda _: A.explain("m", ["a"], store="s"), "brings its own texts"),
}  # fmt: skip
MODELS: Mistakes = {
    "a name captured": (lambda _: A.capture("smollm2", ["a"], NOWHERE), "is no loaded model"),
    "one text captured": (lambda llama: A.capture(llama, "a cat", NOWHERE), "'a cat' is one text"),
    "one kind of probe": (
        lambda llama: A.capture_probes(llama, NOWHERE, kinds="induction"), "is one kind of probe"
    ),
    "no kind of probe": (
        lambda llama: A.capture_probes(llama, NOWHERE, kinds=["odd"]), "no kind of probe 'odd'"
    ),
    "a name replaced": (lambda _: A.install("smollm2", {(0, 0): PROGRAM}), "'smollm2' is no model"),
    "heads without programs": (lambda llama: A.install(llama, [(0, 0)]), "is no assignment"),
    "a source in a head": (lambda llama: A.install(llama, {(0, 0): SOURCE}), PROGRAMS),
    "half a head": (lambda llama: A.install(llama, {(0, 1.5): PROGRAM}), "1.5 is no head"),
    "a head by one number": (lambda llama: A.install(llama, {3: PROGRAM}), r"3 is no head: .*pair"),
    "a head that isn't there": (lambda llama: A.install(llama, {(0, 9): PROGRAM}), "heads 0 to 3"),
    "one pair pruned": (lambda llama: A.prune(llama, (0, 1)), "0 is no head: a head is a pair"),
    "a head pruned by its number": (lambda llama: A.prune(llama, 3), "3 is no list of heads"),
    "a name saved": (lambda _: A.save("smollm2", NOWHERE), "'smollm2' is no model"),
    "what one text costs": (lambda llama: A.replace(llama, NOWHERE, "a cat"), "is one text"),
}  # fmt: skip
EVERY = LANGUAGE | RUNNING | RUNS | MODELS


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return attndsl.load_model(str(model_folder(tmp_path_factory.mktemp("m") / "llama", "llama")))


@pytest.mark.parametrize("mistake", EVERY)
def test_a_mistake_is_told(mistake: str, llama: LoadedModel) -> None:
    ask, said = EVERY[mistake]
    with pytest.raises(attndsl.AttndslError, match=f"(?s){said}"):
        ask(llama)
    assert not NOWHERE.exists()


@pytest.mark.parametrize("index", [np.int64, np.int32, bool])
def test_whole_numbers_of_any_library_are_taken(index: Callable[[int], int]) -> None:
    assert attndsl.why(PROGRAM, TEXT, index(1), index(0)).weight == 1.0


def test_lists_may_be_of_any_kind() -> None:
    def programs() -> Iterable[attndsl.Program]:
        yield PROGRAM

    assert len(A.Library(programs()).programs) == len(A.Library((PROGRAM,)).programs) == 1
    assert A.Grid.of(np.eye(2), iter("ab")).rows == A.Grid.of(np.eye(2), "ab").rows == ("a", "b")


def test_the_examples_hold() -> None:
    done = doctest.testmod(given)
    assert done.attempted >= 5
    assert done.failed == 0
