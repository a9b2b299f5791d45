"""Runs as packages: opened without their heads, merged, exported, on the hub, with a card."""

import csv
import doctest
import importlib
import json
import random
import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

from attndsl.engines.reference import pattern
from attndsl.files.whole import write_json
from attndsl.fit.findings import Census, Finding, HeadCensus
from attndsl.fit.intervals import Estimate
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from attndsl.report.data import Report
from attndsl.report.write import page
from attndsl.runs import open_run
from attndsl.runs.card import write_card
from attndsl.runs.export import write_csv, write_maps
from attndsl.runs.hub import pull, push
from attndsl.runs.kept import plain
from attndsl.runs.merge import merge
from attndsl.runs.schema import CENSUS, KEYS, PACKAGE, portable_command
from attndsl.tokens import encode
from tests.mutants import changed
from tests.report.conftest import HEADS, LAYERS
from tests.runs.conftest import made

SEEN = Estimate(0.5, 0.4, 0.6, 3)
ASLEEP = Finding("bracket", "natural text", SEEN, 0.5, SEEN, names=False)
DOES = Finding("long_induction", "natural text", SEEN, 0.1, SEEN, names=True)
TAKEN = Census("tiny <model>", tuple(
    HeadCensus(f"L{layer}.H{head}", 0.1, 1.0, (DOES, ASLEEP), (DOES.mechanism,))
    if (layer, head) == (1, 2) else HeadCensus(f"L{layer}.H{head}", 0.1, 1.0, (), ())
    for layer in range(LAYERS) for head in range(HEADS)
), 3, 3)  # fmt: skip


@pytest.mark.parametrize("name", ["card", "opened", "schema", "shortfalls"])
def test_the_examples_of_a_file_hold(name: str) -> None:
    done = doctest.testmod(importlib.import_module(f"attndsl.runs.{name}"))
    assert done.attempted > 0
    assert done.failed == 0


def test_heads_programs_and_figures_of_a_run(small: tuple[Path, Report]) -> None:
    run = open_run(small[0])
    assert not run.missing
    assert len(run) == len(run.rows) == 12
    assert [row["layer"] for row in run.rows] == sorted(row["layer"] for row in run.rows)
    one = run.head(1, 2)
    assert (one.name, one.figures["iou"], one.figures["effect"]) == ("L1.H2", 0.5, 1.25)
    assert set(one.figures) == {"iou_selection", "iou", "effect", "contradictions"}, (
        "a ladder is no figure"
    )
    assert run.program(one.program.name).hash == run.program(one.program.hash).hash
    assert {head.program.name for head in run.find("near")} == {"nearby"}
    assert {head.program.name for head in run.find("COPIES word")} == {"same_word"}
    with pytest.warns(UserWarning, match="no program says 'induction'"):
        assert not run.find("induction")
    assert "12 heads of tiny <model>, content IoU 0.500, mean IoU 0.500" in repr(run)
    assert "tiny &lt;model&gt;" in run._repr_html_()
    assert "<script>" not in run.head(0, 0)._repr_html_() + run._repr_html_()


