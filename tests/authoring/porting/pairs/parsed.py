"""Words of the parse: heads, children, parts of speech, one word a piece."""

import numpy as np


def parsed(sentence, tokenizer):
    """Verbs look at their subjects, nouns at their heads."""
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    doc = spacy_parse(sentence)
    alignment = _align_to_spacy(sentence, tokens)
    attention = np.zeros((n, n))
    for i in range(n):
        if not alignment[i]:
            attention[i, i] = 1.0
            continue
        word = doc[alignment[i][0]]
        for j in range(i + 1):
            if not alignment[j]:
                continue
            other = doc[alignment[j][0]]
            if word.pos_ == "VERB" and other.dep_ in ["nsubj", "nsubjpass"]:
                attention[i, j] += 0.4
            if word.head == other:
                attention[i, j] += 0.3
        for child in word.children:
            for j in range(i):
                if alignment[j] and alignment[j][0] == child.i:
                    attention[i, j] += 0.2
        has_object = any(child.dep_ == "dobj" for child in word.children)
        attention[i, 0] += 0.1 if has_object else 0.05
    return "parsed", make_row_stochastic(apply_causal_mask(attention))
