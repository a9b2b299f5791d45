"""How programs stream: what is decided, and that the plans' rows are the reference's."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from attndsl.engines.reference import pattern
from attndsl.graph.mechanisms import mechanisms
from attndsl.graph.program import Program
from attndsl.graph.streams import Streams, plan_of, streaming_figures, streams_of
from attndsl.graph.streams.plan import KINDS
from attndsl.graph.streams.prove import COUNTERS
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import encode
from tests.conformance.expected import by_hand
from tests.graph.streaming import Runner
from tests.programs.generator import random_source
from tests.programs.texts import random_text

FILES = sorted(asset("examples").glob("*.attn"), key=lambda path: path.name)
LENGTH = 48


PATIENCE = {"it takes too long to prove anything", "it falls into too many parts"}
# Mechanisms by name, and those that must keep all keys.
KINDS_OF = {one.name: streams_of(one.program).kind for one in mechanisms()}
FULL = {"alike", "lone_names", "matching_bracket", "open_bracket", "soft_induction"}


def test_which_mechanisms_keep_all_keys() -> None:
    assert {name for name, kind in KINDS_OF.items() if kind == "full"} == FULL


def streamed(program: Program, text: Encoded, plan: Streams | None = None) -> np.ndarray:
    runner = Runner(program, plan or streams_of(program), text)
    rows = np.zeros((text.n, text.n))
    for query in range(text.n):
        for key, weight in runner.row().items():
            rows[query, key] = weight
    return rows


def agrees(program: Program, text: Encoded) -> bool:
    """Whether the program streams; if so its rows are those of the reference."""
    if streams_of(program).kind == "full":
        return False
    found = streamed(program, text)
    np.testing.assert_allclose(found, pattern(program, text), rtol=0, atol=1e-6)
    return True


def texts() -> list[Encoded]:
    cut = [encode(text.text[:200]) for text in builtin_texts()[:4]]
    return [*cut, random_text("streams", LENGTH)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_that_streams_gives_the_rows_of_the_reference(path: Path) -> None:
    programs = verify(path.read_text("utf-8"), path.name).programs
    for text in texts():
        for program in programs:
            agrees(program, text)


@pytest.mark.parametrize("seed", range(40))
def test_a_random_program_that_streams_gives_the_rows_of_the_reference(seed: int) -> None:
    for program in verify(random_source(f"streams {seed}")).programs:
        agrees(program, random_text(f"streams {seed}", LENGTH))


@pytest.mark.parametrize("seed", range(20))
def test_a_mixture_of_mechanisms_gives_the_rows_of_the_reference(seed: int) -> None:
    """All but those that keep all keys, three at a time with random shares."""
    rng = Random(seed)
    names = rng.sample(sorted(set(KINDS_OF) - FULL), 3)
    shares = [rng.randint(1, 9) / 10 for _ in names]
    terms = [f"{share} * {name}(q, k)" for share, name in zip(shares, names, strict=True)]
    (program,) = verify(f"def mixture(q, k):\n    return {' + '.join(terms)}\n").programs
    assert agrees(program, random_text(f"mixture {seed}", LENGTH)), (names, streams_of(program))
    assert streams_of(program).kind == max(map(KINDS_OF.get, names), key=list(KINDS).index)


def test_no_kept_key_is_more_than_the_plan_says() -> None:
    """A plan that forgets too early can't give its rows: the runner has nothing else to look at."""
    (program,) = verify("def f(q, k):\n    return k == q.prev.prev\n").programs
    plan = streams_of(program)
    assert plan.rows is not None
    short = replace(plan, rows=replace(plan.rows, window=plan.rows.window - 1))
    text = random_text("short", LENGTH)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(streamed(program, text, short), pattern(program, text))


