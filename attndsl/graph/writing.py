"""One term as an expression of the language, given the texts of its arguments.

Each text comes with how tightly it binds, so that brackets stand only where they must.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attndsl.graph.notation import format_number
from attndsl.graph.operations import reduction
from attndsl.graph.rules.shares import SCALE
from attndsl.graph.terms import Aggregate, Graph, Term
from attndsl.language.lexing.frontdoor import HIDDEN

# How tightly a text binds, the loosest first.
CHOICE, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
_LINE = 80
VARIABLES = ("t", "u", "v")  # of comprehensions, by height


@dataclass(frozen=True, slots=True)
class Text:
    """An expression and how tightly it binds; a comparison can have a form for its opposite."""

    text: str
    binds: int = ATOM
    opposite: str = ""

    def within(self, binds: int) -> str:
        """The text where at least this binding is needed."""
        return self.text if self.binds >= binds else f"({self.text})"


def variable(height: int) -> str:
    """The name of the variable bound at a height."""
    return VARIABLES[height - 1] if height <= len(VARIABLES) else f"t{height}"


def quoted(value: str) -> str:
    """A text as a literal; what can't be seen or doesn't stand alone is escaped."""
    simple = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", '"': '\\"'}
    return '"' + "".join(simple.get(sign) or _shown(sign) for sign in value) + '"'


def _shown(sign: str) -> str:
    seen = unicodedata.category(sign)[0] in "LNPS" and not HIDDEN.match(sign)
    if " " <= sign <= "~" or (sign > "\x7f" and seen):
        return sign
    code = ord(sign)
    if code < 256:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def number(value: float) -> Text:
    return Text(format_number(value), ATOM if value >= 0 else SIGN)


def written(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    """The expression of a term that isn't an aggregate."""
    if term.op in _BY_OP:
        return _BY_OP[term.op](graph, term, args)
    if term.op in ("eq", "same", "text_same") and graph[term.args[1]].op != "number":
        args = sorted(args, key=lambda arg: len(arg.text))
    if term.op in _INFIX:
        return _infix(term.op, args)
    return Text(f"{term.op}({', '.join(arg.text for arg in args)})")


_INFIX = {
    "mul": ("*", PRODUCT), "div": ("/", PRODUCT), "floordiv": ("//", PRODUCT),
    "mod": ("%", PRODUCT),
    "eq": ("==", COMPARE), "lt": ("<", COMPARE), "le": ("<=", COMPARE), "same": ("==", COMPARE),
    "text_same": ("==", COMPARE), "and": ("and", AND), "or": ("or", OR),
}  # fmt: skip


def _infix(op: str, args: Sequence[Text]) -> Text:
    sign, binds = _INFIX[op]
    first = binds if binds == PRODUCT else binds + 1
    texts = [args[0].within(first), *(arg.within(binds + 1) for arg in args[1:])]
    opposite = " != ".join(texts) if sign == "==" else ""
    if op in ("and", "or"):  # comprehensions last, as one would ask them
        texts.sort(key=lambda text: " for " in text)
    return Text(_joined(sign, texts), binds, opposite)


def _joined(sign: str, texts: Sequence[str]) -> str:
    """Long ones get line breaks; the one format decides where they stay."""
    space = "\n" if sum(map(len, texts)) > _LINE else " "
    return f"{space}{sign} ".join(texts)


