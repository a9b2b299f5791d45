"""Lines for the states that run along: sums, largest and smallest, found positions."""

from typing import TYPE_CHECKING

from attndsl.engines.kernel.sums import bucket, enter, indented, near_keys, side, spot
from attndsl.graph.streams.plan import Extreme, Finder, Running

if TYPE_CHECKING:
    from attndsl.engines.kernel.source import Writer

_BETTER = {"max": ">", "min": "<"}


def state_lines(writer: "Writer", name: str, number: int) -> list[str]:
    """What sets `name` to what a state comes to at the query."""
    state = writer.states[number]
    if isinstance(state, Running):
        return running(writer, name, number, state)
    if isinstance(state, Extreme):
        return extreme(writer, name, state)
    return finder(writer, name, state)


def running(writer: "Writer", name: str, number: int, state: Running) -> list[str]:
    rows, last = state.rows, "now" if state.over == "upto" else "now - 1"
    writer.note_all(rows)
    writer.asked(rows)
    lines = [*enter(writer, number, rows), f"{name} = 0.0"]
    lines += near_keys(writer, rows, last, lambda value, _: [f"{name} += {value}"])
    for place, part in enumerate(rows.parts):
        if part.spot is not None:
            lines += spot(writer, rows, part, lambda w, log: [f"{name} += {w} * power_of_e({log})"])
            continue
        sign = "-" if part.less else "+"
        lines += bucket(writer, number, place, part)
        lines += ["if mass != 0.0:", f"    {name} {sign}= mass * power_of_e(lift)"]
    return [*lines, f"{name} = 1.0 if {name} > 0.0 else 0.0"] if state.any else lines


def extreme(writer: "Writer", name: str, state: Extreme) -> list[str]:
    guard, body = writer.query(state.guard), writer.query(state.body)
    there, best = writer.layout.register(), writer.layout.register()
    taken = [
        f"if {guard} != 0.0:",
        f"    if registers[{there}] == 0.0 or {body} {_BETTER[state.function]} registers[{best}]:",
        f"        registers[{best}] = {body}",
        f"    registers[{there}] = 1.0",
    ]
    shown = f"{name} = registers[{best}]"  # 0 before there is any
    if state.over == "upto":
        return [*taken, shown]
    writer.commits += indented(indented(taken))
    return [shown]


def finder(writer: "Writer", name: str, state: Finder) -> list[str]:
    gate, width = state.gate, len(state.gate.equal)
    test, guard = writer.query(state.test), writer.query(state.guard)
    asked = [(writer.query(one), writer.query(other)) for one, other in gate.equal]
    counter = writer.query(gate.counter[0]) if gate.counter else ""
    number = writer.layout.table(width, 0, positions=True)
    table = f"tables[{number}]"
    turned = [f"turn_found({table}, at, {counter})"] if counter else []
    taken = [*turned, f"{name} = {table}[at, {side(gate)}]"]
    lines = [
        f"{name} = -1.0",
        f"if {test} != 0.0:",
        *(f"    values[{at}] = {one}" for at, (one, _) in enumerate(asked)),
        f"    at = find({table}, counts, {number}, values, {width})",
        "    if at >= 0:",
        *indented(indented(taken)),
    ]
    if state.over == "upto" and not gate.earlier:
        own = [f"{guard} != 0.0", *(f"{one} == {other}" for one, other in asked)]
        if state.function == "first":
            own.append(f"{name} < 0.0")
        lines += [f"    if {' and '.join(own)}:", f"        {name} = q"]
    unless = f"if {table}[at, NOW] < 0.0: " if state.function == "first" else ""
    commit = [
        f"if {guard} != 0.0:",
        *(f"    values[{at}] = {other}" for at, (_, other) in enumerate(asked)),
        f"    at = entry_found({table}, counts, {number}, values, {width})",
        *indented(turned),
        f"    {unless}{table}[at, NOW] = q",
    ]
    writer.commits += indented(indented(commit))
    return lines
