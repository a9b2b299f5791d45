"""A run killed with no warning, at any moment, and started again ends as one left alone."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attndsl.executors.task import Executor
from attndsl.explain import Settings, explain
from tests.explain.conftest import ROOT, settings_of

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


SHARED = """
import sys
from pathlib import Path
from attndsl.executors.named import named
from attndsl.explain import explain
from tests.explain.test_killed import shared_settings
if __name__ == "__main__":
    explain(shared_settings(Path(sys.argv[1]), Path(sys.argv[2]), named("local:2")))
"""


def shared_settings(model: Path, run: Path, on: Executor | None) -> Settings:
    """What is shared out: capture, effects, the neutral order and curves."""
    return settings_of(model, run, skip=frozenset(("fit", "report", "census")), on=on)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # 13 minutes at load 12
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that can't be caught")
def test_killed_while_work_is_shared_out_it_ends_as_one_process_would(
    models: dict[str, Path], tmp_path: Path
) -> None:
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    wanted = explain(shared_settings(models["llama"], alone, None))
    file = tmp_path / "script.py"  # which the workers read, too
    file.write_text(SHARED)
    words = [sys.executable, str(file), str(models["llama"]), str(killed)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    # Before any part is done, and with some done: the effects of so few heads are one part.
    for seen in ("effects-*/task.json", "evaluate-*/done-*"):
        process = subprocess.Popen(words, cwd=ROOT, env=environment)
        while process.poll() is None:
            if any((killed / "work").glob(seen)):
                process.kill()  # with no warning
                kills += 1
                break
            time.sleep(0.01)
        process.wait()
    assert kills == 2, "work was not seen before the run ended"
    assert subprocess.run(words, cwd=ROOT, env=environment, check=True).returncode == 0
    for name in ("library.attn", "assignment.json"):
        assert (killed / name).read_bytes() == (alone / name).read_bytes()
    found = json.loads((killed / "summary.json").read_text())
    for name in ("effects", "curve", "recovered", "mean_iou"):
        assert found[name] == json.loads(json.dumps(wanted[name])), name


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
