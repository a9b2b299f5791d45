"""What a streaming kernel does at each token beside its own terms: buckets, sums, the tape.

A *bucket* is one entry of a part's index: the sums of the keys that have its gate's values. A sum
is held as `mass * exp(top)`, with the largest logarithm so far as the top, so that nothing
overflows and nothing fades early. The tape gets the same steps for vectors in place of masses.
"""

import math

import numpy as np

from attndsl.engines.batch.machine.compiling import kept

# Columns of a table of buckets; the gate's values come after them.
COUNTER, NOW, NOW_TOP, EARLIER, EARLIER_TOP, SLOT, VALUES = range(7)
# Instructions of the tape.
NEAR, READ, ENTER, MERGE = range(4)
BOTTOM = -1e300  # the top of an empty sum
HIGHEST = 700.0  # e to this is a number

_made = kept(nogil=True, error_model="numpy")


@_made
def row_of(position, places, base):
    """Where a kept position lies: after the older ones those from `base` on follow each other."""
    at = np.int64(position)
    if at >= base:
        return at - base + len(places)
    row = np.searchsorted(places, at)
    if row >= len(places) or places[row] != at:
        raise KeyError("a position that the plan does not keep")
    return row


@_made
def find(table, counts, number, values, width):
    """The bucket with these values, -1 without; where the gate has none there is one bucket."""
    for at in range(counts[number]):
        alike = True
        for column in range(width):
            if table[at, VALUES + column] != values[column]:
                alike = False
                break
        if alike:
            return at
    return -1


@_made
def entry(table, counts, number, values, width, slots):
    """The same, made where there is none; it takes `slots` new vectors."""
    at = find(table, counts, number, values, width)
    if at >= 0:
        return at
    at = counts[number]
    counts[number] += 1
    table[at, COUNTER] = math.nan
    table[at, NOW] = table[at, EARLIER] = 0.0
    table[at, NOW_TOP] = table[at, EARLIER_TOP] = BOTTOM
    table[at, SLOT] = counts[-1]
    counts[-1] += slots
    for column in range(width):
        table[at, VALUES + column] = values[column]
    return at


@_made
def put(marks, numbers, used, op, a, b, c, first, second):
    """One more instruction."""
    at = used[0]
    marks[at, 0], marks[at, 1], marks[at, 2], marks[at, 3] = op, a, b, c
    numbers[at, 0], numbers[at, 1] = first, second
    used[0] += 1


@_made
def turn(table, at, counter, taped, marks, numbers, used):
    """Where the query's counter has risen, the keys of now become earlier ones."""
    if table[at, COUNTER] == counter:
        return
    table[at, COUNTER] = counter
    if table[at, NOW_TOP] > BOTTOM:
        top = max(table[at, NOW_TOP], table[at, EARLIER_TOP])
        keep = math.exp(table[at, EARLIER_TOP] - top)
        add = math.exp(table[at, NOW_TOP] - top)
        table[at, EARLIER] = keep * table[at, EARLIER] + add * table[at, NOW]
        table[at, EARLIER_TOP] = top
        if taped:
            slot = np.int64(table[at, SLOT])
            put(marks, numbers, used, MERGE, slot + 1, slot, 0, keep, add)
    table[at, NOW], table[at, NOW_TOP] = 0.0, BOTTOM


@_made
def enter(table, at, old, factor, log, key, taped, marks, numbers, used):
    """A key's `factor * exp(log)` more in a bucket, among the earlier ones where it is `old`."""
    sums = EARLIER if old else NOW
    top = table[at, sums + 1]
    keep, add = 1.0, 1.0
    if log > top:
        keep = math.exp(top - log)
        table[at, sums + 1] = log
    else:
        add = math.exp(log - top)
    table[at, sums] = keep * table[at, sums] + factor * add
    if taped:
        slot = np.int64(table[at, SLOT]) + (1 if old else 0)
        put(marks, numbers, used, ENTER, slot, np.int64(key), 0, keep, factor * add)


@_made
def power_of_e(log):
    return math.exp(min(log, HIGHEST))


@_made
def size_log(size):
    """The logarithm of a magnitude that isn't 0."""
    return math.log(abs(size))


@_made
def put_near(marks, numbers, weights, used, values, start, count, total):
    """The weights of neighbouring keys, from the first to the last that has any."""
    first, last = 0, count
    while first < last and values[first] == 0.0:
        first += 1
    while last > first and values[last - 1] == 0.0:
        last -= 1
    if first == last:
        return
    put(marks, numbers, used, NEAR, start + first, last - first, used[1], 0.0, 0.0)
    for at in range(first, last):
        weights[used[1]] = values[at] / total
        used[1] += 1


@_made
def put_one(marks, numbers, weights, used, key, weight):
    """The weight of one key."""
    put(marks, numbers, used, NEAR, np.int64(key), 1, used[1], 0.0, 0.0)
    weights[used[1]] = weight
    used[1] += 1


@_made
def turn_found(table, at, counter):
    """The same as `turn`, of positions in place of sums."""
    if table[at, COUNTER] != counter:
        if table[at, NOW] >= 0.0:
            table[at, EARLIER] = table[at, NOW]
        table[at, NOW], table[at, COUNTER] = -1.0, counter


@_made
def entry_found(table, counts, number, values, width):
    before = counts[number]
    at = entry(table, counts, number, values, width, 0)
    if at == before:
        table[at, NOW] = table[at, EARLIER] = -1.0
    return at


@_made
def alike(units, unit_of, one, other, places, base):
    """The cosine of two pieces, rounded as everywhere."""
    if one < 0.0 or other < 0.0:
        return 0.0
    a, b = unit_of[row_of(one, places, base)], unit_of[row_of(other, places, base)]
    total = 0.0
    for at in range(units.shape[1]):
        total += units[a, at] * units[b, at]
    return np.rint(total * 1024.0) / 1024.0
