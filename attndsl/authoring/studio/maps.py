"""Patterns of programs on the texts that are shown: each worked out once and kept."""

from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.authoring.bench import Tried, tried
from attndsl.authoring.studio.texts import OnText
from attndsl.fit.constants import Constant, packed
from attndsl.fit.medians import measured
from attndsl.fit.places import places
from attndsl.graph.program import Program
from attndsl.heads.packing import cells_within
from attndsl.language.mask import Mask
from attndsl.report.levels import quantised

if TYPE_CHECKING:
    from attndsl.engines.batch import Library

ENGINES, PATTERNS = 64, 256  # that are kept

F32 = NDArray[np.float32]
Key = tuple[str, Mask]


@dataclass
class Maps:
    """Patterns under the masks of heads; `outer` is the mask in whose cells all are shown."""

    outer: Mask
    special: frozenset[int]
    _engines: "OrderedDict[Key, Library]" = field(default_factory=OrderedDict)
    _patterns: OrderedDict[tuple[Key, str], F32] = field(default_factory=OrderedDict)

    def of_program(self, program: Program, on: OnText, mask: Mask) -> F32:
        """Packed, under this mask."""
        key = (program.hash, mask), on.key
        if key not in self._patterns:
            pattern = self._engine(program, mask).patterns([on.encoded])[0][0]
            self._patterns[key] = np.array(pattern)  # the engine uses its room again
            if len(self._patterns) > PATTERNS:
                self._patterns.popitem(last=False)
        self._patterns.move_to_end(key)
        return self._patterns[key]

    def of_constant(self, constant: Constant, on: OnText, mask: Mask) -> F32:
        one: F32 = packed([constant], mask, on.encoded.ids, self.special)[0]
        return one

    def shown(self, pattern: F32, on: OnText, mask: Mask) -> str:
        """A pattern for the page: a byte a cell of the outer mask, in base64."""
        if mask != self.outer:
            wide = np.zeros(self.outer.cells(on.encoded.n), dtype=np.float32)
            wide[cells_within(self.outer, mask, on.encoded.n)] = pattern
            pattern = wide
        return b64encode(quantised(pattern).tobytes()).decode()

    def real(self, on: OnText, head: int) -> str:
        assert on.patterns is not None
        return b64encode(quantised(on.patterns[head].astype(np.float32)).tobytes()).decode()

    def figures(self, name: str, pattern: F32, on: OnText, head: int, mask: Mask) -> Tried:
        """The measures of a pattern for a head (by its number) on this text alone."""
        assert on.patterns is not None
        real, ids = on.patterns[head], on.encoded.ids
        if mask != self.outer:
            real = real[cells_within(self.outer, mask, len(ids))]
        measures = measured(pattern[None], real[None], places(mask, ids, self.special))
        return tried(name, "", measures)

    def _engine(self, program: Program, mask: Mask) -> "Library":
        from attndsl.engines.batch import Library

        key = program.hash, mask
        if key not in self._engines:
            self._engines[key] = Library([program], mask)
            if len(self._engines) > ENGINES:
                self._engines.popitem(last=False)
        self._engines.move_to_end(key)
        return self._engines[key]
