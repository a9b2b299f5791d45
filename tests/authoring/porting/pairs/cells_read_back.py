"""Loops that read the cells they write, and lists of cells."""

import numpy as np


def share_of_marks(sentence, tokenizer):
    """Commas share what they were given; the rest goes back."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        marks = [j for j in range(i + 1) if tokens[j] in [",", "."]]
        for j in marks:
            A[i][j] = 1.0 / (1 + i - j)
        total = sum(A[i, j] for j in marks)
        if total > 0:
            for j in marks:
                A[i, j] = A[i, j] / total * 0.7
        given = 0.0
        for j in range(i):
            if tokens[j] not in [",", "."]:
                A[i, j] = 0.02 * (1 + i - j)
                given += A[i, j]
        A[i, i] = max(0.05, 1.0 - given)
        if not any(A[i, j] > 0.5 for j in range(i)):
            A[i, 0] += 0.2
    return "share_of_marks", np.tril(A)


def first_raised(sentence, tokenizer):
    """The first comma is raised to what it has at least."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            A[i, j] += 0.1
        for j in range(i):
            if tokens[j] == ",":
                A[i, j] = max(A[i, j], 0.3)
                break
    return "first_raised", np.tril(A)
