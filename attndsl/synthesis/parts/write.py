"""A mixture as the program that a person reads: rest and content apart, shares that sum to 1."""

from collections.abc import Sequence

from attndsl.language.formatter import format_source
from attndsl.synthesis.parts.mixture import Mixture, Term
from attndsl.synthesis.parts.vocabulary import KINDS, Part

WIDE = 88  # characters of an expression that stands in one line
STEP = 20  # shares are written in steps of a twentieth where that is near enough
TIMES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0,
         6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0)  # fmt: skip


def written(mixture: Mixture, parts: Sequence[Part], name: str, docstring: str = "") -> str:
    """The program's source.

    >>> parts = [Part("rests", "sink(q, k)", ""), Part("copies", "copies(q, k)", ""),
    ...          Part("marks", "marks(q, k)", "", "k.is_punct")]
    >>> plain = (Term(0, 0.6), Term(1, 0.4))
    >>> print(written(Mixture(plain), parts, "f"), end="")
    def f(q, k):
        return 0.6 * sink(q, k) + 0.4 * copies(q, k)
    >>> print(written(Mixture((*plain, Term(0, 1.0, 1))), parts, "f"), end="")
    def f(q, k):
        rest = 0.8 if q.is_punct else 0.6
        return rest * sink(q, k) + (1 - rest) * copies(q, k)
    >>> print(written(Mixture((*plain, Term(2, 4.1, 0, True))), parts, "f"), end="")
    def f(q, k):
        content = copies(q, k)
        content *= 4 if k.is_punct else 1
        return 0.6 * sink(q, k) + 0.4 * content
    """
    lines = [f"def {name}(q, k):", *(_docstring(docstring) if docstring else ())]
    added = [term for term in mixture.terms if term.part and not term.times]
    factors = [term for term in mixture.terms if term.times]
    base = sum(term.value for term in mixture.terms if not term.part and not term.kind)
    whole = sum(term.value for term in added)
    rests = [(term.kind, (base + term.value) / (base + term.value + whole))
             for term in mixture.terms if not term.part and term.kind]  # fmt: skip
    low = rounded([base / (base + whole), whole / (base + whole)])[0]
    if not added or (low == 1 and not rests):
        lines.append(f"    return {parts[0].call}")
    elif rests or factors:
        shares = rounded([term.value / whole for term in added])
        terms = [_term(share, _call(term, parts)) for share, term in zip(shares, added, strict=True)
                 if share]  # fmt: skip
        lines += _rest([(KINDS[kind - 1].test, rounded([r, 1 - r])[0]) for kind, r in rests], low)
        content = terms[0] if len(terms) == 1 and not factors else "content"
        if content == "content":
            lines += _assigned(terms, "content = ")
            lines += [_factor(term, parts) for term in factors]
        sink = parts[0].call
        if rests:
            lines.append(f"    return rest * {sink} + (1 - rest) * {content}")
        elif low:
            lines.append(f"    return {low:g} * {sink} + {round(1 - low, 2):g} * {content}")
        else:
            lines.append(f"    return {content}")
    else:
        shares = rounded([base / (base + whole), *(t.value / (base + whole) for t in added)])
        calls = [parts[0].call, *(_call(term, parts) for term in added)]
        terms = [_term(share, call) for share, call in zip(shares, calls, strict=True) if share]
        lines += _assigned(terms, "return ")
    return format_source("\n".join(lines) + "\n", name)


def rounded(shares: Sequence[float]) -> list[float]:
    """Shares that still sum to 1, in steps of a twentieth, small ones of a hundredth.

    >>> rounded([0.612, 0.349, 0.039]), rounded([0.5, 0.5]), rounded([0.999, 0.001])
    ([0.61, 0.35, 0.04], [0.5, 0.5], [1.0, 0.0])
    """
    coarse = [round(share * STEP) / STEP for share in shares]
    fine = [
        round(share, 2) if abs(share - near) > 0.005 + 0.1 * share else near
        for share, near in zip(shares, coarse, strict=True)
    ]
    place = max(range(len(fine)), key=lambda at: fine[at])
    fine[place] = 1 - (sum(fine) - fine[place])
    return [round(share, 2) for share in fine]


def times_written(value: float) -> float:
    """A factor as it is written.

    >>> times_written(4.2), times_written(0.23)
    (4.0, 0.2)
    """
    return min(TIMES, key=lambda one: max(one / value, value / one))


def _call(term: Term, parts: Sequence[Part]) -> str:
    call = parts[term.part].call
    return f"({KINDS[term.kind - 1].test} and {call})" if term.kind else call


def _factor(term: Term, parts: Sequence[Part]) -> str:
    test = parts[term.part].test
    if term.kind:
        kind = KINDS[term.kind - 1].test
        test = f"{kind} and {f'({test})' if ' or ' in test else test}"
    return f"    content *= {times_written(term.value):g} if {test} else 1"


def _rest(values: Sequence[tuple[str, float]], low: float) -> list[str]:
    if len(values) == 1:
        return [f"    rest = {values[0][1]:g} if {values[0][0]} else {low:g}"]
    lines = []
    for at, (test, high) in enumerate(values):
        lines += [f"    {'elif' if at else 'if'} {test}:", f"        rest = {high:g}"]
    return [*lines, "    else:", f"        rest = {low:g}"] if values else []


def _term(share: float, call: str) -> str:
    simple = call.endswith(")") and " == " not in call.partition("(")[0]
    factor = call if simple else f"({call})"
    return factor if share == 1 else f"{share:g} * {factor}"


def _assigned(terms: Sequence[str], start: str) -> list[str]:
    line = f"    {start}{' + '.join(terms)}"
    if len(line) <= WIDE or len(terms) == 1:
        return [line]
    more = [f"        + {term}" for term in terms[1:]]
    return [f"    {start}(", f"        {terms[0]}", *more, "    )"]


def _docstring(text: str) -> list[str]:
    """In lines of at most 96 characters."""
    lines, line = [], '    """'
    for word in text.split():
        if len(line) + len(word) + 1 > 93:
            lines.append(line)
            line = "   "
        line += word if line.endswith('"""') else f" {word}"
    return [*lines, f'{line}"""']
