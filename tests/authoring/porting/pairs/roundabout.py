"""Forms that are said plainly before they are read."""

import numpy as np


def f_else(sentence, tokenizer):
    """A loop's else."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            if tokens[j] == ",":
                A[i, j] = 0.8
                break
        else:
            A[i, 0] = 0.5
    return "else", apply_causal_mask(A)


def f_dict(sentence, tokenizer):
    """Weights by position, shared out."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        weights = {}
        for j in range(i):
            if tokens[j] == ".":
                weights[j] = 0.4
        weights[i] = weights.get(i, 0) + 0.2
        if len(weights) > 1:
            total = sum(weights.values())
            for j, w in weights.items():
                A[i, j] = w / total
        else:
            A[i, i] = 1.0
    return "dict", apply_causal_mask(A)


def f_rest(sentence, tokenizer):
    """What is left after the first turn is nothing."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        commas = [j for j in range(i + 1) if tokens[j] == ","]
        if commas:
            left = 0.8
            for idx, j in enumerate(reversed(commas)):
                w = left * (0.5**idx)
                A[i, j] = w
                left -= w
        A[i, i] += 0.1
    return "rest", apply_causal_mask(A)


def f_nearest(sentence, tokenizer):
    """The nearest two of pairs sorted by distance, and the best place by its score."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        pairs = []
        for j in range(i):
            if tokens[j] == ",":
                far = i - j
                pairs.append((j, far))
        pairs.sort(key=lambda x: x[1])
        for _rank, (j, far) in enumerate(pairs[:2]):
            A[i, j] = 0.5 / far
        best, best_score = None, 0
        for j in range(i):
            if tokens[j] == ".":
                score = 1.0 + j
                if score > best_score:
                    best_score = score
                    best = j
        if best is not None:
            A[i, best] = 0.7
    return "nearest", apply_causal_mask(A)


def f_few(sentence, tokenizer):
    """The first two of a list, its loop's own cell beside a fixed one, cells one by one."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    early = []
    for j in range(min(10, n)):
        if tokens[j] != ",":
            early.append(j)
            if len(early) >= 2:
                break
    for i in range(n):
        for j in early:
            A[i, j] = 0.3
        for j in range(max(0, i - 3), i):
            if tokens[j] == ",":
                A[i, j] += 0.4
                A[i, i] -= 0.2
        if i > 1:
            A[i, i - 2 : i] = [0.2, 0.5]
        for j in range(n):
            if tokens[j] == ".":
                A[i, j] = 0.6
            elif j == i:
                A[i, i] = 0.3
    return "few", apply_causal_mask(A)


def f_words(sentence, tokenizer):
    """Children of a word by their pieces, the past by its shape, ends of pieces."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    doc = spacy_parse(sentence)
    pieces = _align_to_spacy(sentence, tokens)
    for i in range(n):
        if pieces[i]:
            word = doc[pieces[i][0]]
            for child in word.children:
                for j in range(i):
                    if pieces[j] and child.i in pieces[j]:
                        A[i, j] += 0.2
            for child in word.children:
                for k in range(len(doc)):
                    if doc[k] == child:
                        for j in range(i):
                            if pieces[j] and k in pieces[j]:
                                A[i, j] += 0.1
                        break
            if "Past" in str(word.morph) and len(word.lemma_) > 1:
                A[i, 0] = 0.3
        if i > 0 and tokens[i - 1][-1].isalnum() and tokens[i][0].islower():
            A[i, i - 1] = 0.4
    return "words", apply_causal_mask(A)


def f_nearest_if_any(sentence, tokenizer):
    """Pairs sorted by distance in a branch, after they were made."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
        pairs = []
        for j in range(i):
            if tokens[j] == ",":
                far = i - j
                pairs.append((j, far))
        if pairs:
            pairs.sort(key=lambda x: x[1])
            for rank, (j, _far) in enumerate(pairs[:3]):
                A[i, j] = 0.5**rank
        else:
            A[i, i] = 1.0
    return "nearest if any", apply_causal_mask(A)
