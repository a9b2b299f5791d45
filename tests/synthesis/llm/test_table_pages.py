"""What the prompts say of tables of weights: each by name and words, in a form that is true."""

import re
from pathlib import Path

from attndsl.explain.llm import rules_of
from attndsl.explain.settings import Settings
from attndsl.graph.program import size_of
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.mask import CAUSAL
from attndsl.language.shipped import RESTS, described, sorts, source, tables
from attndsl.synthesis.llm import prompts, replies
from attndsl.synthesis.parts.naming import named
from attndsl.synthesis.parts.rows import Source, Wanted, batched
from attndsl.synthesis.parts.saying import measured
from attndsl.synthesis.parts.words import docstring
from attndsl.synthesis.parts.write import written
from attndsl.tokens.tokenizer import builtin_table
from tests.synthesis.parts.made import FACTORS, store_of, weighing, weights_of

PLAIN = frozenset(("place", "piece", "class", "repeat", "model"))
TABLES = [call for calls in sorts().values() for call in calls]
# What stands in the source of every table of a sort.
GOES_BY = (
    r"q\.i - k\.i|k == q\b",
    r"^def \w+\(t\)",
    r"similarity|k\.lower == q\.lower|usual_pos == q\.usual_pos",
    r"^def rest_\w+\(t\)",
)


def test_the_form_with_tables_is_one_that_the_search_writes(tmp_path: Path) -> None:
    """Its name and each word of its docstring are what is measured of it on the built-in texts."""
    made = (
        weighing(8, rest_at_determiners=1, names_and_nouns=1.2, falling_away=0.8,
                 last_induction=30),
        weighing(5), weighing(5),
    )  # fmt: skip
    store = store_of(made, tmp_path / "store")
    wanted = [Wanted(number, 1.0, 400) for number in range(len(store))]
    (batch,) = batched([Source(store, wanted, 1.0)], builtin_table(), range(len(made)), FACTORS,
                       CAUSAL, 0, 1)  # fmt: skip
    said = measured(weights_of(made, range(len(made))), 0, batch, FACTORS)
    asked = prompts.propose("", CAUSAL, [], 1, grammar=False)
    name = named(said)
    text = docstring(said, "stories", stands=name.stands)
    assert written(made[0], name.text, text) in asked


def test_a_program_of_tables_as_the_search_writes_them_is_short_enough(tmp_path: Path) -> None:
    """What tables hold counts as operations: 120 were too few for what the README shows."""
    readme = asset("README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python nouns_and_sentence_ends.attn\n(.*?)```", readme, re.DOTALL)
    rules = rules_of(Settings("m", ("t",), tmp_path), CAUSAL)
    (reply,) = replies.written(f"```\n{shown}```\n", rules)
    assert reply.valid, reply.complaint
    page = prompts.system(PLAIN, CAUSAL, rules.lines, rules.terms)
    told = " ".join(page.split())
    ((least, most),) = re.findall(r"a table counts as the (\d+) to (\d+)", told)
    used = [f"return {one} if k.i == 0 else 1" if one.startswith(RESTS) else
            f"return 1 if k.i == 0 else {one}" for one in TABLES]  # fmt: skip
    sizes = [size_of(verify(f"def f(q, k):\n    {one}\n").programs[0]) for one in used]
    assert int(least) <= min(sizes)
    assert int(most) >= max(sizes)


def test_the_language_page_names_each_shipped_table_under_what_it_goes_by() -> None:
    page = prompts.system(PLAIN, CAUSAL, 25, 240)
    listed = page.partition("**Tables of weights**")[2].partition("**Helpers**")[0]
    assert {call.partition("(")[0] for call in TABLES} == set(tables())
    for call in TABLES:
        assert f"- `{call}`: {described(call.partition('(')[0])}\n" in listed
        assert not verify(f"def f(q, k):\n    return {call} ** 1.5\n").errors
    groups = listed.split("\n\n")[1:5]
    assert [len(one.splitlines()) - 1 for one in groups] == [len(one) for one in sorts().values()]
    for group, goes_by in zip(groups, GOES_BY, strict=True):
        for name in re.findall(r"^- `(\w+)", group, re.MULTILINE):
            assert re.search(goes_by, source(name)), name


def test_tables_and_mechanisms_of_levels_that_are_not_there_are_left_out() -> None:
    page = prompts.system(PLAIN - {"model"}, CAUSAL, 25, 240)
    for name in ("soft_induction", "after_the_like"):
        assert f"`{name}(" not in page
        assert f"`{name}(" in prompts.system(PLAIN, CAUSAL, 25, 240)
    assert "`class_and_copies(" in page
