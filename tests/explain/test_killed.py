"""A run killed with no warning, at any moment, and started again ends as one left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.explain.conftest import ROOT

KILLS = 2
SCRIPT = """
import sys
from pathlib import Path
from attndsl.explain import explain
from tests.explain.conftest import settings_of
explain(settings_of(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def started(model: Path, run: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(model), str(run)], cwd=ROOT)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that can't be caught")
def test_killed_at_random_moments_it_ends_alike(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    seed = int(os.environ.get("ATTNDSL_KILL_SEED", time.time_ns() % 1000))
    print(f"ATTNDSL_KILL_SEED={seed}")  # shown where the test fails
    drawn = random.Random(seed)
    size = (plain / "journal.jsonl").stat().st_size
    journal = tmp_path / "journal.jsonl"
    for _ in range(KILLS):
        process, until = started(models["llama"], tmp_path), drawn.uniform(0, size)
        while process.poll() is None:
            if journal.exists() and journal.stat().st_size >= until:
                time.sleep(drawn.uniform(0, 0.3))
                process.kill()
                break
            time.sleep(0.02)
        process.wait()
    assert started(models["llama"], tmp_path).wait() == 0
    for name in ("library.attn", "assignment.json"):
        assert (tmp_path / name).read_bytes() == (plain / name).read_bytes()
