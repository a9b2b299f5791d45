"""What a prompt to refine says of a program beside its head."""

from attndsl.fit.measures import Measures
from attndsl.graph.verify import verify
from attndsl.heads.probes import ProbeStore
from attndsl.synthesis.archive import Scorer
from attndsl.synthesis.llm.compare import against, compared, figures_of
from attndsl.synthesis.llm.known import known_of

FIRST = "def first(q, k):\n    return k.i == 0\n"


def test_shares_stand_side_by_side_and_no_row_twice(scorer: Scorer) -> None:
    program = verify(FIRST).programs[0]
    twice = (*scorer.numbers, *scorer.numbers)
    rows, shares = compared(program, scorer.store, scorer.table, twice, scorer.heads[1])
    heads = [line for line in rows.splitlines() if line.startswith("...")]
    assert heads
    assert len(heads) == len(set(heads))
    places, kinds = shares.split("\n\n")
    assert "k.i == 0" in places
    assert kinds.startswith("query (head, program)")
    first = next(line for line in places.splitlines() if line.startswith("k.i == 0"))
    assert first.endswith("1.000"), "the program's share"
    assert all(line.endswith("%") for line in kinds.splitlines()[1:])


def test_figures_are_those_of_content_and_rest_on_one_head(scorer: Scorer) -> None:
    program = verify(FIRST).programs[0]
    whole: Measures = scorer.measures([program])
    assert figures_of(scorer, program, 1) == (
        f"content IoU {whole.content_iou[0, 1]:.3f}, rest error {whole.rest_error[0, 1]:.3f}, "
        f"IoU {whole.iou[0, 1]:.3f}"
    )


def test_a_page_says_what_rests_and_what_a_constant_reaches(scorer: Scorer) -> None:
    known = known_of(scorer.store, scorer.table, scorer.numbers, None)
    head = scorer.heads[1]
    told = known.told(head, "the first token")
    rests = scorer.measures([verify(FIRST).programs[0]]).content[1]
    assert told.startswith(f"{1 - rests:.2f} of a row rests (on the first token)")
    assert "The head's best constant pattern" in told
    assert "On texts made for it" not in told, "no probes were given"
    assert against(known, verify(FIRST).programs[0], scorer, 1) == "No probes were asked."


def test_a_page_names_what_probes_show_and_a_program_is_held_to_it(
    scorer: Scorer, probed: ProbeStore
) -> None:
    known = known_of(scorer.store, scorer.table, scorer.numbers, probed)
    shown = [known.told(head, "the first token") for head in scorer.heads]
    assert any("On texts made for it" in one for one in shown)
    program = verify("def never(q, k):\n    return k == q\n").programs[0]
    told = [against(known, program, scorer, at) for at in range(len(scorer.heads))]
    assert any(one.startswith("Probes contradict it:\n\n- ") for one in told)
