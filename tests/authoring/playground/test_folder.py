"""The folder that is written: plain files, the same each time, wheels that need nothing else."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from attndsl.authoring.playground.folder import ADDRESS, VENDORED, write_playground
from attndsl.authoring.playground.wheels import own_wheel, parser_wheel
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError


def test_the_wheels_run_with_nothing_but_python(tmp_path: Path) -> None:
    for name, content in (own_wheel(), parser_wheel()):
        (tmp_path / name).write_bytes(content)
        with ZipFile(tmp_path / name) as wheel:
            assert wheel.testzip() is None
            wheel.extractall(tmp_path / "site")
    code = f"""
import sys, json
sys.path = [{str(tmp_path / "site")!r}] + [p for p in sys.path if "site-packages" not in p]
from attndsl.authoring.playground.inside import answer
program = "def f(q, k):\\n    return induction(q, k)\\n"
asked = dict(program=program, text="a b a", mask="causal", at=0)
for ask in ("check", "proved", "map"):
    print(answer(json.dumps(asked | dict(ask=ask))))
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    checked, proved, drawn = map(json.loads, done.stdout.splitlines())
    assert checked["problems"] == []
    assert proved["name"] == "f"
    assert drawn["weights"][2] == [0.0, 1.0, 0.0]


def test_the_same_sources_are_the_same_wheel() -> None:
    assert own_wheel() == own_wheel()
    assert parser_wheel() == parser_wheel()


def test_the_page_loads_only_what_lies_beside_it(tmp_path: Path) -> None:
    names = write_playground(tmp_path)
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "default-src 'none'; script-src 'self'" in page
    assert not re.findall(r'(?:src|href)="(?!playground|editor|#main|data:,)[^"]*"', page)
    settings = json.loads(re.findall(r'id="settings">(.*?)</script>', page)[0])
    assert settings["pyodide"] == ADDRESS
    assert {*settings["wheels"], "worker.js", "playground.js"} <= {*names}
    for example in settings["examples"]:
        assert not verify(example["program"]).errors, example["name"]
    assert len(settings["examples"]) > 20


def test_a_folder_of_pyodide_is_copied(tmp_path: Path) -> None:
    source, out = tmp_path / "pyodide", tmp_path / "out"
    source.mkdir()
    for name in VENDORED:
        (source / name).write_text(name)
    names = write_playground(out, str(source))
    assert {f"pyodide/{name}" for name in VENDORED} <= {*names}
    digest = sha256((out / "pyodide" / VENDORED[0]).read_bytes()).hexdigest()
    assert digest == sha256(VENDORED[0].encode()).hexdigest()
    assert '"pyodide":"pyodide/"' in (out / "index.html").read_text("utf-8")


def test_a_folder_that_is_none_of_pyodides_is_said(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match=r"has no pyodide\.mjs; fetch it with npm install"):
        write_playground(tmp_path / "out", str(tmp_path))
    assert not (tmp_path / "out").exists()
