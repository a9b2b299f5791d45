"""Lines that make a row and write it to the tape: of weights, and of scores under a softmax."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from attndsl.engines.kernel.sums import ROW, TAPE, bucket, enter, indented, near_keys, spot

if TYPE_CHECKING:
    from attndsl.engines.kernel.source import Writer

PUT = "marks, numbers, weights, used"


def weight_row(writer: "Writer") -> None:
    """Weights add up as they are."""
    rows = writer.rows
    writer.asked(rows)
    lines = [*enter(writer, ROW, rows), "total = 0.0"]
    lines += near_keys(writer, rows, "now", _weighed)
    written = list[str]()
    for number, part in enumerate(rows.parts):
        name, where, by = f"w{number}", f"s{number}", f"by{number}"
        if part.spot is not None:
            lines += [f"{name}, {where} = 0.0, 0.0"]
            lines += spot(writer, rows, part, partial(_spot_weight, name, where))
            written += _one(writer, name, where)
        else:
            less = "-" if part.less else ""
            lines += bucket(writer, ROW, number, part)
            lines += [
                f"{name}, {where} = {less}mass * power_of_e(lift), slot",
                f"{by} = {less}{writer.query(part.query)} * power_of_e(lift)",
            ]
            written += _sum(name, where, f"{by} / total")
        lines.append(f"total += {name}")
    finish(writer, lines, written, "total >= ROW_EMPTY")


def softmax_row(writer: "Writer") -> None:
    """Exponentials of scores, the largest of them taken off before."""
    rows = writer.rows
    writer.asked(rows)
    lines = [*enter(writer, ROW, rows), "top = BOTTOM"]
    lines += near_keys(writer, rows, "now", _scored)
    weigh, written = ["total = 0.0"], list[str]()
    if rows.window or rows.first:
        weigh += [
            "for j in range(size):",
            "    near_0[j] = power_of_e(near_0[j] - top) if near_0[j] > BOTTOM else 0.0",
            "    total += near_0[j]",
        ]
    for number, part in enumerate(rows.parts):
        name, where, mass = f"w{number}", f"s{number}", f"mass{number}"
        if part.spot is not None:
            lines += [f"{name}, {where} = BOTTOM, 0.0"]
            lines += spot(writer, rows, part, partial(_spot_score, name, where))
            written += _one(writer, name, where)
        else:
            lines += bucket(writer, ROW, number, part)
            lines += [
                f"{name}, {where}, {mass} = BOTTOM, slot, 1.0",
                "if mass != 0.0:",
                f"    {name}, {mass} = size_log(mass) + lift, mass / {writer.query(part.query)}",
            ]
            written += _sum(name, where, f"{name} / ({mass} * total)")
        lines.append(f"top = max(top, {name})")
        weigh += [
            f"{name} = power_of_e({name} - top) if {name} > BOTTOM else 0.0",
            f"total += {name}",
        ]
    finish(writer, [*lines, *weigh], written, "total > 0.0")


ROWS: dict[bool, Callable[["Writer"], None]] = {False: weight_row, True: softmax_row}


def _weighed(value: str, at: str) -> list[str]:
    return [f"near_0[{at}] = max({value}, 0.0)", f"total += near_0[{at}]"]


def _scored(value: str, at: str) -> list[str]:
    return [
        f"near_0[{at}] = {value} if {value} > -HUGE else BOTTOM",
        f"top = max(top, near_0[{at}])",
    ]


def _spot_weight(name: str, where: str, weight: str, log: str) -> list[str]:
    return [f"{name}, {where} = {weight} * power_of_e({log}), key"]


def _spot_score(name: str, where: str, weight: str, log: str) -> list[str]:
    return [f"{name}, {where} = size_log({weight}) + {log}, key"]


def _one(writer: "Writer", name: str, where: str) -> list[str]:
    writer.layout.near += 1
    writer.layout.marks += 1
    return [f"if {name} != 0.0:", f"    put_one({PUT}, {where}, {name} / total)"]


def _sum(name: str, where: str, weight: str) -> list[str]:
    return [f"if {name} != 0.0:", f"    put({TAPE}, READ, np.int64({where}), 0, 0, {weight}, 0.0)"]


def finish(writer: "Writer", lines: list[str], written: list[str], filled: str) -> None:
    """Near weights and those of the parts, or the fallback, onto the tape."""
    rows, layout = writer.rows, writer.layout
    fallback = [f"put_one({PUT}, {'now' if writer.plan.fallback == 'self' else '0'}, 1.0)"]
    if writer.plan.fallback == "uniform":
        every = layout.table(0, 1)
        lines.append(f"enter(tables[{every}], 0, False, 1.0, 0.0, q, True, {TAPE})")
        slot = f"np.int64(tables[{every}][0, SLOT])"
        fallback = [f"put({TAPE}, READ, {slot}, 0, 0, 1.0 / (q + 1.0), 0.0)"]
    if rows.window or rows.first:
        written = [
            f"put_near({PUT}, near_0[:head], 0, head, total)",
            f"put_near({PUT}, near_0[head:size], begin, size - head, total)",
            *written,
        ]
    layout.near += rows.window + rows.first + 1
    layout.marks += 4
    made = [*lines, f"if {filled}:", *indented(written or ["pass"])]
    made += ["else:", *indented(fallback)]
    writer.lines += indented(indented(made))
