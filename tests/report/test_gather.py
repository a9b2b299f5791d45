"""From scores to a report: figures, families, runners-up, masks that differ by layer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.packing import cells_within
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.report.data import Report
from attndsl.report.excerpt import excerpt
from attndsl.report.gather import from_scores
from attndsl.tokens.tokenizer import builtin_table, from_ids
from tests.report.conftest import SOURCE, make_store, programs


def test_heads_have_the_scores_of_the_table(small: Report, store: HeadStore) -> None:
    table = score_library(programs(), store, builtin_table())
    assert [head.iou for head in small.heads] == [fit.iou for fit in table.fits]
    assert [small.programs[h.program].name for h in small.heads] == [f.program for f in table.fits]
    assert small.heads[0].effect == 1.25
    assert small.heads[1].effect is None


def test_the_figure_of_a_text_is_the_iou_of_its_two_maps(small: Report) -> None:
    for place, text in enumerate(small.texts):
        for number, head in enumerate(small.heads):
            real, predicted = text.real[number][1:], text.predicted[head.map][1:]
            least, most = np.minimum(real, predicted), np.maximum(real, predicted)
            assert head.per_text[place] == pytest.approx(least.sum() / most.sum(), abs=1e-6)


def test_all_held_out_texts_shown_average_to_the_head_s_figure(store: HeadStore) -> None:
    table = score_library(programs(), store, builtin_table())
    report = from_scores(table, programs(), store, builtin_table(), texts=99, tokens=5)
    assert len(report.texts) == len(table.split.report)
    for head in report.heads:
        assert np.mean(head.per_text) == pytest.approx(head.iou.mean, abs=1e-6)
    assert all(len(text.tokens) == 5 and text.real.shape[1] == 15 for text in report.texts)


def test_programs_say_family_heads_and_proofs(small: Report) -> None:
    by_name = {program.name: program for program in small.programs}
    families = {name: program.family for name, program in by_name.items()}
    assert families["first_token"] == "first token"
    assert families["previous_token"] == "previous token"
    assert families["same_word"] == "repetition"
    served = sorted(number for program in small.programs for number in program.heads)
    assert served == list(range(len(small.heads)))
    assert by_name["nearby"].history == ("found by hand",)
    assert by_name["nearby"].causal
    assert by_name["nearby"].source.startswith("FAR = 3\n\n\ndef weight_of(d):")
    assert "same_word" not in by_name["nearby"].source


def test_runners_up_are_ranked_and_leave_out_the_chosen_one(store: HeadStore) -> None:
    table = score_library(programs(), store, builtin_table(), by="iou")
    for head in from_scores(table, programs(), store, builtin_table(), texts=2).heads:
        assert head.program not in [other.program for other in head.runners_up]
        ranks = [other.selection for other in head.runners_up]
        assert ranks == sorted(ranks, reverse=True)
        assert head.selection >= ranks[0]


def test_layers_with_their_own_masks_get_their_own_predictions(tmp_path: Path) -> None:
    narrow, table = Mask("window", 3), builtin_table()
    store = make_store(tmp_path / "store", table, CAUSAL, (CAUSAL, narrow, narrow))
    scored = score_library(programs(), store, table)
    report = from_scores(scored, programs(), store, table, texts=2)
    text = report.texts[0]
    encoded = from_ids(table, store[text.number].ids)
    for head in report.heads:
        mask = narrow if head.layer else CAUSAL
        own = Library([programs()[head.program]], mask).patterns([encoded])[0][0]
        placed = np.zeros(CAUSAL.cells(encoded.n), dtype=np.float32)
        placed[cells_within(CAUSAL, mask, encoded.n)] = own
        assert np.array_equal(text.predicted[head.map], placed)


def test_an_encoder_s_maps_are_cut_on_both_sides(tmp_path: Path) -> None:
    table = builtin_table()
    store = make_store(tmp_path / "store", table, FULL)
    scored = score_library(programs(), store, table)
    report = from_scores(scored, programs(), store, table, texts=1, tokens=4)
    text = report.texts[0]
    whole = store[text.number].patterns[0].reshape(text.length, text.length)
    assert np.array_equal(text.real[0].reshape(4, 4), whole[:4, :4])


def test_programs_left_out_of_the_scoring_are_told_of(store: HeadStore) -> None:
    from attndsl.fit.table import LeftOut

    table = score_library(programs(), store, builtin_table())
    extra = verify("def odd(q, k):\n    return 1\n").programs
    told = replace(table, left_out=(LeftOut("odd", "needs luck"),))
    report = from_scores(told, (*extra, *programs()), store, builtin_table())
    assert report.left_out == (("odd", "needs luck"),)
    assert [program.name for program in report.programs] == list(table.programs)


def test_an_excerpt_parses_to_the_same_program() -> None:
    for program in programs():
        (again,) = verify(excerpt(SOURCE, program.name)).programs[-1:]
        assert again.hash == program.hash
