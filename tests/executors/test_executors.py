"""Work is the same whoever does it; what was done stays done."""

import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import attndsl
from attndsl.cli.entry import run
from attndsl.executors import cluster, local, worker
from attndsl.executors.here import Here
from attndsl.executors.named import named, ready
from attndsl.executors.shared import Shared, begun, shared_out
from attndsl.executors.task import Executor, always
from attndsl.executors.trial import Trial
from attndsl.language.diagnostics import AttndslError


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    yield
    local.release()


def parts_of(task: Trial, folder: Path, executor: Executor, **options: Any) -> list[Any]:
    with shared_out(task, folder, executor, **options) as parts:
        return list(parts)


def test_parts_come_in_the_order_of_ranks_and_nothing_stays_behind(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    parts = parts_of(Trial(7), tmp_path, Here(), tell=lambda *now: told.append(now))
    assert [part["rank"] for part in parts] == list(range(7))
    assert told == [(done, 7) for done in range(8)]
    assert list(tmp_path.iterdir()) == []


def test_processes_give_the_same_bits(tmp_path: Path) -> None:
    one = parts_of(Trial(7), tmp_path, Here())
    two = parts_of(Trial(7), tmp_path, named("local:2"))
    for mine, theirs in zip(one, two, strict=True):
        assert mine["rank"] == theirs["rank"]
        assert np.array_equal(mine["shares"], theirs["shares"])
    local.release()
    assert not multiprocessing.active_children()


def test_what_has_a_receipt_is_not_done_again(tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts_of(Trial(5), tmp_path, Here(), tell=stop)
    work = begun(Trial(5), tmp_path)
    receipts = {rank: (work.folder / f"done-{rank:06d}").stat().st_mtime_ns for rank in range(3)}
    assert work.missing() == [3, 4]
    seen: list[int] = []

    def look(done: int, of: int) -> None:
        for rank, before in receipts.items():
            assert (work.folder / f"done-{rank:06d}").stat().st_mtime_ns == before
        seen.append(done)

    assert len(parts_of(Trial(5), tmp_path, Here(), tell=look)) == 5
    assert seen == [3, 4, 5]


def test_a_part_that_was_changed_is_done_again(tmp_path: Path) -> None:
    work = begun(Trial(3), tmp_path)
    for rank in range(3):
        work.run(rank, 3)
    (work.folder / "part-000001").write_bytes(b"half")
    (work.folder / "part-000002").unlink()
    assert [part["rank"] for part in parts_of(Trial(3), tmp_path, Here())] == [0, 1, 2]


def test_other_work_does_not_take_the_parts(tmp_path: Path) -> None:
    work = begun(Trial(3), tmp_path)
    work.run(0, 3)
    assert begun(Trial(4), tmp_path).missing() == [0, 1, 2, 3]
    assert begun(Trial(3), tmp_path).missing() == [1, 2]


def test_a_killed_worker_costs_what_it_had_in_hand(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        if done == 4 and not killed:
            child = multiprocessing.active_children()[0]
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            killed.append(child.pid)

    parts = parts_of(Trial(12, 0.02), tmp_path, named("local:2"), tell=kill)
    assert killed
    assert [part["rank"] for part in parts] == list(range(12))


COMMAND = """
import sys
import time
from pathlib import Path
from attndsl.executors.named import named
from attndsl.executors.shared import shared_out
from attndsl.executors.trial import Trial
if __name__ == "__main__":
    with shared_out(Trial(500, 0.1), Path(sys.argv[1]), named("local:2")):
        pass
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that can't be caught")
def test_where_the_command_is_killed_its_workers_end(tmp_path: Path) -> None:
    script = tmp_path / "command.py"
    script.write_text(COMMAND)
    words = [sys.executable, str(script), str(tmp_path)]
    command = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    while not (receipts := sorted(tmp_path.glob("work/*/done-*"))):
        assert command.poll() is None
        time.sleep(0.05)
    worker = int(json.loads(receipts[0].read_bytes())["process"])
    assert worker != command.pid
    command.kill()
    command.wait()
    deadline = time.monotonic() + 60
    while there(worker):
        assert time.monotonic() < deadline, "a worker is left without a command"
        time.sleep(0.05)


def there(process: int) -> bool:
    """Whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")  # one that has ended may wait to be asked for
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_workers_that_die_at_once_end_the_work_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "do", _die)
    work = begun(Trial(2), tmp_path)
    with pytest.raises(AttndslError, match=r"ended from outside 3 times.*fewer workers"):
        named("local:1").run(work, lambda *_: None, always)


def _die(folder: str, rank: int, version: str) -> int:
    os._exit(9)


def test_a_fault_of_a_worker_is_told_with_what_is_kept(tmp_path: Path) -> None:
    class Full:
        def run(self, work: Shared, tell: Any, going: Any) -> None:
            work.run(0, 3)
            raise AttndslError("can't write there: No space left on device")

    with pytest.raises(AttndslError, match=r"No space left.*1 of 3 parts are done and kept in"):
        parts_of(Trial(3), tmp_path, Full())
    assert begun(Trial(3), tmp_path).missing() == [1, 2]


def test_when_time_is_over_what_is_left_is_missing(tmp_path: Path) -> None:
    done: list[int] = []
    parts = parts_of(
        Trial(5), tmp_path, Here(), tell=lambda now, of: done.append(now),
        going=lambda: done[-1] < 2,
    )  # fmt: skip
    assert [part is None for part in parts] == [False, False, True, True, True]


def test_a_worker_of_another_version_says_so(tmp_path: Path) -> None:
    work = begun(Trial(1), tmp_path)
    with pytest.raises(
        AttndslError, match=r"a worker has attndsl .* given to 9.9: install the same"
    ):
        worker.do(str(work.folder), 0, "9.9")
    told = json.loads((work.folder / "task.json").read_text())
    (work.folder / "task.json").write_text(json.dumps({**told, "version": "0.0"}))
    worker.taken_up.cache_clear()
    with pytest.raises(AttndslError, match=r"given to 0\.0"):
        worker.taken_up(str(work.folder))


def test_a_folder_that_is_not_shared_is_named(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match=r"does not see .*gone: all machines must share"):
        worker.do(str(tmp_path / "gone"), 0, attndsl.__version__)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("cloud:3", "no executor 'cloud:3'; write local:4, ray"),
        ("local:0", "a whole number from 1"),
        ("local:two", "a whole number from 1"),
        ("locally", "no executor"),
        ("slurm:colour=red", r"'colour=red' says nothing to SLURM; there are workers=, partition="),
        ("slurm:partition", "'partition' says nothing"),
    ],
)
def test_what_is_no_executor_is_refused_with_what_is(words: str, said: str) -> None:
    with pytest.raises(AttndslError, match=said):
        named(words)


