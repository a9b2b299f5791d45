"""Tasks for blind readers on heads that are known: who reads the program gets them right."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="evaluates programs")

from attndsl.engines.batch import Library
from attndsl.files.whole import write_json
from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL
from attndsl.report.gather import from_scores
from attndsl.runs.kept import keep_report
from attndsl.tokens.tokenizer import builtin_table, encode
from benchmarks.reading.__main__ import main, options
from benchmarks.reading.scores import ANSWERS, KEY, TASKS, parsed, read_answers, read_key, scored
from tests.synthesis.llm.server import chat, endpoint

WORDS = "the cat saw a dog and then the dog ran to the hill where the cat sat on a mat all day"
TEXTS = tuple(
    f"{WORDS} with {one} and {other} . so the {one} left the {other} there ."
    for one, other in (("Tom", "Ann"), ("Bob", "Eve"), ("Kim", "Lee"), ("Sam", "Zoe"))
)
PARTS = {
    "just_before": "previous_token(q, k)",
    "two_before": "two_back(q, k)",
    "three_before": "three_back(q, k)",
    "own_token": "itself(q, k)",
    "four_before": "(q.i - k.i == 4)",
    "five_before": "(q.i - k.i == 5)",
}
SOURCE = "\n\n".join(
    f'def {name}(q, k):\n    """Most to {name}."""\n    return 0.3 * sink(q, k) + 0.7 * {part}\n'
    for name, part in PARTS.items()
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose heads do what its programs say, and one head that only rests."""
    folder = tmp_path_factory.mktemp("reading")
    texts = [encode(words) for words in TEXTS]
    programs = verify(SOURCE).programs
    resting = verify("def rests(q, k):\n    return sink(q, k)\n").programs
    items = [(text.ids.tolist(), text.text) for text in texts]
    table = builtin_table()
    heads = len(programs) + 1
    meta = StoreMeta("known", "-", table.fingerprint, 1, heads, len(texts), texts_hash(items))
    maps = Library([*programs, *resting], CAUSAL).patterns(texts)
    with StoreWriter(folder / "heads", meta) as writer:
        for number, ((ids, words), patterns) in enumerate(zip(items, maps, strict=True)):
            writer.add(number, ids, words, patterns)
    store = HeadStore.open(folder / "heads")
    scores = score_library(programs, store, table)
    keep_report(from_scores(scores, programs, store, table, texts=2), folder)
    return folder


