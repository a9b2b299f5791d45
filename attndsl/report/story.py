"""What a report says in sentences: how many heads do what, made from its measures alone.

A sentence counts the heads that pass the threshold that it states, and shows one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from attndsl.report.data import HeadEntry, MechanismEntry, Report
from attndsl.report.groups import GROUPS, RESTING, MechanismGroup
from attndsl.report.oneline import Line, one_line

RESTS = 0.8  # share of a head's rows on resting keys, from which it is said to rest
LITTLE = 0.1  # excess under which a head is not explained
NONE = 0.05  # excess of a model up to which its programs explain nothing
ALL = 0.9  # mean IoU of constant patterns from which there is nothing to explain


@dataclass(frozen=True, slots=True)
class Sentence:
    """A count of heads in words, the heads by number, how they were counted, and a specimen."""

    key: str
    text: str
    basis: str
    heads: tuple[int, ...]
    specimen: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """The opening, the sentences, and the two lists: of the best explained, and not explained.

    `lines` are the programs of the report in one line each. An encoder's heads rest on `resting`.
    """

    opening: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    best: tuple[int, ...]
    unexplained: tuple[int, ...]
    lines: tuple[Line, ...]
    resting: str


def story(report: Report) -> Story:
    """The story of the heads that were asked for."""
    resting = "special tokens" if report.mask.kind == "full" else "the first token"
    asked = [number for number, head in enumerate(report.heads) if head.asked]
    worst = sorted(
        (n for n in asked if _under(report.heads[n].excess)), key=lambda n: excess_of(report, n)
    )
    best = sorted((n for n in asked if told_well(report.heads[n])), key=lambda n: -_fit(report, n))
    return Story(
        opening=opening(report, len(asked)),
        sentences=tuple(
            one
            for one in (
                _resting(report, asked, resting),
                *_named(report, asked),
                _unexplained(report, worst, len(asked)),
                _constant(report, asked),
                _unknown(report, asked),
                _contradicted(report, asked),
            )
            if one is not None
        ),
        best=tuple(best),
        unexplained=tuple(worst),
        lines=tuple(one_line(program) for program in report.programs),
        resting=resting,
    )


def opening(report: Report, heads: int) -> tuple[str, ...]:
    """How much of the model is explained at all, beside what constant patterns get."""
    if report.measured is None:
        return (
            "This run was made before constant patterns were measured: how much its programs say "
            "beyond them is missing.",
        )
    constant, excess = report.measured.constant_iou.mean, report.measured.excess
    if excess is None or (constant >= ALL and excess.mean <= NONE):
        added = f"excess {_signed(excess.mean)}" if excess else "no excess is left to measure"
        return (
            "There is nothing to explain: constant patterns, which know nothing of the text, "
            f"already come to IoU {constant:.2f} on average, and the programs add nothing to that "
            f"({added}).",
            "So it is with a model of random weights.",
        )
    if excess.low <= NONE and excess.mean <= NONE:
        return (
            f"The programs explain nothing beyond constant patterns (excess {_signed(excess.mean)},"
            f" {_signed(excess.low)} to {_signed(excess.high)}): what they get, patterns that know "
            "nothing of the text get too.",
        )
    content = report.measured.content_iou
    said = (
        f"The programs of {_count(heads)} come {excess.mean:.0%} of the way from the best constant "
        f"pattern to the head (excess, {_signed(excess.low)} to {_signed(excess.high)})."
    )
    if content is None:
        return (said, "No head has content beside its rest, so there is no content IoU.")
    return (
        said,
        f"Of what doesn't rest, content, they have IoU {content.mean:.2f} "
        f"({content.low:.2f} to {content.high:.2f}).",
    )


def _resting(report: Report, asked: Sequence[int], resting: str) -> Sentence | None:
    own = [n for n in asked if _rest(report.heads[n]) > RESTS]
    verb = _verb(own, "rests", "rest")
    return _sentence(
        report, "rest", own, f"{verb} on {resting} for more than {RESTS:.0%}",
        f"by the share of their rows on {resting}, on held-out texts",
        lambda n: _rest(report.heads[n]),
    )  # fmt: skip


def _named(report: Report, asked: Sequence[int]) -> list[Sentence]:
    """A sentence on every group of mechanisms that names heads, the largest first."""
    known = {one.name: (number, one) for number, one in enumerate(report.mechanisms)}
    grouped = {name for group in GROUPS for name in group.mechanisms}
    others = tuple(
        MechanismGroup(
            one.name, f"does {one.name}: {one.doc}", f"do {one.name}: {one.doc}", (one.name,)
        )
        for one in report.mechanisms
        if one.name not in grouped and one.name not in RESTING
    )
    sentences = []
    for group in (*GROUPS, *others):
        mine = [known[name] for name in group.mechanisms if name in known]
        numbers = {number for number, _ in mine}
        own = [n for n in asked if set(report.heads[n].names) & set(group.mechanisms)]
        if not own:
            continue
        end = _verb(own, group.one, group.many)
        sentence = _sentence(
            report, group.key, own, end, _thresholds([one for _, one in mine]),
            partial(_strongest_of, report, numbers),
        )  # fmt: skip
        sentences += [sentence] if sentence else []
    return sorted(sentences, key=lambda one: -len(one.heads))


def _unexplained(report: Report, worst: Sequence[int], heads: int) -> Sentence | None:
    end = _verb(worst, "is not explained", "are not explained")
    if all(head.excess is None for head in report.heads):
        return None
    return _sentence(
        report, "unexplained", worst, f"{end} (excess under {LITTLE})",
        "their programs come less than a tenth of the way from the best constant pattern to the "
        f"head; {_count(heads)} in all",
        lambda n: -excess_of(report, n), any_program=True,
    )  # fmt: skip


def _constant(report: Report, asked: Sequence[int]) -> Sentence | None:
    """Those of which a constant pattern says all: no excess is defined."""
    own = [n for n in asked if report.heads[n].constant and report.heads[n].excess is None]
    end = _verb(own, "leaves nothing to explain", "leave nothing to explain")
    return _sentence(
        report, "constant", own, f"{end}: a constant pattern says it all",
        "a constant pattern, which knows nothing of the text, has IoU over 0.98",
        lambda n: report.heads[n].iou.mean, any_program=True,
    )  # fmt: skip


def _unknown(report: Report, asked: Sequence[int]) -> Sentence | None:
    """Those that no mechanism names and that don't rest."""
    if not report.mechanisms:
        return None
    own = [n for n in asked if not report.heads[n].names and _rest(report.heads[n]) <= RESTS]
    end = _verb(own, "shows none", "show none")
    return _sentence(
        report, "unknown", own, f"{end} of the {len(report.mechanisms)} mechanisms looked for",
        "no mechanism names them, and they don't rest",
        lambda n: _fit(report, n),
    )  # fmt: skip


