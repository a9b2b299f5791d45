"""A replaced model on disk and back, and what is said of a folder that was tampered with."""

import json
from pathlib import Path

import pytest
import torch

from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load as load_model
from attndsl.surrogates import install, load, prune, save
from attndsl.surrogates.pruning import NoHeads
from attndsl.surrogates.sources import first_token, rules
from tests.models.folders import model_folder, word_tokenizer
from tests.surrogates.test_engine import MIXED, PROGRAMS

IDS = torch.tensor([[5, 7, 9, 11, 5, 7, 10, 15], [6, 8, 10, 15, 16, 7, 9, 5]])
WHOLE_LAYER = {**MIXED, (1, 2): PROGRAMS["verb"], (1, 3): PROGRAMS["alike"]}


def saved(tmp_path: Path, kind: str, assignment: dict[tuple[int, int], object]) -> torch.Tensor:
    """A replaced model in `tmp_path/out`; its logits."""
    loaded = load_model(str(model_folder(tmp_path / kind, kind)))
    with install(loaded, assignment):
        logits: torch.Tensor = loaded.model(IDS).logits
        loaded.model.save_pretrained(tmp_path / "out")
        save(loaded.model, tmp_path / "out")
    word_tokenizer().save_pretrained(tmp_path / "out")
    return logits


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert"])
def test_saved_and_loaded_it_says_the_same(tmp_path: Path, kind: str) -> None:
    before = saved(tmp_path, kind, MIXED)
    text = (tmp_path / "out/programs.attn").read_text()
    assert [program.name for program in verify(text).programs] == [
        "previous", "same", "alike", "verb",
    ]  # fmt: skip
    assert "Earlier pieces of the same text, nearer ones more." in text
    record = json.loads((tmp_path / "out/attndsl.json").read_text())
    assert record["assignment"]["1.1"] == "same"
    assert set(record["versions"]) == {"attndsl", "transformers", "torch"}
    again = load(tmp_path / "out")
    assert (again.model(IDS).logits - before).abs().max() < 1e-6
    again.handle.remove()
    plain = load_model(str(tmp_path / kind))
    assert torch.equal(again.model(IDS).logits, plain.model(IDS).logits)


@pytest.mark.parametrize("assignment", [MIXED, WHOLE_LAYER])
@pytest.mark.parametrize("kind", ["llama", "bert", "qwen2"])
def test_a_pruned_model_is_loaded_narrow(
    tmp_path: Path, kind: str, assignment: dict[tuple[int, int], object]
) -> None:
    loaded = load_model(str(model_folder(tmp_path / kind, kind)))
    prune(loaded, assignment)
    with install(loaded, assignment):
        before = loaded.model(IDS).logits
        loaded.model.save_pretrained(tmp_path / "out")
        save(loaded, tmp_path / "out")
    again = load(tmp_path / "out")
    assert (again.model(IDS).logits - before).abs().max() < 1e-5
    sizes = [sum(p.numel() for p in model.parameters()) for model in (loaded.model, again.model)]
    assert sizes[0] == sizes[1]
    gone = sum(isinstance(module, NoHeads) for module in again.model.modules())
    assert gone == (0 if assignment is MIXED else 2)
    weights = next((tmp_path / "out").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(AttndslError, match="can't be loaded"):
        load(tmp_path / "out")


def test_programs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    other = verify("def same(q, k):\n    return k.i == 0\n").programs[0]
    before = saved(tmp_path, "llama", {(0, 0): PROGRAMS["same"], (0, 1): other})
    record = json.loads((tmp_path / "out/attndsl.json").read_text())
    assert record["assignment"] == {"0.0": "same", "0.1": "same_2"}
    assert (load(tmp_path / "out").model(IDS).logits - before).abs().max() < 1e-6


def test_only_programs_that_stand_in_a_model_are_saved(tmp_path: Path) -> None:
    loaded = load_model(str(model_folder(tmp_path / "m", "llama")))
    with pytest.raises(AttndslError, match="nothing to save"):
        save(loaded.model, tmp_path / "out")
    with (
        install(loaded.model, {(0, 0): first_token}, rules),
        pytest.raises(AttndslError, match="can't be saved as text"),
    ):
        save(loaded.model, tmp_path / "out")


def test_a_folder_is_not_trusted(tmp_path: Path) -> None:
    saved(tmp_path, "llama", MIXED)
    folder = tmp_path / "out"
    record, source = folder / "attndsl.json", folder / "programs.attn"
    good, text = json.loads(record.read_text()), source.read_text()
    source.write_text(text + "\n\ndef evil(q, k):\n    return __import__('os').system('true')\n")
    with pytest.raises(AttndslError, match=r"programs\.attn, line \d+"):
        load(folder)
    source.write_text(text)
    for change, message in (
        ({"assignment": {"0.0": "nobody"}}, "'nobody', which is not there"),
        ({"assignment": {"9.0": "same"}}, "names layer 9"),
        ({"assignment": {"0.9": "same"}}, "names head 9"),
        ({"assignment": {"zero": "same"}}, "does not describe an assignment"),
        ({"assignment": ["same"]}, "does not describe an assignment"),
        ({"format": 99}, "not of format 1"),
        ({"pruned": {"0": [1, 2]}}, "can't be loaded|needs? programs"),
        ({"pruned": {"0": "x"}}, "does not describe an assignment"),
        ({"pruned": {"0": [1e999]}}, "does not describe an assignment"),
        ({"pruned": {"9": []}}, "names layer 9"),
        ({"assignment": {"0.0.1": "same"}}, "does not describe an assignment"),
    ):
        record.write_text(json.dumps({**good, **change}))
        with pytest.raises(AttndslError, match=message):
            load(folder)
    for broken in ("{", "[" * 100_000):
        record.write_text(broken)
        with pytest.raises(AttndslError, match="can't be read"):
            load(folder)
    record.unlink()
    with pytest.raises(AttndslError, match=r"no replaced model: it has no attndsl\.json"):
        load(folder)
