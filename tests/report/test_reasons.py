"""Why a weight: the parts in a report add up to what the maps show."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.why import Reasons, why
from attndsl.fit.library import score_library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.language.mask import CAUSAL
from attndsl.report.data import Report
from attndsl.report.gather import from_scores
from attndsl.report.reasons import LEAST, TEXTS, shown_cells
from attndsl.report.write import write
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import builtin_table, encode, from_ids
from tests.report.browser import Browser
from tests.report.conftest import opened_on, programs

MIXTURE = '''\
def mixture(q, k):
    """Half rests; the rest goes to copies, else nearby."""
    return 0.5 * sink(q, k) + 0.3 * copies(q, k) + 0.2 * near(q, k, 0.5)
'''
PRODUCT = '''\
def product(q, k):
    """What rests, or names near by."""
    rest = 8 * rest_at_determiners(q)
    weight = names_and_nouns(k) ** 1.2 * falling_away(q, k) ** 0.8
    weight *= 30 if last_induction(q, k) else 1
    return rest if k.i == 0 else weight
'''
COUNTED = '''\
def counted(q, k):
    """Where a word was before, by how long words are; else the token before."""
    times = count(t for t in before(q) if t.lower == q.lower)
    if times > 0:
        return k.len / max(t.len for t in upto(q))
    return k == q.prev
'''


@pytest.fixture(scope="module")
def mixed(store: HeadStore) -> Report:
    library = (*programs(), *verify(MIXTURE).programs)
    table = score_library(library, store, builtin_table(), by="iou")
    return from_scores(table, library, store, builtin_table(), texts=3)


def test_the_parts_of_a_cell_add_up_to_its_weight(mixed: Report) -> None:
    checked = 0
    for head in mixed.heads:
        program = mixed.programs[head.program]
        for one in program.why:
            text = mixed.texts[one.text]
            weight = text.predicted[head.map][one.query * (one.query + 1) // 2 + one.key]
            if "fallback" in "".join(one.taken):
                assert sum(amount for _, amount in one.parts) == 0, "the fallback gives it"
                continue
            assert sum(amount for _, amount in one.parts) == pytest.approx(weight, abs=1e-5)
            checked += 1
    assert checked > 20


def test_of_other_texts_what_the_program_and_its_heads_weigh_most_is_told_of(
    mixed: Report,
) -> None:
    checked = 0
    for number, head in enumerate(mixed.heads):
        why = mixed.programs[head.program].why
        for place in dict.fromkeys(one.text for one in why[1:] if one.text != why[0].text):
            text = mixed.texts[place]
            told = {(one.query, one.key) for one in why if one.text == place}
            for packed in (text.real[number], text.predicted[head.map]):
                rows = unpack(packed, CAUSAL, len(text.tokens))
                beside = rows[1:, 1:].argmax(axis=1) + 1
                assert {(row, int(key)) for row, key in enumerate(beside, 1)} <= told
            assert {(row, 0) for row in range(len(text.tokens))} <= told, "and what rests"
            checked += 1
    assert checked > 5


def test_a_heads_page_opens_on_a_text_whose_cells_are_told_of(mixed: Report) -> None:
    """Of a program of many heads those on which most of them open; never more than so many."""
    opening = dict[int, Counter[int]]()
    for number, head in enumerate(mixed.heads):
        text = mixed.texts.index(opened_on(mixed, number))
        opening.setdefault(head.program, Counter())[text] += 1
    for program, texts in opening.items():
        told = dict.fromkeys(one.text for one in mixed.programs[program].why)
        assert 0 in told, "by which parts are measured"
        assert next(iter(told)) == texts.most_common(1)[0][0]
        assert len(told) <= TEXTS
        assert len(set(told) & set(texts)) == min(len(texts), TEXTS - (0 not in texts))


def test_every_cell_of_the_text_opened_on_is_told_of(mixed: Report) -> None:
    for head in mixed.heads:
        why = mixed.programs[head.program].why
        length = len(mixed.texts[why[0].text].tokens)
        told = {(one.query, one.key) for one in why if one.text == why[0].text}
        assert told == {(query, key) for query in range(length) for key in range(query + 1)}


def test_of_a_text_of_many_cells_those_with_weight_are_told_of(
    mixed: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attndsl.report.reasons.EVERY", 0)
    head, text = mixed.heads[1], mixed.texts[0]
    heads = mixed.programs[head.program].heads
    cells = shown_cells(text, head.map, heads, mixed.mask, mixed.mask)
    told = set(cells.every())
    assert set(cells.strongest()) < told
    weighed = [unpack(one, CAUSAL, len(text.tokens)) >= LEAST
               for one in (text.predicted[head.map], *text.real[list(heads)])]  # fmt: skip
    heavy = {(int(q), int(k)) for q, k in np.argwhere(np.any(weighed, axis=0))}
    assert told == heavy | set(cells.strongest())


def test_the_shares_of_a_programs_parts_are_all_of_its_weight(mixed: Report) -> None:
    used = {head.program for head in mixed.heads}
    for number, program in enumerate(mixed.programs):
        if number not in used:
            assert program.parts == ()
            continue
        shares = [part.share for part in program.parts if part.share is not None]
        assert sum(shares) == pytest.approx(1.0, abs=0.02)


def test_a_weight_that_is_one_product_is_told_by_its_factors(store: HeadStore) -> None:
    """They have names, and multiply to the value; a program of tables is nothing else."""
    library = verify(PRODUCT).programs
    report = from_scores(score_library(library, store, builtin_table(), by="iou"), library, store,
                         builtin_table(), texts=3)  # fmt: skip
    (program,) = report.programs
    told = set()
    for one in program.why:
        text = encode_shown(store, report.texts[one.text].number)
        found = why(library[0], text, one.query, one.key)
        assert np.prod([value for _, value in one.factors]) == pytest.approx(found.value, rel=1e-4)
        told |= {program.parts[number].text for number, _ in one.factors}
    assert told >= {
        "8", "rest_at_determiners(q)", "names_and_nouns(k) ** 1.2", "falling_away(q, k) ** 0.8",
        "30 (last_induction(q, k) is true)",
    }  # fmt: skip


def test_what_aggregates_went_over_is_told_of_a_cell(store: HeadStore) -> None:
    """Of the tests on the way and of the parts, in the words of `run --why`."""
    library = verify(COUNTED).programs
    report = counted(store, library)
    (program,) = report.programs
    told = 0
    for one in program.why:
        text = encode_shown(store, report.texts[one.text].number)
        found = why(library[0], text, one.query, one.key)
        facts = [fact for fact in (*found.taken, *found.part.facts) if fact.found]
        assert {f"{fact.text}: {fact.answered}" for fact in facts} <= set(one.taken)
        told += sum(" positions: " in line for line in one.taken)
    assert told > 5


@pytest.mark.browser
def test_the_page_tells_it_of_the_key_looked_at(
    store: HeadStore, browser: Browser, tmp_path: Path
) -> None:
    report = counted(store, verify(COUNTED).programs)
    write(report, tmp_path / "r.html")
    one = next(one for one in report.programs[0].why if " positions: " in "".join(one.taken))
    browser.faults.clear()
    browser.open(tmp_path / "r.html")
    browser.go("#/head/1.1")
    browser.until("document.querySelectorAll('.row-table tbody tr').length > 0")
    browser.evaluate(f"[...document.querySelectorAll('.choice button')].find(b => "
                     f"b.ariaLabel.startsWith('Text {one.text + 1}:')).click()")  # fmt: skip
    length = len(report.texts[one.text].tokens)
    browser.until(f"document.querySelectorAll('.token').length === {length}")
    browser.click(f".token:nth-of-type({one.query + 1})")
    said = f"On the way: {'; '.join(one.taken)}"
    browser.until(f"document.querySelector('.why').textContent.includes({json.dumps(said)})")
    assert browser.faults == []


def counted(store: HeadStore, library: Sequence[Program]) -> Report:
    table = score_library(library, store, builtin_table(), by="iou")
    return from_scores(table, library, store, builtin_table(), texts=3)


def encode_shown(store: HeadStore, number: int) -> Encoded:
    return from_ids(builtin_table(), store[number].ids, store[number].text)


def test_many_cells_give_what_each_gives_alone() -> None:
    text = encode("The cat sat on the mat. The cat slept.", builtin_table())
    for program in (*programs(), *verify(MIXTURE).programs):
        reasons = Reasons(program, text)
        for query, key in ((3, 1), (8, 8), (9, 2), (3, 1)):
            assert reasons.at(query, key) == why(program, text, query, key)


def test_a_mixture_is_told_in_its_parts() -> None:
    text = encode("The cat sat on the mat. The cat slept.", builtin_table())
    found = Reasons(verify(MIXTURE).programs[0], text).at(8, 1)
    parts = {part.text: found.share(part) for part in found.part.leaves}
    assert set(parts) == {"0.5 * sink(q, k)", "0.3 * copies(q, k)", "0.2 * near(q, k, 0.5)"}
    assert np.isclose(sum(parts.values()), found.weight)
    assert parts["0.3 * copies(q, k)"] == max(parts.values())


def test_a_part_that_is_a_bare_number_has_words(store: HeadStore) -> None:
    source = PRODUCT.replace("rest = 8 * rest_at_determiners(q)", "rest = 8")
    library = verify(source.replace("return rest", "return 8")).programs
    table = score_library(library, store, builtin_table(), by="iou")
    report = from_scores(table, library, store, builtin_table(), texts=1)
    texts = [part.text for part in report.programs[0].parts]
    assert "8 (k.i == 0 is true)" in texts
    assert "8" not in texts
