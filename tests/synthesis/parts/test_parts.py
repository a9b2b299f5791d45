"""Mixtures of parts: what made a head is found again, written as a program, and truly said."""

from collections.abc import Sequence

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.formatter import format_source
from attndsl.language.mask import CAUSAL, FULL
from attndsl.synthesis.parts import kernels
from attndsl.synthesis.parts.efforts import Effort, Growing
from attndsl.synthesis.parts.ladder import Fitter, grown
from attndsl.synthesis.parts.mixture import REST, Mixture, Term
from attndsl.synthesis.parts.proposer import evenly_wanted, explained, in_words
from attndsl.synthesis.parts.rows import Rows, Wanted, compiled, sampled
from attndsl.synthesis.parts.sharing import reduced, shared
from attndsl.synthesis.parts.vocabulary import KINDS, SPREAD, parts
from attndsl.synthesis.parts.words import (
    STRENGTHS,
    TIMES,
    Said,
    Share,
    docstring,
    measured,
    named,
    strength,
)
from attndsl.synthesis.parts.write import written
from attndsl.tokens import builtin_texts, encode
from attndsl.tokens.tokenizer import builtin_table

PARTS = parts(CAUSAL)
NUMBER = {part.name: at for at, part in enumerate(PARTS)}
MADE = (
    "0.6 * sink(q, k) + 0.4 * previous_token(q, k)",
    "0.5 * sink(q, k) + 0.5 * induction(q, k)",
    "near(q, k, 0.5) * (8 if k.is_function_word else 1)",
    "sink(q, k)",
)


def test_every_part_and_kind_is_a_program_of_its_own() -> None:
    for mask in (CAUSAL, FULL):
        found = parts(mask)
        programs = compiled([part.call for part in found])
        assert len({program.hash for program in programs}) == len(found)
        assert len({part.name for part in found}) == len(found)
    tests = [part.test for part in PARTS if part.test] + [kind.test for kind in KINDS]
    assert len(compiled([f"1 if {test} else 0" for test in tests])) == len(tests)
    assert not any(character.isdigit() for part in PARTS for character in part.says)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HeadStore:
    """Heads that are programs of parts, on texts in which words come again."""
    texts = [encode(one.text[:240]) for one in builtin_texts()[:12]]
    found = Library(compiled(MADE), CAUSAL).patterns(texts)
    given = [(text.ids.tolist(), text.text) for text in texts]
    meta = StoreMeta("made", "h", "t", 2, 2, len(texts), texts_hash(given), CAUSAL, "float32")
    folder = tmp_path_factory.mktemp("parts") / "store"
    with StoreWriter(folder, meta) as writer:
        for number, ((ids, text), patterns) in enumerate(zip(given, found, strict=True)):
            writer.add(number, ids, text, patterns)
    return HeadStore.open(folder)


@pytest.fixture(scope="module")
def rows(store: HeadStore) -> Rows:
    wanted = [Wanted(number, 1 / len(store), 8) for number in range(len(store))]
    return sampled(store, builtin_table(), wanted, range(4), PARTS, CAUSAL, 0)


@pytest.fixture(scope="module")
def fitter(rows: Rows) -> Fitter:
    return Fitter(rows, PARTS)


def everything(heads: int) -> np.ndarray:
    return np.ones((heads, len(PARTS)), dtype=np.bool_)


def test_what_made_a_head_is_found_again(fitter: Fitter) -> None:
    ladders = grown(fitter, range(4), everything(4), (1, 2), Growing())
    for head, part in ((0, "previous_token"), (1, "induction")):
        mixture, worth = ladders[head][1]
        assert mixture.terms[1].part == NUMBER[part], PARTS[mixture.terms[1].part]
        assert worth > 0.97 * 1.5
    assert ladders[2][2][1] > 0.8 * 1.5
    assert all(ladder[2][1] >= ladder[1][1] - 1e-6 for ladder in ladders)


