"""Programs of about 25 lines, shaped like those that language models write for heads."""

import re

QUOTES = '''\
SPEECH = {"said", "asked", "replied", "answered", "cried", "whispered"}

def quote_to_speech(q, k):
    """After a closing quote look back to the verb of saying; else the first token."""
    verb = last(t for t in before(q) if t.lower in SPEECH)
    opened = last(t for t in before(q) if t.is_quote)
    gap = q.i - k.i
    w = 0.0
    if q.is_quote:
        if verb and k == verb:
            w = 1.0
        elif opened and k == opened:
            w = 0.6
        elif k.is_title and k.is_alpha:
            w = 0.25
    elif q.lower in SPEECH:
        if k.is_quote and gap <= 12:
            w = 0.8
        elif k.is_pronoun:
            w = 0.3
    if k.i == 0:
        w += 0.5
    w += 0.05 * 0.8 ** gap
    if k == q:
        w *= 0.5
    return w
'''

SENTENCE = '''\
DECAY = 0.85

def is_end(t):
    return t.is_sentence_end or t.is_newline

def sentence_start(q, k):
    """Within a sentence look at its first words, at a sentence's end at the one before."""
    same = q.sentence == k.sentence
    distance = q.i - k.i
    ends = count(t for t in between(k, q) if is_end(t))
    w = 0.02
    if same:
        w = 0.4 * DECAY ** (distance / 2)
        if k.is_first_of_sentence:
            w += 0.7
        if k.is_content_word and k.is_title:
            w += 0.1
    elif ends == 1 and is_end(q):
        w = 0.5 if k.is_first_of_sentence else 0.1
    if is_end(k) and distance <= 3:
        w += 0.35
    if k.i == 0 and q.i > 0:
        w = max(w, 0.6)
    if q.is_punct and k.is_punct and k.text == q.text:
        w += 0.45
    return min(w, 1.5)
'''

INDUCTION = '''\
def induction(q, k):
    """Look at what followed the last time that this token stood in the text."""
    if k.i == 0:
        base = 0.3
    else:
        base = 0.0
    again = k.prev is not None and k.prev.lower == q.lower
    if again and k != q:
        recent = not any(t.prev.lower == q.lower for t in between(k, q))
        if recent:
            return 1.0 + base
        return 0.4 + base
    copies = count(t.lower == q.lower for t in before(q))
    if copies == 0:
        if k == q.prev:
            return 0.5 + base
        if k == q:
            return 0.2 + base
        return base
    if k.lower == q.lower:
        return 0.15 / (1 + copies) + base
    if k.is_punct and q.is_punct:
        return 0.1 + base
    return base
'''

WORDS = '''\
NAMES = {"PROPN", "NOUN"}
SMALL = {"of", "in", "to", "for", "with", "on", "at", "by", "from"}

def noun_phrase(q, k):
    """From the end of a noun phrase back to its determiner and adjectives."""
    nearest = last(t for t in before(q) if t.is_determiner)
    w = 0.0
    if q.usual_pos in NAMES:
        if k == nearest and q.i - k.i < 5:
            w += 0.9
        if k.usual_pos == "ADJ" and q.i - k.i <= 3:
            w += 0.6
        if k.usual_pos in NAMES and k == q.prev:
            w += 0.5
    elif q.lower in SMALL:
        if k.usual_pos in NAMES:
            w += 0.7 * exp(-(q.i - k.i) / 4)
        if k.usual_pos == "VERB" and k.sentence == q.sentence:
            w += 0.4
    elif q.is_pronoun and k.usual_pos == "PROPN":
        w += 0.8 * exp(-(q.i - k.i) / 20)
    if similarity(q, k) > 0.6 and q != k:
        w += similarity(q, k)
    if k.i <= 1:
        w += 0.2
    return w
'''

MIXTURE = '''\
def _near(q, k):
    return 1.0 / (1.0 + (q.i - k.i) ** 2)

def _lists(q, k):
    if k.is_pause or k.lower in {"and", "or"}:
        return 1.0 + 0.1 * k.occurrence
    return 0.0

def _first(q, k):
    return 1.0 if k.i == 0 else 0.0

def mixture(q, k):
    """Separators of a list, what is near, and the rest on the first token."""
    lists = normalized(_lists(q, k))
    near = normalized(_near(q, k))
    busy = row_sum(_lists(q, k)) > 2
    share = 0.5 if busy else 0.1
    if q.is_pause:
        share += 0.3
    elif q.is_sentence_end or q.is_newline:
        share = 0.2
    if q.starts_word and not q.is_alpha:
        share = clip(share - 0.1, 0.05, 0.9)
    rest = 1 - share
    return share * lists + 0.6 * rest * near + 0.4 * rest * _first(q, k)
'''

SCORES = '''\
@softmax
@fallback(self)
def brackets(q, k):
    """Scores: an opening bracket for its closing one, indents for new lines."""
    if k.i > q.i:
        return -1e30
    score = -0.2 * abs(q.i - k.i)
    depth = count(t.is_open for t in between(k, q)) - count(t.is_close for t in between(k, q))
    if q.is_close and k.is_open:
        if depth == 0:
            score += 6.0
        else:
            score += 1.5 - 0.5 * abs(depth)
    if q.is_newline and k.is_newline:
        score += 3.0
    if q.starts_line:
        if k.starts_line and k.column == q.column:
            score += 2.5
        elif k.is_newline:
            score += 1.0
    if q.text == k.text and q != k:
        score += 1.2
    if q.is_digit and k.is_digit:
        score += 0.8 * (q.len == k.len)
    return round(score * 8) / 8
'''

TYPICAL = (QUOTES, SENTENCE, INDUCTION, WORDS, MIXTURE, SCORES)


def varied(number: int) -> str:
    """One of the programs with names and numbers of its own."""
    source = TYPICAL[number % len(TYPICAL)]
    names = re.findall(r"^def (\w+)|^([A-Z_]+) =", source, re.MULTILINE)
    either = "|".join(sorted({one or other for one, other in names}))
    source = re.sub(rf"\b({either})\b", rf"\1_{number}", source)
    return re.sub(r"\b0\.\d+\b", lambda found: f"{found[0]}{number:04d}"[:8], source)


def library(count: int) -> str:
    """Many such programs in one file."""
    return "\n\n".join(varied(number) for number in range(count))