def _contradicted(report: Report, asked: Sequence[int]) -> Sentence | None:
    own = [n for n in asked if report.heads[n].contradictions]
    end = _verb(own, "has a program", "have programs")
    return _sentence(
        report, "contradicted", own, f"{end} that probe texts contradict",
        "on texts made to wake what stories leave asleep, which nothing was chosen by",
        lambda n: float(len(report.heads[n].contradictions)), any_program=True,
    )  # fmt: skip


def _sentence(
    report: Report,
    key: str,
    own: Sequence[int],
    end: str,
    basis: str,
    strength: Callable[[int], float],
    any_program: bool = False,
) -> Sentence | None:
    """The specimen is the strongest; one whose program isn't contradicted, where there is one."""
    if not own:
        return None

    def rank(number: int) -> tuple[bool, float]:
        return (any_program or not report.heads[number].contradictions, strength(number))

    return Sentence(key, f"{_count(len(own))} {end}", basis, tuple(own), max(own, key=rank))


def _thresholds(mechanisms: Sequence[MechanismEntry]) -> str:
    told = ", ".join(f"{one.name} from {one.threshold:.0%}" for one in mechanisms)
    places = [one.positional for one in mechanisms]
    where = "on probes and on text" if all(places) else "on probes or on text"
    more = "" if all(places) else ", and 10% more than their constant pattern"
    return f"{told} of the head's weight, {where}{more}"


def told_well(head: HeadEntry) -> bool:
    """Whether a head may stand among the best: above its constant pattern, and not contradicted."""
    if head.contradictions or head.content_iou is None:
        return False
    return not _under(head.excess) and head.excess is not None


def excess_of(report: Report, number: int) -> float:
    excess = report.heads[number].excess
    return 0.0 if excess is None else excess


def _under(excess: float | None) -> bool:
    return excess is not None and excess < LITTLE


def _fit(report: Report, number: int) -> float:
    content = report.heads[number].content_iou
    return -1.0 if content is None else content.mean


def _rest(head: HeadEntry) -> float:
    return 0.0 if head.content is None else 1.0 - head.content


def _strongest_of(report: Report, mechanisms: set[int], number: int) -> float:
    return _strongest(report.heads[number], mechanisms)


def _strongest(head: HeadEntry, mechanisms: set[int]) -> float:
    return max(
        (one.weight.mean for one in head.findings if one.mechanism in mechanisms and one.names),
        default=0.0,
    )


def _count(number: int) -> str:
    return f"{number:,} head{'' if number == 1 else 's'}"


def _verb(heads: Sequence[int], one: str, many: str) -> str:
    return one if len(heads) == 1 else many


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