def test_without_ray_or_submitit_the_way_to_get_them_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, words in (("ray", "ray:2"), ("submitit", "slurm:partition=cpu")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(AttndslError, match=f"needs .*: attndsl doctor --get {words[:3]}"):
            named(words).run(begun(Trial(1), tmp_path), lambda *_: None, always)
        with pytest.raises(AttndslError, match=f"needs .*: attndsl doctor --get {words[:3]}"):
            ready(words)


def test_who_cannot_work_from_here_is_found_before_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model isn't there either, and would be looked for on the hub: that isn't said."""
    monkeypatch.setitem(sys.modules, "ray", None)
    asked = ["capture", str(tmp_path / "none"), "--text", "Once.", "-o", str(tmp_path / "store")]
    assert run([*asked, "--on", "ray"]) == 1
    assert "needs Ray" in capsys.readouterr().err
    with pytest.raises(AttndslError, match="needs Ray"):
        attndsl.explain(str(tmp_path / "none"), ["Once."], run=tmp_path / "run", on="ray")
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 2.0)
    with pytest.raises(AttndslError, match=r"no Ray cluster answers at 127\.0\.0\.1:1 "):
        cluster.answering("127.0.0.1:1")
    with pytest.raises(AttndslError, match=r"is no address: write ray://HOST:PORT"):
        cluster.answering("head:port")
    assert cluster.answering("auto") == "auto"


def test_what_answers_but_is_no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert cluster.answering(f"127.0.0.1:{port}") == f"127.0.0.1:{port}"
        monkeypatch.setattr(cluster, "CLIENT_PORT", port)
        monkeypatch.setattr(cluster, "find_spec", lambda name: name)
        assert cluster.answering("127.0.0.1") == f"ray://127.0.0.1:{port}"
        monkeypatch.setattr(cluster, "find_spec", lambda name: None)
        with pytest.raises(AttndslError, match=r"needs Ray's client: attndsl doctor --get ray"):
            cluster.answering("127.0.0.1")

        class Deaf:
            def __init__(self) -> None:
                self.tries = 0

            def init(self, **_: Any) -> None:
                self.tries += 1
                raise ConnectionError("ray client connection timeout.")

            def shutdown(self) -> None:
                pass

        pytest.importorskip("ray")
        deaf = Deaf()
        monkeypatch.setattr(cluster, "find_spec", lambda name: name)
        monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
        said = r"127\.0\.0\.1 does not speak to Ray.*timeout; on.*asks for RAY_AUTH_MODE=token"
        with pytest.raises(AttndslError, match=said):
            cluster.begun(deaf, cluster.Ray(None, "127.0.0.1"))
        assert deaf.tries == 1
        monkeypatch.setenv("RAY_AUTH_MODE", "token")
        with pytest.raises(AttndslError, match=r"`ray start --head` begins a cluster$"):
            cluster.begun(deaf, cluster.Ray(None, "127.0.0.1"))


def test_a_machine_without_slurm(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    if shutil.which("srun"):
        pytest.skip("SLURM is here")
    with pytest.raises(AttndslError, match=r"SLURM is not here: .*has sbatch"):
        named("slurm:partition=cpu").run(begun(Trial(1), tmp_path), lambda *_: None, always)
    with pytest.raises(AttndslError, match="minutes is a whole number"):
        named("slurm:cluster=local,minutes=long").run(
            begun(Trial(1), tmp_path), lambda *_: None, always
        )


@pytest.mark.slow
@pytest.mark.parametrize("words", ["ray:2", "slurm:cluster=local,workers=2"])
def test_ray_and_submitit_give_the_same_parts(words: str, tmp_path: Path) -> None:
    pytest.importorskip("ray" if words.startswith("ray") else "submitit")
    parts = parts_of(Trial(6), tmp_path, named(words))
    assert [part["rank"] for part in parts] == list(range(6))
    assert list(tmp_path.iterdir()) == []
