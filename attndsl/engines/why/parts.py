"""What made a weight: parts of a program with what each adds to one cell."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

from attndsl.engines.why.found import Found

How = Literal["sum", "alone", "product"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What is so at this cell: a test and its answer, a position and what stands there.

    Of an aggregate, or of what stands for one: also what it `found`.
    """

    text: str
    line: int
    answer: str
    found: Found | None = None

    @property
    def answered(self) -> str:
        """The answer, and the positions that made it."""
        found = self.found.said if self.found else ""
        return f"{self.answer}, {found}" if found else self.answer

    @property
    def said(self) -> str:
        return f"{self.text} is {self.answered}"

    def as_json(self) -> dict[str, object]:
        found = {"found": self.found.as_json()} if self.found else {}
        return {"text": self.text, "line": self.line, "answer": self.answer, **found}


@dataclass(frozen=True, slots=True)
class Part:
    """One expression and what it adds to the cell's value.

    The parts of a `sum` add up to it; those of a `product` only multiply, so none of them has an
    amount of its own; one that stands `alone` has none.
    """

    text: str
    line: int
    value: float
    how: How = "alone"
    parts: tuple["Part", ...] = ()
    facts: tuple[Fact, ...] = ()

    def scaled(self, by: float) -> "Part":
        """The same as it counts in a larger product, whose other factors a product keeps as one."""
        parts = self.parts
        if self.how == "sum":
            parts = tuple(part.scaled(by) for part in parts)
        elif self.how == "product" and by != 1:
            parts = (*parts, Part(f"{by:.3g}", self.line, by))
        return replace(self, value=self.value * by + 0.0, parts=parts)

    def times(self, by: float, before: str, after: str) -> "Part":
        """The same in a product, whose other factors stand before and after each of its addends."""
        if self.how == "sum":
            parts = tuple(part.times(by, before, after) for part in self.parts)
            return replace(self, value=self.value * by + 0.0, parts=parts)
        return replace(self.scaled(by), text=factored(self.text, before, after))

    def taken_away(self) -> "Part":
        """The same as it counts after a minus sign."""
        text = self.text.removeprefix("- ") if self.text.startswith("- ") else f"- {self.text}"
        if self.how == "sum":
            parts = tuple(part.taken_away() for part in self.parts)
            return replace(self, text=text, value=0.0 - self.value, parts=parts)
        return replace(self.scaled(-1.0), text=text)

    @property
    def said(self) -> str:
        """Its text, with the test that decided for it, where one did."""
        tests = [fact for fact in self.facts if fact.answer in ("true", "false")]
        return f"{self.text} ({tests[0].text} is {tests[0].answer})" if tests else self.text

    @property
    def leaves(self) -> Iterator["Part"]:
        """The smallest parts that add up to this one."""
        if self.how != "sum":
            yield self
            return
        for part in self.parts:
            yield from part.leaves

    def as_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "line": self.line,
            "value": self.value,
            "how": self.how,
            "facts": [fact.as_json() for fact in self.facts],
            "parts": [part.as_json() for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Why:
    """Why a query gives a key this weight.

    `value` is the program's own value at the cell, made of `part`; `row` is what the row's values
    add up to before they are divided by it (for scores: the sum of their exponentials, the largest
    score taken as 0). `taken` are the tests on the way to the value. Where the row is empty the
    `fallback` decides.
    """

    program: str
    query: int
    key: int
    labels: tuple[str, ...]
    weight: float
    value: float
    row: float
    best: float  # the largest score of the row, for scores
    scores: bool
    fallback: str | None
    taken: tuple[Fact, ...]
    part: Part
    notes: tuple[str, ...] = ()  # what the values rest on

    def __repr__(self) -> str:
        query, key = (f"{at} {self.labels[at]}" for at in (self.query, self.key))
        return f"<why {self.program}: query {query} looks at key {key} with {self.weight:.3f}>"

    def _repr_html_(self) -> str:
        """For notebooks: the tests on the way, then what multiplies, or else what adds up."""
        tests = "; ".join(fact.said for fact in self.on_the_way)
        if self.factors:
            what, rows = "multiplies by", [(one.said, f"{one.value:.3g}") for one in self.factors]
        elif self.scores:
            what, rows = "adds to the score", [(o.said, f"{o.value:.3g}") for o in self.part.leaves]
        else:
            what = "of the row"
            rows = [(one.said, f"{self.share(one):.1%}") for one in self.part.leaves]
        body = "".join(
            f'<tr><td style="text-align:left"><code>{escape(text)}</code></td><td>{said}</td></tr>'
            for text, said in rows
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f"<p>{escape(repr(self)[5:-1])}</p>{f'<p>{escape(tests)}</p>' if tests else ''}"
            f"<table><tr><th>part</th><th>{what}</th></tr>{body}</table>{notes}"
        )

    @property
    def on_the_way(self) -> tuple[Fact, ...]:
        """The tests that decided, then what the parts that have a say went over."""
        inner = [one for leaf in self.part.leaves if leaf.value for one in (leaf, *leaf.parts)]
        found = [fact for one in inner for fact in one.facts if fact.found]
        return tuple(dict.fromkeys((*self.taken, *found)))

    def share(self, part: Part) -> float:
        """What a part brings of the row's weight; for weights only, where values are shares."""
        return part.value / self.row if self.row and self.value > 0 else 0.0

    @property
    def factors(self) -> tuple[Part, ...]:
        """What multiplies to the value, where all of it is one product; else nothing."""
        leaves = [one for one in self.part.leaves if one.value] or list(self.part.leaves)
        return leaves[0].parts if len(leaves) == 1 and leaves[0].how == "product" else ()

    def as_json(self) -> dict[str, object]:
        return {
            "program": self.program,
            "query": self.query,
            "key": self.key,
            "weight": self.weight,
            "value": self.value,
            "row": self.row,
            "best_score": self.best if self.scores else None,
            "kind": "scores" if self.scores else "weights",
            "fallback": self.fallback,
            "taken": [fact.as_json() for fact in self.taken],
            "part": self.part.as_json(),
            "notes": list(self.notes),
        }


def factored(text: str, before: str, after: str) -> str:
    """An expression as one factor of a product.

    >>> factored("- q.i", "0.3 * ", ""), factored("k.i == 0", "", " / 2")
    ('- 0.3 * q.i', '(k.i == 0) / 2')
    """
    sign = "- " if text.startswith("- ") else ""
    return f"{sign}{before}{bracketed(text.removeprefix(sign))}{after}"


def bracketed(text: str) -> str:
    """An expression with brackets where it can't be a factor without."""
    depth, plain = 0, ""
    for letter in text:
        depth -= letter in ")]}"
        plain += "" if depth else letter
        depth += letter in "([{"
    words = plain.split(" ")
    return text if set(words[1::2]) <= {"*", "**"} else f"({text})"
