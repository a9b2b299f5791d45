"""The HTML report: what was found of a model, as one file that opens from disk.

`Report` is the data, `from_scores` makes one of a score table, `write_report(report, path)` the
file; `page(report)` is the same as text. The page's scripts and style are the plain files beside.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.report.data import Report
    from attndsl.report.gather import from_scores
    from attndsl.report.write import page
    from attndsl.report.write import write as write_report

_HOMES = {"Report": "data", "from_scores": "gather", "page": "write", "write_report": "write:write"}
__all__ = ["Report", "from_scores", "page", "write_report"]

__getattr__ = handing_out(__name__, _HOMES)