def test_the_report_is_made_again_from_the_runs_own_maps(
    small: tuple[Path, Report], tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in PACKAGE:
        if (small[0] / name).exists():
            shutil.copy(small[0] / name, moved / name)
    again = open_run(moved).report(tmp_path / "again.html")
    assert repr(again) == f"<report on 12 heads of tiny <model>, IoU {again.mean.mean:.3f}>"
    assert page(again) == page(small[1]) == (tmp_path / "again.html").read_text()
    assert np.abs(again.texts[0].real - small[1].texts[0].real).max() < 0.004


def test_an_old_run_opens_and_says_what_it_lacks(tmp_path: Path) -> None:
    folder = made(tmp_path, range(1))
    old = json.loads((folder / "summary.json").read_text())
    for name, key in KEYS.items():
        if key.since > 1:
            old.pop(name, None)
    (folder / "summary.json").write_text(json.dumps(old))
    run = open_run(folder)
    assert {line.partition(":")[0] for line in run.missing} >= {"forecast", "state", "report.json"}
    with pytest.raises(AttndslError, match=r"has no report\.json"):
        run.report()


BAD: dict[str, tuple[Any, str]] = {
    "a later schema": ({"schema": 9}, "is of schema 9; this version of attndsl reads up to"),
    "a count in words": ({"heads": "many"}, 'heads is "many", not a whole number'),
    "a figure without an interval": ({"mean_iou": {"mean": 1}}, "mean_iou.low is null"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_summary_that_does_not_hold_is_refused(tmp_path: Path, what: str) -> None:
    changed, said = BAD[what]
    folder = made(tmp_path, range(1))
    path = folder / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(AttndslError, match=said):
        open_run(folder)


@pytest.mark.parametrize("name", ["summary.json", "assignment.json"])
def test_a_damaged_file_of_a_run_is_told_or_does_no_harm(name: str, tmp_path: Path) -> None:
    folder, draw, told = made(tmp_path, range(2)), random.Random(name), 0
    whole = (folder / name).read_bytes()
    for number in range(150):
        if number % 3:
            (folder / name).write_text(json.dumps(changed(json.loads(whole), draw)))
        else:
            turned = bytearray(whole)
            turned[draw.randrange(len(turned))] ^= 1 << draw.randrange(8)
            (folder / name).write_bytes(turned)
        try:
            run = open_run(folder)
            assert f"{run!r}{run._repr_html_()}{run.rows}{run.head(0, 0)}"
        except AttndslError:
            told += 1
    assert 0 < told < 150


def test_what_is_no_run_or_cut_off_is_said(small: tuple[Path, Report], tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="is no run"):
        open_run(tmp_path)
    folder = tmp_path / "cut"
    shutil.copytree(small[0], folder)
    data = (folder / "maps.safetensors").read_bytes()
    (folder / "maps.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(AttndslError, match="can't be read"):
        open_run(folder).report()


def test_a_run_says_why_a_head_gives_a_weight(small: tuple[Path, Report]) -> None:
    run = open_run(small[0])
    words = "The cat saw the cat."
    for head in run:
        found = run.why(head.layer, head.head, words, 3, 1)
        assert found.weight == pytest.approx(float(pattern(head.own, encode(words))[3, 1]))
        assert found.program == head.own.name
    assert run.why(0, 0, encode(words), 3, 1) == run.why(0, 0, words, 3, 1)
    with pytest.raises(AttndslError, match="there is no query 9"):
        run.why(0, 0, words, 9, 1)
    with pytest.raises(AttndslError, match=r"no program for L7\.H0"):
        run.why(7, 0, words, 3, 1)


def test_a_head_that_rests_by_a_number_of_its_own_is_told_with_it(tmp_path: Path) -> None:
    folder = made(tmp_path, range(1))
    record = json.loads((folder / "assignment.json").read_text())
    for head in record["heads"]:
        head["rest"] = 2.5
    (folder / "assignment.json").write_text(json.dumps(record | {"format": 2}))
    run, multiplied = open_run(folder), 0
    assert {row["times_rest"] for row in run.rows} == {2.5}
    for head in run:
        for key in (0, 2):
            found = run.why(head.layer, head.head, "The cat saw the cat.", 3, key)
            assert found.weight == pytest.approx(found.value / found.row)
            assert sum(part.value for part in found.part.leaves) == pytest.approx(found.value)
            told = any("2.5 times" in fact.answer for fact in found.taken)
            assert told == (key == 0 and found.value > 0)
            multiplied += told
    assert multiplied


def test_where_some_heads_rest_by_a_number_of_their_own_every_row_has_one(tmp_path: Path) -> None:
    """Else a table has a gap where the number is 1."""
    folder = made(tmp_path, range(1))
    record = json.loads((folder / "assignment.json").read_text())
    record["heads"][0]["rest"] = 2.5
    (folder / "assignment.json").write_text(json.dumps(record | {"format": 2}))
    assert sorted(row["times_rest"] for row in open_run(folder).rows) == [1.0, 1.0, 1.0, 2.5]


def test_a_run_of_an_encoder_is_asked_under_its_mask(
    small: tuple[Path, Report], tmp_path: Path
) -> None:
    shutil.copytree(small[0], tmp_path / "run")
    with pytest.raises(AttndslError, match="can't see key 3"):
        open_run(tmp_path / "run").why(0, 0, "The cat saw the cat.", 1, 3)
    data = tmp_path / "run" / "report.json"
    mask = {"mask": {"kind": "full", "window": 0}}
    data.write_text(json.dumps(json.loads(data.read_text()) | mask))
    assert open_run(tmp_path / "run").why(0, 0, "The cat saw the cat.", 1, 3).key == 3
    for wrong in ([], {}, {"mask": {"kind": "odd", "window": 0}}, {"mask": {"kind": "full"}}):
        data.write_text(json.dumps(wrong))
        with pytest.raises(AttndslError, match=r"report\.json"):
            open_run(tmp_path / "run").mask  # noqa: B018
    data.unlink()
    assert open_run(tmp_path / "run").mask == Mask()


def test_runs_of_one_model_merge_and_others_do_not(tmp_path: Path) -> None:
    low = open_run(made(tmp_path / "low", range(2), iou=0.5))
    high = open_run(made(tmp_path / "high", range(1, 3), iou=0.7))
    both = merge(low, high, tmp_path / "both")
    assert len(both) == 12
    assert [both.head(layer, 0).figures["iou_selection"] for layer in range(3)] == [0.5, 0.7, 0.7]
    for run in (low, high):
        for head in run:
            mine = both.head(head.layer, head.head)
            assert mine.program.hash == head.program.hash
    assert "FAR" in (tmp_path / "both/library.attn").read_text()  # helpers came along
    strange = open_run(made(tmp_path / "strange", range(1), model_hash="other"))
    with pytest.raises(AttndslError, match="only runs of one model merge"):
        merge(low, strange, tmp_path / "never")
    with pytest.raises(AttndslError, match="is not empty"):
        merge(low, high, tmp_path / "both")


class Shelf:
    """A stand-in for the hub: repositories are folders here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create_repo(self, repo_id: str, **_: Any) -> None:
        (self.folder / repo_id).mkdir(parents=True, exist_ok=True)

    def upload_folder(
        self, *, repo_id: str, folder_path: str, allow_patterns: list[str], **_: Any
    ) -> str:
        for name in allow_patterns:
            shutil.copy(Path(folder_path) / name, self.folder / repo_id / name)
        return f"shelf/{repo_id}"

    def snapshot_download(
        self, repo_id: str, *, local_dir: str, allow_patterns: list[str], **_: Any
    ) -> str:
        if not (self.folder / repo_id).exists():
            raise OSError(f"there is no {repo_id}")
        Path(local_dir).mkdir(parents=True, exist_ok=True)
        for path in (self.folder / repo_id).iterdir():
            if path.name in allow_patterns:
                shutil.copy(path, local_dir)
        return local_dir


def test_a_run_goes_to_the_hub_and_comes_back(small: tuple[Path, Report], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small[0], folder)
    (folder / "journal.jsonl").write_text("what stays at home")
    hub = Shelf(tmp_path / "hub")
    assert push(folder, "me/heads", hub=hub) == "shelf/me/heads"
    assert {path.name for path in (tmp_path / "hub/me/heads").iterdir()} <= set(PACKAGE)
    back = pull("me/heads", tmp_path / "back", hub=hub)
    assert back.rows == open_run(folder).rows
    assert page(back.report()) == page(small[1])
    with pytest.raises(AttndslError, match="is not empty"):
        pull("me/heads", tmp_path / "back", hub=hub)
    with pytest.raises(AttndslError, match="there is no me/others"):
        pull("me/others", tmp_path / "others", hub=hub)


def test_a_hub_that_does_not_answer_is_said_in_words(
    small: tuple[Path, Report], tmp_path: Path
) -> None:
    """By an error of the library that huggingface_hub asks with, which is none of its own."""
    refused = type("ConnectError", (Exception,), {"__module__": "httpx2"})

    class Deaf(Shelf):
        def create_repo(self, repo_id: str, **_: Any) -> None:
            raise refused("[Errno -2] Name or service not known")

    folder = tmp_path / "run"
    shutil.copytree(small[0], folder)
    with pytest.raises(
        AttndslError, match=r"didn't do it for me/heads: .*not known\. Check the na"
    ):
        push(folder, "me/heads", hub=Deaf(tmp_path / "hub"))
    assert {path.name for path in folder.iterdir()} >= {"README.md", "library.attn"}


def test_the_card_says_what_the_run_is_of(tmp_path: Path) -> None:
    folder = made(tmp_path, range(1))
    card = (folder / "README.md").read_text()
    for said in ("tiny <model>", "`h`", "0.500 (0.400 to 0.600)", "not given", "bibtex"):
        assert said in card
    for said in ("| content IoU | 0.500 (0.400 to 0.600) |", "| rest error | 0.500 (0.400 to 0.6"):
        assert said in card, "what programs are chosen by"


def test_the_card_says_where_the_library_falls_short(tmp_path: Path) -> None:
    folder = made(tmp_path, range(1))
    summary = json.loads((folder / "summary.json").read_text())
    write_json(folder / "summary.json", summary | {"sharing_cost": {"L0.H1": 0.05, "L0.H2": 0.01}})
    write_card(folder)
    said = (folder / "README.md").read_text()
    assert "Sharing costs 0.030 of content IoU on the mean of 2 heads; 1 head loses more" in said
    assert open_run(folder).head(0, 1).figures["sharing_cost"] == 0.05
    assert "sharing_cost" not in open_run(folder).head(0, 3).figures


def test_the_card_lists_the_files_that_are_there(
    small: tuple[Path, Report], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small[0], folder)
    for taken in (False, True):
        if taken:
            write_json(folder / CENSUS, plain(TAKEN, {}))
        write_card(folder)
        listed = re.findall(r"^- `([\w.]+)`$", (folder / "README.md").read_text(), re.MULTILINE)
        there = {path.name for path in folder.iterdir()} & set(PACKAGE)
        assert set(listed) == there - {"README.md"}
        assert (CENSUS in listed) == taken


def test_find_goes_by_what_heads_are_measured_to_do_too(
    small: tuple[Path, Report], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(small[0], folder)
    with pytest.warns(
        UserWarning, match="took no census .*`attndsl heads MODEL --run .* of tiny <model>"
    ):
        assert open_run(folder).find("induction") == ()
    write_json(folder / CENSUS, plain(TAKEN, {}))
    run = open_run(folder)
    assert [head.name for head in run.find("induction")] == ["L1.H2"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run.find("bracket") == (), "it was looked for: no head does it"


def test_find_says_what_there_is_where_nothing_is_called_so(
    small: tuple[Path, Report], tmp_path: Path
) -> None:
    """As `attndsl heads --find` does of mechanisms; programs' names can be asked for too."""
    folder = tmp_path / "run"
    shutil.copytree(small[0], folder)
    write_json(folder / CENSUS, plain(TAKEN, {}))
    run = open_run(folder)
    with pytest.raises(
        AttndslError, match=r"no program .* 'zzz', .* are bracket, long_induction, and"
    ):
        run.find("zzz")
    with pytest.raises(AttndslError, match="did you mean bracket"):
        run.find("Brakcet")
    with pytest.raises(AttndslError, match="did you mean nearby"):
        run.find("nearbby")
    with pytest.raises(AttndslError, match=r"no mechanism 'brakcet' .* did you mean bracket"):
        TAKEN.find("brakcet")
    assert TAKEN.find("bracket") == ()


def test_what_is_asked_of_a_run_by_mistake_is_told(small: tuple[Path, Report]) -> None:
    run: Any = open_run(small[0])
    for ask, said in (
        (lambda: run.head(1.5, 0), "1.5 is no layer"),
        (lambda: run.head(0, "1"), "'1' is no head"),
        (lambda: run.head(0, 99), r"no program for L0\.H99"),
        (lambda: run.find(["near"]), "is no word"),
        (lambda: run.program(3), "3 is no program's name"),
        (lambda: run.program("nearbby"), "did you mean nearby"),
        (lambda: run.why(0, 0, 3, 1, 0), "3 is no text"),
        (lambda: TAKEN["L9.H9"], "^the census has no head 'L9.H9'"),
    ):
        with pytest.raises(AttndslError, match=said):
            ask()


def test_figures_and_maps_are_exported(small: tuple[Path, Report], tmp_path: Path) -> None:
    run = open_run(small[0])
    assert write_csv(run, tmp_path / "heads.csv") == 12
    with (tmp_path / "heads.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (rows[5]["layer"], rows[5]["head"], rows[5]["iou"]) == ("1", "1", "0.5")
    assert write_maps(run, tmp_path / "maps.safetensors") == 2
    text = small[1].texts[0]
    with safe_open(tmp_path / "maps.safetensors", "numpy") as maps:
        found = maps.get_tensor(f"predicted.{text.number}")
        tokens = json.loads(maps.metadata()["tokens"])[str(text.number)]
    n = len(text.tokens)
    assert found.shape == (3, 4, n, n)
    assert tokens == list(text.tokens)
    slot = small[1].heads[5].map
    assert found[1, 1][np.tril_indices(n)] == pytest.approx(text.predicted[slot], abs=0.005)
    assert found[1, 1].sum(-1) == pytest.approx(np.ones(n), abs=0.05)


def test_a_command_is_kept_without_paths() -> None:
    kept = portable_command("attndsl explain /m/tiny --text '/d/my texts.txt' --run=/r/x")
    assert kept == "attndsl explain tiny --text 'my texts.txt' --run=x"