@pytest.mark.parametrize(
    ("source", "kind", "reason"),
    [
        ("q.i - k.i", "full", "a weight that is not proved to be at least 0"),
        ("1 / (1 + q.i - k.i)", "full", "a divisor of query and key together"),
        ("1e20 * 1e9 * k.len", "full", "a weight that may saturate"),
        ("max(k.len, q.len)", "full", "the largest of what query and key give together"),
        ("k.i / n", "full", "it looks ahead of the query"),
        ("k.len * (1 + q.is_alpha)", "recurrent", ""),
        ("k.i >= last(t for t in before(q) if t.is_punct).i", "recurrent", ""),
        ("k.i > last(t for t in upto(q) if t.is_punct).i", "recurrent", ""),
        ("k.i <= last(t for t in before(q) if t.is_punct).i", "recurrent", ""),
        ("0.9 ** (q.i - k.i) * (k.i < last(t for t in upto(q) if t.is_punct).i)", "recurrent", ""),
        ("not any(t.is_punct for t in between(k, q))", "recurrent", ""),
        ("k.len * any(t.is_punct for t in between(k, q))", "recurrent", ""),
        (
            "count(t.is_punct for t in upto(k)) == count(t.is_punct for t in upto(q))",
            "recurrent",
            "",
        ),
        (
            "count(t.is_punct for t in before(k)) < count(t.is_punct for t in upto(q))",
            "recurrent",
            "",
        ),
        ("k.word == q.word or k.line < q.line", "full", "it compares two counters at once"),
        ("k.lower == q.lower and k.sentence != q.sentence", "copies", ""),
        ("q.i - k.i < 300", "window", ""),
        (
            "(0.9 if q.is_alpha else 0.5) ** (q.i - k.i)",
            "full",
            "a power of query and key together",
        ),
        ("0.2 if k.lower == q.lower else 0.9 ** (q.i - k.i)", "copies", ""),
        (
            "2 if k == last(t for t in before(q) if t.is_punct) else 0.99 ** (q.i - k.i)",
            "recurrent",
            "",
        ),
        ("k.is_punct and not k == last(t for t in before(q) if t.is_punct)", "recurrent", ""),
    ],
)
def test_what_is_proved_of_an_expression(source: str, kind: str, reason: str) -> None:
    (program,) = verify(f"def f(q, k):\n    return {source}\n").programs
    found = streams_of(program)
    assert (found.kind, found.reason) == (kind, reason)
    agrees(program, random_text(source, LENGTH))


@pytest.mark.parametrize(
    "score",
    [
        "-0.4 * (q.i - k.i) if q.is_alpha else -0.1 * (q.i - k.i)",
        "0.5 * k.len - 0.3 * (q.i - k.i) + (2 if k.sentence == q.sentence else 0)",
        "3 * k.is_punct - (q.i - k.i) if k.is_alpha else -1e30",
        "2 * (k.lower == q.lower) + 5 * (k == q.prev) - 0.7 * (q.i - k.i)",
        "(3 if k == last(t for t in before(q) if t.is_punct) else 0) - 0.1 * (q.i - k.i)",
        "-9 * (q.i - k.i) if k.starts_line else -1e30",
    ],
)
@pytest.mark.parametrize("fallback", ["first", "self", "uniform"])
def test_the_exponential_of_a_score_that_is_a_sum_streams(score: str, fallback: str) -> None:
    """On a text so long that far weights are no numbers beside near ones."""
    written = f"@softmax\n@fallback({fallback})\ndef f(q, k):\n    return {score}\n"
    (program,) = verify(written).programs
    assert agrees(program, random_text(score, 3 * LENGTH))


def test_counters_never_fall() -> None:
    """What the proof trusts of the tokens' columns, with tokens of the tokenizer's own too."""
    special = by_hand(["[CLS]", "a", "##b", ".", "[SEP]", "c", ".", "[SEP]", "[CLS]", "d"])
    for text in [*texts(), *(random_text(f"counters {seed}") for seed in range(20)), special]:
        for name in COUNTERS:
            assert (np.diff(text.column(name)) >= 0).all(), (name, text.labels())


def test_a_program_of_shared_terms_is_decided_soon() -> None:
    """Each line has the one before twice in it: taken apart it would be 2**60 parts."""
    lines = ["    a = 0.9 ** (q.i - k.i) * k.len"]
    lines += ["    a = a * k.is_alpha + max(a, 0.1 * (q.i - k.i)) / 2" for _ in range(60)]
    body = "\n".join(lines)
    (program,) = verify(f"def f(q, k):\n{body}\n    return a\n").programs
    assert streams_of(program).kind == "full"
    doubled = "\n".join(
        "    a = (a if k.is_alpha else 0) + (a if q.is_alpha else 0)" for _ in lines
    )
    (program,) = verify(f"def f(q, k):\n{lines[0]}\n{doubled}\n    return a\n").programs
    assert streams_of(program).reason in PATIENCE


def test_the_share_of_heads_that_stream_counts_bounded_kinds_alone() -> None:
    source = "\n".join(
        f"def f{number}(q, k):\n    return {value}\n"
        for number, value in enumerate(("k == q.prev", "k.lower == q.lower", "similarity(q, k)"))
    )
    near, copies, full = verify(source).programs
    figures = streaming_figures([near, near, copies, full])
    assert figures["streams"] == {
        "window": 2, "nearest": 0, "recurrent": 0, "copies": 1, "full": 1
    }  # fmt: skip
    assert figures["streaming_share"] == 0.5


def test_equal_programs_of_two_graphs_have_plans_of_their_own() -> None:
    """A plan names terms by number; beside other programs the same terms have other numbers."""
    same = "def previous(q, k):\n    return k == q.prev\n"
    other = "def other(q, k):\n    return 0.3 * k.is_alpha + 0.7 * (k.i == 0)\n\n\n"
    (alone,) = verify(same).programs
    beside = verify(other + same).programs[1]
    assert alone.hash == beside.hash
    first, second = plan_of(alone), plan_of(beside)
    assert first.kind == second.kind == "window"
    assert second == streams_of(beside)
    assert plan_of(alone) == streams_of(alone)
