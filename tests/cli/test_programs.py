"""check, ast, run, diff and dedup: their output held by goldens, their JSON by its figures."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attndsl.graph.rules import VERSION
from tests.cli.conftest import Command, needs_numba

Golden = Callable[[str, str], None]
SPOKEN = 'Tom said, "I am late." Ann laughed.'


def stable(text: str) -> str:
    """Costs and hashes change with the compiler; their columns stay."""
    text = re.sub(r"\b[0-9a-f]{12,64}\b", "<hash>", text)
    return re.sub(r"\d+(\.\d+)?[kMG]? ops +\d+(\.\d+)?[kMG]?B", "<time> ops  <memory>B", text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("check-well.txt", ("check", "previous.attn", "heads.attn")),
        ("check-wrong.txt", ("check", "wrong.attn")),
        ("ast-parse.txt", ("ast", "heads.attn:before_me", "--stage", "parse")),
        ("ast-typed.txt", ("ast", "heads.attn:before_me", "--stage", "typed")),
        ("run.txt", ("run", "previous.attn", "--text", "The cat sat on the mat.")),
        ("run-values.txt", ("run", "heads.attn", "--text", "The cat sat.", "--values")),
        ("run-full.txt", ("run", "previous.attn", "--text", "a b c", "--mask", "full")),
        ("run-window.txt", ("run", "heads.attn:first_token", "--text", "a b c d e",
                            "--mask", "window:2")),
        ("diff.txt", ("diff", "previous.attn", "heads.attn:first_token", "--text",
                      "The cat sat on the mat.", "--map")),
        ("diff-same.txt", ("diff", "previous.attn", "heads.attn:before_me", "--text", "a b c")),
        pytest.param("dedup.txt", ("dedup", "previous.attn", "heads.attn", "with space.attn",
                                   "--text", "story.txt"), marks=needs_numba),
        ("ast-trace.txt", ("ast", "heads.attn:before_me", "--trace")),
        ("ast-difference.txt", ("ast", "heads.attn:before_me", "heads.attn:whole_text")),
        ("ast-same.txt", ("ast", "heads.attn:before_me", "previous.attn")),
        ("ast-dot.txt", ("ast", "previous.attn", "--dot")),
        ("why.txt", ("run", "heads.attn:before_me", "--text", "a b c", "--why", "2,1")),
        ("why-found.txt", ("run", "found.attn", "--text", SPOKEN, "--why", "6,4")),
        ("why-none.txt", ("run", "found.attn", "--text", SPOKEN, "--why", "11,9")),
        ("why-outside.txt", ("run", "heads.attn:before_me", "--text", "a b c", "--why", "3,1")),
        ("texts.txt", ("texts", "stories")),
    ],
)  # fmt: skip
def test_output(attndsl: Command, golden: Golden, name: str, words: tuple[str, ...]) -> None:
    result = attndsl(*words)
    golden(name, stable(f"status {result.status}\n{result.out}{result.err}"))


def test_check_tells_what_is_proved(attndsl: Command) -> None:
    found = json.loads(attndsl("check", "heads.attn", "wrong.attn", "--json").out)
    heads, wrong = found["files"]
    causal = {program["name"]: program["causal"] for program in heads["programs"]}
    assert causal == {"first_token": True, "before_me": True, "whole_text": False}
    streams = [program["streams"] for program in heads["programs"]]
    assert [(one["kind"], one["first"], one["window"]) for one in streams] == [
        ("window", 1, 0),
        ("window", 1, 2),
        ("full", 0, 0),
    ]
    assert streams[2]["reason"] == "it looks ahead of the query"
    reason = heads["programs"][2]["not_causal"][0]
    assert reason["line"] == 14
    assert [program["name"] for program in wrong["programs"]] == ["fine"]
    (typo,) = [one for one in wrong["diagnostics"] if one["severity"] == "error"]
    assert (typo["line"], typo["column"]) == (2, 14)
    assert "is_quote" in typo["hint"]
    assert found["errors"] == 1


def test_check_reads_standard_input(attndsl: Command) -> None:
    result = attndsl("check", "-", stdin="def f(q, k):\n    return k.i == 0\n")
    assert result.status == 0
    assert "standard input" in result.out


@pytest.mark.parametrize(
    "source",
    [b"", b"\xff\xfe\x00", b"\0" * 10, b"def f(q, k):\r\n\treturn 1\r\n  return", b"(" * 100_000,
     b"x = " + b"1+" * 100_000 + b"1\n"],
    ids=["empty", "not-utf8", "nul", "tabs", "deep", "flat"],
)  # fmt: skip
def test_bad_input_is_diagnosed(attndsl: Command, source: bytes) -> None:
    result = attndsl("check", "-", stdin=source)
    assert result.status == 1
    assert "Traceback" not in result.err


def test_a_warning_is_no_error(attndsl: Command) -> None:
    source = "def f(q, k):\n    unused = 1\n    return k.i == 0\n"
    result = attndsl("check", "-", stdin=source)
    assert result.status == 0
    assert "1 warning" in result.out


def test_run_as_json_is_the_matrix(attndsl: Command) -> None:
    result = attndsl("run", "previous.attn", "--text", "a b c", "--json")
    found = json.loads(result.out)
    assert found["tokens"] == ["a", "b", "c"]
    assert np.allclose(found["pattern"], [[1, 0, 0], [1, 0, 0], [0, 1, 0]])


def test_run_takes_built_in_texts_files_and_standard_input(attndsl: Command) -> None:
    def tokens(*words: str, stdin: str = "") -> list[str]:
        result = attndsl("run", "previous.attn", "--json", *words, stdin=stdin)
        assert result.status == 0, result.err
        found: list[str] = json.loads(result.out)["tokens"]
        return found

    assert tokens()[:3] == ["A", "fox", "lived"]
    assert tokens("--text", "stories/fox") == tokens()
    assert tokens("--text", "story.jsonl") == ["One", "two", "three", "."]
    assert tokens("--text", "-", stdin="hello there") == ["hello", "there"]
    assert len(tokens("--tokens", "5")) == 5


def test_run_writes_pictures(attndsl: Command, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="PNG needs the plot extra")
    result = attndsl("run", "previous.attn", "--png", "a b.png", "--svg", "c.svg")
    assert result.status == 0, result.err
    assert (tmp_path / "a b.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "c.svg").read_text(encoding="utf-8").startswith("<svg")
    assert attndsl("run", "heads.attn", "--png", "x.png").status == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "heads.attn:nothing"), "it has first_token"),
        (("run", "previous.attn", "--text", "missing.txt"), "missing.txt"),
        (("run", "previous.attn", "--text", "  "), "no text"),
        (("run", "previous.attn", "--text", ""), "no text"),
        (("run", "previos.attn"), "did you mean previous.attn?"),
        (("diff", "heads.attn", "previous.attn"), "name one of them"),
        (("run", "wrong.attn"), "is_qoute"),
        (("run", "wrong.attn:typo"), "is_qoute"),
    ],
)
def test_what_can_not_be_run_says_why(attndsl: Command, words: tuple[str, ...], said: str) -> None:
    result = attndsl(*words)
    assert result.status == 1
    assert said in result.err


def test_a_right_program_runs_beside_a_wrong_one(attndsl: Command) -> None:
    assert attndsl("run", "wrong.attn:fine", "--text", "a “b” c").status == 0


@pytest.mark.parametrize("stage", ["graph", "canonical", "lowered"])
def test_terms_come_before_their_users(attndsl: Command, stage: str) -> None:
    result = attndsl("ast", "heads.attn", "--stage", stage, "--json", "--trace")
    assert result.status == 0, result.err
    for program in json.loads(result.out):
        assert program["rules"] == VERSION
        for place, term in enumerate(program["terms"]):
            assert term["id"] == place
            assert all(argument < place for argument in term["args"])
        assert program["root"] == len(program["terms"]) - 1
        assert program["trace"] is not None


@pytest.mark.parametrize("stage", ["parse", "typed"])
def test_a_syntax_tree_has_no_trace(attndsl: Command, stage: str) -> None:
    result = attndsl("ast", "heads.attn", "--stage", stage, "--trace")
    assert result.status == 2
    assert f"the stage {stage}" in result.err


def test_the_canonical_form_checks_and_keeps_its_hash(attndsl: Command) -> None:
    (found,) = json.loads(attndsl("ast", "heads.attn:before_me", "--json").out)
    again = json.loads(attndsl("check", "-", "--json", stdin=found["source"]).out)
    assert again["files"][0]["programs"][0]["hash"] == found["hash"]


def test_dedup_without_the_extra_compares_forms_and_says_so(
    attndsl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attndsl.cli.dedup.find_spec", lambda name: None)
    Path("same.attn").write_text("def g(q, k):\n    return 3 * (q.prev == k)\n")
    result = attndsl("dedup", "previous.attn", "same.attn")
    assert result.status == 0
    assert "g  same canonical form" in result.out
    assert "compared by form alone; to run them as well: attndsl doctor --get score" in result.out


@needs_numba
def test_dedup_by_form_and_by_behaviour(attndsl: Command) -> None:
    source = "def g(q, k):\n    return 3 * (q.prev == k)\n"
    source += "def h(q, k):\n    return k.i == max(q.i - 1, 0)\n"
    Path("same.attn").write_text(source)
    found = json.loads(attndsl("dedup", "previous.attn", "same.attn", "--json").out)
    proofs = {one["program"]: one["proof"] for one in found["groups"][0]["members"]}
    assert proofs["g"] == "same canonical form"
    assert proofs["h"].startswith("same on ")
    by_form = json.loads(
        attndsl("dedup", "previous.attn", "same.attn", "--by", "form", "--json").out
    )
    assert by_form["distinct"] == 2


@needs_numba
def test_a_program_that_can_not_run_here_is_compared_by_form_as_often_as_it_is_named(
    attndsl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attndsl.tokens import linguistics
    from attndsl.tokens.encoded import NeedsError

    def missing() -> None:
        raise NeedsError("linguistics", "no parser here")

    monkeypatch.setattr(linguistics, "_pipeline", missing)
    linguistics._parses.clear()
    Path("nouns.attn").write_text('def nouns(q, k):\n    return k.pos == "NOUN"\n')
    found = json.loads(attndsl("dedup", "nouns.attn", "nouns.attn", "previous.attn", "--json").out)
    assert found["distinct"] == 2
    assert found["form_only"] == ["nouns.attn:nouns"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dedup", "heads.attn", "--by", "form", "--near", "0.1"), "--near goes by behaviour"),
        (
            ("dedup", "heads.attn", "--by", "form", "--text", "a"),
            "--text doesn't go with",
        ),
        (
            ("dedup", "heads.attn", "--reduce", "0.1", "--store", "x", "--tokens", "9"),
            "--tokens doesn't go with --reduce",
        ),
        (("ast", "previous.attn", "heads.attn:before_me", "--json"), "side by side as text"),
        (("ast", "previous.attn", "--stage", "parse", "--dot"), "no terms yet at the stage parse"),
    ],
)
def test_options_that_would_be_passed_over_are_refused(
    attndsl: Command, words: tuple[str, ...], said: str
) -> None:
    result = attndsl(*words)
    assert result.status == 2
    assert said in result.err


@pytest.mark.parametrize(
    "command", [("run", "previous.attn"), ("diff", "previous.attn", "heads.attn:first_token")]
)
def test_a_text_that_takes_too_much_is_refused_before_it_does(
    attndsl: Command, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object, **__: object) -> None:
        raise AssertionError("a matrix was made")

    monkeypatch.setattr("attndsl.engines.reference.pattern", taken)
    Path("long.txt").write_text("word " * 4000)
    found = attndsl(*command, "--text", "long.txt", "--tokens", "4000", "--memory", "100")
    assert found.status == 1
    assert re.search(r"4,000 tokens takes up to [\d,]+ MB here, and 100 MB are allowed", found.err)
    assert "fewer --tokens or more --memory" in found.err
