"""The benchmark of evidence on a small real model, its figures worked out again in a few lines."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="reads a model")

import torch

from attndsl.cli.entry import run
from attndsl.engines.reference import pattern
from attndsl.fit.assignment import read_assignment
from attndsl.language.mask import CAUSAL
from attndsl.models.loading import load
from attndsl.surrogates.paired import ALL, Paired
from attndsl.tokens.tokenizer import from_ids

ROWS = 3

PROGRAMS = """def first(q, k):
    return 0.6 * (k.i == 0) + 0.4 * (k == q.prev)


def near(q, k):
    return 0.7 ** (q.i - k.i)
"""


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    """A run of a small model and what the benchmark says of it."""
    from benchmarks import evidence, replacing

    folder = tmp_path_factory.mktemp("evidence")
    lines = (shared / "data/text/tinystories.jsonl").read_text().splitlines()[:6]
    (folder / "few.jsonl").write_text("\n".join(lines))
    (folder / "library.attn").write_text(PROGRAMS)
    model, store = str(shared / "data/models/stories260K"), str(folder / "few")
    words = ["capture", model, "--text", str(folder / "few.jsonl"), "-o", store, "--quiet"]
    assert run([*words, "--tokens", "48"]) == 0
    words = ["score", str(folder / "library.attn"), "--store", store, "--quiet"]
    assert run([*words, "-o", str(folder / "run")]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "BUILD", folder / "build")
        patch.setattr(evidence, "SHARED", shared)
        patch.setattr(replacing, "EFFECT_TEXTS", 1)
        patch.setattr(evidence, "speed", lambda: {"cells_per_second_ratio": 1.0})
        figures = evidence.evidence(folder / "run", ROWS)
        assert evidence.evidence(folder / "run", ROWS) == figures, "kept parts are taken up"
    return folder, figures


def test_three_figures_are_those_of_a_few_lines(
    made: tuple[Path, dict[str, float]], shared: Path
) -> None:
    """Content IoU, rest error, excess: from the model's own weights and the reference engine."""
    folder, figures = made
    loaded = load(str(shared / "data/models/stories260K"))
    loaded.model.set_attn_implementation("eager")
    assignment = read_assignment(folder / "run")
    tables = json.loads((folder / "run/constants.json").read_text())
    lines = (shared / "data/text/tinystories.jsonl").read_text().splitlines()[200 : 200 + ROWS]
    ious, contents, rests, constants, masses = (np.zeros((ROWS, 40)) for _ in range(5))
    for row, line in enumerate(lines):
        ids = loaded.encode(json.loads(line)["text"])[:64]
        with torch.no_grad():
            seen = loaded.model(torch.as_tensor(ids.copy())[None], output_attentions=True)
        encoded, n = from_ids(loaded.table, ids), len(ids)
        drawn: dict[str, np.ndarray] = {}
        for one in assignment.heads:
            at = 8 * one.layer + one.head
            a = seen.attentions[one.layer][0, one.head].numpy()[1:].astype(float)
            if one.program.hash not in drawn:
                drawn[one.program.hash] = np.asarray(pattern(one.program, encoded, CAUSAL))[1:]
            b = drawn[one.program.hash]
            table = tables["by_iou"][at]
            weigh = {
                "first": lambda _, __: 0.0,
                "evenly": lambda _, __: 1.0,
                "distance": lambda d, t: t["behind"][min(d, len(t["behind"]) - 1)],
            }
            c = np.array([[table["rest"] if k == 0 else weigh[table["kind"]](q - k, table)
                           if k <= q else 0.0 for k in range(n)] for q in range(1, n)])  # fmt: skip
            c /= c.sum(1, keepdims=True)
            ious[row, at] = np.minimum(a, b).sum() / np.maximum(a, b).sum()
            constants[row, at] = np.minimum(a, c).sum() / np.maximum(a, c).sum()
            a_in, b_in = a[:, 1:], b[:, 1:]
            contents[row, at] = np.minimum(a_in, b_in).sum() / np.maximum(a_in, b_in).sum()
            rests[row, at] = np.abs(a[:, 0] - b[:, 0]).mean()
            masses[row, at] = a_in.sum() / (n - 1)
    defined = masses.mean(0) >= 0.02
    assert figures["content_iou"] == pytest.approx(contents[:, defined].mean(), abs=2e-3)
    assert figures["rest_error"] == pytest.approx(rests.mean(), abs=2e-3)
    c = constants.mean()
    assert figures["constant_iou"] == pytest.approx(c, abs=2e-3)
    assert figures["excess_iou"] == pytest.approx((ious.mean() - c) / (1 - c), abs=5e-3)


