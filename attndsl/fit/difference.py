"""Where two programs attend differently on a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import numpy as np
from numpy.typing import NDArray

from attndsl.engines.reference import pattern
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind
from attndsl.language.mask import CAUSAL, Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import read_as

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Difference:
    """Two programs' weights on one text, [queries, keys]."""

    first: Program
    second: Program
    tokens: tuple[str, ...]
    left: F64 = field(repr=False)
    right: F64 = field(repr=False)

    @cached_property
    def change(self) -> F64:
        """The second's weights less the first's."""
        return self.right - self.left

    @property
    def rows(self) -> F64:
        """Of each query the share of its attention that goes elsewhere, from 0 to 1."""
        halves: F64 = 0.5 * np.abs(self.change).sum(axis=1)
        return halves

    @property
    def iou(self) -> float:
        """The sum of the smaller weights over that of the larger."""
        larger = float(np.maximum(self.left, self.right).sum())
        return float(np.minimum(self.left, self.right).sum()) / larger if larger else 1.0

    @property
    def same_form(self) -> bool:
        """Whether both are one program, whatever the text."""
        return self.first.hash == self.second.hash

    def __repr__(self) -> str:
        same = "one canonical form, " if self.same_form else ""
        return (
            f"<{self.first.name} and {self.second.name} on {len(self.tokens)} tokens: {same}"
            f"IoU {self.iou:.3f}, mean difference of a row {self.rows.mean():.3f}>"
        )

    def _repr_html_(self) -> str:
        from attndsl.draw import Grid, html

        title = f"{self.second.name} minus {self.first.name}"
        picture = html(Grid.of(self.change, self.tokens, title=title, signed=True))
        return f"<p>{escape(repr(self)[1:-1])}</p>{picture}"


def diff(
    first: Program | str, second: Program | str, text: str | Encoded | None = None,
    mask: Mask = CAUSAL,
) -> Difference:  # fmt: skip
    """Compare two programs, or their sources, on a text (by default a built-in one).

    >>> one, two = (f"def {name}(q, k):\\n    return 1\\n" for name in "ab")
    >>> diff(one, two, "A cat sat")
    <a and b on 3 tokens: one canonical form, IoU 1.000, mean difference of a row 0.000>
    """
    one, two = one_program(first), one_program(second)
    read = read_as(_fox() if text is None else text)
    if not read.n:
        raise AttndslError("the text has no tokens")
    left, right = (pattern(each, read, mask, lowered=True) for each in (one, two))
    return Difference(one, two, tuple(read.labels()), left, right)


def one_program(given: Program | str) -> Program:
    """A program, or the one of a source."""
    if isinstance(given, Program):
        return given
    expect_kind(given, str, "program", "give a checked program, or the source of one as a text")
    verified = verify(given)
    if verified.errors:
        raise AttndslError(str(verified), verified.errors)
    if len(verified.programs) != 1:
        raise AttndslError(f"the source has {len(verified.programs)} programs; give one")
    return verified.programs[0]


def _fox() -> str:
    from attndsl.tokens.texts import builtin_texts

    return next(one.text for one in builtin_texts() if one.name == "stories/fox")
