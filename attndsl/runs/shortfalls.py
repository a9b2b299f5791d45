"""What a summary says falls short, in words: what sharing costs, programs below constants."""

from collections.abc import Iterable, Mapping
from typing import Any

from attndsl.fit.constants import CALLED

MUCH = 0.04  # of content IoU, that a head may lose by sharing its program without being named
NAMED = 5  # heads that a line names, those that it is most about first


def shortfalls(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """The lines that there are, as the terminal, the card and the page say them."""
    lines = (told_sharing(summary), told_below(summary))
    return tuple(line for line in lines if line)


def losing_much(costs: Mapping[str, float]) -> list[str]:
    """The heads that sharing costs more than MUCH, those that lose most first."""
    return sorted((name for name in costs if costs[name] > MUCH), key=lambda name: -costs[name])


def told_sharing(summary: Mapping[str, Any]) -> str:
    """What sharing costs; nothing where no head shares its program, or that wasn't measured.

    >>> costs = {"sharing_cost": {"L0.H0": 0.05, "L0.H1": 0.0, "L0.H2": 0.07, "L1.H0": -0.02}}
    >>> told_sharing(costs)
    'sharing costs 0.025 of content IoU on the mean of 4 heads; 2 heads lose more than 0.04: \
L0.H2 0.07, L0.H0 0.05'
    >>> told_sharing({**costs, "programs": 9, "settings": {"programs": 10}}).partition("; more ")[2]
    'programs: --programs 12'
    >>> told_sharing({"sharing_cost": {"L0.H0": 0.01}}), told_sharing({})
    ('sharing costs 0.010 of content IoU on the mean of 1 head; none loses more than 0.04', '')
    """
    costs = summary.get("sharing_cost")
    if not costs:
        return ""
    mean = sum(costs.values()) / len(costs)
    line = f"sharing costs {mean:.3f} of content IoU on the mean of {_heads(len(costs))}"
    much = losing_much(costs)
    if not much:
        return f"{line}; none loses more than {MUCH}"
    verb = "loses" if len(much) == 1 else "lose"
    named = _named(f"{name} {costs[name]:.2f}" for name in much)
    more = _more(summary, len(much))
    return f"{line}; {_heads(len(much))} {verb} more than {MUCH}: {named}{more}"


def _more(summary: Mapping[str, Any], heads: int) -> str:
    """How to have more programs, where the library has no room for one for each of some heads."""
    allowed = summary.get("settings", {}).get("programs")
    if allowed is None or summary.get("programs", 0) + heads <= allowed:
        return ""
    return f"; more programs: --programs {allowed + heads}"


def told_below(summary: Mapping[str, Any]) -> str:
    """Heads whose programs say less of where they look than a constant pattern does.

    >>> one = {"of": "content IoU", "program": 0.31, "constant": 0.44, "kind": "distance"}
    >>> told_below({"below_constant": {"L0.H1": one},
    ...             "fit": {"error_before": 2.0, "error_after": 0.5}})
    "the program of 1 head is fitted to keep the model's answers and says less of where it looks \
than the head's best constant pattern, by content IoU: L0.H1 0.31 for 0.44 (by distance)"
    >>> two = one | {"of": "IoU", "program": 0.9, "constant": 0.95, "kind": "first"}
    >>> told_below({"below_constant": {"L0.H1": one, "L1.H0": two}})
    "the programs of 2 heads say less of where they look than the heads' best constant patterns, \
by content IoU: L0.H1 0.31 for 0.44 (by distance), L1.H0 0.90 for 0.95 (first token, by IoU)"
    >>> told_below({"below_constant": {}})
    ''
    """
    found = summary.get("below_constant")
    if not found:
        return ""
    worst = sorted(found, key=lambda name: found[name]["program"] - found[name]["constant"])
    by_content = any(one["of"] == "content IoU" for one in found.values())
    named = _named(_below(name, found[name], by_content) for name in worst)
    of, many = f"of {_heads(len(found))}", len(found) > 1
    fit = summary.get("fit", {})
    why = ""
    if fit.get("error_after", 0.0) < fit.get("error_before", 0.0):  # a model over symbols
        why = f"{'are' if many else 'is'} fitted to keep the model's answers and "
    said = (
        f"the programs {of} {why}say less of where they look than the heads' best constant patterns"
        if many
        else f"the program {of} {why}says less of where it looks than the head's best constant "
        "pattern"
    )
    return f"{said}{', by content IoU' if by_content else ', by IoU'}: {named}"


def _below(name: str, one: Mapping[str, Any], by_content: bool) -> str:
    other = ", by IoU" if by_content and one["of"] == "IoU" else ""
    figures = f"{one['program']:.2f} for {one['constant']:.2f}"
    return f"{name} {figures} ({CALLED[one['kind']]}{other})"


def _named(said: Iterable[str]) -> str:
    """The first few, and how many more there are.

    >>> _named("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    every = list(said)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def _heads(count: int) -> str:
    return f"{count} head{'s' * (count != 1)}"
