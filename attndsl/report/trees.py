"""Canonical trees of a report's programs, as the inspector shows them."""

import json
from collections.abc import Sequence
from dataclasses import replace

from attndsl.graph.verify import verify
from attndsl.language.mask import Mask
from attndsl.report.data import ProgramEntry
from attndsl.report.inspector import described
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import from_ids

TOKENS = 20  # of the first text, on which values of nodes are drawn


def with_trees(
    entries: Sequence[ProgramEntry], text: Encoded, mask: Mask
) -> tuple[ProgramEntry, ...]:
    """The programs with what the inspector shows of them, from their own sources."""
    few = from_ids(text.table, text.ids[:TOKENS])
    return tuple(replace(entry, inspected=_inspected(entry, few, mask)) for entry in entries)


def _inspected(entry: ProgramEntry, text: Encoded, mask: Mask) -> str:
    found = verify(entry.source).programs
    if not found:  # a source that doesn't stand alone
        return ""
    return json.dumps(described(found[-1], text, mask), separators=(",", ":"))
