"""Pieces and their texts: what tests of raw tokens mean, and what `--mend` makes of them."""

from collections.abc import Iterable
from string import ascii_lowercase, digits

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    attribute,
    both,
    call,
    either,
    make,
    negated,
    number,
    plus,
    text,
)
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope
from attndsl.authoring.porting.values import (
    Scalar,
    Thing,
    Token,
    Value,
    as_text,
)
from attndsl.language.vocabulary.labels import DEPENDENCIES, ENTITIES, TAGS, UPOS

BEGINS = {"<|begin_of_text|>", "<s>", "[CLS]", "<|endoftext|>", "<bos>"}
PARTS = {"[SEP]", "</s>", "<|end_of_text|>", "<eos>"}
MARKS = "\u0120\u2581"  # a blank before a piece, as tokenizers list it
NEWLINES = {"\n", "\u010a", "<0x0A>", "\\n", "\u0120\n"}
LABELLED = {"pos": UPOS, "dep": DEPENDENCIES, "tag": TAGS, "entity": ENTITIES}
UNMARKED = "_unmarked"  # a helper that the writer adds where it is called
EDGES = {"starts_with": "startswith", "ends_in": "endswith"}
KINDS = {"letter": ascii_lowercase, "digit": digits}
HELPERS = {
    **{
        f"_{edge}_{kind}": ("t", f'return any(t.lower.{method}(c) for c in "{letters}")')
        for edge, method in EDGES.items()
        for kind, letters in KINDS.items()
    },
    "_starts_small": ("t", f'return any(t.raw.startswith(c) for c in "{ascii_lowercase}")'),
    UNMARKED: (
        "t",
        'return not (t.raw.startswith("\\u0120") or t.raw.startswith("\\u2581") '
        'or t.raw.startswith("##"))',
    ),
}


def among(value: Code, items: Iterable[object]) -> Code:
    """Whether a value is one of some literals."""
    chosen = list(dict.fromkeys(items))
    if not chosen:
        return FALSE
    if len(chosen) == 1:
        only = chosen[0]
        right = text(only) if isinstance(only, str) else number(float(str(only)))
        return make("compare", "==", value, right)
    return make("among", value, *chosen)


def text_of(scope: Scope, value: Value) -> Code:
    """The code of a text."""
    match value:
        case Token(place, form):
            if scope.choices.mend:
                return attribute(place, "lower" if form == "lower" else "text")
            return attribute(place, "raw" if form == "stripped" else form)
        case Scalar("text", code):
            return code
    raise Refused(f"{described(value)} where a text is taken")


THINGS = {"encoding": "tokenizer's answer", "doc": "parse", "ids": "numbers of the tokens"}


def described(value: Value) -> str:
    """A meaning in a reader's words."""
    if isinstance(value, Thing):
        return f"the {THINGS.get(value.name, value.name)}"
    told = {"Items": "a list", "Places": "a list of indices", "Table": "a list or dict"}
    told |= {"Words": "a list of the parser's words", "Carried": "what a turn before left"}
    told |= {"Nothing": "None"}
    if isinstance(value, Scalar):
        return f"a {value.kind}"
    return told.get(type(value).__name__, f"a {type(value).__name__.lower()}")


def is_one_of(scope: Scope, value: Value, literals: Iterable[str]) -> Code:
    """Whether a text is one of some literals."""
    chosen = list(dict.fromkeys(literals))
    match value:
        case Token():
            return _mended(value, chosen) if scope.choices.mend else _listed(value, chosen)
        case Scalar("text", code) if code.op == "text":
            return TRUE if code.parts[0] in chosen else FALSE
        case Scalar("text", code):
            return among(code, _labels(scope, code, chosen))
        case Scalar():
            return FALSE  # a number or bool is never a text
    raise Refused(f"{described(value)} compared with a text")


def _listed(token: Token, literals: list[str]) -> Code:
    """Raw tokens as they are: `.strip()` takes nothing off a mark."""
    if token.form in ("stripped", "lower"):
        literals = [one for one in literals if one and (one == one.strip())]
    if token.form == "lower":
        plain = [one for one in literals if one == one.lower()]
        held = among(attribute(token.place, "lower"), plain)
        return both(held, call(UNMARKED, token.place)) if plain else FALSE
    form = "text" if token.form == "text" else "raw"
    return among(attribute(token.place, form), [one for one in literals if one])


def _mended(token: Token, literals: list[str]) -> Code:
    """Clean text, real newlines, and special tokens by what they are for."""
    tests = []
    place, left = token.place, []
    for one in literals:
        bare = one.strip(" " + MARKS).removeprefix("##") if len(one) > 1 else one
        if one in BEGINS or one in PARTS:
            tests.append(attribute(place, "is_bos" if one in BEGINS else "is_sep"))
        elif one in NEWLINES or ("\n" in one and not one.strip()):
            tests.append(attribute(place, "is_newline"))
        elif not bare.strip():
            tests.append(attribute(place, "is_blank")) if one else None
        elif token.form != "lower" or bare == bare.lower():
            left.append(bare)
    return either(*tests, among(text_of_mended(token), left))


def text_of_mended(token: Token) -> Code:
    return attribute(token.place, "lower" if token.form == "lower" else "text")


def _labels(scope: Scope, code: Code, literals: list[str]) -> list[str]:
    """Labels that the parser has; others are never true, which the program's docstring says."""
    column = str(code.parts[0]) if code.op == "attribute" else ""
    if column not in LABELLED:
        return literals
    known = LABELLED[column]
    for one in literals:
        if one not in known:
            scope.note(f"no {column} is {one!r}: never true")
    return [one for one in literals if one in known]


def contains(scope: Scope, token: Value, part: str) -> Code:
    """Whether a text has a literal in it."""
    if part == "":
        return TRUE
    if isinstance(token, Token) and scope.choices.mend:
        if part in NEWLINES:
            return attribute(token.place, "is_newline")
        if part in BEGINS:
            return attribute(token.place, "is_bos")
        if part in MARKS or part == " ":
            return attribute(token.place, "starts_word")
    if as_text(token) is not None:
        return TRUE if part in str(as_text(token)) else FALSE
    return make("contains", part, text_of(scope, token))


def within(scope: Scope, value: Value, whole: str) -> Code:
    """Whether a text is part of a literal: one of the parts it has (of up to four letters)."""
    if as_text(value) is not None:
        return TRUE if str(as_text(value)) in whole else FALSE
    ends = range(1, 5)
    parts = sorted({whole[i : i + size] for i in range(len(whole)) for size in ends} - {""})
    empty = make("compare", "==", text_of(scope, value), text(""))
    test = is_one_of(scope, value, parts)
    return either(test, empty) if isinstance(value, Scalar) else test


def length_of(scope: Scope, value: Value) -> Code:
    """How many letters a text has."""
    match value:
        case Token(place, form):
            if scope.choices.mend or form == "text":
                return attribute(place, "len")
            marked = make("method", "startswith", attribute(place, "raw"), "\u0120")
            one = negated(attribute(place, "is_blank"))
            return make("if", both(marked, one), plus(attribute(place, "len"), number(1)),
                        attribute(place, "len"))  # fmt: skip
        case Scalar("text", code) if code.op == "text":
            return number(len(str(code.parts[0])))
        case Scalar("text", code) if code.op == "attribute" and code.parts[0] in ("text", "lower"):
            return attribute(code.code(1), "len")
    raise Refused(f"the length of {described(value)}")