def test_every_kind_of_text_and_length_has_its_figures(
    made: tuple[Path, dict[str, float]],
) -> None:
    _, figures = made
    for name in ("code", "math", "wiki", "256"):
        assert 0 < figures[f"iou_{name}"] < 1
        assert 0 < figures[f"content_iou_{name}"] < 1
    assert figures["output_explained"] < 1
    # Its heads have no more directions than the search keeps: there both figures are one.
    assert figures["output_stand_in_rank"] > 0.99
    assert figures["induction_found"] <= figures["induction_heads"]
    assert 0 <= figures["contradicted"] <= 40
    kept = sorted((made[0] / "build").glob("*/stories.json"))
    assert len(json.loads(kept[0].read_text())["commit"]) >= 7


def test_every_figure_that_is_followed_is_there_or_named_as_missing(
    made: tuple[Path, dict[str, float]],
) -> None:
    """Questions need lm-eval, and what ablating too few texts costs may have no ratio."""
    from benchmarks.evidence import DOMAINS, ORDERS, WANTED

    _, figures = made
    kinds = (*DOMAINS, "256")
    always = {
        "content_iou", "constant_content_iou", "excess_iou", "rest_error", "output_explained",
        "induction_heads", "induction_found", "induction_false", "contradicted",
        "cells_per_second_ratio", "ppl_increase_100",
        *(f"ppl_increase_{share}_{order}" for share in (25, 50) for order in ORDERS),
        *(f"{key}_{kind}" for key in ("iou", "content_iou") for kind in kinds),
    }  # fmt: skip
    may_lack = {
        "qa_drop_25", "qa_drop_25_low", "area_kl", "recovered_kl_100",
        *(f"recovered_{key}_{order}" for key in ("kl_25", "kl_50", "ce_25") for order in ORDERS),
    }  # fmt: skip
    assert always <= figures.keys()
    assert may_lack <= set(WANTED), "what is missing is named"


def test_what_replacing_costs_is_measured_in_every_order(
    made: tuple[Path, dict[str, float]],
) -> None:
    _, figures = made
    assert figures["replaced_texts"] == ROWS
    for order in ("neutral", "fit", "effect", "random"):
        assert f"ppl_increase_25_{order}" in figures
    assert "ppl_increase_100" in figures
    recovered = [value for key, value in figures.items() if key == "recovered_kl_100"]
    assert all(value < 1 for value in recovered), "programs never cost nothing"


def test_losses_over_sets_of_questions() -> None:
    from benchmarks.replacing import asked_of

    def one(task: str, low: float, change: float, high: float) -> Paired:
        own, ours = (60, 55, 65), (60 + change, 50, 66)
        return Paired(task, "programs", 0.25, "acc_norm", 200, *own, *ours, change, low, high,
                      9, 2, 0.1)  # fmt: skip

    found = [
        one("qa/sciq.jsonl", -6, -4, -3.5),
        one("qa/copa.jsonl", -3, 0, 3),
        one(ALL, -4, -2, 1),
    ]
    figures = asked_of(found)
    assert figures["qa_drop_25"] == 2
    assert (figures["qa_drop_25_low"], figures["qa_drop_25_high"]) == (-1, 4)
    assert (figures["qa_drop_25_sciq_low"], figures["qa_sets_much_worse"]) == (3.5, 1)
    assert figures["qa_questions"] == 400
