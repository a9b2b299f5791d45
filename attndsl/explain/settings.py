"""What a run of `explain` is asked to do."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import attndsl
from attndsl.executors.task import Executor
from attndsl.explain.phases import PHASES
from attndsl.explain.proposers import expect
from attndsl.files.places import Place
from attndsl.graph.rules import VERSION
from attndsl.heads.sketch import WHOLE
from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.joint import JointEffort
from attndsl.synthesis.llm.settings import LlmSettings
from attndsl.synthesis.parts.efforts import Effort

TYPICAL, LONGEST = 5, 8  # parts of most programs; of the few whose heads gain most by more
MENDED = 9  # parts of the few to which what probes missed was added
TERMS = 120  # of a program's canonical form, at most
TERMS_OF_PART = 40  # the longest have about 30
LINES, LINES_OF_PART = 6, 2  # of a program as it is written: to read, not a regression
Tell = Callable[[str, int, int, str], None]  # phase, done, of, a note


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Equal settings in one folder go on with the run that is there.

    The first texts select programs, the next validate, the last report, by which nothing is chosen.
    `minutes` bound the whole run; without them everything is done as thoroughly as can be. Texts
    longer than `tokens` are split. Which phases are skipped and how long a run may take can change
    when it goes on; the rest is its identity.
    """

    model: str
    texts: tuple[str, ...]
    folder: Place
    store: Place | None = None  # of heads captured before; its texts are the run's
    placing: Mapping[str, str | None] = field(default_factory=dict)  # dtype, device, device_map
    on: Executor | None = None  # who captures, and measures effects and curves
    heads: str = "*"
    beside: tuple[str, ...] = ()  # texts that programs are chosen by too, and nothing is said of
    kinds: tuple[str, ...] = ()  # of each text, such as "stories"; the first counts half
    about: str = "the texts given"  # what the texts are, in few words: docstrings say it
    parts: int | None = None  # of a program at most; else TYPICAL and LONGEST
    simple: bool = False  # prefer the shortest programs that are nearly as good
    proposers: tuple[str, ...] = ("parts",)
    llm: LlmSettings | None = None  # whom the proposer llm asks
    minutes: float | None = None
    seed: int = 0
    tokens: int = 64
    shares: tuple[float, float] = (0.6, 0.1)  # of the texts: to select by, to validate by
    levels: frozenset[str] = frozenset(("place", "piece", "class", "repeat", "model"))
    loss: float = 0.01
    programs: int = 80
    command: str = ""  # how to ask for this run again
    origin: str | None = None  # of the texts, for the run's card
    licence: str | None = None
    skip: frozenset[str] = frozenset()  # phases
    fit_fraction: float = 0.5  # of the heads, replaced while programs are fitted to the output
    effort: Effort | None = None  # without one as thorough as there is time for
    joint: JointEffort = field(default_factory=JointEffort)

    def __post_init__(self) -> None:
        expect(self.proposers)
        if self.kinds and len(self.kinds) != len(self.every_text):
            raise AttndslError(f"{len(self.every_text)} texts have {len(self.kinds)} kinds")
        if ("llm" in self.proposers) != (self.llm is not None):
            raise AttndslError("the proposer llm needs to know whom to ask, and no other does")
        strange = sorted(self.skip - set(PHASES))
        if strange:
            raise AttndslError(
                f"there is no phase {strange[0]!r} to skip; there are {', '.join(PHASES)}"
            )
        if self.minutes is not None and not math.isfinite(self.minutes):
            raise AttndslError(f"a budget of {self.minutes:g} minutes never ends; name a number")
        if self.minutes is not None and self.minutes <= 0:
            raise AttndslError(f"a budget of {self.minutes:g} minutes leaves nothing to do")
        if self.tokens < 2:
            raise AttndslError("texts of fewer than two tokens have nothing to attend to")
        if self.long:
            self.refuse_sketches()

    def refuse_sketches(self) -> None:
        """Only the proposer parts reads rows; the others want whole maps."""
        others = [name for name in self.proposers if name != "parts"]
        if others:
            raise AttndslError(
                f"texts of more than {WHOLE} tokens are kept as sketches, which the proposer "
                f"{others[0]} can't read; take the proposer parts alone, or {WHOLE} tokens at most"
            )

    @property
    def given(self) -> float:
        """How many texts are the run's own: others may stand beside them. All those of a store."""
        return len(self.texts) if self.beside else math.inf

    @property
    def every_text(self) -> tuple[str, ...]:
        return (*self.texts, *self.beside)

    @property
    def typical(self) -> int:
        """Parts that most programs have at most."""
        return self.parts or TYPICAL

    @property
    def longest(self) -> int:
        """Parts that any program has at most."""
        return self.parts or LONGEST

    @property
    def mended(self) -> int:
        """Parts that a program has at most which probes spoke against."""
        return self.parts or MENDED

    @property
    def terms(self) -> int:
        """Of a canonical form, at most: parts are short to read but have terms of their own."""
        return max(TERMS, TERMS_OF_PART * (self.longest + 1))

    @property
    def lines(self) -> int:
        """That a language model may write, at most."""
        return LINES + LINES_OF_PART * self.typical

    @property
    def numbers(self) -> float:
        """That a language model may write, at most: two for each part and for what rests."""
        return 2.0 * (self.typical + 1)

    @property
    def long(self) -> bool:
        """Whether texts are too long for their maps to be kept whole."""
        return self.tokens > WHOLE

    def identity(self, model_hash: str, texts_hash: str) -> dict[str, Any]:
        """What must agree for a run to go on."""
        return {
            "version": attndsl.__version__,
            "rules": VERSION,
            "model_hash": model_hash,
            "texts_hash": texts_hash,
            "heads": self.heads,
            "dtype": self.placing.get("dtype"),
            "proposers": list(self.proposers),
            "parts": self.parts,
            "simple": self.simple,
            "kinds": sorted(set(self.kinds)),
            "seed": self.seed,
            "tokens": self.tokens,
            "shares": list(self.shares),
            "levels": sorted(self.levels),
            "loss": self.loss,
            "llm": self.llm.identity() if self.llm else None,
            "programs": self.programs,
        }


UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0}  # minutes


def minutes_of(budget: str) -> float:
    """A stretch of time in minutes.

    >>> minutes_of("10m"), minutes_of("30s")
    (10.0, 0.5)
    """
    unit = UNITS.get(budget[-1:]) if isinstance(budget, str) else None
    try:
        if unit is not None:
            return unit * float(budget[:-1])
    except ValueError:
        pass
    raise AttndslError(f"a budget is a time such as 90s, 10m or 2h, not {budget!r}")


def chosen_heads(wanted: str, layers: int, heads: int) -> tuple[int, ...]:
    """Head numbers that `3.5,4.*` names.

    >>> chosen_heads("0.1,1.*", layers=2, heads=3)
    (1, 3, 4, 5)
    """
    names = {f"{layer}.{head}": layer * heads + head
             for layer in range(layers) for head in range(heads)}  # fmt: skip
    found: set[int] = set()
    for part in wanted.split(","):
        mine = {number for name, number in names.items() if fnmatchcase(name, part.strip())}
        if not mine:
            raise AttndslError(
                f"no head {part.strip()!r}: the model has layers 0 to {layers - 1} of heads "
                f"0 to {heads - 1}; write 3.5 for one head, 4.* for a layer, * for all"
            )
        found |= mine
    return tuple(sorted(found))
