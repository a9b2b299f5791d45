"""Groups of heads that are alike, and probe texts with their labels, as a report has them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from attndsl.fit.contradictions import Contradiction
from attndsl.fit.intervals import Estimate
from attndsl.heads.probes import FOLDER, StoredProbe, write_labels
from attndsl.language.mask import CAUSAL
from attndsl.report.alike import groups
from attndsl.report.data import Report, TextEntry
from attndsl.report.probed import probe_entries
from attndsl.runs.kept import built, plain
from attndsl.tokens.probes import Label
from attndsl.tokens.tokenizer import builtin_table, encode
from tests.report.conftest import TEXTS, make_store

ROWS = ((1.0,), (0.5, 0.5), (0.2, 0.7, 0.1), (0.2, 0.0, 0.8, 0.0))


def text_of(*maps: list[float]) -> TextEntry:
    real = np.array(maps, dtype=np.float32)
    return TextEntry(0, 4, ("a", "b", "c", "d"), real, real[:1])


def test_heads_are_grouped_by_content_and_not_by_what_rests() -> None:
    before = [weight for row in ROWS for weight in row]
    resting = [1.0, 0.9, 0.1, 0.85, 0.14, 0.01, 0.85, 0.0, 0.15, 0.0]
    apart = [1.0, 0.5, 0.5, 0.2, 0.0, 0.8, 0.2, 0.0, 0.0, 0.8]
    nothing = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    (group,) = groups([text_of(before, apart, resting, nothing)], CAUSAL, range(4))
    assert set(group.heads) == {0, 2}, "the same content, however much rests; resting is no content"
    assert 0.7 < group.likeness <= 1
    assert groups([text_of(before, apart, resting)], CAUSAL, [0, 1]) == ()


def test_a_report_has_groups_and_they_are_kept(small: Report) -> None:
    assert small.alike
    assert all(len(group.heads) > 1 for group in small.alike)
    sizes = [len(group.heads) for group in small.alike]
    assert sizes == sorted(sizes, reverse=True)
    maps: dict[str, np.ndarray] = {}
    assert built(Report, plain(small, maps), maps).alike == small.alike


def test_of_each_kind_the_probe_with_most_labels_that_checks(tmp_path: Path, small: Report) -> None:
    store = make_store(tmp_path / "store", builtin_table())
    inner = make_store(store.folder / FOLDER, builtin_table())
    label = Label("induction", 3, (1, 2))
    given = [
        StoredProbe("repeats", 0, False, (label, label, label)),
        StoredProbe("repeats", 1, True, (label,)),
        StoredProbe("repeats", 3, True, (label, Label("copies", 5, (2,)))),
        StoredProbe("names", 0, False, (label,)),
        StoredProbe("lists", 1, True, (Label("digits", 11, (2,)),)),
        StoredProbe("names", 1, True, (label,)),
    ]
    assert len(given) == len(TEXTS)
    write_labels(inner.folder, given, ())
    read = []

    def text(_: object, number: int) -> TextEntry:
        read.append(number)
        return small.texts[0]

    found = probe_entries(store, 10, text, builtin_table())
    assert [one.kind for one in found] == ["repeats", "names"], "no label in sight, no probe"
    assert read == [2, 5]
    assert [mark.mechanism for mark in found[0].marks] == ["induction", "copies"]
    assert replace(found[1].marks[0], keys=()).row == 3


def test_what_speaks_against_a_program_is_outlined_though_nothing_labels_it(
    tmp_path: Path, small: Report
) -> None:
    """Of two texts of a kind the one in which it names something, whatever their labels."""
    store = make_store(tmp_path / "store", builtin_table())
    inner = make_store(store.folder / FOLDER, builtin_table())
    label = Label("induction", 3, (1, 2))
    kinds = [(True, ()), (True, ()), (True, ()), (True, ()), (True, (label,)), (False, ())]
    given = [StoredProbe("lists", n, checks, labels) for n, (checks, labels) in enumerate(kinds)]
    write_labels(inner.folder, given, ())
    some = Estimate(0.3, 0.25, 0.35, 5)
    against = Contradiction("L0.H0", "p", "open_quote", "lists", some, some)
    read = []

    def text(_: object, number: int) -> TextEntry:
        read.append(number)
        return small.texts[0]

    (found,) = probe_entries(store, 40, text, builtin_table(), [against])
    assert read == [1], "the text with a quotation"
    encoded = encode(TEXTS[1], builtin_table())
    quote = next(at for at, one in enumerate(encoded.labels()) if '"' in one)
    assert {mark.mechanism for mark in found.marks} == {"open_quote"}
    assert all(mark.keys == (quote,) and mark.row > quote for mark in found.marks)
    probe_entries(store, 40, text, builtin_table())
    assert read == [1, 4], "else the one with most labels"
