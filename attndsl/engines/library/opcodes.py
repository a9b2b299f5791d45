"""The register machine's instructions: one table for the planner, the machine and the kernels.

A register holds one float64 for each cell (query, key) of a block: bools are 0 and 1, positions are
indices within the text (-1 missing), texts are codes of the tokenizer's pool. An instruction is a
row of integers (opcode, target, a, b, c, constant): a, b and c name registers, columns, tables or
matrices as the opcode's `reads` says; `constant` indexes the constants.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opcode:
    """`reads`: for a, b, c in turn: r register, c column, t table, m matrix, - nothing."""

    number: int
    name: str
    reads: str
    constant: bool
    doc: str


_ROWS = (
    # where a value comes from
    ("fill", "---", True, "the constant"),
    ("look_up", "tr-", False, "table entry at a whole number"),
    # positions
    ("prev", "r--", False, "the position before"),
    ("is_there", "r--", False, "not missing"),
    ("same", "rr-", False, "exactly equal: positions, texts, whole numbers, bools"),
    # numbers
    ("add", "rr-", False, "a + b"),
    ("add_c", "r--", True, "a + constant"),
    ("sub", "rr-", False, "a - b"),
    ("axpy", "rr-", True, "a + constant * b, the product settled"),
    ("axpy_plain", "rr-", True, "a + constant * b, where the product needs no settling"),
    ("mul", "rr-", False, "a * b, settled"),
    ("mul_plain", "rr-", False, "a * b, where it needs no settling"),
    ("mul_c", "r--", True, "a * constant, settled"),
    ("mul_c_plain", "r--", True, "a * constant, where it needs no settling"),
    ("div", "rr-", False, "a / b, 0 where b is 0"),
    ("ratio", "rr-", False, "a / b, 0 where b is under 1e-12"),
    ("floordiv", "rr-", False, "floor of a / b"),
    ("mod", "rr-", False, "a - b * (a // b)"),
    ("pow", "rr-", False, "a ** b"),
    ("pow_c", "tr-", True, "constant ** b, by table a where b is a small whole number"),
    ("abs", "r--", False, "magnitude"),
    ("min", "rr-", False, "smaller"),
    ("max", "rr-", False, "larger"),
    ("exp", "r--", False, "exponential"),
    ("log", "r--", False, "logarithm"),
    ("sqrt", "r--", False, "square root"),
    ("floor", "r--", False, "floor"),
    ("round", "r--", False, "nearest whole number"),
    # decisions
    ("eq", "rr-", False, "nearly equal"),
    ("lt", "rr-", False, "less, not nearly equal"),
    ("le", "rr-", False, "less or nearly equal"),
    ("lt_whole", "rr-", False, "less, both whole"),
    ("le_whole", "rr-", False, "less or equal, both whole"),
    ("same_c", "r--", True, "exactly the constant"),
    ("not", "r--", False, "1 - a"),
    ("and", "rr-", False, "a and b"),
    ("or", "rr-", False, "a or b"),
    ("select", "rrr", False, "b where a, else c"),
    # row by row; those above work cell by cell
    ("row_index", "---", False, "index of the row's position"),
    ("key_index", "---", False, "index of the key's position"),
    ("load_row", "c--", False, "column at the row's position"),
    ("load_key", "c--", False, "column at the key's position"),
    ("load_gap", "c--", False, "column at the position whose index is the row's less the key's"),
    ("load_at", "cr-", True, "column at a position; the constant where it is missing"),
    ("matrix_own", "m--", False, "matrix at the cell's own row and key"),
    ("matrix_at", "mrr", True, "matrix at (row, column); the constant where one is missing"),
    ("succ", "r--", False, "the position after, missing beyond the text"),
    ("pick", "r--", False, "the position with an index, missing outside the text"),
    ("loop_index", "---", False, "index of the loop's position"),
    ("load_loop", "c--", False, "column at the loop's position"),
    ("run", "rr-", False, "running aggregate along the row: guard a, body b, function c"),
    ("run_back", "rr-", False, "the same from the row's end"),
    # loops over the positions first < t <= last; the code up to the matching loop_end repeats
    ("loop_begin", "rr-", False, "over a < t <= b of each cell into the target; c is the function, "
     "the constant's place holds where the matching loop_end is"),
    ("loop_end", "rrr", False, "one step: a guard, b body, c the accumulator"),
    # results; guards come first, bodies second
    ("reduce", "rr-", False, "row-wise aggregate over first < key <= last: guard a, body b, "
     "function c, target a column; the columns first and last are a and b of the next one"),
    ("store_column", "r--", False, "into the target column at the row's position"),
    ("store_matrix", "r--", False, "the row into the target matrix"),
    ("store_pattern", "r--", False, "the row normalised into the target program's pattern; b is "
     "how its numbers become weights, c the fallback"),
    ("nop", "---", False, "operands of the instruction before"),
)  # fmt: skip
OPCODES: dict[str, Opcode] = {
    name: Opcode(number, name, reads, constant, doc)
    for number, (name, reads, constant, doc) in enumerate(_ROWS)
}
NUMBER: dict[str, int] = {name: opcode.number for name, opcode in OPCODES.items()}

# Aggregates, as numbers for run, loop_begin and reduce.
FUNCTIONS = ("any", "sum", "min", "max", "first", "last", "argmax", "argmin")
FUNCTION: dict[str, int] = {name: number for number, name in enumerate(FUNCTIONS)}

# How a program's rows are finished, for store_pattern: numbers that are known to be no less than
# zero are weights as they are.
WEIGHINGS = ("as_is", "positive", "softmax")
WEIGHING: dict[str, int] = {name: number for number, name in enumerate(WEIGHINGS)}
FALLBACKS = ("first", "self", "uniform")
FALLBACK: dict[str, int] = {name: number for number, name in enumerate(FALLBACKS)}

POWERS = 1024  # entries of a table for pow_c
