"""What authors bring from Python, NumPy, spaCy and other languages, and what to write instead.

Tables only: first words and signs of the syntax, then names. `{p}` in a hint stands for the
position that was written, such as `k`.
"""

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

_NO_PYTHON = "a program can't reach Python; `attndsl vocabulary` lists what there is"
_NO_CHANCE = "a program gives the same weight each time; there is no randomness"
_SIMILARITY = "write `similarity(q, k)`; it takes two positions"
RANGES = "write a range of positions: visible(q), before(p), upto(p), after(p), between(a, b)"
_WEIGHT = "a program gives the weight of one pair: add up in a local, `w = 0.0`, and `return w`"
_LIST = "positions are looked at by aggregates: `count(t for t in before(q) if ...)`, `last(...)`"
_TOKENS = (
    "a position knows its own text: `{p}.text`; the first token is `at(0)`, a neighbour `k.prev`"
)
_NOT_TEXT = "texts can be compared, not made: `{p}.lower == ...`, `... in {p}.text`"
_MATH = f"known are {ARITHMETIC} and `**`"

# Modules whose functions and constants are written without the module's name, if known at all.
MODULES = frozenset(
    ("np", "numpy", "math", "torch", "F", "random", "re", "string", "nlp", "spacy", "scipy")
)

# A name that isn't defined, read as a value.
NAMES: dict[str, str] = {
    **dict.fromkeys(("tokens", "words", "token", "toks", "sentence", "text", "doc"), _TOKENS),
    **dict.fromkeys(("A", "out", "attn", "attention", "weights", "matrix", "scores"), _WEIGHT),
    **dict.fromkeys(("null", "none", "nil", "undefined"), "the missing position is written `None`"),
    **dict.fromkeys(("seq_len", "length", "N", "num_tokens", "T", "L"), "the length is `n`"),
    **dict.fromkeys(("inf", "infinity", "nan", "Infinity"), "write a large number, such as 1e30"),
    **dict.fromkeys(("query", "Q"), "the query position is `q`"),
    **dict.fromkeys(("key", "K"), "the key position is `k`"),
    **dict.fromkeys(
        ("t", "p", "m", "x"),
        "a comprehension's variable is known inside it only: `last(t for t in before(q) if ...)`",
    ),
    "random": _NO_CHANCE,
    "w": "give it a value first: `w = 0.0`",
    "i": "the index of the query is `q.i`",
    "j": "the index of the key is `k.i`",
    "true": "write `True`",
    "false": "write `False`",
    "pi": "write 3.14159265",
    "e": "write `exp(1)`",
    "self": "write `q`; the fallback to the query itself is `@fallback(self)` above the def",
}

