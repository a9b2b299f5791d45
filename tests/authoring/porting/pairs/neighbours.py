"""Cells beside a found place: asked of the neighbour that it would have to be."""

import numpy as np


def sentence_start_l0h0(sentence, tokenizer):
    """At a mark the piece after the mark before it, or the first piece."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        if tokens[i] in [".", "!", "?"]:
            for j in range(i - 1, -1, -1):
                if tokens[j] in [".", "!", "?"] or j == 0:
                    if j < i - 1:
                        start = j + 1 if j > 0 else j
                        if start < i:
                            A[i, start] += 0.2
                    break
        A[i, 0] += 0.1
    A = apply_causal_mask(A)
    return "sentence_start", make_row_stochastic(A)


def beginnings_l0h1(sentence, tokenizer):
    """The first piece of each text that a mark for its beginning opens, over empty pieces."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    begun = set()
    for i in range(n):
        if i == 0 or tokens[i - 1] == "<|begin_of_text|>":
            j = i
            while j < n and tokens[j].strip() == "":
                j += 1
            if j < n and tokens[j] != "<|begin_of_text|>":
                begun.add(j)
    for i in range(n):
        for j in begun:
            if j <= i:
                A[i, j] += 0.25
        A[i, i] += 0.05
    A = apply_causal_mask(A)
    return "beginnings", make_row_stochastic(A)
