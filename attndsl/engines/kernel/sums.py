"""Lines for the parts of a sum: keys that enter, sums and found keys that a query reads, near keys.

Lines are of one token, without their indentation. They use `key` and `row` for a key's position and
where it lies, `mass`, `lift` and `slot` for what was read of a running sum.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from attndsl.engines.kernel.lines import LITERALS, lines_of
from attndsl.graph.streams.plan import Gate, Part, Rows
from attndsl.graph.terms import FREE_K

if TYPE_CHECKING:
    from attndsl.engines.kernel.source import Writer

ROW = -1  # the owner of the row's own parts
TAPE = "marks, numbers, used"
Use = Callable[[str, str], list[str]]


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def place(position: str) -> str:
    """Where a kept position lies."""
    return "here" if position == "q" else f"row_of({position}, places, base)"


def side(gate: Gate) -> str:
    return "EARLIER" if gate.earlier else "NOW"


def enter(writer: "Writer", owner: int, rows: Rows) -> list[str]:
    """The key that leaves the window goes into the sums."""
    entering = list[str]()
    for number, part in enumerate(rows.parts):
        if part.spot is None:
            entering += _enter_one(writer, owner, number, part)
    if not entering:
        return []
    row = "here" if not rows.window else f"row_of(now - {rows.window}, places, base)"
    return [
        f"if now - {rows.window} >= {rows.first}:",
        f"    key = float(now - {rows.window})",
        f"    row = {row}",
        *indented(entering),
    ]


def _enter_one(writer: "Writer", owner: int, number: int, part: Part) -> list[str]:
    taped, gate, layout = owner == ROW, part.gate, writer.layout
    width, slots = len(gate.equal), (2 if part.gate.counter else 1) if taped else 0
    table = writer.tables[owner, number] = layout.table(width, slots)
    lines = [f"values[{at}] = {writer.note(other)}" for at, (_, other) in enumerate(gate.equal)]
    lines.append(f"at = entry(tables[{table}], counts, {table}, values, {width}, {slots})")
    old = "False"
    if gate.counter:
        counter = writer.query(gate.counter[0])
        lines.append(f"turn(tables[{table}], at, {counter}, {taped}, {TAPE})")
        old = f"{writer.note(gate.counter[1])} < tables[{table}][at, COUNTER]"
    factor, log = writer.note(part.key), writer.note(part.log_key)
    lines.append(f"enter(tables[{table}], at, {old}, {factor}, {log}, key, {taped}, {TAPE})")
    if taped:
        layout.marks += 2
    if writer.graph[part.key].op in LITERALS:
        return lines
    return [f"if {factor} != 0.0:", *indented(lines)]


def bucket(writer: "Writer", owner: int, number: int, part: Part) -> list[str]:
    """`mass`, the query's factor in it, and `lift`, the logarithm that it is to be raised by."""
    table, gate, taped = writer.tables[owner, number], part.gate, owner == ROW
    factor, log, width = writer.query(part.query), writer.query(part.log_query), len(gate.equal)
    there = [
        f"mass = {factor} * tables[{table}][at, {side(gate)}]",
        f"lift = {log} + tables[{table}][at, {side(gate)} + 1]",
    ]
    if taped:
        there.append(f"slot = tables[{table}][at, SLOT] + {int(gate.earlier)}")
        writer.layout.marks += 2
    if gate.counter:
        counter = writer.query(gate.counter[0])
        there.insert(0, f"turn(tables[{table}], at, {counter}, {taped}, {TAPE})")
    asked = [f"values[{at}] = {writer.query(one)}" for at, (one, _) in enumerate(gate.equal)]
    return [
        "mass, lift, slot = 0.0, 0.0, 0.0",
        f"if {factor} != 0.0:",
        *indented(asked),
        f"    at = find(tables[{table}], counts, {table}, values, {width})",
        "    if at >= 0:",
        *indented(indented(there)),
    ]


def spot(writer: "Writer", rows: Rows, part: Part, use: Use) -> list[str]:
    """One found position, where it is a far key: what is done with its weight and a logarithm."""
    assert part.spot is not None
    position, factor = writer.query(part.spot), writer.query(part.query)
    inside = [f"{writer.query(one)} == {writer.note(other)}" for one, other in part.gate.equal]
    if part.gate.counter:
        one, other = part.gate.counter
        sign = "<" if part.gate.earlier else "=="
        inside.append(f"{writer.note(other)} {sign} {writer.query(one)}")
    key, log = writer.note(part.key), writer.note(part.log_key)
    weight = f"{'-' if part.less else ''}{factor} * {key}"
    return [
        f"key = {position} + {part.offset}.0",
        f"if {position} >= 0.0 and {factor} != 0.0 and {rows.first} <= key <= now - {rows.window}:",
        "    row = row_of(key, places, base)",
        f"    if {' and '.join([*inside, f'{key} != 0.0'])}:",
        *indented(indented(use(weight, f"{writer.query(part.log_query)} + {log}"))),
    ]


def near_keys(writer: "Writer", rows: Rows, last: str, use: Use) -> list[str]:
    """A loop over the first and the last keys: what is done with each value at each place."""
    if not rows.window and not rows.first:
        return []
    lines, names, notes = list[str](), dict[int, str](), dict(rows.notes)

    def pair(number: int) -> str:
        term = writer.graph[number]
        if number in notes:
            return writer.note(notes[number])
        if not term.free & FREE_K:
            return writer.query(number)
        if number not in names:
            args = [pair(arg) for arg in term.args]
            names[number] = f"m{number}"
            lines.extend(lines_of(names[number], term, args, writer.layout, place))
        return names[number]

    value = pair(rows.value)
    return [
        f"head = min({rows.first}, {last} + 1)",
        f"begin = max({rows.first}, now - {rows.window} + 1)",
        f"size = head + max(0, {last} + 1 - begin)",
        "for j in range(size):",
        "    at = j if j < head else begin + j - head",
        "    key = float(at)",
        "    row = row_of(at, places, base)",
        *indented([*lines, *use(value, "j")]),
    ]
