"""Compiled loops: the objective of mixtures over sampled rows, its slope, what a term would add.

The pattern of a mixture is, row by row, the sum of the parts that it adds, each by its share, times
its factors where their part has any weight, divided by the sum over the row. Factors leave resting
keys alone. A term counts only for its kind of query. A row in which nothing is found rests. Resting
cells of row r are `resting[rests[r]:rests[r + 1]]`.

`data` is what all loops read: start, text, weight, kinds, found, parts, rests, resting, heads (see
`rows.Rows`). Job i has the terms up to `counts[i]` of `chosen` (parts), `gates` (kinds), `times`
(whether it is a factor) and `values`.
"""

from typing import Any

import numpy as np

from attndsl.engines.batch.machine.compiling import kept

FAST = {"reassoc", "nsz", "contract"}
TINY = 1e-9


@kept(nogil=True, fastmath=FAST)
def mixed(data: Any, chosen: Any, gates: Any, times: Any, values: Any, out: Any, factor: Any,
          total: Any) -> None:  # fmt: skip
    """The pattern into `out`, the product of the factors into `factor` [cells], each row's sum
    before it is divided into `total` [rows]."""
    start, _, _, kinds, found, parts, rests, resting, _ = data
    for r in range(start.size - 1):
        row, product = out[start[r] : start[r + 1]], factor[start[r] : start[r + 1]]
        row[:] = np.float32(0.0)
        product[:] = np.float32(1.0)
        for j in range(chosen.size):
            if kinds[gates[j], r] and found[chosen[j], r]:
                value = np.float32(values[j])
                part = parts[chosen[j], start[r] : start[r + 1]]
                if times[j]:
                    for c in range(row.size):
                        product[c] *= value if part[c] > 0 else np.float32(1.0)
                else:
                    for c in range(row.size):
                        row[c] += value * part[c]
        for i in range(rests[r], rests[r + 1]):
            factor[resting[i]] = np.float32(1.0)
        weight = np.float32(0.0)
        for c in range(row.size):
            row[c] *= product[c]
            weight += row[c]
        total[r] = weight
        if weight > TINY:
            scale = np.float32(1.0) / weight
            for c in range(row.size):
                row[c] *= scale
        elif rests[r] < rests[r + 1]:
            out[resting[rests[r]]] = np.float32(1.0)
        else:
            row[0] = np.float32(1.0)


@kept(nogil=True, fastmath=FAST)
def measured(data: Any, head: Any, out: Any, sums: Any) -> None:
    """By text into `sums` [5, texts]: content's shared and joint mass, all shared mass, the error
    of the rest, rows."""
    start, text, _, _, _, _, rests, resting, _ = data
    sums[:] = 0.0
    for r in range(start.size - 1):
        t = text[r]
        a, b = out[start[r] : start[r + 1]], head[start[r] : start[r + 1]]
        low, high = np.float32(0.0), np.float32(0.0)
        for c in range(a.size):
            low += min(a[c], b[c])
            high += max(a[c], b[c])
        sums[2, t] += low
        mine, theirs = np.float32(0.0), np.float32(0.0)
        for i in range(rests[r], rests[r + 1]):
            x, y = out[resting[i]], head[resting[i]]
            mine += x
            theirs += y
            low -= min(x, y)
            high -= max(x, y)
        sums[0, t] += low
        sums[1, t] += high
        sums[3, t] += abs(mine - theirs)
        sums[4, t] += 1.0


@kept(nogil=True, fastmath=FAST)
def worth(weight: Any, sums: Any, aims: Any) -> Any:
    """The objective: content IoU, IoU and the error of the rest, by `aims`, over the texts."""
    value = 0.0
    for t in range(weight.size):
        count = sums[4, t]
        if count > 0:
            value += weight[t] * aims[0] * sums[0, t] / max(sums[1, t], TINY)
            value += weight[t] * aims[1] * sums[2, t] / (2 * count - sums[2, t])
            value -= weight[t] * aims[2] * sums[3, t] / count
    return value


