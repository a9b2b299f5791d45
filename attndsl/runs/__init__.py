"""A finished run as a package: its one schema, a card, what opens it, the hub, merging, export.

A run's folder holds library.attn, assignment.json, summary.json, report.html, README.md (the card)
and the report's data with its maps; so it opens and reports without the heads it was made from.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.runs.opened import HeadOfRun, OpenedRun, open_run

_FACE = {"HeadOfRun": "opened", "OpenedRun": "opened", "open_run": "opened"}
__all__ = ["HeadOfRun", "OpenedRun", "open_run"]

__getattr__ = handing_out(__name__, _FACE)
