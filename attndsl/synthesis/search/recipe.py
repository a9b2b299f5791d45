"""A sum of features as a program: its source, its name, and what it does in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from attndsl.language.formatter import format_source
from attndsl.synthesis.search.features import SINK, SINK_LATE, Feature
from attndsl.synthesis.search.kinds import ENDS, LEAVES, condition, in_words

DIGITS = 2
INDENT = "    "
WIDTH = 88
TALL = 3  # lines of a docstring

Terms = tuple[tuple[Feature, float], ...]


@dataclass(frozen=True, slots=True)
class BranchRule:
    """What queries of some leaves add to the score."""

    leaves: tuple[int, ...]
    terms: Terms


@dataclass(frozen=True, slots=True)
class Recipe:
    """A score for all queries, and rules of which no two speak of one leaf."""

    terms: Terms
    rules: tuple[BranchRule, ...] = ()

    @property
    def features(self) -> tuple[Feature, ...]:
        """Every feature used, once, in the order of use."""
        used = (*self.terms, *(term for rule in self.rules for term in rule.terms))
        return tuple({feature.name: feature for feature, _ in used}.values())

    @property
    def most_terms(self) -> int:
        """The number of features that count in the largest branch."""
        own = {feature.name for feature, _ in self.terms}
        return max(
            len(own | {f.name for f, _ in rule.terms}) for rule in (BranchRule((), ()), *self.rules)
        )

    @property
    def form(self) -> str:
        """A hash of what the queries of each leaf sum: recipes of one form are one program."""
        base = {feature.name: share for feature, share in self.terms}
        sums: dict[tuple[tuple[str, float], ...], list[int]] = {}
        for leaves, terms in (
            (_others(self.rules), ()),
            *((r.leaves, r.terms) for r in self.rules),
        ):
            own = dict(base)
            for feature, share in terms:
                own[feature.name] = round(own.get(feature.name, 0.0) + share, DIGITS)
            mine = tuple(sorted((name, share) for name, share in own.items() if share))
            sums.setdefault(mine, []).extend(leaves)
        said = sorted((sorted(leaves), mine) for mine, leaves in sums.items() if leaves)
        return sha256(repr(said).encode()).hexdigest()[:32]

    @property
    def tests(self) -> tuple[tuple[str, BranchRule], ...]:
        """Each rule with its condition, in the order in which they stand."""
        rules = sorted(self.rules, key=lambda rule: rule.leaves)  # so sentence ends come first
        gone = bool(rules) and ENDS in rules[0].leaves
        return tuple(
            (condition(rule.leaves, gone and number > 0), rule) for number, rule in enumerate(rules)
        )

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers in the order in which the program's text has them."""
        parts = (self.terms, *(rule.terms for _, rule in self.tests))
        return tuple(share for terms in parts for _, share in ordered(terms))

    def with_numbers(self, values: Sequence[float]) -> "Recipe":
        """The same with other numbers, in the order of `numbers`."""
        left = iter(values)

        def changed(terms: Terms) -> Terms:
            return tuple((feature, next(left)) for feature, _ in ordered(terms))

        terms = changed(self.terms)
        return Recipe(
            terms, tuple(BranchRule(rule.leaves, changed(rule.terms)) for _, rule in self.tests)
        )

    def source(self, name: str) -> str:
        """The program's text, in the one format."""
        lines = ["@softmax", f"def {name}(q, k):", *docstring(self)]
        lines += [f"{INDENT}{feature.name} = {feature.code}" for feature in self.features]
        lines += written(self.terms, INDENT, "=")
        for number, (test, rule) in enumerate(self.tests):
            lines.append(f"{INDENT}{'elif' if number else 'if'} {test}:")
            lines += written(rule.terms, 2 * INDENT, "+=")
        text = "\n".join([*lines, f"{INDENT}return score"]) + "\n"
        return format_source(text) if max(map(len, lines)) > WIDTH else text


def _others(rules: Sequence[BranchRule]) -> list[int]:
    """The leaves that no rule speaks of."""
    spoken = {leaf for rule in rules for leaf in rule.leaves}
    return [leaf for leaf in range(len(LEAVES)) if leaf not in spoken]


def without(terms: Terms, name: str) -> Terms:
    """The terms but that of one feature."""
    return tuple(term for term in terms if term[0].name != name)


def ordered(terms: Terms) -> Terms:
    """What is favoured first, the strongest first; then what is avoided, the weakest first."""
    return tuple(sorted(terms, key=lambda term: (-term[1], term[0].name)))


