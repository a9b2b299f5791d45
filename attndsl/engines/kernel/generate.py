"""From the instructions of a pass to the source of a compiled function: scalars instead of blocks.

Every register becomes a local float, every instruction a line; a row's cells are one loop, so the
compiler keeps values in processor registers. What a loop over cells reads is named before it, as a
slice or a number of its own: then the compiler makes vector code of it.
"""

import re
from collections.abc import Iterable

from attndsl.engines.batch.machine.opcodes import FUNCTION, OPCODES
from attndsl.engines.batch.planning.plan import Pass
from attndsl.graph.operations import REDUCTIONS

MAX_SOURCE = 64 * 1024  # characters; a larger pass stays on the register machine

NAMES = {opcode.number: opcode.name for opcode in OPCODES.values()}

# What an instruction reads of a row, named x and its place in the code.
READS: dict[str, str] = {
    "load_row": "columns[{A}, row]",
    "load_key": "columns[{A}, first_key : first_key + width]",
    "load_gap": "columns[{A}, nearest : nearest + width]",
    "matrix_own": "matrices[{A}, own_cell : own_cell + width]",
    "load_at": "columns[{A}]",
    "load_loop": "columns[{A}]",
    "matrix_at": "matrices[{A}]",
    "row_index": "float(row - base)",
}
# The value of a cell where the machine works row by row; as in opcodes, and A is the number in a's
# place, x what it reads of the row.
ROW_BY_ROW: dict[str, str] = {
    "row_index": "x",
    "key_index": "float(first_key - base + j)",
    "loop_index": "float(z)",
    "load_row": "x",
    "load_key": "x[j]",
    "load_loop": "x[np.uint64(base + z)]",
    "load_gap": "x[last - np.uint64(j)]",
    "matrix_own": "x[j]",
    "load_at": "x[np.uint64(base + np.int64(b))] if b >= 0.0 else k",
    "matrix_at": "x[np.uint64(square + np.int64(b) * count + np.int64(c))] "
    "if b >= 0.0 and c >= 0.0 else k",
    "succ": "a + 1.0 if a >= 0.0 and a + 1.0 < count else -1.0",
    "pick": "pick(a, count)",
    "pow_c": "power(k, b)",
}


def _line(cell: str) -> str:
    """One line of source: d is the target's local."""
    named = re.sub(r"\b[abckx]\b", r"{\g<0>}", cell.replace("start", "starts[{A}]"))
    return "{d} = " + named


LINES: dict[str, str] = {
    opcode.name: _line(ROW_BY_ROW.get(opcode.name, opcode.cell))
    for opcode in OPCODES.values()
    if opcode.cell or opcode.name in ROW_BY_ROW
}

# How a loop takes one position in, by function; {d} accumulator, {v} body, z the position.
STEPS: dict[str, str] = {
    "any": "{d} = 1.0",
    "sum": "{d} += {v}",
    "min": "{d} = {v} if not found or {v} < {d} else {d}",
    "max": "{d} = {v} if not found or {v} > {d} else {d}",
    "first": "{d} = float(z) if {d} < 0.0 else {d}",
    "last": "{d} = float(z)",
    "argmax": "best = {v} if not found or {v} > best else best",
    "argmin": "best = {v} if not found or {v} < best else best",
}
FUNCTION_NAMES = {number: name for name, number in FUNCTION.items()}

HEAD = """\
def kernel(first_row, last_row, constants, row_starts, row_tokens, row_keys, bases, counts, squares,
           columns, entries, starts, matrices, patterns):
    row_starts, row_tokens, row_keys = lent(row_starts), lent(row_tokens), lent(row_keys)
    columns, matrices, patterns = lent(columns), lent(matrices), lent(patterns)
    longest = 0
    for r in range(first_row, last_row):
        longest = max(longest, row_starts[r + 1] - row_starts[r])
"""
ROW = """\
    for r in range(first_row, last_row):
        width = row_starts[r + 1] - row_starts[r]
        row, first_key = row_tokens[r], row_keys[r]
        base, count, square = bases[row], counts[row], squares[row]
        nearest = base + row - first_key - width + 1
        own_cell = square + (row - base) * count + first_key - base
        last = np.uint64(width - 1)
"""


