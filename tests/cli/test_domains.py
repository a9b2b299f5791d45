"""`score RUN`: a run's own programs on its texts, on others, at lengths, on another model."""

import csv
import json
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="capturing needs transformers")

from attndsl.cli.domains import counts, named, texts_of_place
from attndsl.cli.entry import run
from attndsl.language.diagnostics import AttndslError

PROGRAMS = '''def first(q, k):
    """The first token."""
    return 0.7 * (k.i == 0) + 0.3 * (k == q.prev)


def previous(q, k):
    """The token before."""
    return k == q.prev
'''


CODE = "def f(x):\n    return x + 1\n\nfor i in range(3):\n    pass\n"


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store `few`, a run `run`, texts and a library, of a small real model."""
    folder = tmp_path_factory.mktemp("domains")
    lines = (shared / "data/text/tinystories.jsonl").read_text().splitlines()[:8]
    (folder / "few.jsonl").write_text("\n".join(lines))
    (folder / "code.txt").write_text(
        "def f(x):\n    return x + 1\n\nfor i in range(3):\n    pass\n"
    )
    (folder / "library.attn").write_text(PROGRAMS)
    model = str(shared / "data/models/stories260K")
    store = str(folder / "few")
    words = ["capture", model, "--text", str(folder / "few.jsonl"), "-o", store, "--quiet"]
    assert run([*words, "--tokens", "40"]) == 0
    words = ["score", str(folder / "library.attn"), "--store", store, "--quiet"]
    assert run([*words, "-o", str(folder / "run")]) == 0
    return folder


def test_a_run_is_measured_as_it_stands_on_other_texts_and_lengths(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    words = [
        "score",
        str(made / "run"),
        "--on",
        f"{made / 'code.txt'}:code",
        "--on",
        "builtin:lists",
    ]
    assert run([*words, "--on", str(made / "few"), "--tokens", "16,32", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["domains"]
    assert [(one["domain"], one["tokens"]) for one in found[:4]] == [
        ("code", 16), ("code", 32), ("lists", 16), ("lists", 32),
    ]  # fmt: skip
    assert found[4]["domain"] == "few"
    for one in found:
        assert not one["best_of_library"]
        assert 0 < one["mean_content_iou"]["mean"] < 1
        assert -1 <= one["excess_iou"]["mean"] < 1
    assert run([*words, "--tokens", "16"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == [
        "on", "tokens", "texts", "content", "IoU", "rest", "error", "IoU", "constant", "excess",
    ]  # fmt: skip
    assert shown[1].split()[0] == "code"


def test_one_text_has_no_interval_and_few_texts_have_one_that_says_little(
    made: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text("Tom and Ann sat on the mat.\n")
    capsys.readouterr()
    words = ["score", str(made / "run"), "--on", str(tmp_path / "one.txt"), "--tokens", "16"]
    assert run(words) == 0
    _, one = capsys.readouterr().out.splitlines()
    assert one.split()[:3] == ["one", "16", "1"]
    assert " to " not in one
    assert run([*words, "--on", "builtin:lists"]) == 0
    _, one, lists, note = capsys.readouterr().out.splitlines()
    assert " to " in lists
    assert note == "an interval over fewer than 20 texts says little"


def test_shared_out_a_run_has_the_same_figures_on_texts_and_stores(
    made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short texts, long ones by replay (those over 24 tokens here), and a store."""
    monkeypatch.setattr("attndsl.models.transfer.WHOLE", 24)
    capsys.readouterr()
    words = ["score", str(made / "run"), "--on", f"{made / 'code.txt'}:code", "--on",
             "builtin:lists", "--on", str(made / "few"), "--tokens", "16,32", "--json"]  # fmt: skip
    assert run(words) == 0
    alone = json.loads(capsys.readouterr().out)
    assert run([*words, "--on", "here"]) == 0
    assert json.loads(capsys.readouterr().out) == alone
    assert not (made / "run" / "work").exists()