# A function that isn't known.
FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(
        (
            "embedding_similarity", "cosine_similarity", "cosine", "cos_sim", "sim", "char_sim",
            "_char_sim", "token_similarity", "word_similarity", "embedding_sim",
        ),
        _SIMILARITY,
    ),
    **dict.fromkeys(("range", "arange", "xrange"), RANGES),
    **dict.fromkeys(
        ("enumerate", "zip", "sorted", "reversed", "list", "set", "dict", "tuple", "iter", "filter",
         "map", "frozenset", "slice", "argsort", "sort"),
        _LIST,
    ),
    **dict.fromkeys(
        ("eval", "exec", "open", "compile", "getattr", "setattr", "hasattr", "print", "input",
         "isinstance", "type", "vars", "globals", "locals", "dir", "id", "repr", "callable"),
        _NO_PYTHON,
    ),
    **dict.fromkeys(("random", "rand", "randn", "randint", "uniform", "choice"), _NO_CHANCE),
    **dict.fromkeys(("sin", "cos", "tan", "atan", "erf", "cosh", "sinh"), _MATH),
    **dict.fromkeys(("dist", "distance", "token_distance"), "write `abs(q.i - k.i)`"),
    **dict.fromkeys(("nearest", "closest", "recent"), "write `last(t for t in before(q) if ...)`"),
    **dict.fromkeys(("is_noun", "noun"), 'write `t.usual_pos == "NOUN"`'),
    **dict.fromkeys(("is_verb", "verb"), 'write `t.usual_pos == "VERB"`'),
    **dict.fromkeys(("is_adjective", "is_adj"), 'write `t.usual_pos == "ADJ"`'),
    **dict.fromkeys(("is_adverb", "is_adv"), 'write `t.usual_pos == "ADV"`'),
    **dict.fromkeys(("exists", "is_there", "is_missing", "is_none"), "write `p is not None`"),
    **dict.fromkeys(("normalize", "normalise", "normalised"), "write `normalized(e)`"),
    **dict.fromkeys(("pow", "power"), "a power is written `a ** b`"),
    "len": "`t.len` is the length of a text, `count(t for t in before(q) if ...)` counts positions",
    "next": "`first(t for t in after(p) if ...)` finds a position; the one after p is `p.next`",
    "int": "write `floor(x)`; whole numbers are exact already",
    "float": "leave it out: every number has a fraction if it needs one",
    "bool": "write a comparison: `x > 0`",
    "str": "leave it out; a number is compared as a number",
    "sigmoid": "write `1 / (1 + exp(-x))`",
    "tanh": "write `1 - 2 / (exp(2 * x) + 1)`",
    "softmax": "put `@softmax` above the def: its values are then scores",
    "relu": "write `max(x, 0)`",
    "maximum": "write `max(a, b)`",
    "minimum": "write `min(a, b)`",
    "fabs": "write `abs(x)`",
    "ceil": "write `-floor(-x)`",
    "trunc": "write `floor(x)`",
    "log2": "write `log(x) / log(2)`",
    "log10": "write `log(x) / log(10)`",
    "log1p": "write `log(1 + x)`",
    "expm1": "write `exp(x) - 1`",
    "square": "write `x ** 2`",
    "sign": "write `1 if x > 0 else -1 if x < 0 else 0`",
    "where": "write `a if c else b`",
    "average": "write `mean(x for t in before(q))`",
    "median": "there is no median; `mean(...)`, `min(...)` and `max(...)` are known",
    "gaussian": "write `exp(-(x ** 2) / 2)`",
    "row_mean": "write `row_sum(e) / count(t for t in visible(q))`",
    "row_min": "write `-row_max(-(e))`",
    "same_sentence": "write `q.sentence == k.sentence`",
    "contains": 'write `"..." in t.text`',
    "is_parent": "write `is_child(b, a)`: b depends on a",
    "is_head": "write `q.head == k`",
    "is_descendant": "write `is_ancestor(b, a)`: b is above a",
    "is_first": "write `k.i == 0`",
    "is_bracket": "write `t.is_open or t.is_close`",
    "align_spacy_to_tokens": "every position knows its word's values already: `k.pos`, `k.head`",
    "align_tokens_to_spacy": "every position knows its word's values already: `k.pos`, `k.head`",
}  # fmt: skip

# A method; texts know only startswith and endswith.
METHODS: dict[str, str] = {
    **dict.fromkeys(
        ("strip", "lstrip", "rstrip"),
        "leave it out: `{p}.text` is clean already; white space alone is `{p}.is_blank`, "
        "a line break `{p}.is_newline`",
    ),
    **dict.fromkeys(
        ("upper", "casefold", "swapcase", "capitalize", "title"), "compare `{p}.lower`"
    ),
    **dict.fromkeys(("isdigit", "isnumeric", "isdecimal"), "write `{p}.is_digit`"),
    **dict.fromkeys(
        ("replace", "split", "join", "format", "encode", "removeprefix", "zfill"), _NOT_TEXT
    ),
    **dict.fromkeys(("find", "index", "rfind", "count"), 'write `"..." in {p}.text`'),
    **dict.fromkeys(("append", "add", "extend", "pop", "remove", "insert", "sort"), _LIST),
    **dict.fromkeys(("items", "keys", "values", "get"), "there are no dictionaries; write an `if`"),
    **dict.fromkeys(("random", "rand", "uniform", "choice", "randn"), _NO_CHANCE),
    "lower": "write `{p}.lower`",
    "isalpha": "write `{p}.is_alpha`",
    "isupper": "write `{p}.is_upper`",
    "istitle": "write `{p}.is_title`",
    "isspace": "write `{p}.is_blank`",
    "isalnum": "write `{p}.is_alpha or {p}.is_digit`",
    "islower": "write `{p}.text == {p}.lower`",
    "ispunct": "write `{p}.is_punct`",
    "similarity": "write `similarity({p}, ...)`",
    "nbor": "write `{p}.next` or `{p}.prev`",
    "is_ancestor": "write `is_ancestor({p}, ...)`",
    "match": 'there are no patterns; write `{p}.text.startswith("...")` or `{p}.text in {{...}}`',
    "search": 'there are no patterns; write `"..." in {p}.text`',
}

# A method of a row, as arrays have it.
ROW_METHODS: dict[str, str] = {
    "sum": "row_sum({p})",
    "max": "row_max({p})",
    "mean": "row_sum({p}) / count(t for t in visible(q))",
}

