"""Mistakes in lines and blocks: one rule each, told by the words around the faulty place."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from attndsl.language.lexing.scan import Lexeme
from attndsl.language.python_habits import KEYWORDS

# code, message, hint, and the token meant where it isn't the one that the parser stopped at
Explanation: TypeAlias = tuple[str, str, str] | tuple[str, str, str, Lexeme]
NOTHING: Lexeme = ("newline", "\n", 0)
ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=")
A_VALUE = "write one: a number, a name, `q.len`, `k.is_quote`"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the parser stopped: the token, the words before it on its line, what encloses it."""

    kind: str
    word: str
    token: Lexeme
    terminal: str  # Lark's name of the token
    line: tuple[Lexeme, ...]  # the tokens of the logical line before it
    opener: str  # the innermost open bracket, or ""
    callee: str  # the name before that bracket, or ""
    accepts: frozenset[str]
    top: bool  # on the first logical line of a chunk
    suite: bool  # behind the colon of an `if` or `def`, on its line
    after: Lexeme

    @property
    def head(self) -> str:
        return self.line[0][1] if self.line else self.word

    @property
    def previous(self) -> Lexeme:
        return self.line[-1] if self.line else NOTHING

    @property
    def after_value(self) -> bool:
        """Whether a complete value stands directly before."""
        kind, word, _ = self.previous
        if kind == "name":
            return word not in KEYWORDS or word in ("True", "False", "None")
        return kind in ("number", "string", "long") or word in (")", "]", "}")


SyntaxRule: TypeAlias = Callable[[Spot], Explanation | None]


def _word_as_name(spot: Spot) -> Explanation | None:
    """A word of the language where a name or a value is due."""
    if spot.kind != "name" or spot.word not in KEYWORDS or "NAME" not in spot.accepts:
        return None
    due = spot.previous[1]
    names = due in (".", "def", "@", "for") or (spot.head in ("def", "@") and not spot.suite)
    if names or (not spot.line and spot.after[1] in ASSIGNMENTS):
        hint = "choose another name"
        if due == ".":
            hint = "an attribute stands behind the dot, such as `q.text`"
        return "ATT010", f"`{spot.word}` is a word of the language", hint
    if not spot.line:
        return None
    if due == ":" and not spot.opener:
        return "ATT022", f"`{spot.word}` can't follow on this line", "indent it below"
    if spot.word in ("and", "or", "in", "is", "if", "else", "for"):
        return "ATT028", f"a value is missing before `{spot.word}`", A_VALUE
    if spot.word == "not":
        return "ATT020", "`not` can't stand here", "put it in brackets: `(not x)`"
    return "ATT010", f"`{spot.word}` is a word of the language, no value", A_VALUE


def _glued(spot: Spot) -> Explanation | None:
    """A word of the language without a blank behind it: `else2`, `isNone`."""
    if spot.kind != "name" or "NAME" in spot.accepts:
        return None
    for word in sorted(KEYWORDS, key=len, reverse=True):
        if spot.word.startswith(word) and word.upper() in spot.accepts:
            rest = spot.word[len(word) :]
            message = f"`{spot.word}` is one word: a blank is missing behind `{word}`"
            return "ATT020", message, f"write `{word} {rest}`"
    return None


def _indentation(spot: Spot) -> Explanation | None:
    if spot.accepts == {"_INDENT"}:
        return "ATT022", "the lines of a body are indented", "indent them by four spaces"
    if spot.terminal == "_INDENT":
        return "ATT004", "this line is indented, but opens no body", "align it with the line above"
    if spot.terminal in ("$END", "_DEDENT") and spot.head != "@":
        hint = "it ends with a line such as `return 0.0`"
        return "ATT022", "a body holds a docstring only", hint
    return None


def _top_of_file(spot: Spot) -> Explanation | None:
    head = spot.head
    if (
        not spot.top
        or spot.suite
        or head in ("def", "@")
        or (len(spot.line) > 1 and spot.line[1][1] == "=")
    ):
        return None
    first = spot.line[0] if spot.line else spot.token
    if head in ("if", "elif", "else", "return"):
        hint = "indent it into a `def name(q, k):`"
        return "ATT026", f"`{head}` stands at the left margin", hint, first
    if get_close_matches(head, ["def"], 1, 0.6) and spot.kind == "name":
        return "ATT026", f"`{head}` isn't `def`", "write `def name(q, k):`", first
    if first[0] == "name" and len(spot.line) == 1:
        if spot.word in (":", ","):
            return None
        if spot.word in ("+=", "-=", "*=", "/="):
            return "ATT026", "a constant never changes", f"write `{head} = ...`"
    allowed = "at the left margin stand `def name(q, k):`, `NAME = {...}` and `@` decorators"
    return "ATT026", f"`{head}` can't start a line at the left margin", allowed, first


def _decorator(spot: Spot) -> Explanation | None:
    if spot.head != "@":
        return None
    if not spot.line:
        return "ATT020", "a decorator stands at the left margin", "put it above its `def`"
    if len(spot.line) < 2 and spot.terminal != "$END":
        return "ATT020", "a decorator needs a name", "known are `@softmax` and `@fallback(self)`"
    if spot.opener:
        return (
            "ATT020",
            "a decorator takes one plain name",
            "`@fallback(self)`, `@fallback(uniform)` or `@fallback(first)`; `@softmax` takes none",
        )
    return "ATT020", "a decorator belongs to a `def`", "put the `def` on the line below it"


