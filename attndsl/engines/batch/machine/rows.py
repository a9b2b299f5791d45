"""Instructions that work row by row: columns spread over rows, running and whole aggregates,
and the rows of a finished pattern.

A row is given as a slice of a register. Sums of whole rows are taken in four lanes, in an order
that depends on the row's length alone, so neighbours and threads change no bit.
"""

import numpy as np

from attndsl.engines.batch.machine import scalars
from attndsl.engines.batch.machine.compiling import compiled
from attndsl.engines.batch.machine.opcodes import FALLBACK, FUNCTION, WEIGHING

near, exp = scalars.near, scalars.exp
ROW_EMPTY, HUGE = scalars.ROW_EMPTY, scalars.HUGE
F_ANY, F_SUM, F_MIN, F_MAX, F_FIRST, F_LAST, F_ARGMAX, F_ARGMIN = (
    FUNCTION[name] for name in ("any", "sum", "min", "max", "first", "last", "argmax", "argmin")
)
W_POSITIVE, W_SOFTMAX = WEIGHING["positive"], WEIGHING["softmax"]
B_FIRST, B_SELF, B_UNIFORM = (FALLBACK[name] for name in ("first", "self", "uniform"))


@compiled
def whole_vectors(first, stop, room):
    """The end of a row rounded up to whole vectors, if there is room: no loop then has a rest.

    Rows are filled in order, so the next one overwrites what is too much.
    """
    end = first + ((stop - first + 15) >> 4 << 4)
    return end if end <= room else stop


@compiled
def spread(value, out):
    """One number over a row."""
    for j in range(out.shape[0]):
        out[j] = value


@compiled
def copy(values, out):
    """One number for each key of a row."""
    for j in range(out.shape[0]):
        out[j] = values[j]


@compiled
def copy_back(values, out):
    """The same from the end: the last key gets the first number."""
    top = np.uint64(out.shape[0] - 1)  # unsigned: no look whether the index is negative
    for j in range(out.shape[0]):
        out[j] = values[top - np.uint64(j)]


@compiled
def count_up(first, out):
    """first, first + 1 and so on over a row."""
    for j in range(out.shape[0]):
        out[j] = first + j


@compiled
def total(values):
    """The sum of a row."""
    n = values.shape[0]
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = n >> 2 << 2
    for j in range(0, whole, 4):
        a += values[j]
        b += values[j + 1]
        c += values[j + 2]
        d += values[j + 3]
    for j in range(whole, n):
        a += values[j]
    return (a + b) + (c + d)


@compiled
def largest(values):
    """The largest of a row, -HUGE at least."""
    top = -HUGE
    for j in range(values.shape[0]):
        top = values[j] if values[j] > top else top
    return top


@compiled
def guarded_total(G, V):
    """The sum of a row's values where the guard holds."""
    n = V.shape[0]
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = n >> 2 << 2
    for j in range(0, whole, 4):
        v, w, x, y = V[j], V[j + 1], V[j + 2], V[j + 3]
        a += v if G[j] != 0.0 else 0.0
        b += w if G[j + 1] != 0.0 else 0.0
        c += x if G[j + 2] != 0.0 else 0.0
        d += y if G[j + 3] != 0.0 else 0.0
    for j in range(whole, n):
        v = V[j]
        a += v if G[j] != 0.0 else 0.0
    return (a + b) + (c + d)


@compiled
def sign_of(function):
    """What makes the wanted extreme the largest."""
    if function in (F_MIN, F_ARGMIN):
        return -1.0
    if function in (F_MAX, F_ARGMAX):
        return 1.0
    raise ValueError("an aggregate that has no code here")


@compiled
def reduce_row(function, G, V, first, last):
    """One aggregate over the keys first..last of a row: guard G, body V."""
    if function == F_SUM:
        return guarded_total(G[first : last + 1], V[first : last + 1]) if last >= first else 0.0
    if function == F_ANY:
        for j in range(first, last + 1):
            if G[j] != 0.0:
                return 1.0
        return 0.0
    if function == F_FIRST:
        for j in range(first, last + 1):
            if G[j] != 0.0:
                return float(j)
        return -1.0
    if function == F_LAST:
        for j in range(last, first - 1, -1):
            if G[j] != 0.0:
                return float(j)
        return -1.0
    sign = sign_of(function)
    best = -np.inf
    for j in range(first, last + 1):
        v = sign * V[j]
        v = v if G[j] != 0.0 else -np.inf
        best = v if v > best else best
    if function in (F_MIN, F_MAX):
        return sign * best if best > -np.inf else 0.0
    best *= sign
    for j in range(first, last + 1):
        if G[j] != 0.0 and near(V[j], best):
            return float(j)
    return -1.0


