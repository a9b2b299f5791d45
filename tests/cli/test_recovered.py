"""The table of what replacing costs: a reason why something isn't defined is given once."""

import pytest

pytest.importorskip("torch", reason="replacing heads needs torch")

from attndsl.cli.recovered import show_recovered
from attndsl.surrogates.ablations import BY_POSITION
from attndsl.surrogates.curves import Point
from attndsl.surrogates.orders import WITH_OFFSET
from attndsl.surrogates.recovery import PROGRAMS, Recovered, Share

WHY = "ablating costs nothing (-0.0001)"


def point(by: str, fraction: float = 0.25) -> Point:
    return Point.from_json({
        "by": by, "order": "fit" if fraction else "", "fraction": fraction, "heads": 2, "texts": 9,
        "divergence": 0.1, "sees_ahead": False, "few_texts": True,
    })  # fmt: skip


def test_programs_with_an_offset_repeat_no_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """The ablation is the same, whatever stands in for the heads."""
    ablations = (BY_POSITION, "mean")
    points = [point("unmodified", 0.0), *map(point, (PROGRAMS, WITH_OFFSET, *ablations))]
    shares = [
        Recovered("fit", 0.25, 2, against, by, Share(None, why=WHY), None, None)
        for against in ablations
        for by in (PROGRAMS, WITH_OFFSET)
    ]
    show_recovered(points, shares)
    reasons = [line for line in capsys.readouterr().out.splitlines() if "not defined:" in line]
    assert reasons == [f"not defined: KL, fit 25%, {one}: {WHY}" for one in ablations]
