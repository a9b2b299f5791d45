"""The register machine: runs a planned list of instructions over blocks of cells.

Compiled once by Numba and cached on disk; programs are data to it. A block holds whole rows, so
that sums along a row need nothing from outside; blocks are independent, so any number of threads
gives the same bits.
"""

import numpy as np

from attndsl.engines.batch.machine import cells, loads, loops, rows
from attndsl.engines.batch.machine.compiling import compiled, compiled_apart, lent
from attndsl.engines.batch.machine.opcodes import FUNCTION, NUMBER

step, fill_rows = cells.step, loads.fill_rows
loop_start, loop_step = loops.loop_start, loops.loop_step
copy, reduce, finish = rows.copy, rows.reduce, rows.finish
ROW_INDEX, RUN_BACK, LOOP_BEGIN, LOOP_END, REDUCE, STORE_COLUMN, STORE_MATRIX, STORE_PATTERN = (
    NUMBER[name]
    for name in (
        "row_index", "run_back", "loop_begin", "loop_end", "reduce", "store_column",
        "store_matrix", "store_pattern",
    )
)  # fmt: skip
F_ARGMAX, F_ARGMIN = FUNCTION["argmax"], FUNCTION["argmin"]


@compiled
def run_block(
    code, constants, work, starts, row_tokens, row_keys, tokens, columns, tables, matrices,
    patterns,
):  # fmt: skip
    """All instructions over one block of whole rows; how many were run, times its cells."""
    regs, best, found = work
    base, count, square = tokens
    zero = starts[0]
    m = starts[-1] - zero
    done = np.int64(0)
    pc = 0
    z = np.int64(0)
    high = np.int64(-1)
    low = np.int64(0)
    second = False
    begin = 0
    end = code.shape[0]
    while pc < end:
        op, target, a = code[pc, 0], code[pc, 1], code[pc, 2]
        b, c, k = code[pc, 3], code[pc, 4], code[pc, 5]
        done += m
        if op < ROW_INDEX:
            step(op, target, a, b, c, constants[k], regs, m, tables)
        elif op <= RUN_BACK:
            fill_rows(
                op, target, a, b, c, constants[k], z, starts, row_tokens, row_keys, tokens, regs,
                columns, matrices,
            )  # fmt: skip
        elif op == LOOP_BEGIN:
            # k is the index of the matching loop_end, c the function
            low, high = loop_start(c, regs[a], regs[b], regs[target], best, found, m)
            z = low
            second = False
            begin = pc
            if low > high:
                pc = k
        elif op == LOOP_END:
            function = code[begin, 4]
            loop_step(
                function, second, z, regs[code[begin, 2]], regs[code[begin, 3]],
                regs[a], regs[b], regs[c], best, found, m,
            )  # fmt: skip
            z += 1
            if z <= high:
                pc = begin
            elif not second and (function in (F_ARGMAX, F_ARGMIN)):
                second = True
                z = low
                pc = begin
        elif op == REDUCE:
            reduce(
                c, regs[a], regs[b], columns[code[pc + 1, 2]], columns[code[pc + 1, 3]],
                starts, row_tokens, columns[target],
            )  # fmt: skip
            pc += 1
        elif op == STORE_COLUMN:
            out = columns[target]
            for r in range(row_tokens.shape[0]):
                key, n = row_keys[r], starts[r + 1] - starts[r]
                copy(regs[a, starts[r] - zero : starts[r + 1] - zero], out[key : key + n])
        elif op == STORE_MATRIX:
            matrix = matrices[target]
            for r in range(row_tokens.shape[0]):
                token, n = row_tokens[r], starts[r + 1] - starts[r]
                at = square[token] + (token - base[token]) * count[token]
                copy(regs[a, starts[r] - zero : starts[r + 1] - zero], matrix[at : at + n])
        elif op == STORE_PATTERN:
            finish(regs[a], best, starts, row_tokens, row_keys, b, c, patterns[target])
        pc += 1
    return done


@compiled_apart
def run(
    code, constants, work, blocks, row_starts, row_tokens, row_keys, block_rows, tokens,
    columns, tables, matrices, patterns,
):  # fmt: skip
    """The blocks from blocks[0] on, below blocks[1]; block b holds rows block_rows[b] and on.

    Gives the number of instructions times cells.
    """
    done = np.int64(0)
    code, constants = lent(code), lent(constants)
    work = (lent(work[0]), lent(work[1]), lent(work[2]))
    row_starts, row_tokens, row_keys = lent(row_starts), lent(row_tokens), lent(row_keys)
    tokens = (lent(tokens[0]), lent(tokens[1]), lent(tokens[2]))
    tables = (lent(tables[0]), lent(tables[1]))
    columns, matrices, patterns = lent(columns), lent(matrices), lent(patterns)
    for block in range(blocks[0], blocks[1]):
        first, last = block_rows[block], block_rows[block + 1]
        if row_starts[first] < row_starts[last]:
            done += run_block(
                code, constants, work, row_starts[first : last + 1], row_tokens[first:last],
                row_keys[first:last], tokens, columns, tables, matrices, patterns,
            )  # fmt: skip
    return done
