"""Rungs of a ladder as a run keeps them: mixtures by the names of their parts, and as programs."""

from collections.abc import Sequence
from typing import Any

from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.parts.mixture import Mixture, Term
from attndsl.synthesis.parts.vocabulary import KINDS, Part
from attndsl.synthesis.parts.write import written

Terms = list[list[Any]]  # [part, value, kind of query, whether it multiplies] each


def as_terms(mixture: Mixture, parts: Sequence[Part]) -> Terms:
    """A mixture by names, which stay when other parts come."""
    kinds = ("", *(kind.name for kind in KINDS))
    return [
        [parts[term.part].name, round(term.value, 4), kinds[term.kind], term.times]
        for term in mixture.terms
    ]


def program_of(terms: Terms, parts: Sequence[Part], name: str) -> str:
    """The program of a rung.

    >>> from attndsl.language.mask import CAUSAL
    >>> from attndsl.synthesis.parts.vocabulary import parts
    >>> known = parts(CAUSAL)
    >>> mixture = Mixture((Term(0, 0.6), Term(1, 0.4)))
    >>> again = program_of(as_terms(mixture, known), known, "f")
    >>> again == written(mixture, known, "f")
    True
    """
    numbers = {part.name: at for at, part in enumerate(parts)}
    kinds = {"": 0, **{kind.name: at + 1 for at, kind in enumerate(KINDS)}}
    try:
        found = tuple(Term(numbers[part], float(value), kinds[kind], bool(times))
                      for part, value, kind, times in terms)  # fmt: skip
    except (KeyError, TypeError, ValueError) as fault:
        raise AttndslError(
            f"this rung was made of parts that are not known here: {fault}"
        ) from None
    return written(Mixture(found), parts, name)