@kept(nogil=True, fastmath=FAST)
def slopes(data: Any, head: Any, out: Any, sums: Any, aims: Any, field: Any) -> None:
    """How the objective moves with each cell of the pattern, rows held to sum 1, into `field`."""
    start, text, weight, _, _, _, rests, resting, _ = data
    for r in range(start.size - 1):
        t = text[r]
        union, count = max(sums[1, t], TINY), sums[4, t]
        up = weight[t] * aims[0] / union
        down = up * sums[0, t] / union
        whole = weight[t] * aims[1] * 2 * count / (2 * count - sums[2, t]) ** 2
        a, b = out[start[r] : start[r + 1]], head[start[r] : start[r + 1]]
        row = field[start[r] : start[r + 1]]
        under, over, mean = np.float32(whole + up), np.float32(-down), np.float32(0.0)
        for c in range(a.size):
            slope = under if a[c] < b[c] else over
            row[c] = slope
            mean += slope * a[c]
        mine, theirs = np.float32(0.0), np.float32(0.0)
        for i in range(rests[r], rests[r + 1]):
            mine += out[resting[i]]
            theirs += head[resting[i]]
        rest = -weight[t] * aims[2] / count * (1.0 if mine > theirs else -1.0)
        for i in range(rests[r], rests[r + 1]):
            c = resting[i]
            slope = np.float32(rest + (whole if out[c] < head[c] else 0.0))
            mean += (slope - field[c]) * out[c]
            field[c] = slope
        for c in range(row.size):
            row[c] -= mean


@kept(nogil=True, fastmath=FAST)
def fields(data: Any, out: Any, factor: Any, total: Any, field: Any) -> None:
    """From slopes by cell to slopes by what is added, in `field`, and by the logarithm of what is
    multiplied, in `factor`."""
    start, _, _, _, _, _, rests, resting, _ = data
    for r in range(start.size - 1):
        scale = np.float32(1.0 / total[r]) if total[r] > TINY else np.float32(0.0)
        for c in range(start[r], start[r + 1]):
            slope = field[c]
            field[c] = slope * factor[c] * scale
            factor[c] = slope * out[c]
        for i in range(rests[r], rests[r + 1]):
            factor[resting[i]] = np.float32(0.0)


@kept(nogil=True, fastmath=FAST)
def dotted(a: Any, b: Any) -> Any:
    value = np.float32(0.0)
    for c in range(a.size):
        value += a[c] * b[c]
    return value


@kept(nogil=True, fastmath=FAST)
def summed(a: Any, b: Any) -> Any:
    value = np.float32(0.0)
    for c in range(a.size):
        value += a[c] if b[c] > 0 else np.float32(0.0)
    return value


