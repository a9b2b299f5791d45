"""Executors: work shared out among processes, on this machine or on many.

A task is a frozen value that is cut into ranks by what it is, never by who does it (`task`). Each
rank writes its part and then a receipt into a folder that all workers see (`shared`); a rank with a
receipt is done, and parts are put together in the order of ranks. So any number of workers gives
the same bits, and a worker that is killed costs what it had in hand. `named` gives an executor by
what --on says: `local` processes, a `ray` cluster, `slurm` jobs. No program is known here.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.executors.shared import Shared, shared_out
    from attndsl.executors.task import Executor, Part, Task

_FACE = {
    "Executor": "task",
    "Part": "task",
    "Shared": "shared",
    "Task": "task",
    "shared_out": "shared",
}
__all__ = [
    "Executor",
    "Part",
    "Shared",
    "Task",
    "shared_out",
]

__getattr__ = handing_out(__name__, _FACE)