@pytest.fixture
def tasks(run: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "tasks of run"
    assert main(["--write", str(folder), "--run", str(run), "--each", "3"]) == 0
    return folder


def test_of_an_unfinished_run_that_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    so_far = tmp_path / "so_far"
    shutil.copytree(run, so_far)
    for state, note in (("fit", "note: the run so_far isn't finished: its programs are those after "
                         "fit\n"), ("done", "")):  # fmt: skip
        write_json(so_far / "summary.json", {"schema": 2, "state": state})
        assert main(["--write", str(tmp_path / state), "--run", str(so_far)]) == 0
        assert capsys.readouterr().out.partition("tasks\n")[2] == note


def test_only_heads_with_content_are_asked_of_and_sheets_hold_no_key(tasks: Path) -> None:
    kept = json.loads((tasks / KEY).read_text())
    assert kept["heads"] == kept["eligible"] == len(PARTS)
    names = sorted(path.stem for path in (tasks / TASKS).iterdir())
    assert names == sorted(kept["sheets"])
    assert {"fuzz-1-01", "fuzz-2-02", "words-01", "none-02", "simulate-1-01"} < set(names)
    every = "".join(path.read_text() for path in (tasks / TASKS).iterdir())
    assert "L0.H" not in every, "a sheet doesn't name heads"
    none = (tasks / TASKS / "none-01.md").read_text()
    words = (tasks / TASKS / "words-01.md").read_text()
    assert "Most to" not in none
    assert "def " not in none + words
    assert "Most to" in words
    codes = [code for sheet in kept["sheets"].values() for code in sheet]
    assert len(set(codes)) == len(codes)
    assert all(f"{code}: " in every for code in codes)


def test_a_head_has_its_own_program_in_one_series_and_anothers_in_the_other(tasks: Path) -> None:
    shown: dict[str, dict[str, set[str]]] = {}
    for name, sheet in read_key(tasks).items():
        series = re.sub(r"-\d\d$", "", name)
        for item in sheet.values():
            shown.setdefault(series, {}).setdefault(item["head"], set()).add(item["shown"])
    for head, first in shown["fuzz-1"].items():
        assert {*first, *shown["fuzz-2"][head]} == {"own", "other"}
        assert len(first) == 1
    both = {tuple(one) for one in shown["fuzz-1"].values()}
    assert both == {("own",), ("other",)}, "a sheet has some of each"


def test_false_keys_are_at_a_like_distance_and_not_what_the_head_looks_at(tasks: Path) -> None:
    sheet = (tasks / TASKS / "none-01.md").read_text()
    asked = re.findall(r"query (\d+) \S+: A (\d+) \S+ or B (\d+)", sheet)
    assert len(asked) == 3 * 8
    for query, one, other in (map(int, found) for found in asked):
        assert 0 < one <= query
        assert 0 < other <= query
        near, far = sorted((query - one, query - other))
        assert 0 < far - near <= max(1, far // 2)


def answer(folder: Path, kind: str, how: str) -> None:
    """Answers to all sheets of a kind: `right`, what the `program` says, or `wrong`."""
    (folder / ANSWERS).mkdir(exist_ok=True)
    for name, sheet in read_key(folder).items():
        if name.startswith(kind):
            lines = [f"{code} {given(item, how)}" for code, item in sheet.items()]
            said = "\n".join(["reader: a test", *lines, "minutes: 2.5"])
            (folder / ANSWERS / f"{name}.txt").write_text(said)


def given(item: dict[str, list[str]], how: str) -> str:
    if how != "wrong":
        return item[how][0]
    return next(one for one in ("A", "B", "0") if one not in item["right"])


def test_who_reads_the_program_is_right_of_its_head_and_not_of_others(tasks: Path) -> None:
    for kind in ("fuzz", "simulate", "intruder"):
        answer(tasks, kind, "program")
    key = read_key(tasks)
    found = scored(key, read_answers(tasks, key)).figures
    for name in ("engine_own", "fuzz_own", "fuzz_own_as_engine", "simulate_engine",
                 "simulate_head", "engine_simulate_head", "intruder_own"):  # fmt: skip
        assert found[name].mean == 1.0, name
    assert found["fuzz_other"].mean < 0.75
    assert found["simulate_head_other"].mean < 0.3
    assert found["fuzz_own_less_other"].mean == pytest.approx(1 - found["fuzz_other"].mean)


def test_wrong_and_missing_answers_count_as_wrong(tasks: Path) -> None:
    answer(tasks, "words", "wrong")
    answer(tasks, "none", "right")
    kept = tasks / ANSWERS / "none-01.txt"
    kept.write_text("\n".join(kept.read_text().splitlines()[:-7]))
    key = read_key(tasks)
    found = scored(key, read_answers(tasks, key))
    assert found.figures["fuzz_words"].mean == 0
    assert found.missing["fuzz_none"] == 6
    assert found.figures["fuzz_none"].mean == pytest.approx(1 - 6 / (6 * 8))
    assert found.questions["fuzz_none"] == 6 * 8


def test_answers_are_read_as_people_and_models_write_them() -> None:
    told = parsed("x", "**Reader:** Ann\n- `bcdfg` A\nbcdfh: B\nbcdfj = 12\nNo code A\nMinutes: 4")
    assert told.given == {"bcdfg": "A", "bcdfh": "B", "bcdfj": "12"}
    assert told.minutes == 4


def test_slips_are_told(tasks: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--answers", str(tasks)]) == 1
    assert "has no answers" in capsys.readouterr().err
    assert main(["--write", str(tasks), "--run", str(run)]) == 1
    assert "has tasks already" in capsys.readouterr().err
    answer(tasks, "none", "right")
    (tasks / ANSWERS / "none-01.txt").write_text("zzzzz A")
    with pytest.raises(AttndslError, match="no question zzzzz"):
        read_answers(tasks, read_key(tasks))


def test_without_its_client_no_language_model_is_asked(
    tasks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.reading.asking.find_spec", lambda _: None)
    words = ["--llm-model", "tiny", "--base-url", "http://127.0.0.1:1/v1"]
    assert main(["--ask", str(tasks), *words]) == 1
    assert "attndsl doctor --get llm" in capsys.readouterr().err


def test_a_language_model_is_asked_once_for_each_sheet(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openai", reason="asks by its client")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    sheets = list((tasks / TASKS).iterdir())
    for path in sheets[1:]:
        path.unlink()
    items = read_key(tasks)[sheets[0].stem]
    reply = "\n".join(f"{code} {item['right'][0]}" for code, item in items.items())
    with endpoint(usual=chat(f"I think:\n{reply}")) as server:
        words = ["--ask", str(tasks), "--llm-model", "tiny", "--base-url", server.url]
        assert main(words) == 0
        assert main(words) == 0, "what is answered isn't asked again"
        assert len(server.asked) == 1
        assert sheets[0].read_text() in server.prompts[0]
    assert main(["--answers", str(tasks), "--json", str(tmp_path / "figures.json")]) == 0
    assert "tiny" in capsys.readouterr().out
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert all(np.isfinite(value) for value in figures.values())


def test_help_says_where_answers_go() -> None:
    said = " ".join(options().format_help().split())
    assert "DIR/tasks/NAME.md go to DIR/answers/NAME.txt" in said
