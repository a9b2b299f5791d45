"""The search: scores are found again, recipes are programs, draws follow the seed."""

import numpy as np
import pytest
import torch

from attndsl.engines.batch import Library
from attndsl.fit.iou import iou
from attndsl.graph.program import size_of
from attndsl.graph.verify import verify
from attndsl.heads.packing import row_starts
from attndsl.language.formatter import format_source
from attndsl.language.mask import CAUSAL, FULL
from attndsl.synthesis.polish import written
from attndsl.synthesis.search.batches import FeatureBasis, gather, leaf_rows
from attndsl.synthesis.search.climb import Shape, fits, within
from attndsl.synthesis.search.features import SINK, features
from attndsl.synthesis.search.forms import Forms
from attndsl.synthesis.search.kinds import ENDS, LEAVES, condition, leaves_of
from attndsl.synthesis.search.proposer import recipe_of
from attndsl.synthesis.search.reading import recipes_of, scores_of
from attndsl.synthesis.search.recipe import BranchRule, Recipe, as_json
from attndsl.synthesis.search.scores import fit, one_a_head
from attndsl.synthesis.search.seeds import seeds
from attndsl.synthesis.search.sieve import SLACK, Sieve, SieveText
from attndsl.synthesis.search.trim import keep_extras, keep_features, merge
from attndsl.synthesis.search.vary import variant
from attndsl.tokens import builtin_texts, encode
from tests.synthesis.overlaps import ious

BY_NAME = {feature.name: feature for feature in features(CAUSAL)}
RECIPE = Recipe(
    ((SINK, 3.0), (BY_NAME["far"], -1.5)),
    (
        BranchRule((0, 1, 9), ((BY_NAME["previous"], 2.5), (SINK, -1.25))),
        BranchRule((2, 3, 4, 5, 6), ((BY_NAME["copy"], -0.5),)),
    ),
)


@pytest.mark.parametrize("mask", [CAUSAL, FULL], ids=["causal", "full"])
def test_every_feature_is_a_program(mask) -> None:  # type: ignore[no-untyped-def]
    found = features(mask)
    assert len({f.name for f in found}) == len({f.code for f in found}) == len(found)
    source = "\n".join(f"def f{n}(q, k):\n    return {f.code}\n" for n, f in enumerate(found))
    checked = verify(source)
    assert not checked.errors
    assert len(checked.programs) == len(found)
    if mask is CAUSAL:
        assert all(program.causal for program in checked.programs)


@pytest.mark.parametrize("mask", [CAUSAL, FULL], ids=["causal", "full"])
def test_features_can_stand_together(mask) -> None:  # type: ignore[no-untyped-def]
    found = features(mask)
    for start in range(0, len(found), 8):
        recipe = Recipe(tuple((feature, 1.5) for feature in found[start : start + 8]))
        assert not verify(recipe.source("eight")).errors


def test_a_leaf_for_each_token_and_conditions_that_agree() -> None:
    text = encode(builtin_texts()[0].text)
    leaves = leaves_of(text)
    groups = [*([number] for number in range(len(LEAVES))), [0, 1, 2], [1, 8], list(range(1, 12))]
    tests = "\n\n".join(
        f"def f{at}(q, k):\n    return {condition(group)}\n" for at, group in enumerate(groups)
    )
    from attndsl.engines.reference import values

    for group, program in zip(groups, verify(tests).programs, strict=True):
        column = values(program, text)[:, 0]
        assert (column.astype(bool) == np.isin(leaves, group)).all()


def test_a_test_after_the_sentence_ends_need_not_leave_them_out() -> None:
    assert "not" in condition([1])
    assert "not" not in condition([1], ends_gone=True)
    lines = RECIPE.source("mine").splitlines()
    test = next(line for line in lines if "if" in line)
    assert test.strip().startswith("if q.is_sentence_end or")
    assert ENDS in RECIPE.rules[0].leaves


