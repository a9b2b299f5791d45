"""Attributes: what the parser's words know, and a matrix's shape."""

import ast

from attndsl.authoring.porting.code import (
    FALSE,
    LENGTH,
    Code,
    attribute,
    both,
    call,
    either,
    make,
)
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, reads
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Items,
    Matrix,
    Sentence,
    Thing,
    Value,
    Word,
    Words,
    flag,
    numeric,
    words,
)

COLUMNS = {"pos_": "pos", "dep_": "dep", "tag_": "tag", "lemma_": "lemma", "ent_type_": "entity",
           "text": "text", "orth_": "text", "lower_": "lower", "norm_": "lower"}  # fmt: skip
FLAGS = {"is_stop": "is_stop", "is_alpha": "is_alpha", "is_digit": "is_digit",
         "like_num": "is_digit", "is_title": "is_title", "is_upper": "is_upper",
         "is_quote": "is_quote", "is_sent_end": "is_sentence_end"}  # fmt: skip
OWN = {"text": "texts", "lower_": "texts", "norm_": "texts", "is_sent_end": "sentences",
       "is_alpha": "texts", "is_title": "texts",
       "is_upper": "texts", "is_digit": "texts", "like_num": "texts"}  # fmt: skip


@reads(ast.Attribute)
def _attribute(scope: Scope, node: ast.Attribute) -> Value:
    whole, word = scope.value(node.value), node.attr
    match whole:
        case Word():
            return _of_word(scope, whole, word)
        case Sentence(place) if word == "start":
            variable = scope.fresh()
            same = make(
                "compare", "==", attribute(variable, "parse_sentence"),
                attribute(place, "parse_sentence"),
            )  # fmt: skip
            return Word(scope.aggregate("first", variable, variable, same), True)
        case Thing("tokenizer" | "encoding") if word == "input_ids":
            return Thing("encoding")
        case Matrix() | Thing("ids") if word in ("shape", "size"):
            return Items((numeric(LENGTH), numeric(LENGTH)))
        case Choice(_, yes, no):
            fixed = [v for v in (yes, no) if not isinstance(v, Carried)]
            if len(fixed) == 1 and isinstance(fixed[0], Word):
                raise Refused("a word carried from turn to turn of a loop")
    raise Refused(f"the attribute .{word} of {described(whole)}")


def _of_word(scope: Scope, whole: Word, word: str) -> Value:
    place = whole.place
    if word in OWN:
        scope.note(f"a word's {OWN[word]} are those of the piece")
    if word in COLUMNS:
        return words(attribute(place, COLUMNS[word]))
    if word in FLAGS:
        return flag(attribute(place, FLAGS[word]))
    if word in ("is_sent_start", "sent_start"):
        return flag(_begins_sentence(scope, place))
    if word == "head":
        return Word(attribute(place, "head"), False, whole.found)
    if word == "i":
        return Word(place, True, whole.found)
    if word == "is_punct":
        return flag(both(attribute(place, "is_punct"), attribute(place, "is_word")))
    if word == "is_bracket":
        return flag(either(attribute(place, "is_open"), attribute(place, "is_close")))
    if word == "is_space":
        return flag(FALSE)
    if word in ("pos", "dep", "tag") or word not in RELATIONS:
        return _other(place, word)
    return Words(lambda p: RELATIONS[word](p, place))


def _begins_sentence(scope: Scope, place: Code) -> Code:
    """Whether a word is the first of its sentence: what comes first in the sentence is of it."""
    variable = scope.fresh()
    sentence = make("compare", "==", attribute(variable, "parse_sentence"),
                    attribute(place, "parse_sentence"))  # fmt: skip
    up_to = make("compare", "<=", attribute(variable, "i"), attribute(place, "i"))
    first = scope.aggregate("first", variable, variable, both(up_to, sentence))
    return call("same_word", first, place)


def _other(place: Code, word: str) -> Value:
    if word == "sent":
        return Sentence(place)
    if word == "idx":
        return numeric(attribute(place, "char"))
    raise Refused(f"the attribute .{word} of a word of the parse")


def _side(operator: str, p: Code, place: Code) -> Code:
    before = make("compare", operator, attribute(p, "i"), attribute(place, "i"))
    return both(call("is_child", p, place), before)


RELATIONS = {
    "children": lambda p, place: call("is_child", p, place),
    "ancestors": lambda p, place: call("is_ancestor", p, place),
    "subtree": lambda p, place: either(
        call("is_ancestor", place, p), make("compare", "==", p, place)
    ),
    "lefts": lambda p, place: _side("<", p, place),
    "rights": lambda p, place: _side(">", p, place),
}
