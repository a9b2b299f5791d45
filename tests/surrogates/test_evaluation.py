"""The cost of replacing heads, measured against what can be worked out by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.models.passages import passages
from attndsl.models.recorded import record_outputs
from attndsl.surrogates import evaluation as room
from attndsl.surrogates.ablations import by_position, zero
from attndsl.surrogates.curves import as_csv, curve
from attndsl.surrogates.evaluation import Setting, evaluate
from attndsl.surrogates.figures import masked_places
from attndsl.surrogates.handle import install
from attndsl.surrogates.orders import Order, at_random, within
from attndsl.surrogates.orders import settings as all_settings
from attndsl.surrogates.recovery import area, recovered, recovery_figures
from attndsl.surrogates.sources import first_token, rules
from tests.models.folders import model_folder
from tests.surrogates.tiny import OwnPatterns, fading, mixed, tiny

TEXTS = ["the cat sat on the mat .", "a dog ran", "the big dog and the cat sat , and ran .", "cat"]
OTHERS = ["a cat and a dog sat on the big mat .", "the dog ran", "cat and mat and dog ."]
ORDER = list(mixed().items())


def settings(order: Any, total: int, shares: Any, factory: Any, ablations: Any = ()) -> Any:
    """The settings of one order."""
    one = Order("fit", tuple(head for head, _ in order), tuple(shares))
    return all_settings([one], dict(order), ablations, total, factory)


def ablations_of(loaded: LoadedModel) -> tuple[Any, Any]:
    found = record_outputs(loaded, [text.ids for text in passages(loaded, OTHERS)[0]])
    return by_position(found), zero(found)


@pytest.fixture
def llama(tmp_path: Path) -> LoadedModel:
    return load(str(model_folder(tmp_path / "llama", "llama")))


@pytest.fixture
def bert(tmp_path: Path) -> LoadedModel:
    return load(str(model_folder(tmp_path / "bert", "bert")))


def test_perplexity_and_divergence_are_those_of_the_definition(llama: LoadedModel) -> None:
    texts = passages(llama, TEXTS)[0]
    found = evaluate(llama, texts, settings(ORDER, 8, [0.25, 0.5], rules, ablations_of(llama)))
    loss = divergence = count = 0.0
    with torch.no_grad():
        for text in texts[:3]:
            ids = torch.as_tensor(text.ids)[None]
            own = llama.model(ids).logits[0, :-1].log_softmax(-1)
            with install(llama.model, dict(ORDER[:4]), rules):
                ours = llama.model(ids).logits[0, :-1].log_softmax(-1)
            loss -= float(ours[torch.arange(len(ids[0]) - 1), ids[0, 1:]].sum())
            divergence += float((own.exp() * (own - ours)).sum())
            count += len(ids[0]) - 1
    points = curve(found)
    assert [(p.by, p.heads) for p in points] == [
        ("unmodified", 0),
        *((by, heads) for heads in (2, 4) for by in ("programs", "mean by position", "zero")),
    ]
    half = next(p for p in points if p.by == "programs" and p.heads == 4)
    assert half.perplexity == pytest.approx(np.exp(loss / count), rel=1e-5)
    assert half.divergence == pytest.approx(divergence / count, rel=1e-4)
    assert half.perplexity_low is not None
    assert half.perplexity_high is not None
    assert half.perplexity_low <= half.perplexity <= half.perplexity_high
    assert half.ratio == pytest.approx(half.perplexity / points[0].perplexity, rel=1e-9)
    assert points[0].ratio == 1.0
    assert (points[0].divergence, half.texts, half.few_texts) == (0.0, 3, True)
    assert found.skipped == 1


def test_own_patterns_cost_nothing(llama: LoadedModel) -> None:
    own = OwnPatterns.of(llama.model)
    order = [(head, head) for head in mixed()]
    found = evaluate(
        llama, passages(llama, TEXTS)[0], settings(order, 8, [0.5], own, ablations_of(llama))
    )
    points = {p.by: p for p in curve(found)}
    assert points["programs"].ratio == pytest.approx(1, abs=1e-5)
    assert points["programs"].divergence is not None
    assert points["programs"].divergence < 1e-6
    assert points["zero"].divergence is not None
    assert points["zero"].divergence > 1e-3
    for one in recovered(found):
        assert one.kl.mean is None or one.kl.mean == pytest.approx(1, abs=1e-3)


def test_encoders_are_asked_for_masked_words(bert: LoadedModel) -> None:
    texts = passages(bert, TEXTS)[0]
    found = evaluate(bert, texts, settings(ORDER, 8, [0.5], rules))
    points = curve(found)
    assert found.kind == "masked"
    assert points[1].perplexity is None
    assert points[1].divergence is not None
    assert points[1].divergence > 0
    ids = texts[2].ids
    places = masked_places(bert, ids)
    assert np.array_equal(places, masked_places(bert, ids))
    assert len(places) == 2
    assert [text.positions for text in found.own] == [1, 1, 2, 1]


def test_encoders_without_a_head_are_compared_by_their_states(tmp_path: Path) -> None:
    model_folder(tmp_path, "bert")
    tiny("bert").bert.save_pretrained(tmp_path)
    loaded = load(str(tmp_path))
    points = curve(evaluate(loaded, passages(loaded, TEXTS)[0], settings(ORDER, 8, [0.5], rules)))
    assert points[0].cosine == pytest.approx(1)
    assert points[1].cosine is not None
    assert points[1].cosine_low is not None
    assert 0 < points[1].cosine_low <= points[1].cosine < 1
    assert points[1].divergence is None


def test_a_killed_evaluation_goes_on(llama: LoadedModel, tmp_path: Path) -> None:
    texts = passages(llama, TEXTS)[0]
    wanted = settings(ORDER, 8, [0.25], rules, ablations_of(llama)[:1])
    journal = tmp_path / "run" / "replace.jsonl"
    whole = evaluate(llama, texts, wanted)

    def killed(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(llama, texts, wanted, journal=journal, progress=killed)
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(lines) + '\n{"text": "ab', encoding="utf-8")
    counted: list[Any] = []
    real = room.answer
    try:
        room.answer = lambda *parts: counted.append(1) or real(*parts)  # type: ignore[assignment, func-returns-value]
        again = evaluate(llama, texts, wanted, journal=journal)
        assert len(counted) == 3  # the third text alone: unmodified and two settings
        assert again == whole
        assert evaluate(llama, texts, wanted, journal=journal) == whole
        assert len(counted) == 3
    finally:
        room.answer = real
    journal.write_text("\n".join([*lines, "7", '{"text": "ab"}', '{"text": 1']) + "\n")
    assert evaluate(llama, texts, wanted, journal=journal) == whole
    for content, message in (
        (b'{"model_hash": "other"}\n', "written for another model"),
        (b'{"text": "Once upon a time"}\n', "no journal of figures"),
        (b"7\n", "no journal of figures"),
        (b"\xff\xfe", "is no journal"),
    ):
        journal.write_bytes(content)
        with pytest.raises(AttndslError, match=message):
            evaluate(llama, texts, wanted, journal=journal)


def test_fractions_need_programs(llama: LoadedModel) -> None:
    with pytest.raises(AttndslError, match="is 8 of 8 heads, but only 5 have a program"):
        settings(ORDER, 8, [1.0], rules)
    with pytest.raises(AttndslError, match="between 0 and 1"):
        settings(ORDER, 8, [25], rules)
    with pytest.raises(AttndslError, match="long enough"):
        evaluate(llama, passages(llama, ["cat"])[0], settings(ORDER, 8, [0.25], rules))


class Ahead:
    """A program found to look ahead."""

    causal = False

    def __call__(self, *parts: Any) -> Any:
        return fading(*parts)


def test_a_program_that_sees_ahead_is_labelled(llama: LoadedModel) -> None:
    setting = Setting("programs", "fit", 0.1, {(0, 0): Ahead(), (0, 1): first_token}, rules)
    found = evaluate(llama, passages(llama, TEXTS)[0], [setting])
    points = curve(found)
    assert [point.sees_ahead for point in points] == [False, True]
    table = as_csv(points).splitlines()
    assert table[0].startswith("by,order,fraction,heads,texts,perplexity")
    assert len(table) == 3


def test_recovered_is_that_of_its_definition(llama: LoadedModel) -> None:
    """Against sums over the logits, worked out here."""
    by_place, nothing = ablations_of(llama)
    texts = passages(llama, TEXTS)[0]
    found = evaluate(llama, texts, settings(ORDER, 8, [0.5], rules, (by_place, nothing)))

    def costs(assignment: Any) -> tuple[float, float]:
        loss = divergence = 0.0
        for text in texts[:3]:
            ids = torch.as_tensor(text.ids)[None]
            with torch.no_grad():
                own = llama.model(ids).logits[0, :-1].log_softmax(-1)
                with install(llama.model, assignment, rules):
                    ours = llama.model(ids).logits[0, :-1].log_softmax(-1)
            rows = torch.arange(len(own))
            loss += float((own - ours)[rows, ids[0, 1:]].sum())
            divergence += float((own.exp() * (own - ours)).sum())
        return loss, divergence

    heads = [head for head, _ in ORDER[:4]]
    programs = costs(dict(ORDER[:4]))
    for one, ablation in zip(recovered(found), (by_place, nothing), strict=True):
        loss, divergence = costs(dict.fromkeys(heads, ablation))
        assert (one.against, one.heads, one.fraction) == (ablation.name, 4, 0.5)
        expected = 1 - programs[1] / divergence
        assert one.kl.mean is None or one.kl.mean == pytest.approx(expected, abs=1e-4)
        assert one.left is None or one.left == pytest.approx(1 - expected, abs=1e-4)
        assert one.ce is not None
        assert one.ce.mean is None or one.ce.mean == pytest.approx(1 - programs[0] / loss, abs=1e-3)
    assert any(one.kl.mean is not None for one in recovered(found))


def test_the_same_heads_in_any_order_are_measured_once(llama: LoadedModel, tmp_path: Path) -> None:
    heads = tuple(head for head, _ in ORDER)
    orders = [Order("fit", heads, (0.25, 0.625)), Order("neutral", heads[::-1], (0.25, 0.625))]
    wanted = all_settings(orders, dict(ORDER), ablations_of(llama)[:1], 8, rules)
    assert len({setting.key for setting in wanted}) == 6
    found = evaluate(llama, passages(llama, TEXTS)[0], wanted, journal=tmp_path / "all.jsonl")
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 1 + 3 * 7
    whole = [one for one in recovered(found) if one.fraction == 0.625]
    assert [one.order for one in whole] == ["fit", "neutral"]
    assert whole[0].kl == whole[1].kl
    figures = recovery_figures(recovered(found))
    left = [one.left for one in recovered(found) if one.order == "neutral" and one.left is not None]
    if left:
        assert figures["area_kl"] == area(recovered(found), "neutral") == sum(left) / len(left)


def test_orders_at_random_are_the_same_again_and_others_by_seed() -> None:
    heads = [(layer, head) for layer in range(4) for head in range(4)]
    assert at_random(heads, 1) == at_random(heads[::-1], 1)
    assert at_random(heads, 1).heads != at_random(heads, 2).heads
    assert within([Order("fit", tuple(heads[:5]), (0.25, 0.5))], 16)[0].shares == (0.25,)
