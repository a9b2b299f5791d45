"""The kernel engine: one program, compiled on its own; for a winner that runs very often.

Its source is made of opcodes and renumbered registers; nothing of the program's text is in it.
"""

from attndsl.engines.kernel.engine import BREAK_EVEN_STEPS, Kernel, kernel_for, patterns_of

__all__ = ["BREAK_EVEN_STEPS", "Kernel", "kernel_for", "patterns_of"]
