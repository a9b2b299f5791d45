"""Folders that bring Python code: refused in words, nothing runs, nothing waits at the terminal."""

import json
from pathlib import Path

import pytest

from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.loading import from_files, tokenizer_of
from attndsl.models.places import Place
from attndsl.surrogates.persist import load_pruned
from tests.models.folders import model_folder

SAYS = "needs Python code of its own, which attndsl never runs"


@pytest.fixture
def coded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder whose configuration and tokenizer ask for code that leaves a mark."""

    def asked(*_: object) -> str:
        raise AssertionError("something waits at the terminal")

    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr("sys.stdin", None)
    folder = model_folder(tmp_path / "model", "llama")
    path = folder / "config.json"
    config = json.loads(path.read_text()) | {
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.Own"},
        "model_type": "own_kind",
        "architectures": ["OwnForCausalLM"],
    }
    path.write_text(json.dumps(config))
    own = {"auto_map": {"AutoTokenizer": ["own.T", None]}, "tokenizer_class": "T"}
    (folder / "tokenizer_config.json").write_text(json.dumps(own))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    return folder


def test_a_folder_with_code_is_refused_in_words(coded: Path) -> None:
    with pytest.raises(AttndslError, match=SAYS):
        load(str(coded))
    with pytest.raises(AttndslError, match=SAYS):
        from_files(Place("folder", str(coded)), "own", "auto")
    with pytest.raises(AttndslError, match=SAYS):
        tokenizer_of(Place("folder", str(coded)))
    with pytest.raises(AttndslError, match=SAYS):
        load_pruned(coded, {}, None, "cpu")
    assert not (coded.parent / "ran").exists()


def test_every_load_says_that_no_code_is_to_run() -> None:
    import re

    import attndsl

    package = Path(attndsl.__file__).parent
    loads = [
        (path.name, call)
        for path in package.rglob("*.py")
        for call in re.findall(
            r"\.(?:from_pretrained|from_config)\((?:[^()]|\([^()]*\))*\)", path.read_text()
        )
    ]
    assert len(loads) >= 6
    assert [each for each in loads if "**NO_CODE" not in each[1]] == []
