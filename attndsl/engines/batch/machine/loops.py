"""Loops over positions within each cell, for what no lowering makes smaller."""

import numpy as np

from attndsl.engines.batch.machine.compiling import compiled
from attndsl.engines.batch.machine.opcodes import FUNCTION
from attndsl.engines.batch.machine.rows import sign_of
from attndsl.engines.batch.machine.scalars import near
from attndsl.graph.operations import REDUCTIONS

F_ANY, F_SUM, F_MIN, F_MAX, F_FIRST, F_LAST = (
    FUNCTION[name] for name in ("any", "sum", "min", "max", "first", "last")
)
EMPTY = np.array([-1.0 if REDUCTIONS[name].empty is None else 0.0 for name in FUNCTION])


@compiled
def loop_start(function, A, B, acc, best, found, m):
    """Empty accumulators; the first and last position that any cell of the block visits."""
    low = np.int64(1 << 40)
    high = np.int64(-1)
    for i in range(m):
        acc[i] = EMPTY[function]
        best[i] = 0.0
        found[i] = False
        if A[i] < B[i]:
            low = min(low, np.int64(A[i]) + 1)
            high = max(high, np.int64(B[i]))
    return low, high


@compiled
def loop_step(function, second, z, A, B, G, V, acc, best, found, m):
    """Take position z into the accumulators; argmax and argmin compare in a second pass."""
    if function == F_SUM:
        for i in range(m):
            v = V[i]
            acc[i] += v if (A[i] < z) & (z <= B[i]) & (G[i] != 0.0) else 0.0
    elif function == F_ANY:
        for i in range(m):
            acc[i] = 1.0 if (A[i] < z) & (z <= B[i]) & (G[i] != 0.0) else acc[i]
    elif function == F_LAST:
        for i in range(m):
            acc[i] = z if (A[i] < z) & (z <= B[i]) & (G[i] != 0.0) else acc[i]
    elif function == F_FIRST:
        for i in range(m):
            new = (A[i] < z) & (z <= B[i]) & (G[i] != 0.0) & (acc[i] < 0.0)
            acc[i] = z if new else acc[i]
    elif second:
        for i in range(m):
            new = (A[i] < z) & (z <= B[i]) & (G[i] != 0.0) & (acc[i] < 0.0)
            acc[i] = z if new & near(V[i], best[i]) else acc[i]
    else:
        sign = sign_of(function)
        for i in range(m):
            v = V[i]
            inside = (A[i] < z) & (z <= B[i]) & (G[i] != 0.0)
            if inside and (not found[i] or sign * v > sign * best[i]):
                best[i] = v
                found[i] = True
                acc[i] = v if function in (F_MIN, F_MAX) else acc[i]
