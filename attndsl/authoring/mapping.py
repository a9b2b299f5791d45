"""A program's map on a text, for an editor or a page: small enough to be there while one writes.

It is made by the plain engine, so that a browser and a language server show the same.
"""

from typing import Any

from attndsl.engines.plain import pattern
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask, MaskKind
from attndsl.tokens.plain import PlainText

MOST_TOKENS = 200
MOST_WORK = 5e6  # operations: a few seconds in a browser
KINDS: tuple[MaskKind, ...] = ("causal", "full")


def map_of(program: Program, text: str, mask: str = "causal") -> dict[str, Any]:
    """The tokens of a text and, row by row, the weights of the keys that a query sees."""
    read = PlainText(text)
    _expect_small(program, read.n)
    seen = Mask(_kind(mask))
    weights = pattern(program, read, seen)
    return {
        "name": program.name,
        "tokens": read.labels(),
        "mask": mask,
        "weights": [
            [round(weight, 6) for weight in row[first : last + 1]]
            for query, row in enumerate(weights)
            for first, last in [seen.visible(query, read.n)]
        ],
        "note": "similarity here compares letters" if "model" in program.needs else "",
    }


def _expect_small(program: Program, n: int) -> None:
    if "linguistics" in program.needs:
        raise AttndslError(
            f"{program.name} needs a parser (spaCy), which isn't asked here; `usual_pos` and the"
            " classes such as `is_pronoun` need none"
        )
    if n > MOST_TOKENS:
        raise AttndslError(f"the text has {n} tokens; a map here takes {MOST_TOKENS} at most")
    work = program.cost.time.at(n)
    if work > MOST_WORK:
        raise AttndslError(
            f"{program.name} may take {work:,} operations on {n} tokens, too many while one writes"
            f" ({MOST_WORK:,.0f}); shorten the text"
        )


def _kind(name: str) -> MaskKind:
    for kind in KINDS:
        if kind == name:
            return kind
    raise AttndslError(f"no mask is called {name[:20]!r}; there are {', '.join(KINDS)}")
