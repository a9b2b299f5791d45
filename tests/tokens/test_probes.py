"""Probe texts: the same every time, of their length, with labels that the mechanisms confirm."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from attndsl.engines.reference import pattern
from attndsl.graph.mechanisms import mechanisms
from attndsl.tokens.pieces import PieceTable, plain_pieces
from attndsl.tokens.pool import TextPool
from attndsl.tokens.probes import PROBE_KINDS, Probe, probe_texts
from attndsl.tokens.probes.generated import KINDS
from attndsl.tokens.probes.marked import ABOUT, written
from attndsl.tokens.probes.wordlists import WordLists
from attndsl.tokens.tokenizer import BuiltinSplitter, encode
from tests.fit.known import fresh_table
from tests.tokens.numbers import numbered_table


@pytest.fixture(scope="module")
def table() -> PieceTable:
    return fresh_table()


@pytest.fixture(scope="module")
def probes(table: PieceTable) -> tuple[Probe, ...]:
    found = probe_texts(table)
    assert dict(found.left_out).keys() <= {"pieces"}
    return found.probes


def test_there_are_many_kinds_each_with_its_number_of_texts(probes: Any) -> None:
    counts = Counter(probe.kind for probe in probes)
    assert len(counts) >= 12
    assert all(counts[kind] == 40 for kind in KINDS if kind in counts)
    assert all(len(written(kind)) == counts[kind] == 12 for kind in ABOUT)
    assert set(counts) <= set(PROBE_KINDS)


def test_half_of_each_kind_only_checks(probes: Any) -> None:
    for kind in PROBE_KINDS:
        own = [probe.checks for probe in probes if probe.kind == kind]
        assert 2 * sum(own) == len(own)


def test_texts_are_of_the_length_that_is_promised(probes: Any, table: PieceTable) -> None:
    for probe in probes:
        assert 40 <= encode(probe.text, table).n <= 120, probe.kind


def test_a_tokenizer_gets_the_same_texts_every_time(probes: Any) -> None:
    again = probe_texts(fresh_table()).probes
    assert [probe.text for probe in again] == [probe.text for probe in probes]
    assert len({probe.text for probe in probes}) == len(probes)


def test_mechanisms_look_where_the_labels_say(probes: Any, table: PieceTable) -> None:
    """Labels are made with the text, mechanisms see it alone: where both agree both are right."""
    programs = {one.name: one.program for one in mechanisms()}
    right: dict[str, list[float]] = defaultdict(list)
    for probe in [probe for probe in probes if probe.number in (1, 2)]:
        encoded = encode(probe.text, table)
        rows: dict[str, Any] = {}
        for label in probe.labels(encoded):
            if label.mechanism not in programs:
                continue
            if label.mechanism not in rows:
                rows[label.mechanism] = pattern(programs[label.mechanism], encoded)
            weight = rows[label.mechanism][label.row, list(label.keys)].sum()
            right[label.mechanism].append(float(weight))
    shares = {name: np.mean(weights) for name, weights in right.items()}
    assert len(shares) >= 12
    assert {name: share for name, share in shares.items() if share < 0.9} == {}


def test_labels_look_back_and_never_at_themselves(probes: Any, table: PieceTable) -> None:
    for probe in probes:
        for label in probe.labels(encode(probe.text, table)):
            assert max(label.keys) < label.row


def test_what_a_tokenizer_cannot_write_is_said() -> None:
    found = probe_texts(numbered_table(3))
    assert found.probes == ()
    assert {kind for kind, _ in found.left_out} == set(PROBE_KINDS)
    assert all(why for _, why in found.left_out)


def test_texts_longer_than_a_model_reads_are_left_out(table: PieceTable) -> None:
    assert probe_texts(table, longest=8).probes == ()


def test_word_lists_are_of_a_table_that_grows_while_they_are_made() -> None:
    """The built-in tokenizer's grows as it reads: here by the word that is set before them."""
    splitter = BuiltinSplitter()
    table = splitter.table = PieceTable("own", "own", TextPool(), splitter)
    table.grow(plain_pieces(["\n"], np.zeros(1)))
    splitter.codes["\n"] = 0
    encode("the cat saw quick dogs", table)
    before = table.size
    assert {"dogs", "quick", "saw", "the"} <= set(WordLists(table).words)
    assert table.size > before
