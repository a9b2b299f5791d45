"""The story: counts that follow from the figures, and nothing called what it isn't."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.fit.intervals import Estimate
from attndsl.fit.library import score_library
from attndsl.fit.table import Headline
from attndsl.graph.mechanisms import mechanisms
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL, FULL
from attndsl.report.census import looked_for
from attndsl.report.data import FindingEntry, HeadEntry, Report
from attndsl.report.gather import from_scores
from attndsl.report.groups import GROUPS, RESTING
from attndsl.report.story import Story, story
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.conftest import TEXTS, programs

NUMBERS = {one.name: at for at, one in enumerate(mechanisms())}


def sure(mean: float, half: float = 0.01) -> Estimate:
    return Estimate(mean, mean - half, mean + half, 40)


def told(constant: float, excess: Estimate | None, content: Estimate | None = None) -> Headline:
    figure = sure(0.5)
    return Headline(
        iou=figure,
        content_iou=content,
        content_iou_weighted=content,
        rest_error=figure,
        constant_iou=sure(constant),
        constant_content_iou=content,
        excess=excess,
        content_excess=None,
        defined=12 if content else 0,
    )


@pytest.fixture
def figures(small: Report) -> Report:
    """The small report with known figures: heads that neither rest nor have a name."""
    plain = tuple(
        replace(head, content=0.5, excess=0.4, content_iou=sure(0.01 * (number + 1)))
        for number, head in enumerate(small.heads)
    )
    headline = told(0.5, sure(0.4), sure(0.45))
    return replace(small, heads=plain, mechanisms=looked_for(), measured=headline)


def with_heads(report: Report, **changes: dict[str, object]) -> Report:
    """`h3={"excess": 0}` changes head 3."""
    heads = list(report.heads)
    for name, change in changes.items():
        heads[int(name[1:])] = replace(heads[int(name[1:])], **change)  # type: ignore[arg-type]
    return replace(report, heads=tuple(heads))


def named(*names: str, weight: float = 0.5) -> dict[str, object]:
    findings = tuple(FindingEntry(NUMBERS[name], "text", sure(weight), 0.1, True) for name in names)
    return {"names": names, "findings": findings}


def said(found: Story) -> dict[str, str]:
    return {one.key: one.text for one in found.sentences}


def test_heads_rest_from_the_share_that_is_stated(figures: Report) -> None:
    some = with_heads(figures, h0={"content": 0.19}, h4={"content": 0.1}, h5={"content": 0.2})
    found = story(some)
    assert said(found)["rest"] == "2 heads rest on the first token for more than 80%"
    (rest,) = (one for one in found.sentences if one.key == "rest")
    assert rest.heads == (0, 4)
    assert rest.specimen == 4, "the one that rests most"
    encoder = story(replace(some, mask=FULL))
    assert said(encoder)["rest"] == "2 heads rest on special tokens for more than 80%"


def test_names_are_counted_by_what_they_have_in_common(figures: Report) -> None:
    some = with_heads(
        figures,
        h1=named("previous_token"), h2=named("three_back", weight=0.9), h3=named("induction"),
        h6=named("previous_token", "induction", weight=0.8),
    )  # fmt: skip
    found = story(some)
    texts = said(found)
    assert texts["back"] == "3 heads look back one to three tokens"
    assert texts["after"] == "2 heads look at what followed earlier copies of the token"
    by_key = {one.key: one for one in found.sentences}
    assert by_key["back"].heads == (1, 2, 6)
    assert by_key["back"].specimen == 2
    assert by_key["after"].specimen == 6
    assert "previous_token from 40%" in by_key["back"].basis
    assert texts["unknown"] == f"8 heads show none of the {len(NUMBERS)} mechanisms looked for"


def test_a_strong_finding_that_does_not_name_a_head_is_not_told(figures: Report) -> None:
    weak = FindingEntry(NUMBERS["induction"], "repeats", sure(0.39), 0.0, False)
    some = with_heads(figures, h1={"findings": (weak,)})
    assert "after" not in said(story(some))


def test_a_specimen_is_a_head_whose_program_stands_if_there_is_one(figures: Report) -> None:
    strong = {**named("induction", weight=0.9), "contradictions": ("induction: 0.9 against 0",)}
    some = with_heads(figures, h1=strong, h3=named("induction", weight=0.5))
    found = {one.key: one for one in story(some).sentences}
    assert found["after"].specimen == 3
    assert found["contradicted"].text == "1 head has a program that probe texts contradict"
    alone = {one.key: one for one in story(with_heads(figures, h1=strong)).sentences}
    assert alone["after"].specimen == 1


def test_what_is_not_explained_is_listed_worst_first(figures: Report) -> None:
    some = with_heads(figures, h2={"excess": 0.09}, h7={"excess": -0.3}, h8={"excess": None})
    found = story(some)
    assert found.unexplained == (7, 2)
    assert said(found)["unexplained"] == "2 heads are not explained (excess under 0.1)"
    assert said(found)["constant"].startswith("1 head leaves nothing to explain")
    assert not {2, 7, 8} & set(found.best)


def test_the_best_are_by_content_and_not_contradicted(figures: Report) -> None:
    some = with_heads(figures, h11={"contradictions": ("x",)}, h10={"content_iou": None})
    assert story(some).best[:2] == (9, 8)


def test_heads_not_asked_for_are_in_no_sentence(figures: Report) -> None:
    some = with_heads(figures, h0={"content": 0.1, "asked": False}, h1={"content": 0.1})
    assert said(story(some))["rest"] == "1 head rests on the first token for more than 80%"


def test_the_opening_says_how_much_is_explained(figures: Report) -> None:
    opening = " ".join(story(figures).opening)
    assert "12 heads come 40% of the way" in opening
    assert "0.39 to 0.41" in opening
    assert "IoU 0.45" in opening


@pytest.mark.parametrize("excess", [None, sure(0.01, 0.03)])
def test_of_random_weights_there_is_nothing_to_explain(
    figures: Report, excess: Estimate | None
) -> None:
    opening = " ".join(story(replace(figures, measured=told(0.98, excess))).opening)
    assert "nothing to explain" in opening
    assert "0.98" in opening


def test_heads_that_look_evenly_leave_nothing_to_explain(tmp_path: Path) -> None:
    """As random weights make them: even but for some noise."""
    rng, table = np.random.default_rng(3), builtin_table()
    texts = [encode(text, table) for text in TEXTS]
    meta = StoreMeta(
        "random", "h", "t", 2, 2, len(texts), texts_hash([(t.ids, t.text) for t in texts]), CAUSAL,
        "float32",
    )  # fmt: skip
    with StoreWriter(tmp_path / "store", meta) as writer:
        for number, text in enumerate(texts):
            rows = [np.exp(0.02 * rng.standard_normal((4, n + 1))) for n in range(text.n)]
            even = np.concatenate([row / row.sum(axis=1, keepdims=True) for row in rows], axis=1)
            writer.add(number, text.ids, text.text, even.astype(np.float32))
    store = HeadStore.open(tmp_path / "store")
    made = from_scores(score_library(programs(), store, table), programs(), store, table)
    found = story(made)
    assert found.opening[0].startswith("There is nothing to explain")
    assert found.best == ()


def test_programs_that_are_no_better_than_constants_explain_nothing(figures: Report) -> None:
    opening = story(replace(figures, measured=told(0.5, sure(-0.02)))).opening
    assert opening[0].startswith("The programs explain nothing beyond constant patterns")
    assert "−0.02" in opening[0]


def test_a_report_from_before_says_what_it_lacks(small: Report) -> None:
    def old(head: HeadEntry) -> HeadEntry:
        return replace(head, content=None, content_iou=None, rest_error=None, excess=None,
                       constant=None)  # fmt: skip

    found = story(replace(small, heads=tuple(map(old, small.heads)), measured=None))
    assert "missing" in found.opening[0]
    assert found.sentences == ()


def test_every_shipped_mechanism_has_its_place() -> None:
    grouped = [name for group in GROUPS for name in group.mechanisms]
    assert sorted([*grouped, *RESTING]) == sorted(NUMBERS)
