"""Written probes: texts whose labels stand in the text itself.

`{dentist|a}` gives a span a name, `{she|subject:a}` says that the mechanism `subject` looks from it
at the span a, and `{dentist|b copies:a}` does both. Several keys are joined by `+`.
"""

import re
from functools import cache
from pathlib import Path

from attndsl.tokens.probes.probe import Draft, Probe, Span

TEXTS = 12  # of each written kind
FOLDER = Path(__file__).with_name("written")
ABOUT = {
    "paragraphs": "a paragraph, and the same with changes",
    "sentences": "plain sentences of several clauses",
    "languages": "English beside another language",
}
_MARK = re.compile(r"\{([^{}|]+)\|([^{}|]*)\}")


@cache
def written(kind: str) -> tuple[Probe, ...]:
    """The texts of a kind, in the order of its file; blank lines part them."""
    texts = (FOLDER / f"{kind}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    return tuple(marked(text, kind, number) for number, text in enumerate(texts))


def marked(source: str, kind: str, number: int) -> Probe:
    """A text with marks as a probe.

    >>> marked("The {cat|a} {ran|subject:a}.", "sentences", 0).pointings
    (Pointing(mechanism='subject', query=Span(start=8, stop=11), keys=(Span(start=4, stop=7),)),)
    """
    draft, named, at = Draft(), dict[str, Span](), 0
    for mark in _MARK.finditer(source):
        draft.add(source[at : mark.start()], "")
        span = draft.add(mark[1], "")
        for word in mark[2].split():
            mechanism, colon, keys = word.partition(":")
            if colon:
                draft.point(mechanism, span, *(named[key] for key in keys.split("+")))
            else:
                named[word] = span
        at = mark.end()
    draft.add(source[at:], "")
    return draft.done(kind, number)
