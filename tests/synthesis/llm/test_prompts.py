"""The prompts: every hole is filled, and what they say of the language is true."""

import re

import pytest

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.language.vocabulary import ATTRIBUTES, FUNCTIONS
from attndsl.synthesis.llm import prompts
from attndsl.synthesis.llm.replies import blocks
from attndsl.synthesis.llm.template import filled, holes, prompt

PLAIN = frozenset(("place", "piece", "class", "repeat", "model"))
FILES = sorted(path.stem for path in asset("prompts").glob("*.md") if path.stem != "README")


@pytest.mark.parametrize("name", FILES)
def test_every_file_renders_and_leaves_no_hole(name: str) -> None:
    wanted = holes((asset("prompts") / f"{name}.md").read_text())
    text = prompt(name, **{hole: f"<{hole}>" for hole in wanted})
    assert "{{" not in text
    assert all(f"<{hole}>" in text for hole in wanted)


def test_a_hole_without_a_value_and_a_value_without_a_hole_are_errors() -> None:
    with pytest.raises(ValueError, match="a hole without a value: two"):
        filled("{{one}} {{two}}", {"one": "1"})
    with pytest.raises(ValueError, match="no hole named two"):
        filled("{{one}}", {"one": "1", "two": "2"})


@pytest.mark.parametrize("mask", [CAUSAL, FULL, Mask("window", 8)])
@pytest.mark.parametrize("levels", [PLAIN, PLAIN | {"linguistics"}, PLAIN - {"model"}])
def test_the_language_lists_just_what_may_be_used(levels: frozenset[str], mask: Mask) -> None:
    text = prompts.system(levels, mask, 25, 120)
    assert "{{" not in text
    for one in ATTRIBUTES.values():
        assert (f"- `{one.name}`:" in text) == (one.level in levels and not one.hidden)
    for function in FUNCTIONS.values():
        allowed = function.level is None or function.level in levels
        assert (f"- `{function.name}(" in text) == allowed
    assert ("`n`" in text) == (mask == FULL)


def test_every_program_in_the_language_page_passes_the_checks() -> None:
    found = list(blocks(prompts.system(PLAIN, CAUSAL, 25, 120)))
    assert len(found) == 1 + len(prompts.EXAMPLES)
    for block in found:
        checked = verify(block.text)
        assert not checked.diagnostics, block.text
        assert len(checked.programs) == 1


def test_of_the_common_errors_each_is_one_and_its_cure_none() -> None:
    """Cells that are expressions are put into a program as they stand."""
    page = asset("prompts/system.md").read_text().partition("# Common errors")[2]
    rows = re.findall(r"^\| (`.+`) \| (`.+`) \|$", page, re.MULTILINE)
    tried = 0
    for wrong, right in rows:
        for cell, valid in ((wrong, False), (right, True)):
            for code in re.findall(r"`([^`]+)`", cell):
                if re.match(r"\w+ \+?= |if |verb", code) or "..." in code:
                    continue
                source = f"def a(q, k):\n    x = 1.5\n    return ({code}) == ({code})\n"
                tried += 1
                assert bool(verify(source).programs) == valid, code
    assert tried > 10


def test_the_other_prompts_hold_what_they_are_given() -> None:
    best = [("content IoU 0.500", "def a(q, k):\n    return 1\n")]
    asked = prompts.propose("SUMMARY", CAUSAL, best, 3, grammar=False)
    assert "SUMMARY" in asked
    assert "Reaches content IoU 0.500" in asked
    assert "return rest if k.i == 0 else weight" in asked
    assert "return rest if k.is_special else weight" in prompts.propose("", FULL, [], 1, False)
    assert "3 programs" in asked
    assert "fenced" in asked
    assert "fenced" not in prompts.propose("SUMMARY", CAUSAL, [], 3, grammar=True)
    again = prompts.repair("def a(q, k)", "ATT023: a colon is missing", grammar=False)
    assert "def a(q, k)" in again
    assert "ATT023" in again
    parts = ("SUMMARY", "def a", "SCORE", "AGAINST", "ROWS", "SHARES", "USED")
    better = prompts.refine(*parts[:4], *parts[4:], 2, grammar=False)
    assert all(part in better for part in parts)


def test_the_programs_that_are_asked_for_are_such() -> None:
    """The two forms that the prompt shows, and the test of a mechanism in its words."""
    for mask in (CAUSAL, FULL):
        asked = prompts.propose("", mask, [], 1, grammar=False)
        shown = re.findall(r"```\n(def .*?)```", asked, re.DOTALL)
        assert len(shown) == 2
        (factor,) = re.findall(r"`(weight \*= 30 [^`]*)`", asked)
        for source in shown:
            found = verify(source.replace("    return", f"    {factor}\n    return"))
            assert not found.errors
            assert len(found.programs) == 1


def test_mechanisms_are_marked_as_tests_where_they_are() -> None:
    assert prompts.is_test("last_induction", 2)
    assert not prompts.is_test("induction", 2)
    page = prompts.system(PLAIN, CAUSAL, 25, 120)
    for name in ("last_induction(q, k)", "matching_bracket(q, k)"):
        (line,) = (one for one in page.splitlines() if one.startswith(f"- `{name}`"))
        assert line.endswith("(a test)")
    for factor in re.findall(r"`(weight \*= 30 if [^`]*)`", page):
        source = f"def a(q, k):\n    weight = 1\n    {factor}\n    return weight\n"
        assert not verify(source).errors, factor