def can_generate(step: Pass) -> bool:
    """A pass over pairs without running aggregates and of bounded size."""
    names = {NAMES[int(number)] for number in step.code[:, 0]}
    return (
        step.area != "line" and not names & {"run", "run_back"} and len(step.code) * 48 < MAX_SOURCE
    )


def source_of(step: Pass) -> str:
    """The Python source of a pass.

    Results are held for the whole row and finished after its cells: reductions and patterns need
    every cell of the row.
    """
    rows = [tuple(int(x) for x in row) for row in step.code]
    results = [i for i, row in enumerate(rows) if NAMES[row[0]] in RESULTS]
    constants = sorted({row[5] for row in rows if "{k}" in LINES.get(NAMES[row[0]], "")})
    return "".join((
        HEAD,
        *(f"    k{k} = constants[{k}]\n" for k in constants),
        *(f"    held{i}, more{i} = np.empty(longest), np.empty(longest)\n" for i in results),
        ROW,
        *_reads(rows),
        "        for j in range(width):\n",
        *(line + "\n" for line in _block(rows, 0, len(rows), " " * 12)),
        *(line + "\n" for line in _finish(rows, results, " " * 8)),
    ))  # fmt: skip


Row = tuple[int, ...]
RESULTS = ("reduce", "store_pattern", "store_matrix")


def _reads(rows: list[Row]) -> Iterable[str]:
    for place, row in enumerate(rows):
        if NAMES[row[0]] in READS:
            yield f"        x{place} = {READS[NAMES[row[0]]].format(A=row[2])}\n"


def _block(rows: list[Row], start: int, stop: int, pad: str) -> list[str]:
    lines: list[str] = []
    place = start
    while place < stop:
        number, target, a, b, c, k = rows[place]
        name = NAMES[number]
        if name in LINES:
            line = LINES[name].format(
                d=f"v{target}", a=f"v{a}", b=f"v{b}", c=f"v{c}", A=a, k=f"k{k}", x=f"x{place}"
            )
            lines.append(pad + line)
        elif name == "loop_begin":
            lines += _loop(rows, place, pad)
            place = k
        elif name in RESULTS:
            lines.append(f"{pad}held{place}[j] = v{a}")
            if name == "reduce":
                lines.append(f"{pad}more{place}[j] = v{b}")
        place += 1
    return lines


def _loop(rows: list[Row], begin: int, pad: str) -> list[str]:
    _, target, a, b, function, end = rows[begin]
    _, _, guard, value, _, _ = rows[end]
    name = FUNCTION_NAMES[function]
    inner = _block(rows, begin + 1, end, pad + "    ")
    step = STEPS[name].format(d=f"v{target}", v=f"v{value}")
    top = f"{pad}for z in range(np.int64(v{a}) + 1, np.int64(v{b}) + 1):"
    lines = [
        f"{pad}v{target} = {-1.0 if REDUCTIONS[name].empty is None else 0.0}",
        f"{pad}found = False",
        f"{pad}best = 0.0",
        top,
        *inner,
        f"{pad}    if v{guard} != 0.0:",
        f"{pad}        {step}",
        f"{pad}        found = True",
    ]
    if name in ("argmax", "argmin"):
        lines += [
            top,
            *inner,
            f"{pad}    if v{guard} != 0.0 and v{target} < 0.0 and near(v{value}, best):",
            f"{pad}        v{target} = float(z)",
        ]
    return lines


def _finish(rows: list[Row], results: Iterable[int], pad: str) -> Iterable[str]:
    for place in results:
        number, target, _, b, c, _ = rows[place]
        name = NAMES[number]
        if name == "store_pattern":
            yield (
                f"{pad}finish(held{place}, more{place}, row_starts[r : r + 2], "
                f"row_tokens[r : r + 1], row_keys[r : r + 1], {b}, {c}, patterns[{target}])"
            )
        elif name == "store_matrix":
            yield (
                f"{pad}matrices[{target}, square + (row - base) * count : "
                f"square + (row - base) * count + width] = held{place}[:width]"
            )
        else:
            first, last = rows[place + 1][2], rows[place + 1][3]
            yield (
                f"{pad}columns[{target}, row] = reduce_row({c}, held{place}, more{place}, "
                f"np.int64(columns[{first}, row]) + 1, "
                f"min(np.int64(columns[{last}, row]), width - 1))"
            )
