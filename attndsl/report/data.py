"""What a report says, as data: heads, programs, texts with their maps, curve, answers."""

from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from attndsl.fit.intervals import Estimate
from attndsl.fit.measures import Measures
from attndsl.fit.table import Headline
from attndsl.language.mask import Mask
from attndsl.report.cells import OwnTexts, PartEntry, Passage, ReadEntry, Reason, Spot

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
class FindingEntry:
    """How much a head does of a known mechanism, by number, on natural text or a kind of probe;
    what its constant pattern does of it; and whether that names the head."""

    mechanism: int
    where: str
    weight: Estimate
    constant: float
    names: bool


@dataclass(frozen=True, slots=True)
class MechanismEntry:
    """A mechanism that heads were looked at for: from `threshold` of its weight it names a head.

    A positional one goes by places alone.
    """

    name: str
    doc: str
    probe: str
    threshold: float
    positional: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """The best program of so many parts: what it is worth, and what its length gains, in bits.

    Its source is missing in older runs, and `measures` of it by their names; `predicted` is its
    pattern on the first text shown.
    """

    parts: int
    worth: float
    gain: float
    source: str = ""
    predicted: F32 | None = None
    measures: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """A head's rungs, the shortest first, and how many parts the one that was picked has; `sharing`
    is what content IoU the program that the head shares lacks of its rung, on held-out texts."""

    picked: int
    rungs: tuple[Rung, ...]
    sharing: float | None = None


@dataclass(frozen=True, slots=True)
class HeadEntry:
    """One head and the program that was chosen for it; `map` numbers its predicted patterns.

    A head that wasn't asked for is in no figure.

    `on` are the shares of its real weight on the first token, the one before and itself. `content`
    is what of its rows doesn't rest; where that is under 2% it has no content IoU. `contradictions`
    are what probes say against its program; `names` the mechanisms that name it, the one furthest
    beyond its constant pattern first, and `findings` the strongest of each mechanism. `output` is
    what of its output the program explains. `deciles` say of each text shown how its IoU ranks
    among all held-out texts, 1 the worst tenth.
    `activity` does so by the head's content, 1 the most active tenth, and `strongest` are the cells
    of content, over all held-out texts, that have most weight; `own` is missing in older runs.
    `effect` is the model's perplexity with this head replaced alone, over the unmodified one's;
    `ablated` is the same with its mean output by position, on selection texts.
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
    content_excess: float | None = None
    names: tuple[str, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    output: Estimate | None = None
    ladder: Ladder | None = None
    deciles: tuple[int, ...] = ()
    activity: tuple[int, ...] = ()
    strongest: tuple[Spot, ...] = ()
    ablated: float | None = None
    own: OwnTexts | None = None


@dataclass(frozen=True, slots=True)
class ProgramEntry:
    """One program of the library, what was proved of it, and the heads it serves by number;
    `inspected` is what the inspector shows of it on the first text, as JSON."""

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
    parts: tuple[PartEntry, ...] = ()
    why: tuple[Reason, ...] = ()
    inspected: str = ""


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A held-out text: its tokens and packed patterns, real `[heads, cells]` and predicted.

    Only its first tokens may be shown; `length` is how many it has. `resting` are the keys that
    rows rest on, `inside` the tokens that go on a word.
    """

    number: int
    length: int
    tokens: tuple[str, ...]
    real: F32
    predicted: F32
    resting: tuple[int, ...] = (0,)
    inside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """On a probe text: from a row, the keys that a known mechanism names."""

    mechanism: str
    row: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProbeEntry:
    """A probe text of a kind, of those that nothing was chosen by, with its labels."""

    kind: str
    text: TextEntry
    marks: tuple[MarkEntry, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Heads whose content goes to the same keys: the one most like the others first, and the mean
    likeness of a pair, 1 where they are the same."""

    heads: tuple[int, ...]
    likeness: float


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
class GivenBack:
    """Of a share of the heads, in an order: what programs recover of the KL that ablating the same
    heads costs (each by its mean output at the position); not defined where that costs too little.
    """

    order: str
    fraction: float
    mean: float | None
    low: float | None
    high: float | None


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
    of their last hidden states; `measured` are means of the heads' figures; `mechanisms` what heads
    were looked at for, none where they weren't; `alike` are groups of heads, the largest first;
    `read` the held-out texts on which some head's content is strongest; `by_text` what the means
    are of, the heads' programs and their constants on every held-out text; `passages` the texts
    that some heads alone show; `shortfalls` say where the library falls short, a line each."""

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
    measured: Headline | None = None
    mechanisms: tuple[MechanismEntry, ...] = ()
    recovered: tuple[GivenBack, ...] = ()
    probes: tuple[ProbeEntry, ...] = ()
    alike: tuple[Alike, ...] = ()
    read: tuple[ReadEntry, ...] = ()
    by_text: tuple[Measures, Measures] | None = None
    passages: tuple[Passage, ...] = ()
    shortfalls: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<report on {len(self.heads)} heads of {self.model}, IoU {self.mean.mean:.3f}>"

    def _repr_html_(self) -> str:
        """The whole page in a notebook's cell, in a frame that can't reach the notebook."""
        from attndsl.report.write import page

        return (
            '<iframe title="attndsl report" sandbox="allow-scripts allow-downloads" '
            'style="width:100%;height:900px;border:1px solid #8888" '
            f'srcdoc="{escape(page(self))}"></iframe>'
        )
