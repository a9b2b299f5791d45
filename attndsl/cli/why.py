"""Why a weight is what it is, as lines of a terminal: `attndsl run FILE --why q,k`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from attndsl.cli.output import styled

if TYPE_CHECKING:
    from attndsl.engines.why import Fact, Part, Why

FALLBACKS = {"first": "the first token", "self": "the query itself", "uniform": "all keys evenly"}


class Cell(click.ParamType[tuple[int, int]]):
    """`8,1`: a query and a key, by their numbers."""

    name = "q,k"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        query, comma, key = str(value).partition(",")
        if not (comma and query.strip().isdecimal() and key.strip().isdecimal()):
            self.fail(f"a query and a key by their numbers, such as 8,1; not {value!r}", param, ctx)
        return int(query), int(key)


def lines_of(why: "Why") -> Iterator[str]:
    """The weight, the tests on the way to it, and its parts, each with its line of the file."""
    query, key = (f"{at} {why.labels[at]}" for at in (why.query, why.key))
    yield styled(f"{why.program}: query {query} looks at key {key} with {why.weight:.3f}", "bold")
    yield ""
    if why.taken:
        yield "line  test"
        yield from (_fact(fact, "") for fact in why.taken)
        yield ""
    yield f"line  {'adds to the score' if why.scores else 'adds  of the row'}"
    parts = why.part.parts if why.part.how == "sum" else (why.part,)
    for part in parts:
        yield from _part(part, why, "")
    yield ""
    yield _total(why)
    yield from why.notes


def _part(part: "Part", why: "Why", margin: str) -> Iterator[str]:
    amount = f"{part.value:8.3g}"
    share = "" if why.scores else f"{why.share(part):7.1%}"
    yield f"{part.line:4}  {amount} {share}  {margin}{part.text}"
    for fact in part.facts:
        yield f"{'':6}{'':8} {'':{len(share)}}  {margin}  {fact.said}"
    if part.how == "product" and part.parts:
        factors = " times ".join(f"{one.value:.3g}" for one in part.parts)
        yield f"{'':6}{'':8} {'':{len(share)}}  {margin}  its factors only multiply: {factors}"
        told = {fact.text for fact in part.facts}
        for one in part.parts:
            if one.facts or one.text not in told | {f"{one.value:.3g}"}:
                yield from _factor(one, len(share), margin)
    elif part.how == "sum":
        for one in part.parts:
            yield from _part(one, why, margin + "  ")


def _factor(part: "Part", width: int, margin: str) -> Iterator[str]:
    """A factor by its line, and what is so of it."""
    amount = f"{part.value:.3g}"
    text = amount if part.text == amount else f"{amount}: {part.text}"
    yield f"{part.line:4}  {'':8} {'':{width}}  {margin}  {text}"
    for fact in part.facts:
        yield f"{'':6}{'':8} {'':{width}}  {margin}    {fact.said}"


def _fact(fact: "Fact", margin: str) -> str:
    return f"{fact.line:4}  {margin}{fact.said}"


def _total(why: "Why") -> str:
    if why.fallback:
        return f"no key of this row has weight, so it goes to {FALLBACKS[why.fallback]}"
    if why.scores:
        away = why.value - why.best
        return (
            f"the score is {why.value:.4g}, the row's best {why.best:.4g}; the weight is "
            f"exp({away:.4g}) of {why.row:.4g}, the row's sum of these"
        )
    if why.value < 0:
        return f"the value is {why.value:.4g}; what is below 0 counts as 0"
    return f"the value is {why.value:.4g} of {why.row:.4g}, what the row's values add up to"
