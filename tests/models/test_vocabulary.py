"""Models over symbols: a file of names stands for the tokenizer, from capture to replacing."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs the extra `models`")

from attndsl.cli.entry import run
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.vocabulary import names_of, standing_in
from tests.surrogates.tiny import tiny

NAMES = ["<bos>", "<sep>", "a", "b", "c"]


@pytest.fixture
def symbols(tmp_path: Path) -> Path:
    """A model over many symbols in a folder without a tokenizer, and its vocabulary beside it."""
    model = tiny("gpt2")
    names = NAMES + [f"x{number}" for number in range(model.config.vocab_size - len(NAMES))]
    model.save_pretrained(tmp_path / "model")
    (tmp_path / "names.txt").write_text("\n".join(names) + "\n")
    return tmp_path


def test_a_vocabulary_file_reads_names(symbols: Path) -> None:
    with standing_in(symbols / "names.txt"):
        loaded = load(str(symbols / "model"))
    assert loaded.encode("<bos> a c b <sep> a").tolist() == [0, 2, 4, 3, 1, 2]
    columns = loaded.table.columns
    assert columns["is_bos"][0]
    assert columns["is_sep"][1]
    assert loaded.table.pool.strings[columns["text"][3]] == "b"
    with pytest.raises(AttndslError, match=r"no name 'z'; its names are <bos>, <sep>, a"):
        loaded.encode("a z")


def test_one_in_the_models_folder_needs_no_naming(symbols: Path) -> None:
    without = load(str(symbols / "model"))
    with pytest.raises(AttndslError, match="--vocabulary FILE"):
        without.encode("a")
    (symbols / "names.txt").rename(symbols / "model/vocabulary.txt")
    assert load(str(symbols / "model")).encode("b a").tolist() == [3, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a\nb\na\n", "line 3: 'a' stands on line 1 too"),
        ("a\n\nb\n", "line 2: '' is no name"),
        ("a b\n", "line 1: 'a b' is no name"),
    ],
)
def test_a_bad_vocabulary_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "names.txt").write_text(text)
    with pytest.raises(AttndslError, match=said):
        names_of(tmp_path / "names.txt")


def test_a_vocabulary_of_another_size_is_refused(symbols: Path) -> None:
    (symbols / "names.txt").write_text("a\nb\n")
    with (
        standing_in(symbols / "names.txt"),
        pytest.raises(AttndslError, match="has 2 names, and the model knows"),
    ):
        load(str(symbols / "model"))


def test_commands_take_the_file(
    symbols: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Captured, scored, replaced: all as with a tokenizer."""
    monkeypatch.chdir(symbols)
    rng = np.random.default_rng(0)
    texts = [" ".join(["<bos>", *rng.choice(["a", "b", "c"], 9)]) for _ in range(8)]
    Path("texts.jsonl").write_text("".join(json.dumps({"text": one}) + "\n" for one in texts))
    Path("library.attn").write_text(
        'def before(q, k):\n    """The symbol before."""\n    return k == q.prev\n'
    )
    names = ["--vocabulary", "names.txt"]
    assert run(["capture", "model", "--text", "texts.jsonl", "-o", "store", "--quiet", *names]) == 0
    assert HeadStore.open("store")[0].ids.tolist()[0] == 0
    assert "Next: attndsl score LIBRARY.attn --store store --vocabulary names.txt" in told(capsys)
    score = ["score", "library.attn", "--store", "store", "-o", "run", "--quiet"]
    assert run(score) == 1
    assert "name the file again, --vocabulary FILE" in capsys.readouterr().err
    assert run([*score, *names]) == 0
    assert "Next: attndsl replace model --run run --text FILE --vocabulary" in told(capsys)
    replace = ["replace", "model", "--run", "run", "--fraction", "0.5", "--text", "texts.jsonl"]
    assert run([*replace, *names]) == 0, capsys.readouterr().err
    explain = ["explain", "model", "--text", "texts.jsonl", "-o", "found", "--budget", "1s"]
    skipped = "look,probes,fit,effects,replace,census,report"
    assert run([*explain, "--skip", skipped, "--quiet", *names]) == 0, capsys.readouterr().err
    assert "--store found/heads --top 3 --vocabulary names.txt\n" in told(capsys)
    assert not verify(Path("found/library.attn").read_text()).errors
    capsys.readouterr()
    assert run(["capture", "model", "--text", "texts.jsonl", "-o", "other", "--quiet"]) == 1
    assert "--vocabulary FILE" in capsys.readouterr().err


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out
