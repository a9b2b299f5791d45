"""The torch engine: programs over batches of token ids, on any device, differentiable.

Vocabulary tables are buffers; no text is touched in the forward pass. For surrogates on
accelerators and for fitting a program's numbers.
"""

from attndsl.engines.torch.module import TorchPrograms
from attndsl.engines.torch.texts import TorchEngine, engine

__all__ = ["TorchEngine", "TorchPrograms", "engine"]