def test_a_recipe_is_a_documented_program_in_the_one_format() -> None:
    source = RECIPE.source("mine")
    assert format_source(source) == source
    checked = verify(source)
    assert not checked.diagnostics
    assert "near tokens" in (checked.programs[0].docstring or "")
    assert recipe_of(as_json(RECIPE), BY_NAME) == RECIPE
    assert fits(RECIPE, Shape())


def test_what_is_too_large_loses_its_weakest_terms() -> None:
    small = within(RECIPE, Shape(lines=9))
    assert len(small.source("mine").splitlines()) <= 9
    assert small.terms == RECIPE.terms


def test_known_scores_are_found_again() -> None:
    texts = [encode(text.text[:150]) for text in builtin_texts()[:6]]
    heads = patterns_of([RECIPE], texts)
    names = ("sink", "previous", "far", "copy", "late", "mark", "alike", "noun")
    plain = [BY_NAME[name] for name in names]
    some = [gather(texts, FeatureBasis.of(plain, CAUSAL), heads)]
    found = fit(one_a_head(1, len(plain)), some, 80, 0.2)
    assert ious(found, some)[0] > 0.95
    found = fit(keep_features(found, some, 4), some, 40, 0.1)
    found = merge(found, some, leaf_rows(some), 3, 0.001)
    found = fit(found, some, 60, 0.1)
    found = fit(keep_extras(found, some, 4), some, 60, 0.1)
    recipe = recipes_of(found, plain)[0]
    assert {feature.name for feature in recipe.features} >= {"sink", "previous", "far"}
    overlap = [
        np.minimum(a, b).sum() / np.maximum(a, b).sum()
        for a, b in zip(patterns_of([recipe], texts), heads, strict=True)
    ]
    assert np.mean(overlap) > 0.95


def patterns_of(recipes, texts):  # type: ignore[no-untyped-def]
    programs = [verify(recipe.source(f"r{n}")).programs[0] for n, recipe in enumerate(recipes)]
    return Library(programs, CAUSAL).patterns(texts)


def test_what_is_fitted_is_what_the_program_does() -> None:
    texts = [encode(text.text[:120]) for text in builtin_texts()[:3]]
    recipes = [RECIPE, Recipe(((BY_NAME["alike"], 4.0), (BY_NAME["noun"], -1.0)))]
    other = Recipe(((BY_NAME["late"], 0.5), (SINK, 1.0)))
    heads = patterns_of([other, other, other], texts)
    plain = features(CAUSAL)
    some = [gather(texts, FeatureBasis.of(plain, CAUSAL), heads)]
    scores = scores_of(recipes, [0, 1, 0], plain)
    found = ious(scores, some)
    made = patterns_of(recipes, texts)
    for head, program in enumerate([0, 1, 0]):
        overlap = [
            np.minimum(m[program], h[head]).sum() / np.maximum(m[program], h[head]).sum()
            for m, h in zip(made, heads, strict=True)
        ]
        assert np.mean(overlap) == pytest.approx(found[head], abs=1e-4)
    assert recipes_of(scores, plain) == tuple(
        Recipe(by_place(recipe.terms, plain), tuple(
            BranchRule(rule.leaves, by_place(rule.terms, plain)) for rule in recipe.rules
        ))
        for recipe in recipes
    )  # fmt: skip


def by_place(terms, plain):  # type: ignore[no-untyped-def]
    return tuple(sorted(terms, key=lambda term: plain.index(term[0])))


def test_a_program_is_fitted_to_all_its_heads() -> None:
    texts = [encode(text.text[:120]) for text in builtin_texts()[:3]]
    near, nearer = (Recipe(((SINK, 2.0), (BY_NAME["far"], share))) for share in (-1.0, -2.0))
    heads = patterns_of([near, nearer], texts)
    plain = [SINK, BY_NAME["far"]]
    some = [gather(texts, FeatureBasis.of(plain, CAUSAL), heads)]
    start = scores_of([Recipe(((SINK, 0.5), (BY_NAME["far"], -0.1)))], [0, 0], plain)
    found = recipes_of(fit(start, some, 80, 0.1), plain)[0]
    assert dict(found.terms)[BY_NAME["far"]] == pytest.approx(-1.5, abs=0.6)
    assert torch.equal(start.owner, torch.tensor([0, 0]))


