"""What a census found: of each head what it does of the mechanisms that were looked for."""

import csv
import io
from dataclasses import dataclass
from html import escape
from pathlib import Path

from attndsl.files.whole import write_text
from attndsl.fit.intervals import Estimate
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import expect_kind, meant


@dataclass(frozen=True, slots=True)
class Finding:
    """How much a head does of one mechanism, on a kind of probe or on natural text.

    `constant` is what the stronger of its constant patterns does of it; `beyond` is the difference,
    text by text.
    """

    mechanism: str
    where: str
    weight: Estimate
    constant: float
    beyond: Estimate
    names: bool

    def as_json(self) -> dict[str, object]:
        return {
            "mechanism": self.mechanism,
            "where": self.where,
            "weight": self.weight.as_json(),
            "constant": self.constant,
            "beyond": self.beyond.as_json(),
            "names": self.names,
        }


@dataclass(frozen=True, slots=True)
class HeadCensus:
    """One head: its share on resting keys, the entropy of its rows in bits, what was found.

    `names` are the mechanisms that name it, the one furthest beyond the constant pattern first,
    those that go by places alone last.
    """

    head: str
    rest: float
    entropy: float
    findings: tuple[Finding, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str | None:
        return self.names[0] if self.names else None

    def best(self, mechanism: str) -> Finding | None:
        """The strongest finding of a mechanism: one that names the head, if any does."""
        own = [one for one in self.findings if one.mechanism == mechanism]
        # Of equals the first: their last digits hang on the machine.
        return max(own, key=lambda one: (one.names, round(one.weight.mean, 5)), default=None)

    def as_json(self) -> dict[str, object]:
        return {
            "head": self.head,
            "name": self.name,
            "names": list(self.names),
            "rest": self.rest,
            "entropy_bits": self.entropy,
            "findings": [one.as_json() for one in self.findings],
        }


class NoHead(AttndslError, KeyError):
    """A head was asked for that the model doesn't have."""

    __str__ = Exception.__str__  # a KeyError's is in quotes


@dataclass(frozen=True, slots=True)
class Census:
    """All heads of a model, each with what it does of the known mechanisms.

    `left_out` says which kinds of probe the tokenizer couldn't write, and why.
    """

    model: str
    heads: tuple[HeadCensus, ...]
    natural_texts: int
    probe_texts: int
    left_out: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        named = sum(bool(head.names) for head in self.heads)
        return f"<census of {self.model}: {len(self.heads)} heads, {named} named by a mechanism>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{head.head}</td><td>{', '.join(head.names)}</td></tr>"
                       for head in self.heads if head.names)  # fmt: skip
        return f"<table><tr><th>head</th><th>{escape(self.model)}: named by</th></tr>{rows}</table>"

    @property
    def looked_for(self) -> tuple[str, ...]:
        """The mechanisms that were looked for and could be found, by name."""
        return tuple(sorted({one.mechanism for head in self.heads for one in head.findings}))

    def find(self, name: str) -> tuple[HeadCensus, ...]:
        """The heads that a mechanism names, the strongest first; none where it names none."""
        expect_kind(name, str, "mechanism", "name one, such as 'induction'")
        known = self.looked_for
        if name not in known:
            raise AttndslError(
                f"no mechanism {name!r} was looked for; there are {', '.join(known)}"
                f"{meant(name, known)}"
            )
        named = [head for head in self.heads if name in head.names]
        return tuple(sorted(named, key=lambda head: -_strength(head, name)))

    def __getitem__(self, head: str) -> HeadCensus:
        """A head by its name, such as L3.H2."""
        for one in self.heads:
            if one.head == head:
                return one
        raise NoHead(f"the census has no head {head!r}; heads are named like L3.H2")

    def write_csv(self, path: Path | str) -> None:
        """One line a head, with the best figure of every mechanism, its interval and what it is
        of: natural text or a kind of probe."""
        names = list(dict.fromkeys(one.mechanism for head in self.heads for one in head.findings))
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        columns = [f"{name}{end}" for name in names for end in ("", "_low", "_high", "_on")]
        table.writerow(("head", "name", "names", "rest", "entropy_bits", *columns))
        for head in self.heads:
            about = (head.head, head.name or "", " ".join(head.names))
            cells = [cell for name in names for cell in _cells(head.best(name))]
            table.writerow((*about, f"{head.rest:.4f}", f"{head.entropy:.4f}", *cells))
        write_text(Path(path), out.getvalue())

    def as_json(self) -> dict[str, object]:
        return {
            "model": self.model,
            "natural_texts": self.natural_texts,
            "probe_texts": self.probe_texts,
            "kinds_left_out": dict(self.left_out),
            "heads": [head.as_json() for head in self.heads],
        }


def _cells(best: Finding | None) -> tuple[str, ...]:
    if best is None:
        return ("",) * 4
    weight = best.weight
    return (*(f"{value:.4f}" for value in (weight.mean, weight.low, weight.high)), best.where)


def _strength(head: HeadCensus, name: str) -> float:
    best = head.best(name)
    return 0.0 if best is None else best.weight.mean