def test_a_longer_mixture_is_never_worse_than_its_shares_alone(fitter: Fitter) -> None:
    """Fitting takes the best that it has seen."""
    one = Mixture((Term(0, 0.3), Term(NUMBER["nearby"], 0.7), Term(NUMBER["marks"], 3.0, 0, True)))
    _, before = fitter.fit([2], [one], 0)
    _, after = fitter.fit([2], [one], 8)
    assert after[0] >= before[0]


def test_a_program_gives_the_pattern_that_was_fitted(fitter: Fitter, store: HeadStore) -> None:
    """What is written is what was measured, but for the rounding of its numbers."""
    kinds = {kind.name: at + 1 for at, kind in enumerate(KINDS)}
    mixtures = [
        Mixture((Term(0, 0.6), Term(NUMBER["previous_token"], 0.4))),
        Mixture((Term(0, 0.4), Term(NUMBER["near_fast"], 0.4), Term(NUMBER["copies"], 0.2),
                 Term(NUMBER["function_words"], 4.0, 0, True))),
        Mixture((Term(0, 0.3), Term(NUMBER["near_slowly"], 0.7), Term(0, 1.0, kinds["mark"]))),
        Mixture((Term(0, 0.3), Term(NUMBER["near_slowly"], 0.7),
                 Term(NUMBER["others"], 0.5, kinds["letters"], True))),
    ]  # fmt: skip
    source = "\n\n".join(written(one, PARTS, f"f{at}") for at, one in enumerate(mixtures))
    programs = verify(source).programs
    wanted = [Wanted(number, 1 / len(store), 8) for number in range(len(store))]
    assert len(programs) == len(mixtures)
    by_engine = sampled_programs(store, programs, wanted)
    for at, mixture in enumerate(mixtures):
        apart = np.abs(pattern_of(fitter, mixture) - by_engine[at])
        # Written factors also count where the first token is such a key.
        assert apart.mean() < 0.002
        assert apart.max() < (0.1 if at == 1 else 0.02)


def sampled_programs(
    store: HeadStore, programs: Sequence[Program], wanted: Sequence[Wanted]
) -> np.ndarray:
    """The programs' patterns on the sampled rows, by the engine."""
    rng, made = np.random.default_rng(0), []
    for one in wanted:
        text = encode(store[one.number].text)
        starts = row_starts(CAUSAL, text.n)
        chosen = np.sort(rng.permutation(np.arange(1, text.n))[: one.rows])
        cells = np.concatenate([np.arange(starts[r], starts[r + 1]) for r in chosen])
        made.append(Library(programs, CAUSAL).patterns([text])[0][:, cells])
    return np.concatenate(made, axis=1)


def pattern_of(fitter: Fitter, mixture: Mixture) -> np.ndarray:
    chosen, gates, times, values, _ = fitter.jobs([mixture])
    cells, rows = int(fitter.rows.start[-1]), len(fitter.rows.text)
    out, factor = np.empty(cells, np.float32), np.empty(cells, np.float32)
    kernels.mixed(fitter.data, chosen[0], gates[0], times[0], values[0], out, factor,
                  np.empty(rows, np.float32))  # fmt: skip
    return out


def test_heads_alike_share_a_program(fitter: Fitter) -> None:
    pool = [REST, *(m for one in grown(fitter, range(4), everything(4), (1,), Growing())
                    for m, _ in one.values())]  # fmt: skip
    two = shared(fitter, range(4), pool, 2, 0.04)
    four = shared(fitter, range(4), pool, 4, 0.04)
    assert len(two.library) == 2
    assert sum(four.worth) >= sum(two.worth)
    assert max(two.owner) == 1


def test_the_fewest_that_serve_all_well_enough() -> None:
    worth = np.array([[0.9, 0.1, 0.5], [0.1, 0.9, 0.5], [0.85, 0.85, 0.5]])
    assert reduced(worth, 1, 0.04)[0] == [2]
    kept, lost = reduced(worth, 3, 0.04)
    assert lost == pytest.approx(0.0)
    assert set(kept) >= {0, 1}


def test_as_many_programs_as_are_allowed_where_all_heads_differ() -> None:
    worth = np.random.default_rng(0).random((50, 30))
    kept, lost = reduced(worth, 8, 0.04)
    assert len(kept) == 8
    assert lost < reduced(worth, 4, 0.04)[1]


