"""A census of heads as a report shows it: of each mechanism a head's strongest finding."""

from attndsl.fit.findings import Census, HeadCensus
from attndsl.graph.mechanisms import mechanisms
from attndsl.report.data import FindingEntry, MechanismEntry

LEAST = 0.05  # of a head's weight: what is weaker is not shown
MOST = 12  # findings of a head that are shown, those that name it among them


def looked_for() -> tuple[MechanismEntry, ...]:
    """The shipped mechanisms."""
    return tuple(
        MechanismEntry(
            one.name, " ".join(one.doc.split()), one.probe, one.threshold, one.positional
        )
        for one in mechanisms()
    )


def findings_of(head: HeadCensus) -> tuple[FindingEntry, ...]:
    """The strongest finding of each mechanism, those that name the head first."""
    findings = []
    for number, mechanism in enumerate(mechanisms()):
        best = head.best(mechanism.name)
        if best is not None and (best.names or best.weight.mean >= LEAST):
            findings.append(
                FindingEntry(number, best.where, best.weight, best.constant, best.names)
            )
    return tuple(sorted(findings, key=lambda one: (not one.names, -one.weight.mean))[:MOST])


def heads_of(census: Census | None) -> dict[str, HeadCensus]:
    """By name; none without a census."""
    return {one.head: one for one in census.heads} if census else {}