def _less(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    """What varies comes first: `3 < x` is written `x > 3`."""
    if graph[term.args[0]].op == "number":
        sign = ">" if term.op == "lt" else ">="
        return Text(f"{args[1].within(SUM)} {sign} {args[0].within(SUM)}", COMPARE)
    return _infix(term.op, args)


def _product(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    first = graph[term.args[0]]
    if first.op == "number" and first.payload == -1.0:
        if len(args) == 2:
            if graph[term.args[1]].op == "div" and not _rounds(args[1].text):
                return Text(f"-{args[1].text}", PRODUCT)  # -x / y
            return Text(f"-{args[1].within(SIGN)}", SIGN)
        opening = args[1].within(SIGN if _rounds(args[1].text) else PRODUCT)
        return Text(f"-{_infix('mul', [Text(opening), *args[2:]]).text}", PRODUCT)
    return _infix("mul", args)


def _rounds(text: str) -> bool:
    """Whether it matters which part a sign before the text belongs to."""
    return "//" in text or "%" in text


def _sum(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    """Signs become the operators."""
    if len(args) > 1 and args[0].text.startswith("-") and not args[1].text.startswith("-"):
        args = (args[1], args[0], *args[2:])  # of two it doesn't matter which is first
    text = args[0].within(SUM)
    for arg in args[1:]:
        sign, part = added(Text(arg.within(PRODUCT), PRODUCT))
        space = "\n" if len(text) - text.rfind("\n") > _LINE else " "
        text += f"{space}{sign} {part}"
    return Text(text, SUM)


def added(text: Text) -> tuple[str, str]:
    """How a text is added: what starts with a sign is taken away without it.

    The sign of -a // b is a's own: rounding isn't the same on both sides of 0.
    """
    signed = text.binds >= PRODUCT and text.text.startswith("-") and not _rounds(text.text)
    return ("-", text.text[1:]) if signed else ("+", text.text)


def _not(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    if args[0].opposite:
        return Text(args[0].opposite, COMPARE)
    return Text(f"not {args[0].within(NOT)}", NOT)


def _select(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    test, one, other = args
    texts = [one.within(OR), f"if {test.within(OR)}", f"else {other.within(CHOICE)}"]
    return Text(("\n" if sum(map(len, texts)) > _LINE else " ").join(texts), CHOICE)


def _text_is(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    mode, literals = term.test
    texts = [quoted(literal) for literal in literals]
    if mode == "equals":
        if len(texts) == 1:
            return _infix("text_same", (args[0], Text(texts[0])))
        return _member(args[0], texts)
    if mode == "contains":
        value = args[0].within(SUM)
        tests = [Text(f"{text} in {value}", COMPARE, f"{text} not in {value}") for text in texts]
    else:
        method = {"starts": "startswith", "ends": "endswith"}[mode]
        tests = [Text(f"{args[0].within(ATOM)}.{method}({text})") for text in texts]
    return tests[0] if len(tests) == 1 else _infix("or", tests)


def _among(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    return _member(args[0], [number(value).text for value in term.values])


def _member(arg: Text, literals: Sequence[str]) -> Text:
    value, items = arg.within(SUM), (",\n" if len(literals) > 8 else ", ").join(literals)
    return Text(f"{value} in {{{items}}}", COMPARE, f"{value} not in {{{items}}}")


def _is_there(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    value = args[0].within(SUM)
    return Text(f"{value} is not None", COMPARE, f"{value} is None")


def _ratio(graph: Graph, term: Term, args: Sequence[Text]) -> Text:
    """Of one argument what the row is divided by is its own sum."""
    if len(args) == 1:
        return Text(f"normalized({args[0].text})")
    share, total = args
    test = f"{total.within(PRODUCT)} * {format_number(SCALE)} >= 1"
    return Text(f"{share.within(PRODUCT)} / {total.within(SIGN)} if {test} else 0", CHOICE)


_BY_OP: dict[str, Callable[[Graph, Term, Sequence[Text]], Text]] = {
    "number": lambda graph, term, args: number(term.number),
    "bool": lambda graph, term, args: Text(str(term.payload)),
    "text": lambda graph, term, args: Text(quoted(term.text)),
    "none": lambda graph, term, args: Text("None"),
    "q": lambda graph, term, args: Text("q"),
    "k": lambda graph, term, args: Text("k"),
    "n": lambda graph, term, args: Text("n"),
    "bound": lambda graph, term, args: Text(variable(term.variable)),
    "prev": lambda graph, term, args: Text(f"{args[0].within(ATOM)}.prev"),
    "next": lambda graph, term, args: Text(f"{args[0].within(ATOM)}.next"),
    "head": lambda graph, term, args: Text(f"{args[0].within(ATOM)}.head"),
    "column": lambda graph, term, args: Text(f"{args[0].within(ATOM)}.{term.payload}"),
    "is_there": _is_there,
    "pow": lambda graph, term, args: Text(
        f"{args[0].within(ATOM)} ** {args[1].within(SIGN)}", POWER
    ),
    "ratio": _ratio,
    "add": _sum,
    "mul": _product,
    "lt": _less,
    "le": _less,
    "not": _not,
    "select": _select,
    "text_is": _text_is,
    "among": _among,
}


def aggregate(payload: Aggregate, over: Sequence[Text], guard: Text, body: Text) -> Text:
    """A comprehension; `guard` and `body` are the words of what is bound."""
    name = variable(payload.height)
    where = ["q"] if payload.range == "visible" else [each.text for each in over]
    source = f"for {name} in {payload.range}({', '.join(where)})"
    condition = "" if guard.text == "True" else f" if {guard.within(OR)}"
    if payload.function == "any":
        return Text(f"any({name if not condition else guard.text} {source})")
    if not reduction(payload.function).takes_body:
        return Text(f"{payload.function}({name} {source}{condition})")
    if payload.function == "sum" and body.text == "1":
        return Text(f"count({name} {source}{condition})")
    return Text(f"{payload.function}({body.text} {source}{condition})")
