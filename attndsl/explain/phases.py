"""The phases of a run, in order; any of them can be skipped."""

PHASES = (
    "look",
    "capture",
    "probes",
    "propose",
    "reduce",
    "fit",
    "effects",
    "replace",
    "census",
    "report",
)
