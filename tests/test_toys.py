"""The tasks of `benchmarks.toys`: inputs that are what their definitions say."""

from itertools import pairwise
from random import Random

import pytest

pytest.importorskip("transformers", reason="needs the extra `models`")

from benchmarks.toys.__main__ import models_in
from benchmarks.toys.languages import LANGUAGES, nested
from benchmarks.toys.tasks import LONGEST, TASKS, task_of

# What may be anywhere in words, and what may not.
WORDS = {
    "tomita1": ("11", "10"), "tomita2": ("1010", "100"), "tomita3": ("0110", "010"),
    "tomita4": ("001", "1000"), "tomita5": ("0110", "01"), "tomita6": ("000", "0001"),
    "tomita7": ("0011011", "01010"), "aastar": ("aa", "a"), "aaaastar": ("aaaa", "aa"),
    "ababstar": ("abab", "abba"), "abcde": ("aabcdee", "abce"), "ab_d_bc": ("abdcb", "adda"),
    "012_0_2": ("10122022", "01"),
}  # fmt: skip


def ends(word: str, name: str) -> bool:
    """Whether a language has the word."""
    language = LANGUAGES[name]
    state, *_ = language.states
    for symbol in word:
        if symbol not in language.states[state]:
            return False
        state = language.states[state][symbol]
    return state in language.ends


@pytest.mark.parametrize("name", LANGUAGES)
def test_languages_have_their_words(name: str) -> None:
    inside, outside = WORDS[name]
    assert ends(inside, name)
    assert not ends(outside, name)
    random = Random(0)
    for _ in range(30):
        word = LANGUAGES[name].word(random, LONGEST)
        assert 0 < len(word) <= LONGEST
        assert "<eos>" in LANGUAGES[name].may_follow(word)[-1]


def test_brackets_are_nested_no_deeper() -> None:
    assert nested(2).may_follow(list("aab")) == [{"a", "<eos>"}, {"a", "b"}, {"b"}, {"a", "b"}]


@pytest.mark.parametrize("name", TASKS)
def test_inputs_fit_the_model(name: str) -> None:
    task = task_of(f"{name}-@1l1h16d", 154)
    random = Random(0)
    for _ in range(30):
        begin, *words = task.text(random).split()
        assert begin == "<bos>"
        assert words.count("<sep>") == 1
        assert set(words) <= set(task.names)
        assert len(words) <= 2 * LONGEST + 2


def test_answers_are_right() -> None:
    random, numbers = Random(1), tuple(map(str, range(60)))
    given, answers = TASKS["sort"][1](random, numbers)
    assert list(map(int, answers[:-1])) == sorted(map(int, given))
    given, answers = TASKS["addition"][1](random, ())
    one, other = "".join(given).split("+")
    assert int(one, 2) + int(other, 2) == int("".join(answers[:-1]), 2)
    given, answers = TASKS["unique_bigram_copy"][1](random, numbers[:16])
    assert answers[:-1] == given
    assert len({*pairwise(given)}) == len(given) - 1


def test_strange_names_are_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SystemExit, match="no task 'chess'"):
        task_of("chess-1l", 10)
    with pytest.raises(SystemExit, match="no language 'french'"):
        task_of("bce_french-1l", 10)
    with pytest.raises(SystemExit, match=r"no folder with a model\.safetensors"):
        models_in(tmp_path, "")
