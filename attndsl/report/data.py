"""What a report says, as data: heads, programs, texts with their maps, curve, answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import Estimate
from attndsl.language.mask import Mask

if TYPE_CHECKING:
    from attndsl.surrogates.curves import Point

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """A program that came close: its number, and its IoU on selection and on held-out texts."""

    program: int
    selection: float
    iou: float


@dataclass(frozen=True, slots=True)
class ConstantEntry:
    """A head's best constant pattern: its kind and IoU, and weights in any unit, of resting keys,
    of keys by distance behind the query, from 0, and ahead of it, from 1; the last ones hold on."""

    kind: str
    iou: float
    rest: float
    behind: tuple[float, ...]
    ahead: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HeadEntry:
    """One head and the program that was chosen for it; `map` numbers its predicted patterns.

    A head that wasn't asked for is in no figure.

    `on` are the shares of its real weight on the first token, the one before and itself. `content`
    is what of its rows doesn't rest; where that is under 2% it has no content IoU. `contradictions`
    are what probes say against its program.
    `effect` is the model's perplexity with this head replaced alone, over the unmodified one's.
    """

    name: str
    layer: int
    head: int
    program: int
    map: int
    iou: Estimate
    selection: float
    js: float
    margin: Estimate | None
    runners_up: tuple[RunnerUp, ...]
    per_text: tuple[float, ...]
    on: tuple[float, float, float]
    effect: float | None = None
    asked: bool = True
    content: float | None = None
    content_iou: Estimate | None = None
    rest_error: Estimate | None = None
    excess: float | None = None
    constant: ConstantEntry | None = None
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgramEntry:
    """One program of the library, what was proved of it, and the heads it serves by number."""

    name: str
    file: str
    family: str
    source: str
    docstring: str
    canonical: str
    causal: bool
    reasons: tuple[str, ...]
    time: str
    time_at_1024: int
    bytes_at_1024: int
    needs: tuple[str, ...]
    normalisation: str
    fallback: str
    hash: str
    template: str
    heads: tuple[int, ...]
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A held-out text: its tokens and packed patterns, real `[heads, cells]` and predicted.

    Only its first tokens may be shown; `length` is how many it has. `resting` are the keys that
    rows rest on.
    """

    number: int
    length: int
    tokens: tuple[str, ...]
    real: F32
    predicted: F32
    resting: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The report's `measure` with a fraction of the heads replaced by something.

    `ratio` is a perplexity over the unmodified model's, its interval paired by text.
    """

    by: str
    fraction: float
    heads: int
    value: float
    low: float
    high: float
    sees_ahead: bool = False
    ratio: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How often a task's questions were answered rightly, by the model or by a replaced one."""

    task: str
    who: str
    value: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `settings` are lines on how the figures were obtained, by what they are about;
    `effect_of` names what the heads' effects are ratios of, `measure` what the curve is of:
    perplexity, or for encoders the divergence of what they predict at masked tokens, or the cosine
    of their last hidden states."""

    model: str
    layers: int
    heads_per_layer: int
    mean: Estimate
    heads: tuple[HeadEntry, ...]
    programs: tuple[ProgramEntry, ...]
    texts: tuple[TextEntry, ...]
    mask: Mask
    settings: tuple[tuple[str, str], ...] = ()
    command: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    answers: tuple[Answer, ...] = ()
    effect_of: str = "perplexity"
    measure: str = "perplexity"

    def _repr_html_(self) -> str:
        """The whole page in a notebook's cell, in a frame that can't reach the notebook."""
        from attndsl.report.write import page

        return (
            '<iframe title="attndsl report" sandbox="allow-scripts allow-downloads" '
            'style="width:100%;height:900px;border:1px solid #8888" '
            f'srcdoc="{escape(page(self))}"></iframe>'
        )


MEASURES = ("perplexity", "cosine", "divergence")


def measure_of(points: "Iterable[Point]") -> str:
    """What an evaluation's points have, the first of these; causal models' have divergence too."""
    point = next(iter(points), None)
    return next((name for name in MEASURES if getattr(point, name, None) is not None), MEASURES[0])


def curve_of(points: "Iterable[Point]", measure: str) -> tuple[CurvePoint, ...]:
    """The points of an evaluation by one of its measures."""
    found = []
    for point in points:
        ratio = None
        if point.ratio is not None and point.ratio_low is not None and point.ratio_high is not None:
            ratio = Estimate(point.ratio, point.ratio_low, point.ratio_high, point.texts)
        value, low, high = (getattr(point, f"{measure}{end}") for end in ("", "_low", "_high"))
        by, fraction, heads = point.by, point.fraction, point.heads
        found.append(CurvePoint(by, fraction, heads, value, low, high, point.sees_ahead, ratio))
    return tuple(found)