# An attribute that positions don't have.
ATTRIBUTES: dict[str, str] = {
    **dict.fromkeys(("ent_type_", "ent_type", "ent", "label_", "ner"), "write `{p}.entity`"),
    **dict.fromkeys(
        ("children", "lefts", "rights"),
        "write `is_child(c, {p})`: `any(is_child(c, {p}) for c in before(q) if ...)`",
    ),
    **dict.fromkeys(("ancestors", "subtree"), "write `is_ancestor(a, b)`: a's word is above b's"),
    **dict.fromkeys(("parent", "governor"), "write `{p}.head`"),
    **dict.fromkeys(("is_sent_start", "is_sentence_start"), "write `{p}.is_first_of_sentence`"),
    **dict.fromkeys(
        ("is_sent_end", "is_sent_final", "is_period", "is_eos"), "write `{p}.is_sentence_end`"
    ),
    **dict.fromkeys(("index", "position", "idx_token", "j"), "write `{p}.i`"),
    **dict.fromkeys(("idx", "char_start", "offset", "start"), "write `{p}.char`"),
    **dict.fromkeys(("is_space", "is_whitespace"), "write `{p}.is_blank`"),
    **dict.fromkeys(("is_cls", "is_start", "is_first"), "write `{p}.is_bos`, or `{p}.i == 0`"),
    **dict.fromkeys(("is_comma", "is_semicolon"), "write `{p}.is_pause`, or compare `{p}.text`"),
    **dict.fromkeys(("is_article", "is_det"), "write `{p}.is_determiner`"),
    **dict.fromkeys(("is_conj", "is_cc"), "write `{p}.is_conjunction`"),
    **dict.fromkeys(("is_aux", "is_modal"), "write `{p}.is_auxiliary`"),
    **dict.fromkeys(
        ("is_number", "is_num", "like_num"), "write `{p}.is_digit or {p}.is_number_word`"
    ),
    **dict.fromkeys(("is_capitalized", "is_capital", "is_cap"), "write `{p}.is_title`"),
    **dict.fromkeys(("is_subword", "is_continuation"), "write `not {p}.starts_word`"),
    **dict.fromkeys(("is_root", "root"), 'write `{p}.dep == "ROOT"`'),
    **dict.fromkeys(("sent", "sent_id", "sentence_id", "sent_idx"), "write `{p}.sentence`"),
    **dict.fromkeys(("embedding", "vector", "emb"), "write `similarity({p}, ...)`"),
    **dict.fromkeys(("is_noun", "is_subject"), 'write `{p}.usual_pos == "NOUN"`'),
    **dict.fromkeys(("is_content",), "write `{p}.is_content_word`"),
    "is_verb": 'write `{p}.usual_pos == "VERB"`',
    "is_adj": 'write `{p}.usual_pos == "ADJ"`',
    "is_adjective": 'write `{p}.usual_pos == "ADJ"`',
    "is_adverb": 'write `{p}.usual_pos == "ADV"`',
    "is_bracket": "write `{p}.is_open or {p}.is_close`",
    "is_lower": "write `{p}.text == {p}.lower`",
    "length": "write `{p}.len`",
    "previous": "write `{p}.prev`",
    "before": "write `{p}.prev`, or `before({p})` in a comprehension",
    "after": "write `{p}.next`, or `after({p})` in a comprehension",
    "strip": "leave it out: `{p}.text` is clean already",
    "token": "write `{p}.text`",
    "norm_": "write `{p}.lower`",
    "text_with_ws": "write `{p}.raw`",
    "shape_": "write `{p}.is_title`, `{p}.is_upper` or `{p}.is_digit`",
    "count": "write `{p}.occurrence`, or `count(t for t in before({p}) if t.lower == {p}.lower)`",
}

# Before a comprehension, where an aggregate is needed.
AGGREGATES: dict[str, str] = {
    **dict.fromkeys(("len", "length"), "write `count(t for t in before(q) if ...)`"),
    **dict.fromkeys(("next", "find"), "write `first(t for t in ... if ...)`"),
    **dict.fromkeys(("nearest", "latest", "recent"), "write `last(t for t in before(q) if ...)`"),
    **dict.fromkeys(("list", "set", "tuple", "sorted", "reversed", "enumerate", "dict"), _LIST),
    **dict.fromkeys(("row_sum", "normalized"), "write `sum(... for t in visible(q))`"),
    **dict.fromkeys(("exists", "some"), "write `any(... for t in before(q))`"),
    "row_max": "write `max(... for t in visible(q))`",
    "average": "write `mean(... for t in before(q))`",
    "every": "write `all(... for t in before(q))`",
    "prod": "there is no product; `exp(sum(log(x) for t in ...))` is one of positive numbers",
    "product": "there is no product; `exp(sum(log(x) for t in ...))` is one of positive numbers",
}