def test_two_executors_are_refused(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", str(made / "run"), "--on", "local:2", "--on", "ray"]) == 2
    assert "--on local:2 and --on ray: one does the work" in capsys.readouterr().err


def test_on_its_own_report_texts_it_has_the_figures_of_its_table(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    library, store = str(made / "library.attn"), str(made / "few")
    assert run(["score", library, "--store", store, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    words = ["score", str(made / "run"), "--store", store, "--outputs", "--json"]
    assert run([*words, "--csv", str(made / "heads.csv")]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["mean_content_iou"] == first["mean_content_iou"]
    assert again["excess_iou"] == first["excess_iou"]
    assert -5 < again["output_explained"]["mean"] < 1
    assert len(again["output_explained_by_head"]) == 40
    with (made / "heads.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        told = again["output_explained_by_head"][row["head"]]
        assert float(row["output_explained_low"]) == pytest.approx(told["low"])


def test_what_a_run_of_before_lacks_is_said_and_filled_in(
    made: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "library.attn").write_text((made / "run/library.attn").read_text())
    record = json.loads((made / "run/assignment.json").read_text())
    new = json.loads(json.dumps(record))
    for row in record["heads"]:
        del row["content_iou_selection"], row["rest_error_selection"]
    (old / "assignment.json").write_text(json.dumps(record))
    capsys.readouterr()
    assert run(["score", str(old), "--on", f"{made / 'code.txt'}", "--tokens", "16"]) == 0
    assert "made before constant patterns were" in capsys.readouterr().out
    assert run(["score", str(old), "--store", str(made / "few"), "--top", "0"]) == 0
    filled = json.loads((old / "assignment.json").read_text())
    assert (old / "constants.json").read_text() == (made / "run/constants.json").read_text()
    for one, other in zip(filled["heads"], new["heads"], strict=True):
        assert one.pop("contradictions", []) == other.pop("contradictions", [])
        assert one == pytest.approx(other)


def test_a_run_without_heads_is_told_to_name_them(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["score", str(made / "run"), "--outputs"]) == 1
    assert "run keeps no heads: name what it was scored on, by --store" in capsys.readouterr().err


def test_another_model_takes_the_best_of_the_library(
    made: Path, shared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from attndsl.heads.meta import read_meta, write_meta

    other = tmp_path / "other"
    other.mkdir()
    for path in (made / "few").iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    meta = read_meta(other)
    from dataclasses import replace

    write_meta(other, replace(meta, model_hash="of another"))
    capsys.readouterr()
    assert run(["score", str(made / "run"), "--on", f"{other}:there", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["domains"]
    assert found["domain"] == "there"
    assert found["best_of_library"]
    words = ["score", str(made / "run"), "--on", f"{other}:there", "--on", "here", "--json"]
    assert run(words) == 0
    assert json.loads(capsys.readouterr().out)["domains"] == [found]


@pytest.mark.parametrize(
    ("words", "says", "status"),
    [
        (["score", "x.attn", "--on", "y.txt"], "--on takes one RUN", 2),
        (["score", "x.attn", "--store", "s", "--tokens", "3"], "--tokens goes with --on", 2),
        (["score", "x.attn"], "--store STORE", 2),
    ],
)
def test_what_does_not_go_together_is_said(
    words: list[str], says: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == status
    assert says in capsys.readouterr().err


def test_options_that_would_be_passed_over_are_refused(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scored, out = str(made / "run"), str(made / "out")
    assert run(["score", scored, "--on", "builtin", "--csv", out]) == 2
    assert "--csv doesn't go with --on FILE" in capsys.readouterr().err
    assert run(["score", scored, "-o", out]) == 2
    assert "--output doesn't go with a RUN" in capsys.readouterr().err
    assert run(["score", scored, "--on", "builtin", "--top", "3"]) == 2
    assert "--top doesn't go with --on FILE" in capsys.readouterr().err
    assert run(["score", scored, "--by", "iou"]) == 2
    assert "--by doesn't go with a RUN" in capsys.readouterr().err
    assert run(["report", scored, "--texts", "2", "-o", out]) == 2
    assert "--texts doesn't go with a run's DIR" in capsys.readouterr().err


def test_places_have_names_and_built_in_kinds_are_domains(tmp_path: Path) -> None:
    (tmp_path / "a:b.txt").write_text("words")
    assert named([f"{tmp_path}/a:b.txt", "c.txt:news", "d.jsonl"]) == [
        ("a:b", f"{tmp_path}/a:b.txt"), ("news", "c.txt"), ("d", "d.jsonl"),
    ]  # fmt: skip
    assert named(["my/builtin.txt"]) == [("builtin", "my/builtin.txt")]
    assert [name for name, _ in named(["builtin"])] == [
        "stories", "dialogue", "explanation", "code", "mathematics", "lists",
    ]  # fmt: skip
    assert texts_of_place("builtin:code")
    with pytest.raises(AttndslError, match="no built-in texts 'poems'"):
        texts_of_place("builtin:poems")
    assert counts("8, 16") == [8, 16]
