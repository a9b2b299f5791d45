"""Twenty of the examples as a researcher would write them: Python loops over a NumPy matrix.

The rival of benchmarks/engines, in the style of the published programs and written for this
benchmark: a function takes the tokens and their parse, cleans strings and asks words for their
properties where it needs them, fills a matrix cell by cell and divides rows by their sums. The
parse is made once a text.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Word:
    """What a parser says of a token."""

    pos: str
    line: int
    sentence: int
    starts_line: bool
    starts_sentence: bool
    punct: bool
    pause: bool
    end: bool
    quote: bool
    content: bool
    title: bool
    pronoun: bool


@dataclass(frozen=True)
class Sentence:
    """A text as the programs see it: one string and one word a token."""

    tokens: list[str]
    words: list[Word]


def clean(token: str) -> str:
    """A token as it is compared: without the space before it, in lower case."""
    return token.strip(" ").lower() or token


def row_stochastic(matrix: Matrix) -> Matrix:
    for i in range(len(matrix)):
        total = matrix[i].sum()
        if total < 1e-12:
            matrix[i, 0] = 1.0
        else:
            matrix[i] /= total
    return matrix


def first_token(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        A[i, 0] = 1.0
    return row_stochastic(A)


def first_then_recent(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            A[i, j] = 0.3 * 0.7 ** (i - j)
        A[i, 0] += 0.7
    return row_stochastic(A)


def previous_token(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(1, n):
        A[i, i - 1] = 1.0
    return row_stochastic(A)


def fast_decay(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            A[i, j] = 0.5 ** (i - j)
    return row_stochastic(A)


def inverse_distance(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            A[i, j] = 1 / (1 + i - j)
    return row_stochastic(A)


def start_of_line(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            if (
                s.words[j].line == s.words[i].line
                and s.words[j].starts_line
                and not s.words[i].starts_line
            ):
                A[i, j] = 1.0
            elif j == 0:
                A[i, j] = 0.1
    return row_stochastic(A)


def same_token(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            if clean(s.tokens[j]) == clean(s.tokens[i]):
                A[i, j] = 1.0
        A[i, i] = 0.01
    return row_stochastic(A)


def induction(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(1, i):
            if clean(s.tokens[j - 1]) == clean(s.tokens[i]):
                A[i, j] = 1.0
    return row_stochastic(A)


def strong_induction(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        A[i, 0] = 0.001
        for j in range(1, i):
            if clean(s.tokens[j - 1]) == clean(s.tokens[i]):
                if j >= 2 and i >= 1 and clean(s.tokens[j - 2]) == clean(s.tokens[i - 1]):
                    A[i, j] = 1.0
                else:
                    A[i, j] = 0.3
    return row_stochastic(A)


def shared_occurrences(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        earlier = [j for j in range(i) if clean(s.tokens[j]) == clean(s.tokens[i])]
        for j in earlier:
            A[i, j] = 1 / len(earlier)
        A[i, i] = 0.02
    return row_stochastic(A)


def first_mention(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            if clean(s.tokens[j]) == clean(s.tokens[i]):
                A[i, j] = 1.0
                break
    return row_stochastic(A)


def capitals_repeat(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        A[i, 0] = 0.001
        if s.words[i].title and not s.words[i].starts_sentence:
            for j in range(i + 1):
                if s.words[j].title and not s.words[j].starts_sentence:
                    A[i, j] = 0.9 ** (i - j)
    return row_stochastic(A)


def punctuation_marks(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            if s.words[j].punct:
                A[i, j] = 0.9 ** (i - j)
    return row_stochastic(A)


def last_sentence_end(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i - 1, -1, -1):
            if s.words[j].end:
                A[i, j] = 1.0
                break
    return row_stochastic(A)


def last_pause(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        pauses = [j for j in range(i) if s.words[j].pause]
        for j in range(i + 1):
            A[i, j] = 0.1 * 0.5 ** (i - j)
        if pauses:
            A[i, pauses[-1]] = 0.8
    return row_stochastic(A)


def within_quotes(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    inside, now = [], False
    for i in range(n):
        inside.append(now)
        if s.words[i].quote:
            now = not now
    for i in range(n):
        for j in range(i + 1):
            if inside[i] == inside[j]:
                A[i, j] = 0.9 ** (i - j)
    return row_stochastic(A)


def own_sentence(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            if s.words[j].sentence == s.words[i].sentence:
                A[i, j] = 0.85 ** (i - j)
    return row_stochastic(A)


def own_clause(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        cuts = [j for j in range(i) if s.words[j].pause or s.words[j].end]
        cut = cuts[-1] if cuts else -1
        for j in range(cut + 1, i + 1):
            A[i, j] = 0.9 ** (i - j)
    return row_stochastic(A)


def content_words(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            A[i, j] = 0.8 ** (i - j) if s.words[j].content else 0.02
    return row_stochastic(A)


def verb_to_subject(s: Sentence) -> Matrix:
    n = len(s.tokens)
    A = np.zeros((n, n))
    for i in range(n):
        if s.words[i].pos in ("VERB", "AUX"):
            for j in range(i - 1, -1, -1):
                if s.words[j].pos in ("NOUN", "PROPN") or s.words[j].pronoun:
                    A[i, j] = 1.0
                    break
        else:
            for j in range(i + 1):
                A[i, j] = 0.5 ** (i - j)
    return row_stochastic(A)


PROGRAMS: tuple[Callable[[Sentence], Matrix], ...] = (
    first_token, first_then_recent, previous_token, fast_decay, inverse_distance, start_of_line,
    same_token, induction, strong_induction, shared_occurrences, first_mention, capitals_repeat,
    punctuation_marks, last_sentence_end, last_pause, within_quotes, own_sentence, own_clause,
    content_words, verb_to_subject,
)  # fmt: skip
