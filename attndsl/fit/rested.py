"""Programs with what a head rests of its own: one number a head, kept beside the library.

A program says what resting keys weigh (the first token; in an encoder the special tokens). Heads
that share it may differ in that: the weight is multiplied by the head's own number.
"""

from collections.abc import Sequence
from dataclasses import replace

from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError

FIRST, SPECIAL = "k.i == 0", "k.is_special"
PREFIX = "with_a_rest_of_its_own_"  # of names that no library has


def rested(
    source: str, asked: Sequence[tuple[str, float]], special: bool, file: str = "library.attn"
) -> tuple[Program, ...]:
    """The programs asked for by name, each with a number that multiplies what rests.

    >>> text = "def near(q, k):\\n    return 0.5 ** (q.i - k.i)\\n"
    >>> [one.name for one in rested(text, [("near", 1.0), ("near", 2.5)], special=False)]
    ['near', 'near']
    """
    different = dict.fromkeys(pair for pair in asked if pair[1] != 1)
    wanted = {pair: f"{PREFIX}{at}" for at, pair in enumerate(different)}
    resting = SPECIAL if special else FIRST
    added = "".join(
        f"\n\n\ndef {name}(q, k):\n    return {of}(q, k) * ({number!r} if {resting} else 1)\n"
        for (of, number), name in wanted.items()
    )
    checked = verify(source.rstrip("\n") + "\n" + added, file)
    if checked.errors:
        first = checked.errors[0]
        raise AttndslError(f"{file}:{first.span.line}: {first.message}", checked.errors)
    by_name = {program.name: program for program in checked.programs}
    softmax = [name for name, _ in wanted if by_name[name].softmax]
    if softmax:
        raise AttndslError(
            f"{file}: {softmax[0]} gives scores, so no head can multiply what it rests; programs "
            "that give weights can have a rest of a head's own"
        )
    made = []
    for pair in asked:
        base = by_name[pair[0]]
        if pair not in wanted:
            made.append(base)
            continue
        own = by_name[wanted[pair]]
        made.append(replace(own, name=base.name, source=own.source, docstring=base.docstring))
    return tuple(made)
