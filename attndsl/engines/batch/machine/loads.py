"""Instructions that fill a register row by row: what the query's position or its text decides."""

import numpy as np

from attndsl.engines.batch.machine import rows, scalars
from attndsl.engines.batch.machine.compiling import compiled
from attndsl.engines.batch.machine.opcodes import NUMBER

copy, copy_back, count_up = rows.copy, rows.copy_back, rows.count_up
run_along, spread, whole_vectors = rows.run_along, rows.spread, rows.whole_vectors
pick = scalars.pick
ROW_INDEX, KEY_INDEX, LOAD_ROW, LOAD_KEY, LOAD_GAP, LOAD_AT, LOAD_LOOP, LOOP_INDEX = (
    NUMBER[name]
    for name in (
        "row_index", "key_index", "load_row", "load_key", "load_gap", "load_at", "load_loop",
        "loop_index",
    )
)  # fmt: skip
MATRIX_OWN, MATRIX_AT, SUCC, PICK, RUN, RUN_BACK = (
    NUMBER[name] for name in ("matrix_own", "matrix_at", "succ", "pick", "run", "run_back")
)


@compiled
def fill_rows(
    op, target, a, b, c, constant, z, starts, row_tokens, row_keys, tokens, regs, columns, matrices
):  # fmt: skip
    """One such instruction; z is the position of the loop that it is in."""
    bases, counts, squares = tokens
    zero, room = starts[0], regs.shape[1]
    D = regs[target]
    # What is no column, matrix or register has a number too; the view is then never read.
    column = columns[min(a, columns.shape[0] - 1)]
    matrix = matrices[min(a, matrices.shape[0] - 1)]
    A, B = regs[min(a, regs.shape[0] - 1)], regs[b]
    if op == LOAD_ROW:
        for r in range(row_tokens.shape[0]):
            first, stop = starts[r] - zero, starts[r + 1] - zero
            end = whole_vectors(first, stop, room)
            spread(column[row_tokens[r]], D[first:end])
    elif op == LOAD_KEY:
        for r in range(row_tokens.shape[0]):
            first, stop, key = starts[r] - zero, starts[r + 1] - zero, row_keys[r]
            end = min(whole_vectors(first, stop, room), first + column.shape[0] - key)
            copy(column[key : key + end - first], D[first:end])
    elif op == LOAD_GAP:
        for r in range(row_tokens.shape[0]):
            token, first, stop = row_tokens[r], starts[r] - zero, starts[r + 1] - zero
            nearest = bases[token] + token - row_keys[r] - (stop - first) + 1
            copy_back(column[nearest : nearest + stop - first], D[first:stop])
    elif op == ROW_INDEX:
        for r in range(row_tokens.shape[0]):
            token, first, stop = row_tokens[r], starts[r] - zero, starts[r + 1] - zero
            end = whole_vectors(first, stop, room)
            spread(float(token - bases[token]), D[first:end])
    elif op == KEY_INDEX:
        for r in range(row_tokens.shape[0]):
            first, stop = starts[r] - zero, starts[r + 1] - zero
            count_up(row_keys[r] - bases[row_tokens[r]], D[first:stop])
    elif op == LOAD_AT:
        for r in range(row_tokens.shape[0]):
            base = bases[row_tokens[r]]
            for i in range(starts[r] - zero, starts[r + 1] - zero):
                D[i] = column[base + np.int64(B[i])] if B[i] >= 0.0 else constant
    elif op == MATRIX_OWN:
        for r in range(row_tokens.shape[0]):
            token, first, stop = row_tokens[r], starts[r] - zero, starts[r + 1] - zero
            base = bases[token]
            at = squares[token] + (token - base) * counts[token] + row_keys[r] - base
            copy(matrix[at : at + stop - first], D[first:stop])
    elif op == MATRIX_AT:
        C = regs[c]
        for r in range(row_tokens.shape[0]):
            square, count = squares[row_tokens[r]], counts[row_tokens[r]]
            for i in range(starts[r] - zero, starts[r + 1] - zero):
                there = (B[i] >= 0.0) & (C[i] >= 0.0)
                at = square + np.int64(B[i]) * count + np.int64(C[i])
                D[i] = matrix[at] if there else constant
    elif op == SUCC:
        for r in range(row_tokens.shape[0]):
            count = counts[row_tokens[r]]
            for i in range(starts[r] - zero, starts[r + 1] - zero):
                D[i] = A[i] + 1.0 if A[i] >= 0.0 and A[i] + 1.0 < count else -1.0
    elif op == PICK:
        for r in range(row_tokens.shape[0]):
            count = counts[row_tokens[r]]
            for i in range(starts[r] - zero, starts[r + 1] - zero):
                D[i] = pick(A[i], count)
    elif op == LOOP_INDEX:
        spread(float(z), D[: starts[-1] - zero])
    elif op == LOAD_LOOP:
        for r in range(row_tokens.shape[0]):
            # The position may be beyond this text, which is shorter than another of the block.
            token, first, stop = row_tokens[r], starts[r] - zero, starts[r + 1] - zero
            value = column[bases[token] + z] if z < counts[token] else 0.0
            spread(value, D[first:stop])
    else:
        for r in range(row_tokens.shape[0]):
            first, stop = starts[r] - zero, starts[r + 1] - zero
            run_along(c, op == RUN_BACK, A[first:stop], B[first:stop], D[first:stop])
