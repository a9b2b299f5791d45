"""Which keys a query may look at: the mask of the layer that a program is run for."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, shown, whole

MaskKind = Literal["causal", "window", "full"]


@dataclass(frozen=True, slots=True)
class Mask:
    """`causal` (the query included), `window` (causal, the last `window` positions), or `full`.

    >>> CAUSAL.visible(2, 5), Mask("window", 2).visible(2, 5), FULL.visible(2, 5)
    ((0, 2), (1, 2), (0, 4))
    >>> CAUSAL.cells(3), FULL.cells(3)
    (6, 9)
    """

    kind: MaskKind = "causal"
    window: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(MaskKind):
            kinds = ", ".join(get_args(MaskKind))
            raise AttndslError(f"there is no mask {shown(self.kind)}; there are {kinds}")
        if (self.kind == "window") != (whole(self.window, "window") > 0):
            raise AttndslError("a window mask, and no other, has a window of at least 1")

    def horizon(self, query: int, length: int) -> int:
        """The last position that exists for this query: itself, or the text's last."""
        return length - 1 if self.kind == "full" else query

    def first(self, query: Any) -> Any:
        """The first visible key of a query; of arrays and tensors of queries too."""
        low = query - self.window + 1 if self.kind == "window" else query * 0
        return low * (low > 0)

    def sees(self, query: Any, key: Any) -> Any:
        """Whether a query sees a key; for arrays and tensors that go together too.

        >>> CAUSAL.sees(2, 2), Mask("window", 2).sees(2, 0), FULL.sees(0, 4)
        (True, False, True)
        """
        seen = key <= query
        if self.kind == "window":
            return seen & (key > query - self.window)
        return seen | (key > query) if self.kind == "full" else seen

    def visible(self, query: int, length: int) -> tuple[int, int]:
        """The first and the last visible key of a query, both included."""
        return self.first(query), self.horizon(query, length)

    def cells(self, length: int) -> int:
        """How many (query, key) cells of a text are visible; packed patterns hold just these."""
        if self.kind == "full":
            return length * length
        full = length * (length + 1) // 2
        if self.kind == "window" and length > self.window:
            rest = length - self.window
            full -= rest * (rest + 1) // 2
        return full

    def cells_from(self, first: int, length: int) -> int:
        """The same without the first rows, of queries before `first`."""
        if self.kind == "full":
            return length * max(0, length - first)
        return self.cells(length) - self.cells(min(first, length))


def expect_mask(given: object) -> None:
    """Refuse what is no mask, such as its name."""
    how = "there are attndsl.CAUSAL, attndsl.FULL and attndsl.Mask('window', N)"
    expect_kind(given, Mask, "mask", how)


CAUSAL = Mask("causal")
FULL = Mask("full")