@compiled
def run_along(function, back, G, V, out):
    """The running aggregate of a row, from its start or from its end."""
    n = V.shape[0]
    at, stride = (n - 1, -1) if back else (0, 1)
    if function == F_SUM:
        running = 0.0
        for _ in range(n):
            v = V[at]
            running += v if G[at] != 0.0 else 0.0
            out[at] = running
            at += stride
        return
    if function == F_ANY:
        running = 0.0
        for _ in range(n):
            running = 1.0 if G[at] != 0.0 else running
            out[at] = running
            at += stride
        return
    if function in (F_MIN, F_MAX):
        sign = sign_of(function)
        running = -np.inf
        for _ in range(n):
            v = sign * V[at]
            v = v if G[at] != 0.0 else -np.inf
            running = v if v > running else running
            out[at] = sign * running if running > -np.inf else 0.0
            at += stride
        return
    if function not in (F_FIRST, F_LAST):
        raise ValueError("an aggregate that doesn't run")
    # The nearest behind changes with every position found, the furthest never again.
    changes = back == (function == F_FIRST)
    running = -1.0
    for _ in range(n):
        if G[at] != 0.0 and (changes or running < 0.0):
            running = float(at)
        out[at] = running
        at += stride


@compiled
def reduce(function, G, V, before, upto, starts, row_tokens, out):
    """An aggregate over before < key <= upto of every row of a block, into a column."""
    for r in range(row_tokens.shape[0]):
        token, first, stop = row_tokens[r], starts[r] - starts[0], starts[r + 1] - starts[0]
        last = min(np.int64(upto[token]), stop - first - 1)
        out[token] = reduce_row(
            function, G[first:stop], V[first:stop], np.int64(before[token]) + 1, last
        )


@compiled
def fall_back(own, fallback, row):
    """A row without weight; `own` is the query's cell."""
    spread(np.float32(1.0 / row.shape[0] if fallback == B_UNIFORM else 0.0), row)
    if fallback == B_FIRST:
        row[0] = 1.0
    elif fallback == B_SELF:
        row[own] = 1.0


@compiled
def finish(V, W, starts, row_tokens, row_keys, weighing, fallback, out):
    """The rows of a block as weights that sum to 1; W is scratch.

    `starts` counts cells as `out` does. What can be done over the whole block is: a loop over one
    row has few cells for what starting it costs.
    """
    rows, zero = row_tokens.shape[0], starts[0]
    m = starts[rows] - zero
    if weighing == W_SOFTMAX:
        for r in range(rows):
            row = V[starts[r] - zero : starts[r + 1] - zero]
            spread(largest(row), W[starts[r] - zero : starts[r + 1] - zero])
        for i in range(m):
            v = V[i]
            w = exp(v - W[i])
            W[i] = w if v > -HUGE else 0.0
    elif weighing == W_POSITIVE:
        for i in range(m):
            v = V[i]
            W[i] = v if v > 0.0 else 0.0
    else:
        W = V
    for r in range(rows):
        first, stop = starts[r] - zero, starts[r + 1] - zero
        weight = total(W[first:stop])
        share = 1.0 / weight if weight >= ROW_EMPTY else 0.0
        end = whole_vectors(first, stop, m)
        weights, into = W[first:end], out[zero + first : zero + end]
        for j in range(into.shape[0]):
            into[j] = np.float32(weights[j] * share)
        if weight < ROW_EMPTY:
            fall_back(row_tokens[r] - row_keys[r], fallback, out[zero + first : zero + stop])


@compiled
def fill_window(function, guard, body, starts, out):
    """Of each text: out[row, key] = the aggregate over row < t <= key where the guard holds."""
    sign = 1.0 if function == F_SUM else sign_of(function)
    at = 0
    for text in range(starts.shape[0] - 1):
        first = starts[text]
        n = starts[text + 1] - first
        for row in range(n):
            value = 0.0 if function == F_SUM else -np.inf
            for key in range(n):
                v = body[first + key]
                if key > row and guard[first + key] != 0.0:
                    value = value + v if function == F_SUM else max(value, sign * v)
                out[at] = sign * value if value > -np.inf else 0.0
                at += 1


@compiled
def cut_blocks(row_starts, limit):
    """The first row of each run of rows that has at most `limit` cells, and the end of the last."""
    rows = row_starts.shape[0] - 1
    cuts = np.empty(rows + 1, dtype=np.int64)
    cuts[0] = 0
    blocks, first = 0, 0
    for row in range(rows):
        if row_starts[row + 1] - row_starts[first] > limit:
            blocks += 1
            cuts[blocks] = first = row
    if rows > 0:
        blocks += 1
        cuts[blocks] = rows
    return cuts[: blocks + 1].copy()