def test_words_say_what_was_measured(fitter: Fitter) -> None:
    mixture = Mixture((
        Term(0, 0.6), Term(NUMBER["previous_token"], 0.3), Term(NUMBER["induction"], 0.1),
        Term(NUMBER["marks"], 6.0, 0, True),
    ))  # fmt: skip
    said = measured(mixture, fitter.rows, PARTS)
    text = docstring(said, "tales")
    assert named(said) == "rests_or_previous_token_more_marks"
    assert text.startswith(f"{strength(said.rest).capitalize()} rests on the first token.")
    assert "what followed earlier places of the token, if any" in text
    assert "about five times as much to punctuation and other signs." in text
    assert text.endswith(" So on tales.")
    assert len(text) <= 240
    assert not any(character.isdigit() for character in text)
    resting = np.add.reduceat(
        pattern_of(fitter, mixture) * fitter.rows.resting, fitter.rows.start[:-1]
    )
    assert said.rest == pytest.approx(np.average(resting), abs=1e-5)


def test_a_library_for_a_store(store: HeadStore) -> None:
    effort = Effort(texts=12, rows=8)
    found = explained(
        store, builtin_table(), evenly_wanted(range(12), ["text"] * 12, effort), range(4),
        most_parts=2, programs=3, most_loss=0.04, texts="the texts given", seed=0, effort=effort,
    )  # fmt: skip
    assert len(found.sources) <= 3
    assert len(found.owner) == len(found.ladders) == 4
    for source in found.sources:
        assert format_source(source) == source
        assert not verify(source).diagnostics
        assert max(map(len, source.splitlines())) <= 100


def test_words_say_for_which_queries_more_rests(fitter: Fitter) -> None:
    kind = [one.name for one in KINDS].index("letters") + 1
    mixture = Mixture((
        Term(0, 0.5), Term(NUMBER["near_slowly"], 0.5), Term(NUMBER["others"], 0.2, kind, True),
    ))  # fmt: skip
    said = measured(mixture, fitter.rows, PARTS)
    assert not said.factors
    ((asked, share),) = said.by_kind
    resting = np.add.reduceat(
        pattern_of(fitter, mixture) * fitter.rows.resting, fitter.rows.start[:-1]
    )
    assert share == pytest.approx(resting[fitter.rows.kinds[kind]].mean(), abs=0.02)
    assert (" for tokens of letters" in docstring(said, "texts")) == (share - said.rest >= 0.1)
    assert asked.name == "letters"


def test_every_part_can_stand_alone_with_a_factor_or_for_a_kind() -> None:
    """Also those that are true or false: only numbers can be multiplied in place."""
    found = parts(CAUSAL)
    for number, part in enumerate(found[1:], 1):
        alone = (Term(0, 0.6), Term(number, 0.4))
        factor = next(
            at for at, one in enumerate(found) if one.test and at != number and one.name != SPREAD
        )
        for mixture in (
            Mixture((*alone, Term(factor, 3.0, 0, True))),
            Mixture((Term(0, 0.6), Term(number, 0.4, 1))),
            Mixture((*alone, Term(0, 1.0, 1), Term(factor, 3.0, 1, True))),
        ):
            source = written(mixture, found, "f")
            checked = verify(source)
            assert checked.programs, f"{part.name}: {checked.diagnostics}\n{source}"


def test_words_say_nothing_of_a_part_that_is_rounded_away(fitter: Fitter) -> None:
    mixture = Mixture((Term(0, 0.999), Term(5, 0.001)))
    (source,) = in_words([mixture], fitter.rows, fitter.parts, "texts")
    (program,) = verify(source).programs
    assert program.name == "rests"
    assert fitter.parts[5].says not in (program.docstring or "")
    assert "remainder" not in (program.docstring or "")


