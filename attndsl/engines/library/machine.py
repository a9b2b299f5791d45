"""The register machine: runs a planned list of instructions over blocks of cells.

Compiled once by Numba and cached on disk; programs are data to it. A block holds whole rows, so
that sums along a row need nothing from outside; blocks are independent, so any number of threads
gives the same bits.
"""

import numpy as np

from attndsl.engines.library import cells, loops, rows
from attndsl.engines.library.compiling import compiled, compiled_apart, lent
from attndsl.engines.library.opcodes import FUNCTION, NUMBER

step, loop_start, loop_step = cells.step, loops.loop_start, loops.loop_step
spread, copy, copy_back = rows.spread, rows.copy, rows.copy_back
reduce, run_along, finish = rows.reduce, rows.run_along, rows.finish
spread_text = rows.spread_text
LOAD_ROW, LOAD_KEY, LOAD_GAP, MATRIX_OWN, RUN, RUN_BACK, LOOP_INDEX, LOAD_LOOP = (
    NUMBER[name]
    for name in (
        "load_row", "load_key", "load_gap", "matrix_own", "run", "run_back", "loop_index",
        "load_loop",
    )
)  # fmt: skip
LOOP_BEGIN, LOOP_END, REDUCE, STORE_COLUMN, STORE_MATRIX, STORE_PATTERN = (
    NUMBER[name]
    for name in (
        "loop_begin", "loop_end", "reduce", "store_column", "store_matrix", "store_pattern",
    )
)  # fmt: skip
F_ARGMAX, F_ARGMIN = FUNCTION["argmax"], FUNCTION["argmin"]


@compiled
def place(line, tokens, starts, row_tokens, row_keys, places, squares):
    """Where the cells of a block are: each one's row, key, text's first token and length, and
    where its text's matrix starts."""
    base, count, square = tokens
    for r in range(row_tokens.shape[0]):
        first, stop = starts[r] - starts[0], starts[r + 1] - starts[0]
        token, key = row_tokens[r], row_keys[r]
        if first == stop:
            continue
        keys = places[1, first:stop]
        for j in range(keys.shape[0]):
            keys[j] = key + j
        copy(keys, places[0, first:stop]) if line else spread(token, places[0, first:stop])
        spread(base[token], places[2, first:stop])
        spread(count[token], places[3, first:stop])
        spread(square[token], squares[first:stop])


@compiled
def by_rows(op, target, a, b, c, starts, row_tokens, row_keys, tokens, regs, columns, matrices):
    """One instruction that fills the target row by row."""
    base, count, square = tokens
    zero = starts[0]
    D = regs[target]
    if op == LOAD_ROW:
        column = columns[a]
        for r in range(row_tokens.shape[0]):
            spread(column[row_tokens[r]], D[starts[r] - zero : starts[r + 1] - zero])
    elif op == LOAD_KEY:
        column = columns[a]
        for r in range(row_tokens.shape[0]):
            key, n = row_keys[r], starts[r + 1] - starts[r]
            copy(column[key : key + n], D[starts[r] - zero : starts[r + 1] - zero])
    elif op == LOAD_GAP:
        column = columns[a]
        for r in range(row_tokens.shape[0]):
            token, n = row_tokens[r], starts[r + 1] - starts[r]
            nearest = base[token] + token - row_keys[r] - n + 1
            copy_back(column[nearest : nearest + n], D[starts[r] - zero : starts[r + 1] - zero])
    elif op == MATRIX_OWN:
        matrix = matrices[a]
        for r in range(row_tokens.shape[0]):
            token, n = row_tokens[r], starts[r + 1] - starts[r]
            own = token - base[token]
            at = square[token] + own * count[token] + row_keys[r] - base[token]
            copy(matrix[at : at + n], D[starts[r] - zero : starts[r + 1] - zero])
    else:
        A, B = regs[a], regs[b]
        for r in range(row_tokens.shape[0]):
            first, stop = starts[r] - zero, starts[r + 1] - zero
            run_along(c, op == RUN_BACK, A[first:stop], B[first:stop], D[first:stop])


@compiled
def run_block(
    code, constants, work, line, starts, row_tokens, row_keys, tokens, columns, tables, matrices,
    patterns,
):  # fmt: skip
    """All instructions over one block of whole rows; how many were run, times its cells."""
    regs, places, squares, best, found = work
    base, count, square = tokens
    zero = starts[0]
    m = starts[-1] - zero
    place(line, tokens, starts, row_tokens, row_keys, places, squares)
    where = (places[0], places[1], places[2], places[3], squares)
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
        if op < LOAD_ROW:
            step(op, target, a, b, c, constants[k], regs, m, where, columns, tables, matrices)
        elif op == LOOP_INDEX:
            regs[target, :m] = z
        elif op == LOAD_LOOP:
            spread_text(columns[a], z, starts, row_tokens, base, count, regs[target])
        elif op <= RUN_BACK:
            by_rows(
                op, target, a, b, c, starts, row_tokens, row_keys, tokens, regs, columns, matrices
            )
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
    code, constants, work, blocks, line, row_starts, row_tokens, row_keys, block_rows, tokens,
    columns, tables, matrices, patterns,
):  # fmt: skip
    """The blocks from blocks[0] on, below blocks[1]; block b holds rows block_rows[b] and on.

    Gives the number of instructions times cells.
    """
    done = np.int64(0)
    code, constants = lent(code), lent(constants)
    regs, places, squares, best, found = work
    work = (lent(regs), lent(places), lent(squares), lent(best), lent(found))
    row_starts, row_tokens, row_keys = lent(row_starts), lent(row_tokens), lent(row_keys)
    tokens = (lent(tokens[0]), lent(tokens[1]), lent(tokens[2]))
    tables = (lent(tables[0]), lent(tables[1]))
    columns, matrices, patterns = lent(columns), lent(matrices), lent(patterns)
    for block in range(blocks[0], blocks[1]):
        first, last = block_rows[block], block_rows[block + 1]
        if row_starts[first] < row_starts[last]:
            done += run_block(
                code, constants, work, line, row_starts[first : last + 1], row_tokens[first:last],
                row_keys[first:last], tokens, columns, tables, matrices, patterns,
            )  # fmt: skip
    return done
