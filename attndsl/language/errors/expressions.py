"""Mistakes inside an expression: one rule each, told by the words around the faulty place."""

from attndsl.language.errors.lines import A_VALUE, Explanation, Spot, SyntaxRule
from attndsl.language.lexing.scan import Lexeme
from attndsl.language.python_habits import KEYWORDS


def _comprehensions(spot: Spot) -> Explanation | None:
    if spot.word == "for" and spot.opener:
        if any(word == "for" for _, word, _ in _inside(spot)):
            return (
                "ATT025",
                "an aggregate has one `for`",
                "put an aggregate inside: `any(any(... for u in upto(t)) for t in upto(q))`",
            )
        if spot.opener in ("[", "{"):
            hint = "write it in the brackets of a call: `sum(... for t in before(q))`"
            return "ATT025", "positions aren't collected in lists or sets", hint
        if not spot.callee:
            hint = "leave these brackets out: `sum(... for t in before(q))`"
            return "ATT025", "a comprehension stands alone in the brackets of a call", hint
        return (
            "ATT025",
            "a comprehension is the only argument of its call",
            "give the other part a name of its own",
        )
    if not any(word == "for" for _, word, _ in _inside(spot)):
        return None
    if spot.previous[1] == "for" or (spot.line[-2][1] == "for" and "IN" in spot.accepts):
        hint = "write `for t in before(q)`"
        return "ATT025", "`for` names one position", hint
    if spot.word == "if":
        return "ATT025", "an aggregate has one `if`", "join the conditions with `and`"
    if spot.word == ",":
        if spot.after[1] in ("key", "default"):
            return _named_argument(spot.after[1])
        return (
            "ATT025",
            "a comprehension is the only argument of its call",
            "take the other value outside: `max(0, max(... for t in ...))`",
        )
    if spot.word == "else":
        hint = "a choice stands before `for`: `sum(a if c else b for t in ...)`"
        return "ATT025", "the `if` behind `for` has no `else`", hint
    return None


def _inside(spot: Spot) -> list[Lexeme]:
    """The tokens of the line since the innermost open bracket, those in closed ones left out."""
    inside: list[Lexeme] = []
    depth = 0
    for token in reversed(spot.line):
        if token[0] == "operator" and token[1] in ")]}":
            depth += 1
        elif token[0] == "operator" and token[1] in "([{":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0:
            inside.append(token)
    return inside[::-1]


def _named_argument(name: str) -> Explanation:
    hint = {
        "key": "the position with the best score is `argmax(score for t in before(q))`",
        "default": "an aggregate over nothing gives 0, false or the missing position",
        "reverse": "`first(...)` and `last(...)` say which end",
        "start": "add the start to the sum",
    }.get(name, "give the values in order, without names")
    return "ATT021", f"arguments have no names: `{name}=`", hint


def _calls(spot: Spot) -> Explanation | None:
    if spot.opener == "(" and spot.word == "=" and spot.callee and spot.previous[0] == "name":
        return _named_argument(spot.previous[1])
    if spot.word in ("*", "**") and spot.previous[1] in ("(", ",") and spot.callee:
        return "ATT021", "there are no star arguments", "give each value"
    if spot.word == "(" and spot.after_value:
        return "ATT021", "only a name can be called", "call a built-in or a helper: `name(...)`"
    return None


def _indexed(spot: Spot) -> str:
    """What to write instead of `k.text[0]`, `tokens[k.i]` and the like."""
    words = [word for _, word, _ in spot.line[-3:]]
    if words[-1] in ("text", "lower", "raw") and len(words) == 3 and words[1] == ".":
        position, column = words[0], words[-1]
        if spot.after[1] == "-":
            return f'its end is tested by `{position}.{column}.endswith("...")`'
        start = f'its start is tested by `{position}.{column}.startswith("...")`'
        return f"{start}; a capital first and no other is `{position}.is_title`"
    if words[-1] in ("tokens", "words", "toks", "sentence") and "." not in words[-2:]:
        known = {"i": "q", "j": "k", "k": "k", "q": "q"}.get(spot.after[1], "t")
        return f"a position knows its text: `{known}.text`, as the tokenizer has it `{known}.raw`"
    return "the position with index j is `at(j)`; neighbours are `q.prev` and `k.next`"


def _brackets(spot: Spot) -> Explanation | None:
    if spot.word == "[" and spot.after_value:
        return "ATT021", "nothing is indexed with `[...]`", _indexed(spot)
    if spot.word == "@" and spot.after_value:
        hint = "the cosine of two positions' embeddings is `similarity(q, k)`"
        return "ATT021", "there are no vectors and no `@`", hint
    if spot.word == "{" and spot.after_value:
        return "ATT020", "an operator is missing before `{`", "to test for a set write `x in {...}`"
    if spot.word == ":" and spot.opener == "{":
        return "ATT021", "there are no dictionaries", "a chain of `if` and `elif` does the same"
    if spot.word == ":" and spot.opener:
        return (
            "ATT021",
            "there are no slices",
            "ranges are `before(p)`, `after(p)`, `between(a, b)`",
        )
    if spot.word in (")", "]", "}") and spot.previous[1] in ("(", "[", "{"):
        return "ATT024", "a set can't be empty", "`x is None` asks whether a position is missing"
    if spot.word in ("*", "**") and spot.previous[1] in ("[", "{", ","):
        return "ATT021", "nothing is unpacked", "join sets with `|`: `A | B`"
    return None


