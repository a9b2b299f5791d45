"""A library as it is written: readable numbers, what heads rest of their own, names and words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from attndsl.synthesis.parts.blocks import Batch
from attndsl.synthesis.parts.deciding import looked_at
from attndsl.synthesis.parts.fitting import Weights
from attndsl.synthesis.parts.naming import named
from attndsl.synthesis.parts.saying import measured
from attndsl.synthesis.parts.vocabulary import Factor
from attndsl.synthesis.parts.weighing import Weighing, leasts, power_of, read
from attndsl.synthesis.parts.words import docstring
from attndsl.synthesis.parts.write import short, written


def readable(
    fitted: Weights, known: Sequence[Factor]
) -> tuple[tuple[Weighing, ...], Weights]:  # fmt: skip
    """The programs that some head has, in numbers that a person can read, and as they then weigh.

    What a head adds of its own makes up for what rounding does to its program's rest.
    """
    used = sorted(set(fitted.owner.tolist()))
    library = tuple(read(fitted, program, known) for program in used)
    place = {program: at for at, program in enumerate(used)}
    owner = torch.tensor([place[one] for one in fitted.owner.tolist()])
    plain = weights_of(library, owner, torch.zeros(len(owner)), known)
    return library, plain.with_own(fitted.own + fitted.rest[fitted.owner] - plain.rest[owner])


def weights_of(
    library: Sequence[Weighing], owner: torch.Tensor, own: torch.Tensor, known: Sequence[Factor]
) -> Weights:
    """Programs as they are written, to be fitted or measured."""
    place = {factor.name: at for at, factor in enumerate(known)}
    powers = torch.zeros(len(library), len(known))
    for number, one in enumerate(library):
        for factor, value in one.factors:
            powers[number, place[factor.name]] = power_of(factor, value)
    rest = torch.tensor([math.log(one.rest) for one in library])
    return Weights(powers, (powers != 0).float(), rest, own, owner, leasts(known))


def worded(
    library: Sequence[Weighing], plain: Weights, whole: Batch, known: Sequence[Factor], texts: str,
    both_ways: bool,
) -> tuple[str, ...]:  # fmt: skip
    """The programs' sources, with names and docstrings of what they do on some rows."""
    taken: list[str] = []
    sources, looked = [], looked_at(whole)
    for number, one in enumerate(library):
        said = measured(plain, number, whole, known, looked)
        name = named(said, taken)
        taken.append(name.text)
        rests = "special tokens" if both_ways else "the first token"
        text = docstring(said, texts, rests, name.stands)
        sources.append(written(one, name.text, text, both_ways))
    return tuple(sources)


def rests_of(plain: Weights) -> tuple[float, ...]:
    """What each head's rest is multiplied by, with two digits."""
    return tuple(short(math.exp(own)) for own in plain.own.tolist())


def as_json(library: Sequence[Weighing]) -> list[dict[str, Any]]:
    return [
        {"rest": one.rest, "factors": [[factor.name, value] for factor, value in one.factors]}
        for one in library
    ]


def from_json(
    programs: Sequence[Mapping[str, Any]], known: Sequence[Factor]
) -> tuple[Weighing, ...]:
    by_name = {factor.name: factor for factor in known}
    return tuple(
        Weighing(
            float(one["rest"]),
            tuple((by_name[name], float(value)) for name, value in one["factors"]),
        )
        for one in programs
    )
