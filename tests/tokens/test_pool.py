"""The text pool: codes that never change, and tests over all texts that grow with it."""

from hypothesis import given
from hypothesis import strategies as st

from attndsl.tokens import TextPool
from attndsl.tokens.matching import MODES

TEXTS = st.text(alphabet="ab", max_size=3)


@given(
    st.lists(TEXTS), st.lists(TEXTS), st.sampled_from(sorted(MODES)), st.lists(TEXTS, max_size=3)
)
def test_matches_say_what_python_says_as_the_pool_grows(
    before: list[str], after: list[str], mode: str, literals: list[str]
) -> None:
    pool = TextPool()
    pool.codes(before)
    known = pool.matches(mode, literals)
    codes = pool.codes(after)
    assert [pool.strings[code] for code in codes] == after
    now = pool.matches(mode, literals)
    assert now[: len(known)].tolist() == known.tolist()
    assert now.tolist() == [
        any(MODES[mode](text, literal) for literal in literals) for text in pool.strings
    ]


def test_the_empty_text_has_code_0_and_codes_stay() -> None:
    pool = TextPool()
    assert pool.code("") == 0
    first = pool.code("cat")
    assert (pool.code("dog"), pool.code("cat")) == (first + 1, first)
    assert len(pool) == 3
