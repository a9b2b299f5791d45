"""Fixed cells, a decay over keys, updates in order: what most published programs are made of."""

import numpy as np


def apply_causal_mask(matrix):
    return matrix * np.tril(np.ones(matrix.shape))


def make_row_stochastic(matrix):
    sums = matrix.sum(axis=1, keepdims=True)
    sums[sums == 0] = 1.0
    return matrix / sums


def local_decay_L0H1(sentence, tokenizer):
    """Near tokens by distance, the first token, and full stops a little more."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    if n == 0:
        return "local_decay", np.zeros((0, 0))
    attention = np.zeros((n, n))
    for i in range(n):
        if i == 0:
            attention[i, i] = 1.0
            continue
        for j in range(max(0, i - 5), i):
            distance = i - j
            weight = 0.6 / (distance**0.8)
            if tokens[j] in [".", "!"]:
                weight *= 2.0
            elif tokens[j].endswith("s"):
                weight += 0.1
            attention[i, j] += weight
        attention[i, 0] += 0.4
        attention[i, i - 1] = max(attention[i, i - 1], 0.3)
        attention[i, i] *= 0.5
    attention = apply_causal_mask(attention)
    attention = make_row_stochastic(attention)
    return "local_decay_L0H1", attention
