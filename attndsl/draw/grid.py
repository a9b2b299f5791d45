"""What is drawn: a matrix, its labels, and how values become strengths of colour."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import several, shown

_SPELLED = {"\n": "⏎", "\t": "⇥", "\r": "␍", " ": "␣", "": "∅"}


def clean(label: str) -> str:
    """A label of one line without control characters, so no text can steer a terminal.

    >>> clean("said"), clean("\\n"), clean(" a b"), clean("\\x1b[31m")
    ('said', '⏎', ' a b', '�[31m')
    """
    if label in _SPELLED:
        return _SPELLED[label]
    if label.isspace():
        return "".join(_SPELLED.get(letter, "␣") for letter in label)
    return "".join(_letter(letter) for letter in label)


def _labels(given: Iterable[str]) -> tuple[str, ...]:
    listed = tuple(given) if isinstance(given, str) else given  # each letter is one
    how = "a list of texts is wanted, such as attndsl.encode(TEXT).labels()"
    return tuple(clean(label) for label in several(listed, str, "label", how))


def _letter(letter: str) -> str:
    if letter in "\n\t\r":
        return _SPELLED[letter]
    # Cc control, Cf format (bidi marks, zero width), Cs surrogates, Co private, Cn unassigned.
    return "�" if unicodedata.category(letter).startswith("C") else letter


class NoGrid(AttndslError, ValueError):
    """Values and labels that make no grid."""


@dataclass(frozen=True, slots=True, repr=False)
class Grid:
    """Values by row and column; NaN cells are not drawn. `signed` values run from -top to top."""

    values: NDArray[np.float64]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    title: str = ""
    signed: bool = False
    top: float = 1.0

    @staticmethod
    def of(
        values: NDArray[np.floating],
        rows: Iterable[str],
        columns: Iterable[str] | None = None,
        title: str = "",
        signed: bool = False,
        top: float | None = None,
    ) -> "Grid":
        """A grid with cleaned labels; `columns` are the rows' where left out, `top` the largest."""
        try:
            array = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise NoGrid(f"{shown(values)} is no matrix of numbers") from None
        names = _labels(rows)
        across = names if columns is None else _labels(columns)
        if array.shape != (len(names), len(across)):
            size = " x ".join(map(str, array.shape)) or "one"
            raise NoGrid(
                f"{size} values don't go with {len(names)} x {len(across)} labels: a matrix has "
                "one label for each row, and one for each column"
            )
        if top is None:
            sizes = np.abs(array[np.isfinite(array)])
            top = float(sizes.max()) if signed and sizes.size and sizes.max() > 0 else 1.0
        return Grid(array, names, across, title, signed, top)

    def __repr__(self) -> str:
        height, width = self.values.shape
        return f"<grid of {height} x {width} values{f': {self.title}' if self.title else ''}>"

    def _repr_html_(self) -> str:
        """For notebooks: the picture, each cell with its value."""
        from attndsl.draw.markup import html

        return html(self)

    def strengths(self) -> NDArray[np.float64]:
        """How strongly each cell is drawn, 0 to 1 on a square-root scale; NaN stays NaN."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.clip(np.abs(self.values) / self.top, 0.0, 1.0))

    def pooled(self, factor: int) -> "Grid":
        """The grid with blocks of factor x factor cells drawn as their largest."""
        if factor <= 1:
            return self
        height, width = self.values.shape
        tall, wide = -(-height // factor), -(-width // factor)
        padded = np.full((tall * factor, wide * factor), np.nan)
        padded[:height, :width] = self.values
        blocks = padded.reshape(tall, factor, wide, factor).transpose(0, 2, 1, 3)
        flat = blocks.reshape(tall, wide, factor * factor)
        where = np.argmax(np.nan_to_num(np.abs(flat), nan=-1.0), axis=2)
        values = np.take_along_axis(flat, where[:, :, None], axis=2)[:, :, 0]
        return Grid(
            values, self.rows[::factor], self.columns[::factor], self.title, self.signed, self.top
        )
