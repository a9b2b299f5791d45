"""A task that proves that workers answer: they see the folder, and have this version of attndsl."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from attndsl.executors.task import Part


@dataclass(frozen=True)
class Trial:
    """So many ranks that give a number each, after a while."""

    kind: ClassVar[str] = "trial"
    ranks: int
    seconds: float = 0.0

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Trial":
        return cls(**fields)

    @property
    def world(self) -> int:
        return self.ranks

    def part(self, rank: int, world: int) -> Part:
        time.sleep(self.seconds)
        return {"rank": rank, "shares": np.full(2, rank / world)}
