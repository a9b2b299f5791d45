"""Searches: loops that end early, steps by while, functions that look for a place."""

import numpy as np


def last_start(sentence, tokenizer):
    """Looks at where the query's stretch between marks began."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    starts = [0]
    for i, token in enumerate(tokens):
        if token in [".", "!"] and i + 1 < n:
            starts.append(i + 1)

    def start_of(place):
        for start in reversed(starts):
            if start <= place:
                return start
        return 0

    for i in range(n):
        A[i, start_of(i)] = 0.6
        j = i - 1
        while j >= 0 and tokens[j] not in [",", "."]:
            j -= 1
        if j >= 0:
            A[i, j] += 0.3
        A[i, i] += 0.1
    return "last_start", np.tril(A)


def few_turns(sentence, tokenizer):
    """The first of three marks that stands before the query."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for mark in [",", ".", "!"]:
            before = [j for j in range(i) if tokens[j] == mark]
            if before:
                A[i, max(before)] = 0.5
                break
        A[i, i] += 0.1
    return "few_turns", np.tril(A)


def nearest_of_some(sentence, tokenizer):
    """Marks but the first token's, by how near they are, and those after them."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        left = [j for j in range(i) if tokens[j] in [",", "A"]]
        for j in range(i):
            if tokens[j] == "." and j not in left:
                left.append(j)
        if 0 in left:
            left.remove(0)
        if left:
            A[i, min(left, key=lambda j: abs(j - 4))] += 0.4
            left.sort(reverse=True)
            for rank, j in enumerate(left):
                A[i, j] += 0.5 ** (rank + 1)
        weights = np.array([1.0 + j for j in range(i + 1)])
        for j, w in zip(range(i + 1), weights / weights.sum(), strict=True):
            A[i, j] += 0.1 * w
    return "nearest_of_some", np.tril(A)


def first_row(sentence, tokenizer):
    """A row that is written by itself, beside a list that is true at some places."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    marked = [False] * n
    for i in range(n):
        if tokens[i] in [",", "."]:
            marked[i] = True
    for i in range(n):
        for j in range(i + 1):
            A[i, j] = 0.4 if marked[j] else 0.1
    for j in range(n - 1):
        A[-1, j] = 0.01
    return "first_row", A
