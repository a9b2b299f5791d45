"""Tables by index, accumulators along a loop, row temporaries, what is left of a budget."""

import numpy as np


def tables(sentence, tokenizer):
    """Weights of tokens, made before; the row is divided in the middle."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    out = np.zeros((n, n))
    importance = np.zeros(n)
    for i, token in enumerate(tokens):
        if token in (".", "!"):
            importance[i] = 1.0
        if i == 0:
            importance[i] = max(importance[i], 0.8)
        elif token.startswith("a"):
            importance[i] += 0.25
    for i in range(n):
        row = np.zeros(n)
        budget = 1.0
        for j in range(i + 1):
            share = importance[j] * 0.5
            if share > budget:
                break
            row[j] = share * budget
        total = row.sum()
        if total > 0:
            row = row / total
        else:
            row[i] = 1.0
        out[i] = row * 0.7
        out[i, 0] += 1.0 - out[i].sum()
    out = apply_causal_mask(out)
    return "tables", make_row_stochastic(out)
