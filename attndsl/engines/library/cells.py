"""Instructions that work cell by cell: one loop each, written so that it becomes vector code."""

import numpy as np

from attndsl.engines.library import scalars
from attndsl.engines.library.compiling import compiled
from attndsl.engines.library.opcodes import NUMBER, POWERS

near, settle = scalars.near, scalars.settle
power, exp, log, sqrt = scalars.power, scalars.exp, scalars.log, scalars.sqrt
floordiv, mod, floor = scalars.floordiv, scalars.mod, scalars.floor
round_half_even = scalars.round_half_even
ROW_EMPTY = scalars.ROW_EMPTY

FILL, LOOK_UP, PREV, IS_THERE, SAME = (
    NUMBER[name] for name in ("fill", "look_up", "prev", "is_there", "same")
)
ADD, ADD_C, SUB, AXPY, AXPY_PLAIN, MUL, MUL_PLAIN, MUL_C, MUL_C_PLAIN = (
    NUMBER[name]
    for name in (
        "add", "add_c", "sub", "axpy", "axpy_plain", "mul", "mul_plain", "mul_c", "mul_c_plain",
    )
)  # fmt: skip
DIV, RATIO, FLOORDIV, MOD, POW, POW_C, ABS, MIN, MAX, EXP, LOG, SQRT, FLOOR, ROUND = (
    NUMBER[name]
    for name in (
        "div", "ratio", "floordiv", "mod", "pow", "pow_c", "abs", "min", "max", "exp", "log",
        "sqrt", "floor", "round",
    )
)  # fmt: skip
EQ, LT, LE, LT_WHOLE, LE_WHOLE, SAME_C, NOT, AND, OR, SELECT = (
    NUMBER[name]
    for name in (
        "eq", "lt", "le", "lt_whole", "le_whole", "same_c", "not", "and", "or", "select",
    )
)  # fmt: skip


@compiled
def step(op, target, a, b, c, constant, regs, m, tables):
    """One instruction that works cell by cell."""
    # A table's number is no register; the view is then never read.
    last = regs.shape[0] - 1
    D = regs[min(target, last)]
    A = regs[min(a, last)]
    B = regs[min(b, last)]
    if op == FILL:
        for i in range(m):
            D[i] = constant
    elif op == LOOK_UP:
        entries, starts = tables
        start = starts[a]
        for i in range(m):
            D[i] = entries[start + np.int64(B[i])]
    elif op == PREV:
        for i in range(m):
            D[i] = A[i] - 1.0 if A[i] > 0.0 else -1.0
    elif op == IS_THERE:
        for i in range(m):
            D[i] = 1.0 if A[i] >= 0.0 else 0.0
    elif op == SAME:
        for i in range(m):
            D[i] = 1.0 if A[i] == B[i] else 0.0
    elif op == ADD:
        for i in range(m):
            D[i] = A[i] + B[i]
    elif op == ADD_C:
        for i in range(m):
            D[i] = A[i] + constant
    elif op == SUB:
        for i in range(m):
            D[i] = A[i] - B[i]
    elif op == AXPY:
        for i in range(m):
            D[i] = A[i] + settle(constant * B[i])
    elif op == AXPY_PLAIN:
        for i in range(m):
            D[i] = A[i] + constant * B[i]
    elif op == MUL:
        for i in range(m):
            D[i] = settle(A[i] * B[i])
    elif op == MUL_PLAIN:
        for i in range(m):
            D[i] = A[i] * B[i]
    elif op == MUL_C:
        for i in range(m):
            D[i] = settle(constant * A[i])
    elif op == MUL_C_PLAIN:
        for i in range(m):
            D[i] = constant * A[i]
    elif op == DIV:
        for i in range(m):
            D[i] = settle(A[i] / B[i]) if B[i] != 0.0 else 0.0
    elif op == RATIO:
        for i in range(m):
            D[i] = settle(A[i] / B[i]) if B[i] >= ROW_EMPTY else 0.0
    elif op == FLOORDIV:
        for i in range(m):
            D[i] = floordiv(A[i], B[i])
    elif op == MOD:
        for i in range(m):
            D[i] = mod(A[i], B[i])
    elif op == POW:
        for i in range(m):
            D[i] = power(A[i], B[i])
    elif op == POW_C:
        entries, starts = tables
        start = starts[a]
        for i in range(m):
            x = B[i]
            if x >= 0.0 and x < POWERS and x == np.floor(x):
                D[i] = entries[start + np.int64(x)]
            else:
                D[i] = power(constant, x)
    elif op == ABS:
        for i in range(m):
            D[i] = abs(A[i])
    elif op == MIN:
        for i in range(m):
            D[i] = A[i] if A[i] < B[i] else B[i]
    elif op == MAX:
        for i in range(m):
            D[i] = A[i] if A[i] > B[i] else B[i]
    elif op == EXP:
        for i in range(m):
            D[i] = exp(A[i])
    elif op == LOG:
        for i in range(m):
            D[i] = log(A[i])
    elif op == SQRT:
        for i in range(m):
            D[i] = sqrt(A[i])
    elif op == FLOOR:
        for i in range(m):
            D[i] = floor(A[i])
    elif op == ROUND:
        for i in range(m):
            D[i] = round_half_even(A[i])
    elif op == EQ:
        for i in range(m):
            D[i] = 1.0 if near(A[i], B[i]) else 0.0
    elif op == LT:
        for i in range(m):
            D[i] = 1.0 if (A[i] < B[i]) & (not near(A[i], B[i])) else 0.0
    elif op == LE:
        for i in range(m):
            D[i] = 1.0 if (A[i] <= B[i]) | near(A[i], B[i]) else 0.0
    elif op == LT_WHOLE:
        for i in range(m):
            D[i] = 1.0 if A[i] < B[i] else 0.0
    elif op == LE_WHOLE:
        for i in range(m):
            D[i] = 1.0 if A[i] <= B[i] else 0.0
    elif op == SAME_C:
        for i in range(m):
            D[i] = 1.0 if A[i] == constant else 0.0
    elif op == NOT:
        for i in range(m):
            D[i] = 1.0 - A[i]
    elif op == AND:
        for i in range(m):
            D[i] = A[i] * B[i]
    elif op == OR:
        for i in range(m):
            D[i] = A[i] if A[i] > B[i] else B[i]
    elif op == SELECT:
        C = regs[c]
        for i in range(m):
            yes, no = B[i], C[i]  # both read, so that the loop has no branch
            D[i] = yes if A[i] != 0.0 else no