def written(terms: Terms, indent: str, sign: str) -> list[str]:
    """`score = ...`, and `score += ...` or `score -= ...` where one line doesn't hold it.

    >>> far = Feature("far", "log(1 + q.i - k.i)", "far tokens", "near tokens")
    >>> written(((far, -1.5), (SINK, 3.0)), "", "="), written(((far, -0.5),), "", "+=")
    (['score = 3.0 * sink - 1.5 * far'], ['score -= 0.5 * far'])
    """
    lines: list[str] = []
    for feature, share in ordered(terms):
        sign = "+=" if lines else sign
        less = share < 0 and sign != "="
        term = f"{number(abs(share) if less else share)} * {feature.name}"
        joined = f" {'-' if share < 0 else '+'} {number(abs(share))} * {feature.name}"
        if lines and " -= " not in lines[-1] and len(lines[-1]) + len(joined) <= WIDTH:
            lines[-1] += joined
        elif lines and " -= " in lines[-1] and len(lines[-1]) + len(term) + 3 <= WIDTH:
            lines[-1] += f" + {term}"
        else:
            lines.append(f"{indent}score {'-=' if less else sign} {term}")
    return lines or [f"{indent}score {sign} 0.0"]


def number(share: float) -> str:
    """
    >>> number(3.0), number(-0.25), number(0.125)
    ('3.0', '-0.25', '0.125')
    """
    text = f"{share:.6f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def name_of(recipe: Recipe, head: str) -> str:
    """The two strongest things it favours beside the first token, and the head it was made for.

    >>> far = Feature("far", "log(1 + q.i - k.i)", "far tokens", "near tokens")
    >>> name_of(Recipe(((SINK, 2.0), (far, -0.5))), "L3.H1")
    'near_tokens_l3_h1'
    >>> name_of(Recipe(((SINK, 2.0),)), "L0.H2")
    'first_token_l0_h2'
    """
    favoured, avoided, rests = [], [], False
    for feature, share in sorted(recipe.terms, key=lambda term: (-abs(term[1]), term[0].name)):
        if feature in (SINK, SINK_LATE):
            rests = rests or share > 0
        elif share > 0 or feature.less:
            favoured.append(feature.name if share > 0 else feature.less.replace(" ", "_"))
        else:
            avoided.append(f"not_{feature.name}")
    said = favoured[:2] or (["first_token"] if rests else avoided[:2]) or ["all_tokens"]
    return f"{'_and_'.join(said)}_{head.lower().replace('.', '_')}"


def renamed(recipe: Recipe, name: str) -> str:
    """What a recipe is called that took the place of the program `name`, made for the same head.

    >>> renamed(Recipe(((SINK, 2.0),)), "after_copy_l17_h3_2"), renamed(Recipe(()), "mine")
    ('first_token_l17_h3', 'mine')
    """
    made_for = re.search(r"_(l\d+_h\d+)(?:_\d+)?$", name)
    return name_of(recipe, made_for[1]) if made_for else name


def docstring(recipe: Recipe) -> list[str]:
    """What it does in words, in at most three lines: the last sentences go first."""
    said = sentences(recipe)
    while len(lines := _lines(" ".join(said))) > TALL and len(said) > 1:
        said.pop()
    return lines


def _lines(text: str) -> list[str]:
    lines, line = [], f'{INDENT}"""'
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = INDENT + word
        else:
            line += word if line.endswith('"""') else f" {word}"
    return [*lines, line, f'{INDENT}"""'] if lines else [f'{line}"""']


def sentences(recipe: Recipe) -> list[str]:
    """What all queries favour and avoid, then what the rules change."""
    favoured, avoided = _sides(recipe.terms)
    said = [f"Favours {listed(favoured[:4])}." if favoured else "Looks at all tokens."]
    if avoided:
        said.append(f"Avoids {listed(avoided[:2])}.")
    for rule in sorted(recipe.rules, key=lambda rule: len(rule.leaves)):
        more, less = _sides(rule.terms)
        parts = [
            f"{word} to {listed(side[:2])}"
            for word, side in (("more", more), ("less", less))
            if side
        ]
        said.append(f"From {in_words(rule.leaves)} goes {', '.join(parts)}.")
    return said


def _sides(terms: Terms) -> tuple[list[str], list[str]]:
    """Words for what is favoured and for what is avoided, the strongest first."""
    favoured, avoided = [], []
    for feature, share in sorted(terms, key=lambda term: (-abs(term[1]), term[0].name)):
        if share > 0:
            favoured.append(feature.more)
        elif feature.less:
            favoured.append(feature.less)
        else:
            avoided.append(feature.more)
    return list(dict.fromkeys(favoured)), list(dict.fromkeys(avoided))


def listed(words: Sequence[str]) -> str:
    """
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def as_json(recipe: Recipe) -> list[object]:
    """What a journal holds of a recipe."""
    named = [[[feature.name, share] for feature, share in recipe.terms]]
    rules = [
        [list(rule.leaves), [[feature.name, share] for feature, share in rule.terms]]
        for rule in recipe.rules
    ]
    return [*named, rules]
