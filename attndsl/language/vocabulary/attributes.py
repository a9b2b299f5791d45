"""What a position knows: every attribute, level by level."""

from attndsl.language.nodes import Type
from attndsl.language.vocabulary.entries import Attribute, Level, Quantifier
from attndsl.language.vocabulary.labels import DEPENDENCIES, ENTITIES, TAGS, UPOS

B, N, T, P = Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION
_NONE: frozenset[str] = frozenset()


def _index(name: str, level: Level, doc: str, missing: float = -1.0) -> Attribute:
    return Attribute(name, N, level, level != "linguistics", doc, "", missing)


def _flag(name: str, level: Level, doc: str, quantifier: Quantifier = "") -> Attribute:
    return Attribute(name, B, level, level != "linguistics", doc, quantifier, False)


def _text(name: str, level: Level, doc: str, labels: frozenset[str] = _NONE) -> Attribute:
    return Attribute(name, T, level, level != "linguistics", doc, "", "", 2, labels)


def _position(name: str, level: Level, doc: str, cost: int) -> Attribute:
    return Attribute(name, P, level, level != "linguistics", doc, "", None, cost)


def _hidden(name: str, doc: str, missing: float) -> Attribute:
    return Attribute(name, N, "linguistics", False, doc, "", missing, 2, _NONE, True)


_PLACE = (
    _index("i", "place", "index in the text, the first is 0"),
    _index("word", "place", "index of its word; special tokens are words of their own"),
    _index("sentence", "place", "index of its sentence, ended by .!? and closing quotes"),
    _index("line", "place", "index of its line; a newline still belongs to the line it ends"),
    _index("column", "place", "how many pieces stand before it in its line", 0.0),
    _index("char", "place", "how many characters stand before it in the text"),
    _flag("starts_word", "place", "is the first piece of its word"),
    _flag("starts_line", "place", "is the first piece of its line"),
    _flag("is_first_of_sentence", "place", "is the first piece of its sentence"),
    _position("prev", "place", "the position before it", 1),
    _position("next", "place", "the position after it, missing beyond what exists for q", 1),
)

_PIECE = (
    _text("text", "piece", "its text without one leading space; white space alone keeps itself"),
    _text("lower", "piece", "its text in lower case"),
    _text("raw", "piece", "its text as the tokenizer has it, markers and all"),
    _index("len", "piece", "how many characters its text has", 0.0),
    _index("id", "piece", "its number in the tokenizer's vocabulary"),
    _text("usual_pos", "piece", "the part of speech that it mostly has; empty for blanks", UPOS),
    _flag("is_alpha", "piece", "letters (with their accents) only", "made of"),
    _flag("has_letter", "piece", "a letter", "contains"),
    _flag("is_digit", "piece", "digits only", "made of"),
    _flag("is_upper", "piece", "capital letters only", "made of"),
    _flag("is_title", "piece", "a capital first and no other capital"),
    _flag("is_punct", "piece", "punctuation and ASCII signs only", "made of"),
    _flag("is_newline", "piece", "a line break", "contains"),
    _flag(
        "is_quote", "piece", "a quotation mark; a single one only where no letter is", "contains"
    ),
    _flag("is_open", "piece", "an opening bracket", "contains"),
    _flag("is_close", "piece", "a closing bracket", "contains"),
    _flag("is_pause", "piece", "one of , ; : or their like in other scripts", "contains"),
    _flag("is_sentence_end", "piece", "one of . ! ? or their like in other scripts", "contains"),
    _flag("is_blank", "piece", "white space only", "made of"),
    _flag("is_special", "piece", "a token of the tokenizer's own, such as <s> or [SEP]"),
    _flag("is_bos", "piece", "the token that begins a text (<s>, [CLS])"),
    _flag("is_sep", "piece", "the token that parts or ends texts (</s>, [SEP])"),
)

_CLASS = (
    _flag("is_determiner", "class", "the, a, this, every, my, ..."),
    _flag("is_pronoun", "class", "I, you, it, they, himself, ..."),
    _flag("is_preposition", "class", "of, in, to, with, ..."),
    _flag("is_conjunction", "class", "and, or, but, because, if, ..."),
    _flag("is_auxiliary", "class", "is, have, do, will, can, ..."),
    _flag("is_negation", "class", "not, no, never, n't, ..."),
    _flag("is_question_word", "class", "who, what, where, why, how, ..."),
    _flag("is_function_word", "class", "any word of the classes above, and to, 's and the like"),
    _flag("is_content_word", "class", "holds a letter and is no function word"),
    _flag("is_number_word", "class", "one, two, hundred, first, ..."),
)

_REPEAT = (_index("occurrence", "repeat", "how many pieces before it have the same lower", 0.0),)

_LINGUISTICS = (
    _flag("is_word", "linguistics", "belongs to a word of the parse (not to white space)"),
    _index("parse_word", "linguistics", "index of its word in the parse"),
    _index("parse_sentence", "linguistics", "index of its word's sentence in the parse"),
    _flag("starts_parse_word", "linguistics", "is the first piece of its word in the parse"),
    _text("pos", "linguistics", "part of speech, a universal label: NOUN, VERB, ...", UPOS),
    _text("tag", "linguistics", "part of speech, a Penn Treebank tag: NN, VBD, ...", TAGS),
    _text("dep", "linguistics", "relation to the head: nsubj, dobj, ROOT, ...", DEPENDENCIES),
    _text("lemma", "linguistics", "dictionary form of the word"),
    _text("entity", "linguistics", "kind of named entity: PERSON, ORG, ..., or empty", ENTITIES),
    _flag("is_stop", "linguistics", "one of spaCy's stop words"),
    _index("depth", "linguistics", "how many heads are above the word, 0 at the root", 0.0),
    _position("head", "linguistics", "the first piece of the word that it depends on; "
              "a root's own first piece", 2),
    _hidden("_head_word", "index of the head word; -2 at a root and where there is no word", -2.0),
    _hidden("_tree_in", "preorder number of the word in the parse, -1 where there is none", -1.0),
    _hidden("_tree_out", "last preorder number below the word, -2 where there is none", -2.0),
)  # fmt: skip

ATTRIBUTES: dict[str, Attribute] = {
    entry.name: entry for entry in (*_PLACE, *_PIECE, *_CLASS, *_REPEAT, *_LINGUISTICS)
}
