"""The batch engine: any number of programs against many texts, with nothing compiled per program.

All programs become one hash-consed graph, lowered for the mask. What depends on one position is a
column; what depends on two is computed by a register machine, compiled once, over blocks of cells
that stay in cache. `Library` is the face: `planning` makes its plan, `running` lays out the texts,
`machine` computes.
"""

from attndsl.engines.batch.engine import Library
from attndsl.engines.batch.running.memory import Usage

__all__ = ["Library", "Usage"]
