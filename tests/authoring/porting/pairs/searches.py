"""Searches: break, the last of a list, the best so far, sums and flags, a list's order."""

import numpy as np


def searches(sentence, tokenizer):
    """Looks for commas and for what is most alike."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    attention = np.zeros((n, n))
    commas = [j for j, token in enumerate(tokens) if token == ","]
    for i in range(n):
        nearest = None
        for j in range(i - 1, -1, -1):
            if tokens[j] == ".":
                nearest = j
                break
        if nearest is not None:
            attention[i, nearest] = 0.5
        best, best_j = -1.0, -1
        for j in range(i):
            likeness = _char_sim(tokens[i], tokens[j])
            if likeness > best:
                best = likeness
                best_j = j
        if best_j >= 0:
            attention[i, best_j] += best
        for rank, comma in enumerate(commas):
            if comma <= i:
                attention[i, comma] += 0.1 / (1 + rank)
        seen = 0
        quoted = False
        for j in range(i + 1):
            if tokens[j] == tokens[i]:
                seen += 1
            if tokens[j] == '"':
                quoted = True
        if seen > 1 or quoted:
            attention[i, 0] += 0.2 * seen
        recent = [c for c in commas if c < i]
        if recent:
            attention[i, recent[-1]] += 0.3
    attention = np.tril(attention)
    return "searches", attention / attention.sum(axis=1, keepdims=True)
