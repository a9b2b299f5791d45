"""What scores programs is compiled before anything is timed, where it wasn't on this machine."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attndsl.explain import explain
from tests.explain.conftest import ROOT, settings_of

COMPILING = """
import sys
from pathlib import Path
from numba.core import event
from attndsl.explain import explain
from tests.explain.conftest import settings_of

now, late = [""], []

class Compiling(event.Listener):
    def on_start(self, one):
        late.append((now[0], one.data["dispatcher"].py_func.__name__))

    def on_end(self, one):
        pass

def tell(phase, done, of, note):
    now[0] = phase
    print(f"{phase}: {done} of {of}, {note}")

event.register("numba:compile", Compiling())
explain(settings_of(Path(sys.argv[1]), Path(sys.argv[2]), skip=frozenset(("fit",))), tell)
assert ("compile", "run") in late, late
assert not [one for one in late if one[0] != "compile"], late
"""


@pytest.mark.slow
def test_on_a_new_machine_it_is_a_step_of_its_own_and_nothing_is_compiled_after_it(
    models: dict[str, Path], tmp_path: Path
) -> None:
    new = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "none yet"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", COMPILING, str(models["llama"]), str(tmp_path / "run")],
        env=new, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "compile: 0 of 1, what scores programs is compiled, once a machine\n" in done.stdout
    assert re.search(r"compile: 1 of 1, compiled in \d+ s; ", done.stdout)
    lines = map(json.loads, (tmp_path / "run" / "journal.jsonl").read_text().splitlines())
    assert "compile" not in {line.get("of") for line in lines}, "it is no phase"


def test_where_it_was_compiled_before_nothing_is_said(
    models: dict[str, Path], plain: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    explain(settings_of(models["llama"], tmp_path), lambda phase, *_: said.append(phase))
    assert "sample" in said
    assert "compile" not in said
