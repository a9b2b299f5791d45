"""What `replace` and `generate` share: a model, and a run's programs for its heads."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from attndsl.fit.assignment import Assignment
    from attndsl.models.loading import LoadedModel

RUN = click.option("--run", "run", required=True, metavar="DIR",
                   help="What `attndsl score -o DIR` or `attndsl explain` wrote.")  # fmt: skip

MEMORY = click.option("--memory", default=1024, show_default=True, type=click.IntRange(1),
                      metavar="MB",
                      help="What patterns may take; longer texts go by blocks.")  # fmt: skip


def opened(model: str, run: str, **placing: Any) -> "tuple[LoadedModel, Assignment]":
    """The model, and the run's heads with their programs."""
    from attndsl.fit.assignment import read_assignment
    from attndsl.models import load

    assignment = read_assignment(run)
    loaded = load(model, **placing)
    assignment.expect(loaded.hash, run)
    return loaded, assignment