def test_variants_follow_the_seed_and_are_programs() -> None:
    plain = features(CAUSAL)
    draws = [
        [variant(RECIPE, [RECIPE], plain, np.random.default_rng([7, n])) for n in range(40)]
        for _ in range(2)
    ]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) > 20
    for number, recipe in enumerate(draws[0]):
        assert not verify(recipe.source(f"v{number}")).errors


def test_a_recipe_has_the_hash_of_its_program() -> None:
    plain = features(CAUSAL)
    forms = Forms(plain)
    drawn = [variant(RECIPE, [RECIPE], plain, np.random.default_rng([3, n])) for n in range(12)]
    for recipe in (RECIPE, *drawn):
        program = verify(recipe.source("mine")).programs[0]
        assert forms.hash_and_size(recipe) == (program.hash, size_of(program))


def test_recipes_of_one_form_are_one_program_and_no_others() -> None:
    plain = features(CAUSAL)
    forms, other = Forms(plain), Recipe(((SINK, 0.5), (BY_NAME["late"], 1.0)))
    rng = np.random.default_rng(11)
    drawn = [variant(RECIPE, [RECIPE, other], plain, rng) for _ in range(150)]
    split = BranchRule((2, 3), RECIPE.rules[1].terms), BranchRule((4, 5, 6), RECIPE.rules[1].terms)
    drawn += [RECIPE, Recipe(RECIPE.terms[::-1], (RECIPE.rules[1], RECIPE.rules[0]))]
    by_form: dict[str, set[str]] = {}
    for recipe in drawn:
        by_form.setdefault(recipe.form, set()).add(forms.hash_and_size(recipe)[0])
    assert all(len(hashes) == 1 for hashes in by_form.values())
    assert len(set.union(*by_form.values())) == len(by_form)
    assert Recipe(RECIPE.terms, (RECIPE.rules[0], *split)).form == RECIPE.form


def test_the_sieve_scores_what_the_engine_scores() -> None:
    texts = [encode(text.text[:100]) for text in builtin_texts()[:2]]
    plain = features(CAUSAL)
    recipes = [RECIPE, Recipe(((BY_NAME["alike"], 4.0), (BY_NAME["noun"], -1.0)))]
    heads = patterns_of([Recipe(((BY_NAME["late"], 0.5),)), RECIPE], texts)
    basis = FeatureBasis.of(plain, CAUSAL)
    ready = [
        SieveText(values, row_starts(CAUSAL, text.n).astype(np.int64), leaves_of(text), head)
        for values, text, head in zip(basis.values(texts), texts, heads, strict=True)
    ]
    sieve = Sieve({feature.name: at for at, feature in enumerate(plain)}, tuple(ready))
    wanted = np.mean(
        [iou(made, head) for made, head in zip(patterns_of(recipes, texts), heads, strict=True)], 0
    )
    assert np.abs(sieve.scores(recipes) - wanted).max() < SLACK


def test_the_examples_are_seeds() -> None:
    found = seeds()
    assert len(found) > 40
    programs = [verify(one.source).programs for one in found]
    assert all(len(own) == 1 for own in programs)
    assert all(own[0].docstring for own in programs)


def test_polished_numbers_replace_literals_outside_docstrings() -> None:
    head = 'def f(q, k):\n    """Fades\n    by 0.8.\n    """\n'
    source = f"{head}    return 0.8 ** (q.i - k.i) + 2 * k.i\n"
    assert written(source, {0.8: 0.7251, 2.0: 5.0}, 2) == source.replace("0.8 **", "0.73 **")
