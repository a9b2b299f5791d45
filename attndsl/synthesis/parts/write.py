"""A mixture as the program that a person reads: rest and content apart, shares that sum to 1."""

from collections.abc import Sequence
from functools import cache

from attndsl.graph.verify import verify
from attndsl.language.formatter import format_source
from attndsl.language.nodes import Type
from attndsl.synthesis.parts.mixture import Mixture, Term
from attndsl.synthesis.parts.vocabulary import KINDS, SPREAD, Part

WIDE = 88  # characters of an expression that stands in one line
STEP = 20  # shares are written in steps of a twentieth where that is near enough
TIMES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


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
    if only_rests(mixture, parts):
        lines.append(f"    return {parts[0].call}")
        return format_source("\n".join(lines) + "\n", name)
    added = [term for term in mixture.terms if term.part and not term.times]
    base = sum(term.value for term in mixture.terms if not term.part and not term.kind)
    whole = sum(term.value for term in added)
    sink, low = parts[0].call, rounded([base / (base + whole), whole / (base + whole)])[0]
    gates = [term for term in mixture.terms if term.kind and is_rest(term, parts)]
    factors = [term for term in mixture.terms if term.times and term not in gates]
    if not gates and not factors:
        shares = rounded([base / (base + whole), *(t.value / (base + whole) for t in added)])
        calls = [sink, *(_call(term, parts) for term in added)]
        terms = [_term(share, call) for share, call in zip(shares, calls, strict=True) if share]
        lines += _assigned(terms, "return ")
        return format_source("\n".join(lines) + "\n", name)
    shares = rounded([term.value / whole for term in added])
    terms = [_term(share, _call(term, parts)) for share, term in zip(shares, added, strict=True)
             if share]  # fmt: skip
    rest, more = f"{low:g}", f"{round(1 - low, 2):g}"
    if len(gates) == 1:
        high = _rest_of(gates[0], base, whole)
        lines.append(f"    rest = {high:g} if {KINDS[gates[0].kind - 1].test} else {low:g}")
        rest, more, gates = "rest", "(1 - rest)", []
    content = terms[0]
    if factors or gates or len(terms) > 1:
        content = "content"
        if len(terms) == 1 and (factors or gates) and _is_test(terms[0]):
            terms = [f"1 * {terms[0]}"]  # only numbers can be multiplied in place
        lines += _assigned(terms, "content = ")
        lines += [_factor(term, parts, base, whole) for term in (*factors, *gates)]
    lines.append(f"    return {rest} * {sink} + {more} * {content}" if low or rest == "rest"
                 else f"    return {content}")  # fmt: skip
    return format_source("\n".join(lines) + "\n", name)


def only_rests(mixture: Mixture, parts: Sequence[Part]) -> bool:
    """Whether nothing but the rest is left once shares are written, so nothing else may be said.

    >>> parts = [Part("rests", "sink(q, k)", ""), Part("copies", "copies(q, k)", "")]
    >>> only_rests(Mixture((Term(0, 0.999), Term(1, 0.001))), parts)
    True
    """
    whole = sum(term.value for term in mixture.terms if term.part and not term.times)
    base = sum(term.value for term in mixture.terms if not term.part and not term.kind)
    if any(term.kind and is_rest(term, parts) for term in mixture.terms):
        return not whole
    return not whole or rounded([base / (base + whole), whole / (base + whole)])[0] == 1


def is_rest(term: Term, parts: Sequence[Part]) -> bool:
    """Whether a term moves what rests for a kind of query, by adding to it or to all else."""
    return parts[term.part].name == SPREAD if term.times else not term.part


def _rest_of(gate: Term, base: float, whole: float) -> float:
    """What rests for the gate's kind of query."""
    more, less = (0.0, gate.value) if gate.times else (gate.value, 1.0)
    total = base + more + less * whole
    return rounded([(base + more) / total, less * whole / total])[0]


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
    return f"({call} if {KINDS[term.kind - 1].test} else 0)" if term.kind else call


@cache
def _is_test(term: str) -> bool:
    """Whether a part as it is written is true or false rather than a number.

    >>> _is_test("itself(q, k)"), _is_test("copies(q, k)"), _is_test("(k == q.prev)")
    (True, False, True)
    """
    (program,) = verify(f"def part(q, k):\n    return {term}\n").programs
    return program.graph[program.root].type is Type.BOOL


def _factor(term: Term, parts: Sequence[Part], base: float, whole: float) -> str:
    """A line that multiplies the content; more that rests is content that is less."""
    kind = KINDS[term.kind - 1].test if term.kind else ""
    if is_rest(term, parts):
        value = term.value if term.times else base / (base + term.value)
        return f"    content *= {times_written(value):g} if {kind} else 1"
    test = parts[term.part].test
    if term.kind:
        test = f"{kind} and {f'({test})' if ' or ' in test else test}"
    return f"    content *= {times_written(term.value):g} if {test} else 1"


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
