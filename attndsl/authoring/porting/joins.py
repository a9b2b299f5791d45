"""One meaning of two, by a condition: what a name holds after an `if`."""

from collections.abc import Callable

from attndsl.authoring.porting.code import (
    FALSE,
    TRUE,
    Code,
    both,
    choose,
    either,
    index,
    make,
    negated,
    number,
)
from attndsl.authoring.porting.conditions import same
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import Scope, at
from attndsl.authoring.porting.texts import described, text_of
from attndsl.authoring.porting.values import (
    Carried,
    Choice,
    Items,
    Matrix,
    Nothing,
    Places,
    Row,
    Scalar,
    Single,
    Table,
    Thing,
    Token,
    Unknown,
    Value,
    Word,
    Words,
    index_of,
    known_number,
)


def joined(scope: Scope, test: Code, yes: Value, no: Value) -> Value:
    """What holds where the test does, else the other."""
    if test == TRUE or yes == no:
        return yes
    if test == FALSE:
        return no
    if isinstance(yes, Unknown) or isinstance(no, Unknown):
        return yes if isinstance(yes, Unknown) else no
    if isinstance(yes, Carried | Choice) or isinstance(no, Carried | Choice):
        return Choice(test, yes, no)
    try:
        return _joined(scope, test, yes, no)
    except Refused as refused:
        return Unknown(refused)


def _joined(scope: Scope, test: Code, yes: Value, no: Value) -> Value:
    if isinstance(no, Nothing) or _minus_one(no):
        return _maybe(test, yes, no)
    if isinstance(yes, Nothing) or _minus_one(yes):
        return _maybe(negated(test), no, yes)
    match yes, no:
        case (Scalar("text") | Token(), Scalar("text") | Token()):
            if isinstance(yes, Token) and isinstance(no, Token) and yes.form == no.form:
                return Token(choose(test, yes.place, no.place), yes.form)
            return Scalar("text", choose(test, text_of(scope, yes), text_of(scope, no)))
        case Scalar(), Scalar():
            return _scalars(test, yes, no)
        case Word(), Word() if yes.number == no.number:
            there = choose(test, yes.found, no.found)
            return Word(choose(test, yes.place, no.place), yes.number, there)
        case Single(a, first), Single(b, second):
            return Single(joined(scope, test, a, b), choose(test, first, second))
        case Single(a, first), Items(()):
            return Single(a, both(test, first))
        case Items(()), Single(b, second):
            return Single(b, both(negated(test), second))
        case (Words() | Items(()), Words() | Items(())):
            return Words(_chosen(test, yes, no), any(isinstance(v, Words) and v.numbers
                                                     for v in (yes, no)))  # fmt: skip
        case (Words() | Items(), Words() | Items()) if _has_words(yes) or _has_words(no):
            first_words, second_words = words_of(scope, yes), words_of(scope, no)
            numbers = first_words.numbers or second_words.numbers
            return Words(_chosen(test, first_words, second_words), numbers)
        case (Places() | Items(), Places() | Items()):
            if isinstance(yes, Items) and isinstance(no, Items) and len(yes.items) == len(no.items):
                pairs = zip(yes.items, no.items, strict=True)
                return Items(tuple(joined(scope, test, a, b) for a, b in pairs))
            first_places, second_places = places_of(scope, yes), places_of(scope, no)
            chosen = _chosen(test, first_places, second_places)
            return Places(chosen, first_places.upward and second_places.upward)
        case (Table() | Items(()), Table() | Items(())):
            value = yes if isinstance(yes, Table) else no
            assert isinstance(value, Table)
            held = value.value
            if isinstance(yes, Table) and isinstance(no, Table):
                one, other = yes.value, no.value
                return Table(
                    lambda p: joined(scope, test, one(p), other(p)),
                    _chosen(test, yes, no),
                    yes.upward,
                )
            return Table(held, _chosen(test, yes, no), value.upward)
        case Row(a), Row(b):
            return Row(choose(test, a, b))
        case Matrix(), Matrix():
            return yes
        case Thing(), Thing():
            return yes
    raise Refused(f"a name that is {described(yes)} on one path and {described(no)} on another")


def _has_words(value: Value) -> bool:
    if isinstance(value, Items):
        return bool(value.items) and all(isinstance(one, Word) for one in value.items)
    return isinstance(value, Words)


def _minus_one(value: Value) -> bool:
    return known_number(value) == -1


def _maybe(test: Code, value: Value, missing: Value) -> Value:
    """A value that is there only under a condition: else None, or an index of -1."""
    match value:
        case Scalar("number", code, place, found) if place is not None:
            there = choose(test, place, make("None"))
            return Scalar("number", index(there), there, both(test, found))
        case Scalar("number", code, None, found):
            other = number(-1) if isinstance(missing, Scalar) else number(0)
            if isinstance(missing, Scalar):
                return Scalar("number", choose(test, code, other))
            return Scalar("number", choose(test, code, other), None, both(test, found))
        case Scalar("bool", code):
            return Scalar("bool", both(test, code))
        case Scalar("text", code):
            return Scalar("text", choose(test, code, make("text", "")))
        case Token(place, form):
            return Token(choose(test, place, make("None")), form)
        case Word(place, is_number, found):
            return Word(place, is_number, both(test, found))
        case Single(item, found):
            return Single(item, both(test, found))
        case Nothing():
            return value
        case Thing():
            return value
    if isinstance(value, Places | Words | Table):
        held = value.test
        if isinstance(value, Places):
            return Places(lambda p: both(test, held(p)), value.upward)
    raise Refused(f"{described(value)} that is None on another path")


def _scalars(test: Code, yes: Scalar, no: Scalar) -> Scalar:
    if "text" in (yes.kind, no.kind):
        raise Refused(f"a name that is a {yes.kind} on one path and a {no.kind} on another")
    kind = yes.kind if yes.kind == no.kind else "number"
    place = None
    if yes.place is not None and no.place is not None:
        place = choose(test, yes.place, no.place)
        return Scalar(kind, index(place), place, choose(test, yes.found, no.found))
    if yes.place is not None or no.place is not None:
        place = choose(test, yes.place or at(yes.code), no.place or at(no.code))
    code = choose(test, yes.code, no.code)
    return Scalar(kind, code, place, choose(test, yes.found, no.found))


def _chosen(test: Code, yes: Value, no: Value) -> Callable[[Code], Code]:
    return lambda place: choose(test, _holds(yes, place), _holds(no, place))


def _holds(value: Value, place: Code) -> Code:
    return value.test(place) if isinstance(value, Places | Words | Table) else FALSE


def places_of(scope: Scope, value: Value) -> Places:
    """A list of indices as the positions that are in it."""
    match value:
        case Places():
            return value
        case Items(items) if all(isinstance(one, Scalar) and one.kind == "number" for one in items):
            return Places(lambda p: either(*[same(scope, index_of(p), one) for one in items]))
        case Single(Word(_, True)):
            raise Refused("a word's number among indices of tokens")
    raise Refused(f"{described(value)} as indices")


def words_of(scope: Scope, value: Value) -> Words:
    """A list of the parser's words as a condition on a piece's word."""
    match value:
        case Words():
            return value
        case Items(items) if all(isinstance(one, Word) for one in items):
            numbers = any(isinstance(one, Word) and one.number for one in items)
            return Words(lambda p: either(*[same(scope, Word(p), one) for one in items]), numbers)
        case Single(Word() as word, test):
            return Words(lambda p: both(test, same(scope, Word(p), word)), word.number)
    raise Refused(f"{described(value)} among the parser's words")
