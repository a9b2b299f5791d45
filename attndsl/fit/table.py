"""The result of scoring: every program's fit to every head, and the best program of each head."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.files.whole import write_text
from attndsl.fit.excess import Against, excess_of
from attndsl.fit.intervals import Estimate, estimates
from attndsl.fit.measures import LEAST_CONTENT, RULES, Measures
from attndsl.fit.medians import Constants
from attndsl.fit.split import Split

if TYPE_CHECKING:
    from attndsl.fit.contradictions import Contradiction

F64 = NDArray[np.float64]
NONE: Mapping[str, Sequence[object]] = MappingProxyType({})
COLUMNS = (
    "head", "program", "iou_selection", "iou", "low", "high", "texts", "js_distance", "second",
    "margin", "content", "content_iou_selection", "content_iou", "content_iou_low",
    "content_iou_high", "rest_error_selection", "rest_error", "rest_error_low", "rest_error_high",
    "constant", "constant_iou", "constant_content_iou", "excess_iou", "excess_content_iou",
    "bits_a_row", "codelength_gain", "contradictions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A program that could not be scored, and why: a level of the vocabulary that is missing."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fit:
    """The best program of one head: chosen on selection texts, all else from the report texts.

    `content` is what of the head's rows doesn't rest; where that is under 2% its content IoU is not
    defined. `margin` is how much better the program is than `second`, the runner-up of the
    selection, text by text, by the rule that chose.
    """

    head: str
    program: str
    program_number: int
    selection: float
    selection_content: float | None
    selection_rest_error: float
    selection_worth: float
    iou: Estimate
    content: float
    content_iou: Estimate | None
    rest_error: Estimate
    against: Against
    js: float
    second: str | None
    margin: Estimate | None

    def as_json(self) -> dict[str, object]:
        return {
            "head": self.head,
            "program": self.program,
            "iou_selection": self.selection,
            "content_iou_selection": self.selection_content,
            "rest_error_selection": self.selection_rest_error,
            "iou": self.iou.as_json(),
            "content": self.content,
            "content_iou": None if self.content_iou is None else self.content_iou.as_json(),
            "rest_error": self.rest_error.as_json(),
            **self.against.as_json(),
            "js_distance": self.js,
            "second": self.second,
            "margin": None if self.margin is None else self.margin.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Headline:
    """Means over heads of their best programs' figures.

    Content IoU is the plain mean over the `defined` heads, and beside it the mean weighted by their
    content; both are missing where no head has 2% of content.
    """

    iou: Estimate
    content_iou: Estimate | None
    content_iou_weighted: Estimate | None
    rest_error: Estimate
    constant_iou: Estimate
    constant_content_iou: Estimate | None
    excess: Estimate | None
    content_excess: Estimate | None
    defined: int

    def as_json(self) -> dict[str, object]:
        record = {
            "mean_iou": self.iou,
            "mean_content_iou": self.content_iou,
            "mean_content_iou_weighted": self.content_iou_weighted,
            "mean_rest_error": self.rest_error,
            "constant_iou": self.constant_iou,
            "constant_content_iou": self.constant_content_iou,
            "excess_iou": self.excess,
            "excess_content_iou": self.content_excess,
        }
        shown = {name: None if one is None else one.as_json() for name, one in record.items()}
        return {**shown, "heads_with_content": self.defined}


def headline(texts: Measures, constants: Measures) -> Headline:
    """Headline figures of each text's, `[texts, heads]`: of the programs, and of the constants."""
    defined = texts.defined
    iou, rest, constant = estimates(
        np.stack([one.mean(axis=1) for one in (texts.iou, texts.rest_error, constants.iou)])
    )
    contents: list[Estimate | None] = [None, None, None]
    beside = None
    if defined.any():
        weights = texts.content[defined] / texts.content[defined].sum()
        plain = texts.content_iou[:, defined]
        other = constants.content_iou[:, defined].mean(axis=1)
        contents = list(estimates(np.stack([plain.mean(axis=1), plain @ weights, other])))
        beside = excess_of(plain.mean(axis=1), other)
    return Headline(
        iou, contents[0], contents[1], rest, constant, contents[2],
        excess_of(texts.iou.mean(axis=1), constants.iou.mean(axis=1)), beside, int(defined.sum()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Measures `[programs, heads]` on selection and on report texts, and what follows from them.

    `texts` has those of the best programs, `[report texts, heads]`, and `constant_texts` those of
    the heads' constant patterns; `by` is the rule that chose. `contradictions` are what probes say
    against the best programs, None where none were captured. `left_out` and the split's empty
    texts are what was not scored; everything else was.
    """

    model: str
    programs: tuple[str, ...]
    heads: tuple[str, ...]
    selection: Measures
    report: Measures
    fits: tuple[Fit, ...]
    headline: Headline
    split: Split
    texts: Measures
    constants: Constants
    constant_texts: Measures
    left_out: tuple[LeftOut, ...] = ()
    by: str = "content"
    contradictions: "tuple[Contradiction, ...] | None" = None

    def __repr__(self) -> str:
        return (
            f"<scores of {len(self.programs)} programs on {len(self.heads)} heads of {self.model}: "
            f"IoU {self.mean.mean:.3f}>"
        )

    @property
    def mean(self) -> Estimate:
        """The best programs' IoU averaged over heads."""
        return self.headline.iou

    @property
    def per_text(self) -> F64:
        """The best programs' IoU, `[heads, report texts]`."""
        return self.texts.iou.T

    @property
    def worth(self) -> F64:
        """What the rule that chose gives to all programs on the selection texts."""
        return RULES[self.by](self.selection)

    @property
    def undefined(self) -> tuple[str, ...]:
        """The heads whose content IoU is not defined, as nearly all of their rows rests."""
        return tuple(fit.head for fit in self.fits if fit.content < LEAST_CONTENT)

    def contradicted(self, head: str) -> "tuple[Contradiction, ...]":
        """What probes say against a head's program."""
        return tuple(one for one in self.contradictions or () if one.head == head)

    @property
    def coverage(self) -> float:
        """The share of the library's programs that were scored."""
        return len(self.programs) / (len(self.programs) + len(self.left_out))

    def as_json(self) -> dict[str, object]:
        return {
            "model": self.model,
            "programs": len(self.programs),
            "heads": len(self.heads),
            "coverage": self.coverage,
            "left_out": [{"program": out.name, "reason": out.reason} for out in self.left_out],
            "selection_texts": len(self.split.selection),
            "report_texts": len(self.split.report),
            "empty_texts": list(self.split.empty),
            **self.headline.as_json(),
            "by": self.by,
            "mean_js_distance": float(np.mean([fit.js for fit in self.fits])),
            "contradictions": None
            if self.contradictions is None
            else [one.as_json() for one in self.contradictions],
            "fits": [fit.as_json() for fit in self.fits],
        }

    def _repr_html_(self) -> str:
        """For notebooks: the headline, and the IoU of every head by layer."""
        from attndsl.draw import Grid, html

        layers = [fit.head.split(".")[0] for fit in self.fits]
        names = list(dict.fromkeys(layers))
        values = np.array([fit.iou.mean for fit in self.fits]).reshape(len(names), -1)
        heads = [f"H{number}" for number in range(values.shape[1])]
        grid = Grid.of(values, names, heads, title="IoU by layer and head")
        content = self.headline.content_iou or "not defined"
        about = (
            f"content IoU {content}, IoU {self.mean} of {len(self.fits)} heads; "
            f"programs: {len(self.programs)}"
        )
        return f"<p><b>{escape(self.model)}</b>: {escape(about)}</p>{html(grid)}"

    def write_csv(self, path: Path | str, beside: Mapping[str, Sequence[object]] = NONE) -> None:
        """One line a head; `beside` are further columns, with a cell for each head."""
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        out.writerow((*COLUMNS, *beside))
        for number, fit in enumerate(self.fits):
            iou, content, rest = fit.iou, fit.content_iou, fit.rest_error
            figures = (fit.selection, iou.mean, iou.low, iou.high, iou.texts, fit.js)
            margin = "" if fit.margin is None else fit.margin.mean
            chosen = "" if fit.selection_content is None else fit.selection_content
            of_content = (
                ("", "", "") if content is None else (content.mean, content.low, content.high)
            )
            out.writerow((
                fit.head, fit.program, *figures, fit.second or "", margin, fit.content, chosen,
                *of_content, fit.selection_rest_error, rest.mean, rest.low, rest.high,
                *fit.against.cells(), "; ".join(map(str, self.contradicted(fit.head))),
                *(column[number] for column in beside.values()),
            ))  # fmt: skip
        write_text(path, text.getvalue())