def _values(spot: Spot) -> Explanation | None:
    """A value too few or too many."""
    previous = spot.previous[1]
    if spot.word == "=" and previous in ("<", ">"):
        return "ATT020", f"`{previous} =` is one sign", f"write `{previous}=`"
    if spot.word == "=":
        return "ATT029", "`=` gives a name its value", "to compare, write `==`"
    if spot.kind == "long":
        return "ATT020", "triple quotes are for docstrings", 'write a text as `"..."`'
    if previous == "." and spot.kind != "name":
        return "ATT028", "the attribute's name is missing", "such as `q.text`"
    if "ELSE" in spot.accepts and spot.word != "if" and "if" in _words(spot):
        hint = "write both values: `a if c else b`"
        return "ATT020", "a choice needs an `else`", hint
    if previous == "not" and spot.word != "in" and len(spot.line) > 1 and "IN" in spot.accepts:
        return "ATT020", "`not` can't stand here", "write `x not in {...}`, `x != y` or `not x`"
    if spot.word == "not" and spot.after_value:
        return "ATT020", "`not` can't stand here", "write `x not in {...}`, `x != y` or `not x`"
    if spot.kind == "number" and spot.word[0] == "." and spot.after_value:
        return "ATT020", f"`{spot.word}` isn't an attribute", "the neighbour is `.prev` or `.next`"
    needs_value = "NAME" in spot.accepts and previous != "."
    if spot.word == "not" and needs_value:
        return None
    if (
        needs_value
        and previous in ("+", "-", "*", "/", "%", "//", "**", "|")
        and spot.kind != "name"
    ):
        if spot.word in ("==", "=", "<", ">", "<=", ">=", "*", "/", "%", "//", "**", "|"):
            message = f"`{previous} {spot.word}` isn't an operator"
            return "ATT028", message, "a value is missing between them"
        return "ATT028", f"a value is missing after `{previous}`", A_VALUE
    if needs_value and (spot.kind == "newline" or spot.word in (")", "]", "}", ":", ",")):
        return "ATT028", f"a value is missing after `{previous}`", A_VALUE
    starts_value = spot.word not in KEYWORDS or spot.word in ("True", "False", "None")
    if starts_value and spot.after_value and spot.kind in ("name", "number", "string"):
        shown = f"after `{previous}`" if len(previous) < 30 else "here"
        hint = "put `+`, `*`, `and` or `or` between two values, a comma between two arguments"
        return "ATT020", f"an operator or a comma is missing {shown}", hint
    return None


def _words(spot: Spot) -> set[str]:
    return {word for kind, word, _ in _inside(spot) if kind == "name"}


def _last_resort(spot: Spot) -> Explanation:
    shown = "the end of the line" if spot.kind == "newline" else f"`{spot.word}`"
    if len(shown) > 40:
        shown = "this"
    expected = _in_words(spot.accepts)
    hint = f"here may stand {expected}" if expected else ""
    return "ATT020", f"{shown} can't stand here", hint


NAMED = {
    "_NEWLINE": "the end of the line",
    "NAME": "a name",
    "COLON": "`:`",
    "COMMA": "`,`",
    "DOT": "`.`",
    "EQUAL": "`=`",
    "IF": "`if`",
    "ELSE": "`else`",
    "FOR": "`for`",
    "IN": "`in`",
    "DEF": "`def`",
    "RETURN": "`return`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "UPDATE": "`+=`",
}
VALUE = {"NUMBER", "STRING", "TRUE", "FALSE", "NONE", "LSQB", "LBRACE", "NOT", "LONG_STRING"}
OPERATORS = {"SIGN", "TIMES", "POWER", "COMPARE", "AND", "OR", "IS", "VBAR"}


def _in_words(accepts: frozenset[str]) -> str:
    words = []
    rest = set(accepts)
    if "NUMBER" in rest:
        words.append("a value")
        rest -= VALUE | {"NAME", "LPAR", "SIGN"}
    if rest & OPERATORS:
        words.append("an operator")
        rest -= OPERATORS | {"IN", "NOT"}
    words.extend(sorted(NAMED[name] for name in rest if name in NAMED))
    if len(words) > 1:
        return f"{', '.join(words[:-1])} or {words[-1]}"
    return "".join(words)


EXPRESSION_RULES: tuple[SyntaxRule, ...] = (
    _comprehensions,
    _calls,
    _brackets,
    _values,
    _last_resort,
)
