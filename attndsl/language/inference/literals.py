"""Literals that can't be meant: labels that don't exist, texts that no piece can have."""

import re

from attndsl.language.budget import SET_ITEM
from attndsl.language.inference import hints
from attndsl.language.inference.rawtexts import check_raw
from attndsl.language.inference.scope import Scope
from attndsl.language.nodes import Attribute, Expression, Name, SetDisplay, String, Type
from attndsl.language.vocabulary import ATTRIBUTES

# Labels of other schemes, and what spaCy's English pipelines call the same thing.
OTHER_LABELS: dict[str, str] = {
    "CONJ": "CCONJ", "PREP": "ADP", "MODAL": "AUX", "MD": "AUX", "ART": "DET", "NN": "NOUN",
    "NNP": "PROPN", "NNS": "NOUN", "VB": "VERB", "VBD": "VERB", "JJ": "ADJ", "RB": "ADV",
    "IN": "ADP", "DT": "DET", "PRP": "PRON", "WDT": "PRON", "WP": "PRON", "ADVERB": "ADV",
    "ADJECTIVE": "ADJ",
    "iobj": "dative", "obj": "dobj", "obl": "pobj", "nsubj:pass": "nsubjpass", "nsubj_pass":
    "nsubjpass", "cop": "aux", "subj": "nsubj", "root": "ROOT", "adpmod": "prep", "acl:relcl":
    "relcl", "aux:pass": "auxpass", "compound:prt": "prt", "discourse": "intj", "PER": "PERSON",
    "LOCATION": "LOC", "ORGANIZATION": "ORG",
}  # fmt: skip
MARKERS = re.compile(r"^(?:[ĠĊ▁]+|##(?=\w)|@@)|</w>$")
BYTE = re.compile(r"^<0x[0-9A-Fa-f]{2}>$")
CLEAN = ("text", "lower")


def column_of(node: Expression, scope: Scope) -> str:
    """The text column whose value an expression has, if that is known."""
    if isinstance(node, Attribute):
        return node.name if node.type is Type.TEXT else ""
    if isinstance(node, Name):
        value = scope.lookup(node.name)
        return value.column if value is not None else ""
    return ""


def check(operator: str, left: Expression, right: Expression, scope: Scope) -> None:
    """Warn of a comparison with a text that the column can't have."""
    if left.type is not Type.TEXT:
        return
    if operator in ("in", "not-in") and right.type is Type.TEXT:
        check_part(left, right, "contains", scope)
        return
    for column_side, other in ((left, right), (right, left)):
        column = column_of(column_side, scope)
        if column:
            items = _literals(other, scope)
            known = (column, _constant_of(other, scope))
            if known in scope.names.possible:
                continue
            scope.names.budget.spend(SET_ITEM * len(items))
            before = len(scope.notes)
            alone = len(items) == 1 and not isinstance(other, SetDisplay)
            _check_labels(column, items, alone, scope)
            for item in items:
                _check_text(column, item, column_side, scope)
            if known[1] and len(scope.notes) == before:
                scope.names.possible.add(known)


def _constant_of(node: Expression, scope: Scope) -> str:
    """The name of the constant that a node is, or nothing."""
    return node.name if isinstance(node, Name) and scope.is_constant(node.name) else ""


def check_part(part: Expression, owner: Expression, mode: str, scope: Scope) -> None:
    """Warn of `part in owner`, `owner.startswith(part)` or `.endswith` that is never true."""
    column = column_of(owner, scope)
    texts = _literals(part, scope)
    if not column or len(texts) != 1:
        return
    literal = texts[0]
    labels = ATTRIBUTES[column].labels
    tests = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}
    if labels and not any(tests[mode](label, literal.value) for label in labels):
        _never(
            f"no label of `{column}` has {hints.shown_text(literal.value)} there",
            literal,
            _few(labels),
            scope,
        )
        return
    position = hints.position_in(owner)
    if column == "raw":
        check_raw(literal, mode, position, scope)
    if mode == "startswith" and column in CLEAN and _is_word_mark(literal.value):
        _never(
            f"`{column}` holds no marker and no space before a word",
            literal,
            f"write `{position}.starts_word`; the tokenizer's own text is `{position}.raw`",
            scope,
        )
    elif column == "lower" and literal.value != literal.value.lower():
        _check_text(column, literal, owner, scope)


def _is_word_mark(text: str) -> bool:
    return text in (" ", "##") or bool(MARKERS.match(text))


def _literals(node: Expression, scope: Scope) -> list[String]:
    """The literal texts on one side of a comparison."""
    if isinstance(node, Name) and scope.is_constant(node.name):
        constant = scope.names.constants.get(node.name)
        if constant is None:
            return []
        # Point at the use: the constant may be right for another column.
        items = constant.items if isinstance(constant, SetDisplay) else (constant,)
        return [String(node.span, one.type, one.value) for one in items if isinstance(one, String)]
    items = node.items if isinstance(node, SetDisplay) else (node,)
    return [item for item in items if isinstance(item, String)]


def _check_labels(column: str, items: list[String], alone: bool, scope: Scope) -> None:
    labels = ATTRIBUTES[column].labels
    if not labels:
        return
    wrong = [item for item in items if item.value not in labels]
    severe = alone or len(wrong) == len(items)
    for item in wrong:
        message = f"`{column}` has no label {hints.shown_text(item.value)}"
        better = OTHER_LABELS.get(item.value, "")
        if better not in labels or not better:
            better = scope.suggest(hints.nearest, item.value, tuple(sorted(labels - {""})))
        hint = f'did you mean "{better}"?' if better else _few(labels)
        if item.value in ("SPACE", "_SP"):
            hint = "white space belongs to no word: write `t.is_blank`"
        if severe:
            scope.error("ATT063", message, item.span, hint)
        else:
            scope.warning("ATT070", message, item.span, hint)


def _few(labels: frozenset[str]) -> str:
    names = sorted(labels - {""})
    shown = ", ".join(names[:20])
    return f"labels are {shown}" + (", ..." if len(names) > 20 else "")


def _check_text(column: str, item: String, owner: Expression, scope: Scope) -> None:
    """A literal with a marker or a space in it, or with capitals against `lower`."""
    text = item.value
    position = hints.position_in(owner)
    if column == "raw":
        check_raw(item, "equals", position, scope)
    if column not in CLEAN:
        return
    if BYTE.match(text):
        mark = f"{position}.is_newline" if text.upper() == "<0X0A>" else f"{position}.raw"
        _never(f"`{column}` is decoded: it holds no byte marks", item, f"write `{mark}`", scope)
    elif MARKERS.search(text):
        clean = MARKERS.sub("", text)
        advice = f"write {hints.shown_text(clean)}" if clean else f"write `{position}.starts_word`"
        if text.startswith("Ċ"):
            advice = f"write `{position}.is_newline`"
        _never(f"`{column}` holds no tokenizer marker", item, advice, scope)
    elif " " in text and text.strip():
        advice = "compare one word with each position: `k.prev.lower` and `k.lower`"
        if " " not in text.strip():
            advice = f"write {hints.shown_text(text.strip())}"
        _never(f"`{column}` holds no space beside a word", item, advice, scope)
    elif column == "lower" and text != text.lower():
        _never(
            "`lower` holds no capital letters", item,
            f"write {hints.shown_text(text.lower())}, or compare `{position}.text`", scope,
        )  # fmt: skip


def _never(why: str, item: String, hint: str, scope: Scope) -> None:
    scope.warning(
        "ATT072", f"{hints.shown_text(item.value)} is never equal: {why}", item.span, hint
    )
