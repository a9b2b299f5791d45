"""A tiny model, texts, and one run from start to end that the tests of this room share."""

from pathlib import Path
from typing import Any

import pytest

from attndsl.explain import Settings, explain
from attndsl.synthesis.joint import JointEffort
from attndsl.synthesis.parts.efforts import Effort
from tests.models.folders import model_folder

ROOT = Path(__file__).resolve().parents[2]
TEXTS = tuple(
    f"the {one} {verb} on the {other} , and a {one} ran . the big {other} {verb} ."
    for one in ("cat", "dog", "mat")
    for other in ("cat", "dog", "mat")
    for verb in ("sat", "ran")
)[:12]
QUICK = Effort(8, 3, 1, first=4, sizes=(12,), steps=2, sharing=2, rounds=1, regrown=0)


def settings_of(model: Path, folder: Path, **changed: Any) -> Settings:
    given: dict[str, Any] = {
        "texts": TEXTS, "tokens": 16, "effort": QUICK,
        "joint": JointEffort(steps=2, texts=4, batch=4),
        "skip": frozenset(("fit", "effects", "replace", "report")),
    }  # fmt: skip
    return Settings(model=str(model), folder=folder, **(given | changed))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: model_folder(folder / kind, kind) for kind in ("llama", "bert")}


@pytest.fixture(scope="session")
def whole(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all phases, from start to end."""
    folder = tmp_path_factory.mktemp("whole")
    command = "attndsl explain /models/it -o /runs/it"
    explain(settings_of(models["llama"], folder, skip=frozenset(), command=command))
    return folder


@pytest.fixture(scope="session")
def plain(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that proposes and chooses, and does no more."""
    folder = tmp_path_factory.mktemp("plain")
    explain(settings_of(models["llama"], folder))
    return folder
