"""A weighing as the program that a person reads: what rests, then what multiplies the others."""

from collections.abc import Iterator, Sequence

from attndsl.language.formatter import format_source
from attndsl.synthesis.parts.vocabulary import LIKE, SCALE, STEP, TABLE, TEST, Factor
from attndsl.synthesis.parts.weighing import Weighing

FIRST, SPECIAL = "k.i == 0", "k.is_special"
WIDE, WIDTH = 93, 88  # letters of a line of a docstring, and of code


def written(one: Weighing, name: str, docstring: str = "", both_ways: bool = False) -> str:
    """The program's source, formatted.

    >>> from attndsl.synthesis.parts.vocabulary import GRADED
    >>> marks = Factor("marks", "k.is_punct", "punctuation")
    >>> noun = Factor("from_noun", 'q.usual_pos == "NOUN"', "nouns", gate=True)
    >>> print(written(Weighing(6.0, ((GRADED[0], 0.8), (marks, 4))), "f"), end="")
    def f(q, k):
        weight = 0.8 ** (q.i - k.i)
        weight *= 4 if k.is_punct else 1
        return 6 if k.i == 0 else weight
    >>> print(written(Weighing(6.0, ((noun, 0.5), (marks, 4))), "f"), end="")
    def f(q, k):
        rest = 3 if q.usual_pos == "NOUN" else 6
        weight = 4 if k.is_punct else 1
        return rest if k.i == 0 else weight
    """
    return format_source(plainly(one, name, docstring, both_ways), name)


def plainly(one: Weighing, name: str, docstring: str = "", both_ways: bool = False) -> str:
    """The same as it comes, for who only checks it: formatting takes as long."""
    lines = [f"def {name}(q, k):", *(_docstring(docstring) if docstring else ())]
    gates = [pair for pair in one.factors if pair[0].gate]
    others = sorted((pair for pair in one.factors if not pair[0].gate),
                    key=lambda pair: (pair[0].form == TEST, pair[0].form == TABLE))  # fmt: skip
    rest, weight = f"{one.rest:g}", "1"
    if gates:
        lines += _gated(one.rest, gates)
        rest = "rest"
    for number, product in enumerate(_products(others, both_ways)):
        lines += _line(product, begun=number > 0)
        weight = "weight"
    lines.append(f"    return {rest} if {SPECIAL if both_ways else FIRST} else {weight}")
    return "\n".join(lines) + "\n"


def _line(product: str, begun: bool) -> Iterator[str]:
    """One statement; a long test stands before it, as a line broken in four reads badly."""
    line = f"    weight {'*=' if begun else '='} {product}"
    value, found, test = product.removesuffix(" else 1").partition(" if ")
    if begun and found and len(line) > WIDTH:
        yield f"    if {test}:"
        yield f"        weight *= {value}"
    else:
        yield line


def _products(others: Sequence[tuple[Factor, float]], both_ways: bool) -> Iterator[str]:
    """What stands in a line: a factor, or two tables."""
    waiting = ""
    for factor, value in others:
        text = _factor(factor, value, both_ways)
        if factor.form != TABLE:
            if waiting:
                yield waiting
            yield text
            waiting = ""
        elif waiting:
            yield f"{waiting} * {text}"
            waiting = ""
        else:
            waiting = text
    if waiting:
        yield waiting


def _gated(rest: float, gates: Sequence[tuple[Factor, float]]) -> Iterator[str]:
    """Lines that say what rests weighs, for which queries more or less."""
    first, *later = sorted(gates, key=lambda pair: (pair[0].form != TEST, pair[0].form == TABLE))
    factor, value = first
    if factor.form == TEST:
        times = short(rest * value, factor.digits or 2)
        yield f"    rest = {times:g} if {factor.code} else {rest:g}"
        products = [*_products(later, False)]
    else:
        whole, *products = _products([first, *later], False)
        yield f"    rest = {whole}" if f"{rest:g}" == "1" else f"    rest = {rest:g} * {whole}"
    for one in products:
        yield f"    rest *= {one}"


def short(value: float, digits: int = 2) -> float:
    """With so many digits.

    >>> short(4.526), short(0.1234), short(15.4)
    (4.5, 0.12, 15.0)
    """
    return float(f"{value:.{digits}g}")


def _factor(factor: Factor, value: float, both_ways: bool) -> str:
    if factor.form == TEST:
        return f"{value:g} if {factor.code} else 1"
    return _power(factor, value, both_ways)


def _power(factor: Factor, value: float, both_ways: bool) -> str:
    code = factor.code
    if not both_ways:  # keys come before the query, so a distance needs no sign
        code = code.replace("abs(q.i - k.i)", "q.i - k.i")
    if factor.form == STEP:
        return f"{value:g} ** ({code})" if " " in code and not both_ways else f"{value:g} ** {code}"
    if factor.form == SCALE:
        return f"({code}) ** {value:g}"
    if factor.form == TABLE:
        return code if value == 1 else f"{code} ** {value:g}"
    assert factor.form == LIKE
    return f"{value:g} ** {code}"


def _docstring(text: str) -> list[str]:
    """In lines of at most 96 characters."""
    lines, line = [], '    """'
    for word in text.split():
        if len(line) + len(word) + 1 > WIDE:
            lines.append(line)
            line = "   "
        line += word if line.endswith('"""') else f" {word}"
    return [*lines, f'{line}"""']
