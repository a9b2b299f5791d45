"""`attndsl diff`: where two programs attend differently, by cell and by row."""

from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import print_json, print_table, say, styled
from attndsl.cli.programs import program_of
from attndsl.cli.room import check_room, memory_option
from attndsl.cli.run import grid_of, matrix, note_similarity, show_grid
from attndsl.cli.texts import reading, text_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@text_options
@click.option(
    "--top", default=5, show_default=True, type=click.IntRange(1), help="How many to list."
)
@click.option("--map", "with_map", is_flag=True, help="Draw the difference as a heat map too.")
@memory_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def diff_command(
    first: str, second: str, top: int, with_map: bool, memory: int, as_json: bool, **words: Any
) -> None:
    """Show where two programs attend differently; A and B are FILE or FILE:NAME.

    A row's difference is half the sum of its cells' differences: the share of the attention that
    goes elsewhere, from 0 to 1. IoU is the sum of the smaller values over that of the larger.

    \b
    Example:
      attndsl diff previous.attn heads.attn:first_token
    """
    import numpy as np

    from attndsl.fit.difference import Difference

    a, b = program_of(first), program_of(second)
    read = reading(**words)
    encoded, mask = read.texts[0], read.mask
    check_room((a, b), encoded.n, 8, memory)  # two, their difference, and what is made of them
    left, right = matrix(a, encoded, mask), matrix(b, encoded, mask)
    found = Difference(a, b, tuple(encoded.labels()), left, right)
    change, rows, iou = found.change, found.rows, found.iou
    labels = [" ".join(label.split()) or repr(label)[1:-1] for label in found.tokens]
    cells = _largest(np.abs(change).ravel(), top)
    worst = _largest(rows, top)
    if as_json:
        print_json(
            {
                "first": {"program": a.name, "hash": a.hash},
                "second": {"program": b.name, "hash": b.hash},
                "same_form": found.same_form,
                "tokens": list(found.tokens),
                "iou": iou,
                "mean_row_difference": float(rows.mean()),
                "cells": [_cell(place, left, right) for place in cells],
                "rows": [{"query": row, "difference": float(rows[row])} for row in worst],
            }
        )
        return
    say(f"{styled(a.name, 'bold')} and {styled(b.name, 'bold')} on {encoded.n} tokens")
    same = "the same canonical form; " if found.same_form else ""
    say(f"{same}IoU {iou:.3f}, mean difference of a row {rows.mean():.3f}\n")
    if not cells:
        say("no cell differs on this text")
        return
    print_table(
        ("query", "key", a.name, b.name, "change"),
        [
            (
                f"{query} {labels[query]}",
                f"{key} {labels[key]}",
                f"{left[query, key]:.3f}",
                f"{right[query, key]:.3f}",
                f"{change[query, key]:+.3f}",
            )
            for query, key in (divmod(place, encoded.n) for place in cells)
        ],
    )
    say()
    print_table(
        ("query", "row differs by", f"{a.name} looks at", f"{b.name} looks at"),
        [
            (
                f"{row} {labels[row]}",
                f"{rows[row]:.3f}",
                _target(left[row], labels),
                _target(right[row], labels),
            )
            for row in worst
        ],
    )
    if with_map:
        say(f"\n{b.name} minus {a.name}")
        show_grid(grid_of("", change, encoded, mask, signed=True), values=False)
    note_similarity((a, b), encoded)


def _largest(sizes: "NDArray[np.float64]", top: int) -> list[int]:
    """Where the largest sizes stand, the earliest of equals first; what is nearly 0 is left out."""
    import numpy as np

    order = np.argsort(-sizes.round(12), kind="stable")[:top]
    return [int(place) for place in order if sizes[place] > 1e-9]


def _cell(
    place: int, left: "NDArray[np.float64]", right: "NDArray[np.float64]"
) -> dict[str, object]:
    query, key = divmod(place, left.shape[1])
    return {
        "query": query,
        "key": key,
        "first": float(left[query, key]),
        "second": float(right[query, key]),
    }


def _target(row: "NDArray[np.float64]", labels: list[str]) -> str:
    key = int(row.argmax())
    return f"{key} {labels[key]} ({row[key]:.2f})"
