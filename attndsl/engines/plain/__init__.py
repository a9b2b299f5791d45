"""The plain engine: programs to matrices in Python alone, for a browser and wherever NumPy isn't.

It goes by the lowered graph and its schedule as the reference engine does, and takes what numbers
mean from the table of operations itself. For short texts: every cell is a step of the interpreter.
"""

from attndsl.engines.plain.evaluate import Text, value_rows
from attndsl.engines.plain.rows import attention
from attndsl.graph.lower import lower
from attndsl.graph.program import Program
from attndsl.language.mask import CAUSAL, Mask

__all__ = ["Matrix", "Text", "pattern"]

Matrix = list[list[float]]


def pattern(program: Program, text: Text, mask: Mask = CAUSAL) -> Matrix:
    """The attention matrix: visible keys of a row sum to 1, hidden ones are 0.

    >>> from attndsl.graph.verify import verify
    >>> from attndsl.tokens.plain import PlainText
    >>> (program,) = verify("def previous(q, k):\\n    return k == q.prev\\n").programs
    >>> pattern(program, PlainText("The cat sat"))
    [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    root = lower(program.graph, program.canonical, mask)
    rows: Matrix = []
    for query, values in enumerate(value_rows(program.graph, root, text)):
        first, last = mask.visible(query, text.n)
        seen = attention(values[first : last + 1], program.softmax, program.fallback, query - first)
        rows.append([0.0] * first + seen + [0.0] * (text.n - 1 - last))
    return rows