@kept(nogil=True, fastmath=FAST)
def fitted(data: Any, which: Any, chosen: Any, gates: Any, times: Any, values: Any, counts: Any,
           aims: Any, steps: int, least: float, found_worth: Any, begin: int,
           end: int) -> None:  # fmt: skip
    """The jobs' values after some steps uphill, the best seen, in place; the objective there.

    Steps are in the logarithm of each value: a move shrinks where the slope changes its sign and
    grows where it doesn't.
    """
    start, _, weight, kinds, found, parts, _, _, heads = data
    out, field = np.empty(start[-1], np.float32), np.empty(start[-1], np.float32)
    factor, total = np.empty(start[-1], np.float32), np.empty(start.size - 1, np.float32)
    sums = np.empty((5, weight.size))
    for job in range(begin, end):
        count, head, aim = counts[job], heads[which[job]], aims[which[job]]
        chosen_of, gates_of, times_of = chosen[job, :count], gates[job, :count], times[job, :count]
        before, move = np.zeros(count), np.full(count, 0.25)
        now, best, top = values[job, :count].copy(), values[job, :count].copy(), -1e9
        for step in range(steps + 1):
            mixed(data, chosen_of, gates_of, times_of, now, out, factor, total)
            measured(data, head, out, sums)
            value = worth(weight, sums, aim)
            if value > top:
                top = value
                best[:] = now
            if step == steps:
                break
            slopes(data, head, out, sums, aim, field)
            fields(data, out, factor, total, field)
            whole = 0.0
            for j in range(count):
                grad, part = 0.0, parts[chosen_of[j]]
                for r in range(start.size - 1):
                    if kinds[gates_of[j], r] and found[chosen_of[j], r]:
                        first, stop = start[r], start[r + 1]
                        if times_of[j]:
                            grad += summed(factor[first:stop], part[first:stop])
                        else:
                            grad += dotted(field[first:stop], part[first:stop])
                if grad * before[j] < 0:
                    move[j] *= 0.5
                elif step:
                    move[j] = min(move[j] * 1.2, 0.7)
                before[j] = grad
                if grad != 0:
                    now[j] *= np.exp(move[j] if grad > 0 else -move[j])
                if not times_of[j]:
                    whole += now[j]
            for j in range(count):
                if times_of[j]:
                    now[j] = min(max(now[j], 0.1), 10.0)
                else:
                    now[j] = max(now[j] / whole, least)
        values[job, :count] = best
        found_worth[job] = top


@kept(nogil=True, fastmath=FAST)
def promised(data: Any, which: Any, chosen: Any, gates: Any, times: Any, values: Any, counts: Any,
             aims: Any, allowed: Any, promises: Any, begin: int, end: int) -> None:  # fmt: skip
    """What a little of each part would bring, added and as a factor: [jobs, 2, parts, kinds]."""
    start, _, weight, kinds, found, parts, _, _, heads = data
    out, field = np.empty(start[-1], np.float32), np.empty(start[-1], np.float32)
    factor, total = np.empty(start[-1], np.float32), np.empty(start.size - 1, np.float32)
    sums = np.empty((5, weight.size))
    for job in range(begin, end):
        count, head, aim = counts[job], heads[which[job]], aims[which[job]]
        mixed(data, chosen[job, :count], gates[job, :count], times[job, :count],
              values[job, :count], out, factor, total)  # fmt: skip
        measured(data, head, out, sums)
        slopes(data, head, out, sums, aim, field)
        fields(data, out, factor, total, field)
        for j in range(parts.shape[0]):
            promises[job, :, j] = 0.0
            if allowed[job, j]:
                for r in range(start.size - 1):
                    if found[j, r]:
                        first, stop = start[r], start[r + 1]
                        added = dotted(field[first:stop], parts[j, first:stop])
                        times_it = summed(factor[first:stop], parts[j, first:stop])
                        for g in range(kinds.shape[0]):
                            if kinds[g, r]:
                                promises[job, 0, j, g] += added
                                promises[job, 1, j, g] += times_it


@kept(nogil=True, fastmath=FAST)
def compared(data: Any, which: Any, chosen: Any, gates: Any, times: Any, values: Any, counts: Any,
             aims: Any, found_worth: Any, begin: int, end: int) -> None:  # fmt: skip
    """The objective of each mixture for each of the heads `which`, [mixtures, heads]."""
    start, _, weight, _, _, _, _, _, heads = data
    out, total = np.empty(start[-1], np.float32), np.empty(start.size - 1, np.float32)
    factor, sums = np.empty(start[-1], np.float32), np.empty((5, weight.size))
    for job in range(begin, end):
        count = counts[job]
        mixed(data, chosen[job, :count], gates[job, :count], times[job, :count],
              values[job, :count], out, factor, total)  # fmt: skip
        for h in range(which.size):
            measured(data, heads[which[h]], out, sums)
            found_worth[job, h] = worth(weight, sums, aims[which[h]])
