"""The register machine's instructions: one table for the planner, the machine and the kernels.

A register holds one float64 for each cell (query, key) of a block: bools are 0 and 1, positions are
indices within the text (-1 missing), texts are codes of the tokenizer's pool. An instruction is a
row of integers (opcode, target, a, b, c, constant): a, b and c name registers, columns, tables or
matrices as the opcode's `reads` says; `constant` indexes the constants.

What works cell by cell is written here once, as one expression over numbers: the machine makes a
loop over the cells of a block of it (cells), the kernel engine a line of its source.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opcode:
    """`reads`: for a, b, c in turn: r register, c column, t table, m matrix, - nothing.

    `cell` is the value of one cell: a, b, c are those registers' numbers, k is the constant, start
    is where the table a starts in `entries`. Functions are those of scalars.
    """

    number: int
    name: str
    reads: str
    cell: str
    doc: str


POWERS = 1024  # entries of a table for pow_c
_POWER = (
    "entries[np.uint64(start + np.int64(b))] if 0.0 <= b < POWERS and b == np.floor(b) "
    "else power(k, b)"
)
# The name, what it reads, the value of a cell, and what that doesn't say itself.
_ROWS = (
    # where a value comes from
    ("fill", "---", "k", ""),
    ("look_up", "tr-", "entries[np.uint64(start + np.int64(b))]", "table entry at a whole number"),
    # positions
    ("prev", "r--", "a - 1.0 if a > 0.0 else -1.0", ""),
    ("is_there", "r--", "1.0 if a >= 0.0 else 0.0", ""),
    ("same", "rr-", "1.0 if a == b else 0.0", "positions, texts, whole numbers, bools"),
    # numbers
    ("add", "rr-", "a + b", ""),
    ("add_c", "r--", "a + k", ""),
    ("sub", "rr-", "a - b", ""),
    ("axpy", "rr-", "a + settle(k * b)", ""),
    ("axpy_plain", "rr-", "a + k * b", "where the product needs no settling"),
    ("mul", "rr-", "settle(a * b)", ""),
    ("mul_plain", "rr-", "a * b", "where it needs no settling"),
    ("mul_c", "r--", "settle(k * a)", ""),
    ("mul_c_plain", "r--", "k * a", "where it needs no settling"),
    ("div", "rr-", "div(a, b)", ""),
    ("ratio", "rr-", "div(a, b) if b >= ROW_EMPTY else 0.0",
     "0 where b is too small to divide a row by"),
    ("floordiv", "rr-", "floordiv(a, b)", ""),
    ("mod", "rr-", "mod(a, b)", ""),
    ("pow", "rr-", "power(a, b)", ""),
    ("pow_c", "tr-", _POWER, "by table a where b is a small whole number"),
    ("abs", "r--", "abs(a)", ""),
    ("min", "rr-", "a if a < b else b", ""),
    ("max", "rr-", "a if a > b else b", ""),
    ("exp", "r--", "exp(a)", ""),
    ("log", "r--", "log(a)", ""),
    ("sqrt", "r--", "sqrt(a)", ""),
    ("floor", "r--", "floor(a)", ""),
    ("round", "r--", "round_half_even(a)", ""),
    # decisions
    ("eq", "rr-", "1.0 if near(a, b) else 0.0", ""),
    ("lt", "rr-", "1.0 if (a < b) & (not near(a, b)) else 0.0", ""),
    ("le", "rr-", "1.0 if (a <= b) | near(a, b) else 0.0", ""),
    ("lt_whole", "rr-", "1.0 if a < b else 0.0", "both whole"),
    ("le_whole", "rr-", "1.0 if a <= b else 0.0", "both whole"),
    ("same_c", "r--", "1.0 if a == k else 0.0", ""),
    ("not", "r--", "1.0 - a", ""),
    ("and", "rr-", "a * b", ""),
    ("or", "rr-", "a if a > b else b", ""),
    ("select", "rrr", "b if a != 0.0 else c", ""),
    # row by row, in loops, and at the end of a row; those above work cell by cell
    ("row_index", "---", "", "index of the row's position"),
    ("key_index", "---", "", "index of the key's position"),
    ("load_row", "c--", "", "column at the row's position"),
    ("load_key", "c--", "", "column at the key's position"),
    ("load_gap", "c--", "", "column at the position whose index is the row's less the key's"),
    ("load_at", "cr-", "", "column at a position; the constant where it is missing"),
    ("matrix_own", "m--", "", "matrix at the cell's own row and key"),
    ("matrix_at", "mrr", "", "matrix at (row, column); the constant where one is missing"),
    ("succ", "r--", "", "the position after, missing beyond the text"),
    ("pick", "r--", "", "the position with an index, missing outside the text"),
    ("loop_index", "---", "", "index of the loop's position"),
    ("load_loop", "c--", "", "column at the loop's position"),
    ("run", "rr-", "", "running aggregate along the row: guard a, body b, function c"),
    ("run_back", "rr-", "", "the same from the row's end"),
    # loops over the positions first < t <= last; the code up to the matching loop_end repeats
    ("loop_begin", "rr-", "", "over a < t <= b of each cell into the target; c is the function, "
     "the constant's place holds where the matching loop_end is"),
    ("loop_end", "rrr", "", "one step: a guard, b body, c the accumulator"),
    # results; guards come first, bodies second
    ("reduce", "rr-", "", "row-wise aggregate over first < key <= last: guard a, body b, "
     "function c, target a column; the columns first and last are a and b of the next one"),
    ("store_column", "r--", "", "into the target column at the row's position"),
    ("store_matrix", "r--", "", "the row into the target matrix"),
    ("store_pattern", "r--", "", "the row normalised into the target program's pattern; b is "
     "how its numbers become weights, c the fallback"),
    ("nop", "---", "", "operands of the instruction before"),
)  # fmt: skip
OPCODES: dict[str, Opcode] = {
    name: Opcode(number, name, reads, cell, doc)
    for number, (name, reads, cell, doc) in enumerate(_ROWS)
}
NUMBER: dict[str, int] = {name: opcode.number for name, opcode in OPCODES.items()}

# Aggregates as numbers: of a row every one; those that step are known to loops, and so on.
FUNCTION: dict[str, int] = {
    "any": 0,
    "sum": 1,
    "min": 2,
    "max": 3,
    "first": 4,
    "last": 5,
    "argmax": 6,
    "argmin": 7,
}
_STEPPING = ("any", "sum", "min", "max", "first", "last", "argmax", "argmin")
LOOPS = {name: FUNCTION[name] for name in _STEPPING}
RUNS = {name: FUNCTION[name] for name in ("any", "sum", "min", "max", "first", "last")}
WINDOWS = {name: FUNCTION[name] for name in ("sum", "min", "max")}

# How a program's rows are finished, for store_pattern: numbers that are known to be no less than
# zero are weights as they are.
WEIGHINGS = ("as_is", "positive", "softmax")
WEIGHING: dict[str, int] = {name: number for number, name in enumerate(WEIGHINGS)}
FALLBACKS = ("first", "self", "uniform")
FALLBACK: dict[str, int] = {name: number for number, name in enumerate(FALLBACKS)}
