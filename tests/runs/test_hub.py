"""Runs to the hub and back by huggingface_hub itself, which speaks to a stand-in over HTTP."""

import shutil
from pathlib import Path

import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.report.data import Report
from attndsl.report.write import page
from attndsl.runs import open_run
from attndsl.runs.hub import pull, push
from attndsl.runs.schema import PACKAGE
from tests.runs.hub import serving

hub_of = pytest.importorskip("huggingface_hub", reason="goes to the hub by it").HfApi


def test_a_run_goes_there_and_comes_back(small: tuple[Path, Report], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small[0], folder)
    (folder / "journal.jsonl").write_text("what stays at home")
    with serving() as hub:
        api = hub_of(endpoint=hub.address, token="hf_none")
        said = push(folder, "me/heads", private=True, hub=api)
        assert said.startswith(f"{hub.address}/me/heads/commit/")
        assert hub.private == {"me/heads"}
        kept = hub.repositories["me/heads"]
        assert set(kept) == {path.name for path in folder.iterdir()} & set(PACKAGE)
        assert all(kept[name] == (folder / name).read_bytes() for name in kept)
        assert "POST /api/validate-yaml" in hub.asked, "the card's head is one that the hub reads"
        back = pull("me/heads", tmp_path / "back", hub=api)
        assert {path.name for path in back.folder.iterdir()} == set(kept)
        assert push(back, "me/again", hub=api).startswith(f"{hub.address}/me/again/commit/")
        assert set(hub.repositories["me/again"]) == set(kept)
    assert back.rows == open_run(folder).rows
    assert page(back.report()) == page(small[1])


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with serving() as hub:
        api = hub_of(endpoint=hub.address, token="hf_none")
        with pytest.raises(AttndslError, match=r"the hub didn't do it for me/nothing: .*404"):
            pull("me/nothing", tmp_path / "back", hub=api)
        assert not (tmp_path / "back").exists() or not any((tmp_path / "back").iterdir())
