"""Instructions that work cell by cell: one loop each, so that it becomes vector code.

The loops are written from the expressions of the table in opcodes; nothing else gets into them.
"""

import re
from typing import Any

import numpy as np

from attndsl.engines.batch.machine import scalars
from attndsl.engines.batch.machine.compiling import compiled
from attndsl.engines.batch.machine.opcodes import OPCODES, POWERS, Opcode

_HEAD = """\
def step(op, target, a, b, c, constant, regs, m, tables):
    # A table's number is no register; the view is then never read.
    last = regs.shape[0] - 1
    D = regs[min(target, last)]
    A = regs[min(a, last)]
    B = regs[min(b, last)]
    C = regs[min(c, last)]
    entries, starts = tables
    k = constant
"""


def _loop(opcode: Opcode) -> str:
    """What a cell reads is read before its value is chosen, so that the loop has no branch."""
    read = [name for name, kind in zip("abc", opcode.reads, strict=True) if kind == "r"]
    lines = ["start = starts[a]"] if "start" in opcode.cell else []
    lines += ["for i in range(m):", *(f"    {name}_ = {name.upper()}[i]" for name in read)]
    value = re.sub(r"\b[abc]\b", r"\g<0>_", opcode.cell)
    return "".join(f"        {line}\n" for line in [*lines, f"    D[i] = {value}"])


def _source() -> str:
    loops = [
        f"    if op == {each.number}:\n{_loop(each)}        return\n"
        for each in OPCODES.values()
        if each.cell
    ]
    return _HEAD + "".join(loops) + '    raise ValueError("no such instruction")\n'


def _made() -> Any:
    names: dict[str, Any] = {**vars(scalars), "np": np, "POWERS": POWERS}
    # Under this file's name, which is what the disk cache of compiled code goes by.
    exec(compile(_source(), __file__, "exec"), names)
    return compiled(names["step"])


step = _made()  # one instruction that works cell by cell