def _header(spot: Spot) -> Explanation | None:
    """The line of a `def`."""
    if spot.head != "def" or not spot.line:
        return None
    if len(spot.line) == 1:
        return "ATT020", "a `def` needs a name", "write `def name(q, k):`"
    if len(spot.line) == 2:
        return "ATT020", "the parameters are missing", f"write `def {spot.line[1][1]}(q, k):`"
    if spot.opener:
        if spot.word == "=":
            return "ATT021", "a parameter has no default", "leave `= ...` out"
        if spot.word == ":":
            return (
                "ATT021",
                "a parameter has no annotation",
                "leave `: ...` out; types are inferred",
            )
        if spot.word in ("*", "**"):
            return "ATT021", "there are no star parameters", "name each parameter"
        return "ATT020", f"`{spot.word}` can't be a parameter", "parameters are plain names"
    if "COLON" in spot.accepts:
        return "ATT023", "a colon is missing", "a `def` line ends with `:`"
    return None


def _blocks(spot: Spot) -> Explanation | None:
    """`if`, `elif` and `else` lines."""
    head = spot.head
    if not spot.line and spot.word in ("elif", "else"):
        return "ATT020", f"`{spot.word}` without an `if`", "align it with its `if`"
    if head == "else" and spot.word == "if":
        return "ATT020", "`else if` is one word", "write `elif`"
    if head not in ("if", "elif", "else") or not spot.line:
        return None
    if spot.word == "=" and not spot.opener:
        return "ATT029", "`=` gives a name its value", "to compare, write `==`"
    if head != "else" and len(spot.line) == 1 and spot.word == ":":
        return "ATT028", "the condition is missing", f"write `{head} q.i == 0:`"
    if "COLON" in spot.accepts and not spot.opener and not _foreign_after_value(spot):
        return "ATT023", "a colon is missing", f"a line with `{head}` has a `:` before what it does"
    if spot.previous[1] == ":" and spot.kind == "newline":
        return "ATT022", "the body is missing", "indent what it does below it"
    return None


def _foreign_after_value(spot: Spot) -> bool:
    return spot.word in ("[", "(", "=", "not", ",", "{", ".")


def _statements(spot: Spot) -> Explanation | None:
    """A line that is neither an assignment, nor `if`, nor `return`."""
    if not spot.line:
        if spot.kind in ("string", "long"):
            hint = "a docstring comes first in its `def`; other remarks are comments: `# ...`"
            return "ATT020", "a text alone does nothing", hint
        if spot.kind in ("number", "operator") or spot.word in ("not", "True", "False", "None"):
            return "ATT020", "a value alone does nothing", "write `return ...`"
        return None
    head_kind, head, _ = spot.line[0]
    if head == "return":
        if len(spot.line) == 1 and spot.kind == "newline":
            return "ATT028", "`return` needs a value", "write `return 0.0` for no weight"
        if spot.word == "," and not spot.opener:
            return "ATT020", "a program returns one value", "a weight is one number"
        return None
    if head_kind != "name" or head in KEYWORDS or spot.opener:
        return None
    if len(spot.line) == 1:
        return _after_name(spot)
    if spot.word == "=" and spot.line[1][1] in ("=", "+=", "-=", "*=", "/="):
        return "ATT020", "one `=` a line", "write a line for each name; to compare write `==`"
    if spot.word == "," and spot.line[1][1] == "=":
        return "ATT020", "one value is assigned at a time", "a set stands in brackets: `{1, 2}`"
    return None


def _after_name(spot: Spot) -> Explanation:
    """A line of which a name is the first word, and what follows can't."""
    first = spot.line[0]
    head = first[1]
    if head == "print":
        hint = "leave it out; `attndsl run` shows the weights"
        return "ATT021", "nothing can be printed", hint, first
    if spot.word == "(":
        hint = "use its value: `w = ...` or `return ...`"
        return "ATT020", "a call alone does nothing", hint, first
    if spot.word in (".", "["):
        hint = "a program returns a weight and changes nothing: `return ...`"
        return "ATT021", "only a local name can be given a value", hint
    if spot.word == ":":
        hint = f"write `{head} = ...`; types are inferred"
        return "ATT021", "a local has no annotation", hint
    if spot.word == ",":
        return "ATT020", "one name is assigned at a time", "write a line for each"
    if spot.kind == "newline":
        return "ATT020", "a name alone does nothing", f"write `return {head}`", first
    if near := get_close_matches(head, ["return", "elif", "else", "if"], 1, 0.7):
        return "ATT020", f"`{head}` isn't a word of the language", f"write `{near[0]}`", first
    if spot.word == "==":
        return "ATT020", "a comparison alone does nothing", f"to assign, write `{head} = ...`"
    kinds = "a line starts with `if`, `return`, or a name to assign: `w = ...`"
    return "ATT020", f"`{spot.word}` can't follow the name `{head}` here", kinds


LINE_RULES: tuple[SyntaxRule, ...] = (
    _word_as_name,
    _glued,
    _indentation,
    _top_of_file,
    _decorator,
    _header,
    _blocks,
    _statements,
)
