"""What authors bring from other languages, and what to write instead: the tables behind hints."""

from attndsl.language.vocabulary import ARITHMETIC

KEYWORDS = frozenset(
    {"and", "def", "elif", "else", "for", "if", "in", "is", "not", "or", "return"}
    | {"True", "False", "None"}
)

# Words of Python that attndsl doesn't have: word -> (what is wrong, what to write).
FOREIGN_WORDS: dict[str, tuple[str, str]] = {
    "while": (
        "there are no loops",
        "look at positions with an aggregate: `last(t for t in before(q) if ...)`",
    ),
    "for": (
        "there is no `for` statement: a program gives the weight of one pair (q, k)",
        "write what one pair weighs; look at other positions with "
        "`sum(... for t in before(q))`, `any(...)`, `last(...)`",
    ),
    "import": (
        "nothing can be imported",
        f"use the built-ins: {ARITHMETIC}, and the aggregates",
    ),
    "from": ("nothing can be imported", "use the built-ins; `attndsl vocabulary` lists them"),
    "class": ("there are no classes", "write a helper: `def name(t):`"),
    "try": ("there are no exceptions", "nothing can fail: a missing position has false flags"),
    "except": ("there are no exceptions", "nothing can fail: a missing position has false flags"),
    "finally": ("there are no exceptions", "nothing can fail: leave it out"),
    "raise": ("there are no exceptions", "return a weight, such as `return 0.0`"),
    "assert": ("there are no assertions", "write an `if` that returns a weight"),
    "with": ("there is no `with` statement", "leave it out"),
    "del": ("names can't be deleted", "leave it out"),
    "global": ("there are no global variables", "name a constant at the top of the file"),
    "nonlocal": ("there are no outer variables", "give the helper a parameter"),
    "lambda": ("there are no lambdas", "write a helper: `def name(t):`"),
    "yield": ("there are no generators", "end with `return` and a value"),
    "async": ("there are no coroutines", "write a plain `def`"),
    "await": ("there are no coroutines", "leave it out"),
    "pass": (
        "there is no `pass`",
        "return a weight, such as `return 0.0`, or leave the branch out",
    ),
    "break": (
        "there are no loops to leave",
        "`first(t for t in ... if ...)` stops at the first, `last(...)` at the nearest",
    ),
    "continue": ("there are no loops", "put the condition into the `if` of the comprehension"),
}

# Signs that attndsl doesn't have: sign -> what to write.
FOREIGN_SIGNS: dict[str, str] = {
    ":=": "give the value a name in a line of its own: `name = ...`",
    "->": "types are inferred; leave the annotation out",
    "=>": "at least is written `>=`",
    "=<": "at most is written `<=`",
    "<>": "unequal is written `!=`",
    "===": "equal is written `==`",
    "!==": "unequal is written `!=`",
    "**=": "write `w = w ** ...`",
    "//=": "write `w = w // ...`",
    "%=": "write `w = w % ...`",
    "|=": "join sets in a new constant: `C = A | B`",
    "&&": "both is written `and`",
    "&": "both is written `and`",
    "||": "either is written `or`",
    "!": "not is written `not`",
    "<<": "write `* 2 ** n`",
    ">>": "write `// 2 ** n`",
    "^": "a power is written `**`",
    "~": "not is written `not`",
    ";": "write one statement a line",
    "?": "a choice is written `a if c else b`",
    "$": "leave it out",
    "`": "texts stand in double quotes",
    "\\": "a long line goes on inside brackets: put the expression in `( )`",
}

STRING_PREFIXES = frozenset({"f", "r", "b", "u", "t", "fr", "rf", "br", "rb"})  # in lower case
