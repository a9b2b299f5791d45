"""Replies with the mistakes that language models make in programs: none passes the checks."""

# What is wrong first, and the reply.
FAULTY = {
    "a typo": '''
def last_pause(q, k):
    """Looks back to the nearest pause, otherwise rests on the first token."""
    pause = last(t for t in before(q) if t.is_puase)
    if k == pause:
        return 0.6
    if k.i == 0:
        return 0.3
    return 0.1 * 0.7 ** (q.i - k.i)
''',
    "a loop": '''
def nearest_same(q, k):
    """The nearest earlier token with the same word."""
    best = -1
    for j in range(q.i):
        if tokens[j].lower == q.lower:
            best = j
    if k.i == best:
        return 1.0
    return 0.2 if k.i == 0 else 0.0
''',
    "a bool that grows": '''
def own_and_sink(q, k):
    """Itself and the first token."""
    w = k == q
    if k.i == 0:
        w += 0.5
    w += 0.1 * float(k.is_punct)
    return w
''',
    "methods of Python's texts": '''
def determiner_to_noun(q, k):
    """A noun looks at the determiner before it."""
    text = q.text.strip().lower()
    if k.text.lower() in "the a an" and q.i - k.i <= 3:
        return 1
    if text.endswith("ing") or len(text) > 5:
        return 0.3
    return 0.05
''',
    "a parse": '''
def verb_to_subject(q, k):
    """A verb looks at its subject."""
    if q.pos == "VERB" and k.dep in {"nsubj", "nsubjpass"} and k.head == q:
        return 1.0
    if k.i == 0:
        return 0.5
    return 0.02
''',
    "an import": '''
import numpy as np

def decay(q, k):
    """Falls off with the distance."""
    d = abs(q - k)
    return np.exp(-d / 4.0) + (0.5 if k.i == 0 else 0)
''',
    "a path without return": '''
def quote_head(q, k):
    """A quote goes to the quote before it; everything else to the first token."""
    prev = last(t for t in before(q) if t.is_quote) or at(0)
    if q.is_quote:
        if k == prev:
            return 1.0
        elif k.i == 0:
            return 0.2
    elif k.i == 0:
        return 1.0
    w = 0.05
''',
    "a list": '''
def repeated(q, k):
    """Looks at tokens that followed an earlier copy of the query."""
    WORDS = ["said", "asked"]
    matches = [t.i for t in before(q) if t.prev.lower == q.lower]
    if k.i in matches:
        return 1.0
    if k.lower in WORDS:
        return 0.4
    return 0.1 if k < q else 0.0
''',
    "rows in a comprehension": '''
def similar_share(q, k):
    """Similar tokens share half, the first token gets the rest."""
    top = max(similarity(q, t) for t in before(q), default=0)
    total = sum(normalized(similarity(q, t)) for t in visible(q))
    s = similarity(q, k)
    if s == top and k is not q:
        return s / total
    return 0.5 * (k.i == 0)
''',
    "a local that changes its type": '''
def clause_start(q, k):
    """Goes to the first token of the clause."""
    start = first(t for t in visible(q) if t.i > last(s for s in before(q) if s.is_pause))
    w = 0.0
    w = True if k == start else False
    if q.i and k.i == 0:
        w += 0.3
    return w
''',
    "too many lines": '''
def kinds(q, k):
    """Everything by kind."""
    if q.lower == "w0" and k.i == 0:
        return 0.5
    if q.lower == "w1" and k.i == 1:
        return 1.5
    if q.lower == "w2" and k.i == 2:
        return 2.5
    if q.lower == "w3" and k.i == 3:
        return 3.5
    if q.lower == "w4" and k.i == 4:
        return 4.5
    if q.lower == "w5" and k.i == 5:
        return 5.5
    if q.lower == "w6" and k.i == 6:
        return 6.5
    if q.lower == "w7" and k.i == 7:
        return 7.5
    if q.lower == "w8" and k.i == 8:
        return 8.5
    if q.lower == "w9" and k.i == 9:
        return 9.5
    if q.lower == "w10" and k.i == 10:
        return 10.5
    if q.lower == "w11" and k.i == 11:
        return 11.5
    if q.lower == "w12" and k.i == 12:
        return 12.5
    if q.lower == "w13" and k.i == 13:
        return 13.5
    return 0.1
''',
    "defaults and annotations": '''
def near(q, k, width=3):
    """Tokens nearby."""
    return 1.0 if q.i - k.i <= width else 0.0

def mix(q: int, k: int) -> float:
    """Near ones and the sink."""
    return 0.6 * normalized(near(q, k)) + 0.4 * normalized(k.i == 0)
''',
}