def test_every_statement_of_a_docstring_is_true_of_the_written_program(
    fitter: Fitter, store: HeadStore
) -> None:
    """Rest, parts and factors as words, against the engine's rows of what is written."""
    wanted = [Wanted(number, 1 / len(store), 8) for number in range(len(store))]
    rows, draw = fitter.rows, np.random.default_rng(7)
    marks, before = NUMBER["marks"], NUMBER["previous_token"]
    mixtures = [
        Mixture((Term(0, rest), Term(before, (1 - rest) * share),
                 Term(NUMBER["others"], (1 - rest) * (1 - share)), Term(marks, times, 0, True)))
        for rest, share, times in zip(draw.uniform(0.1, 0.9, 6), draw.uniform(0.1, 0.9, 6),
                                      (0.1, 0.3, 0.5, 2.0, 4.0, 10.0), strict=True)
    ]  # fmt: skip
    sources = in_words(mixtures, rows, PARTS, "texts")
    patterns = sampled_programs(store, verify("\n\n".join(sources)).programs, wanted)
    isolated = rows.parts[before] > 0
    for mixture, source, pattern in zip(mixtures, sources, patterns, strict=True):
        (program,) = verify(source).programs
        said = " ".join((program.docstring or "").split())
        by_row = [np.add.reduceat(pattern * one, rows.start[:-1]).mean()
                  for one in (rows.resting, isolated & ~rows.resting)]  # fmt: skip
        assert bounded(said.partition(" rests on")[0].lower(), STRENGTHS, by_row[0]), said
        of_content = by_row[1] / (1 - by_row[0])
        # `others` puts a little on the token before too.
        told = said.partition(" to the token before")[0].partition("remainder: ")[2].split(", ")[-1]
        if told and " to " not in told:
            assert bounded(told, STRENGTHS, of_content, 0.06), (said, of_content)
        factor = said.partition("; ")[2].partition(" to punctuation")[0]
        assert bounded(factor, TIMES, mixture.terms[-1].value, 0.2), said
    assert len({verify(source).programs[0].name for source in sources}) == len(sources)


def bounded(
    words: str, table: Sequence[tuple[float, str]], value: float, off: float = 0.03
) -> bool:
    """Whether a value is within what its words stand for."""
    at = next(number for number, (_, said) in enumerate(table) if said == words)
    above = table[at - 1][0] if at else np.inf
    return table[at][0] - off <= value <= above + off


def test_names_are_told_apart_by_what_differs() -> None:
    before, marks, verbs = (PARTS[NUMBER[one]] for one in ("previous_token", "marks", "near_verbs"))
    kind = KINDS[0]
    plain = (Share(before, 1.0, 1.0, 1.0),)
    saids = [
        Said(0.1, (), plain, ()), Said(0.6, (), plain, ()), Said(0.6, (), plain, ((marks, 5.0),)),
        Said(0.6, ((kind, 0.9),), plain, ()), Said(0.95, (), plain, ()), Said(1.0, (), (), ()),
        Said(0.1, (), (Share(verbs, 0.8, 0.8, 0.9), *plain), ()), Said(0.1, (), plain, ()),
    ]  # fmt: skip
    found: list[str] = []
    for said in saids:
        found.append(named(said, found))
    assert found == [
        "mostly_previous_token", "rests_or_previous_token", "rests_or_previous_token_more_marks",
        "rests_or_previous_token_resting_at_mark", "mostly_rests_or_previous_token", "rests",
        "near_verbs_and_previous_token", "mostly_previous_token_2",
    ]  # fmt: skip


def test_a_docstring_is_short_and_says_the_most_telling_first() -> None:
    long = [PARTS[NUMBER[name]] for name in ("near_verbs", "all_nouns", "copies", "last_eight")]
    shares = tuple(Share(part, share, share, 1.0)
                   for part, share in zip(long, (0.5, 0.2, 0.16, 0.14), strict=True))  # fmt: skip
    kinds = tuple((kind, 0.9) for kind in KINDS[:3])
    factor = PARTS[NUMBER["marks"]]
    text = docstring(Said(0.2, kinds, shares, ((factor, 0.1),)), "stories and much else")
    assert len(text) <= 240
    assert f"about half to {long[0].says}" in text
    assert "hardly anything to punctuation" in text
    assert "stories" not in text
