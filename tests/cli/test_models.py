"""`capture` and `score` on a small real model: from text to a table of heads."""

import csv
import json
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="capturing needs transformers")

from attndsl.cli.entry import run
from attndsl.explain import write
from attndsl.fit import comparing
from attndsl.fit.comparing import Comparing
from attndsl.fit.on_device import OnDevice
from attndsl.models import replaying, scoring, transfer

PROGRAMS = '''def first(q, k):
    """The first token."""
    return k.i == 0


def previous(q, k):
    """The token before."""
    return k == q.prev


def verbs(q, k):
    """Verbs, by a parse."""
    return k.pos == "VERB"
'''


@pytest.fixture(scope="module")
def captured(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A store of a few texts, in a folder with a space in its name, and a library."""
    folder = tmp_path_factory.mktemp("with space")
    lines = (shared / "data/text/tinystories.jsonl").read_text().splitlines()[:8]
    (folder / "few.jsonl").write_text("\n".join(lines))
    (folder / "library.attn").write_text(PROGRAMS)
    store = folder / "few.attnstore"
    model = str(shared / "data/models/stories260K")
    words = ["capture", model, "--text", str(folder / "few.jsonl"), "-o", str(store)]
    assert run([*words, "--tokens", "48", "--quiet"]) == 0
    assert run([*words, "--tokens", "48", "--quiet"]) == 0, (
        "nothing is left to do, and that is well"
    )
    return store, folder / "library.attn"


def test_score_finds_the_best_program_of_each_head(
    captured: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    store, library = captured
    capsys.readouterr()
    table = store.parent / "heads.csv"
    assert run(["score", str(library), "--store", str(store), "--json", "--csv", str(table)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["heads"] == 40
    assert {fit["program"] for fit in found["fits"]} <= {"first", "previous", "verbs"}
    assert (
        0 < found["mean_iou"]["low"] <= found["mean_iou"]["mean"] <= found["mean_iou"]["high"] < 1
    )
    assert found["programs"] + len(found["left_out"]) == 3, "nothing is dropped without a word"
    with table.open() as lines:
        assert len(list(csv.DictReader(lines))) == 40


def test_score_shows_a_grid_and_the_best_heads(
    captured: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    store, library = captured
    capsys.readouterr()
    assert run(["score", f"{library}:previous", "--store", str(store), "--top", "2"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("content IoU 0.")
    assert "\nrest error  0." in shown
    assert "beside the best constant pattern of each head" in shown
    assert "held-out text" in shown
    grid = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.strip()}
    grid = {name: grid[name] for name in ("H0", "L0", "L1", "L2", "L3", "L4") if name in grid}
    assert list(grid) == ["H0", "L0", "L1", "L2", "L3", "L4"]
    assert "     content IoU in hundredths\n" in shown
    assert all(len(grid[f"L{layer}"]) == 8 + 1 for layer in range(5))
    assert "programs in use: 1 of 1" in shown
    assert run(["score", f"{library}:previous", "--store", str(store), "--top", "0"]) == 0
    short = capsys.readouterr().out
    assert short.splitlines()[-1] == "programs in use: 1 of 1"
    assert "\nbest\n" not in short


def test_programs_are_compared_where_the_model_stands(
    captured: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every command that compares asks for it, by the device of the model that it loads."""
    store, library = captured
    asked: list[str] = []

    def elsewhere(device: object) -> Comparing:
        asked.append(str(device))
        return OnDevice("cpu")

    for module in (comparing, replaying, scoring, transfer, write):
        monkeypatch.setattr(module, "comparing_on", elsewhere)
    run_folder, heads = str(tmp_path / "run"), ["--store", str(store)]
    for words in (
        ["score", str(library), *heads, "-o", run_folder],
        ["score", run_folder, *heads],
        ["report", str(library), *heads, "-o", str(tmp_path / "report.html")],
    ):
        assert run([*words, "--device", "cpu", "--quiet"]) == 0
        assert asked == ["cpu"]
        asked.clear()


def test_dedup_reduces_a_library_by_the_heads_it_fits(
    captured: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    store, library = captured
    capsys.readouterr()
    words = ["dedup", str(library), "--store", str(store)]
    assert run([*words, "--reduce", "1"]) == 0
    assert "1 of" in capsys.readouterr().out, "where any loss will do one program is enough"
    assert run([*words, "--reduce", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["worst_loss"] == 0
    assert run(words) == 2


def test_a_store_of_another_model_is_refused(
    captured: tuple[Path, Path], shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, library = captured
    other = str(shared / "data/models/gpt-nano-sort")
    assert run(["score", str(library), "--store", str(store), "--model", other]) == 1
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["score", "nowhere.attn", "--store", "x"], "there is no file nowhere.attn"),
        (["capture", "no/such/model", "--text", "words", "-o", "x"], "no/such/model"),
    ],
)
def test_what_is_missing_is_named(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run(words) == 1
    assert says in capsys.readouterr().err


def test_a_run_is_written_measured_and_written_with(
    captured: tuple[Path, Path], shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """score -o, then replace and generate from that folder."""
    store, library = captured
    model, run_folder = str(shared / "data/models/stories260K"), str(store.parent / "a run")
    programs = [f"{library}:first", f"{library}:previous"]
    assert run(["score", *programs, "--store", str(store), "-o", run_folder, "--quiet"]) == 0
    assert "Next: attndsl replace" in capsys.readouterr().out

    text = (
        "Once upon a time there was a dog. The dog was happy, and the dog ran.\n\nLily had a ball."
    )
    words = ["replace", model, "--run", run_folder, "--text", text, "--json"]
    assert run([*words, "--fraction", "0.1", "--csv", str(store.parent / "curve.csv")]) == 0
    curve = json.loads(capsys.readouterr().out)["curve"]
    assert [point["by"] for point in curve] == ["unmodified", *["programs", "mean by position"] * 3]
    assert all(point["perplexity"] > 1 for point in curve)
    assert (store.parent / "curve.csv").read_text().count("\n") == 8

    words = ["generate", model, "--run", run_folder, "--prompt", "Once upon a time", "--json"]
    assert run([*words, "--tokens", "8", "--fraction", "0"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["unmodified"] == found["replaced"] != ""
    other = str(shared / "data/models/gpt-nano-sort")
    assert run(["generate", other, "--run", run_folder, "--prompt", "x"]) == 1
    assert "fitted to another model" in capsys.readouterr().err
