"""What a program can call or put above a `def`: functions, aggregates, ranges, rows, decorators."""

from attndsl.language.nodes import Type
from attndsl.language.vocabulary.entries import (
    AggregateEntry,
    DecoratorEntry,
    Function,
    Method,
    NumberEntry,
    RangeEntry,
    RowEntry,
)

B, N, P = Type.BOOL, Type.NUMBER, Type.POSITION
_ONE = (("x", N),)
_PAIR = (("a", P), ("b", P))

FUNCTIONS: dict[str, Function] = {
    entry.name: entry
    for entry in (
        Function("abs", _ONE, N, "magnitude", 1),
        Function("min", (("a", N), ("b", N)), N, "smallest of two or more numbers", 1, True),
        Function("max", (("a", N), ("b", N)), N, "largest of two or more numbers", 1, True),
        Function("exp", _ONE, N, "e to the power of x; saturates at 1e30", 8),
        Function("log", _ONE, N, "natural logarithm; 0 where x is not positive", 8),
        Function("sqrt", _ONE, N, "square root; 0 where x is negative", 4),
        Function("floor", _ONE, N, "largest whole number not above x", 2),
        Function("round", _ONE, N, "nearest whole number, halves to the even one", 4),
        Function(
            "clip",
            (("x", N), ("lo", N), ("hi", N)),
            N,
            "x held between lo and hi: min(max(x, lo), hi)",
            2,
        ),
        Function("at", (("index", N),), P, "the position with that index, missing outside", 1),
        Function(
            "similarity",
            _PAIR,
            N,
            "cosine of the two input embeddings, in steps of 1/1024; 0 where one is missing",
            4,
            level="model",
        ),
        Function(
            "same_word",
            _PAIR,
            B,
            "both are pieces of one word of the parse",
            4,
            level="linguistics",
            causal=False,
        ),
        Function(
            "is_child",
            _PAIR,
            B,
            "a's word depends directly on b's word",
            4,
            level="linguistics",
            causal=False,
        ),
        Function(
            "is_ancestor",
            _PAIR,
            B,
            "a's word is above b's word, at any distance",
            6,
            level="linguistics",
            causal=False,
        ),
    )
}

AGGREGATES: dict[str, AggregateEntry] = {
    entry.name: entry
    for entry in (
        AggregateEntry("any", (B, P), B, "False", "whether the body is true somewhere"),
        AggregateEntry("all", (B, P), B, "True", "whether the body is true everywhere"),
        AggregateEntry(
            "count", (B, P), N, "0", "how often the body is true; of the variable itself: how many"
        ),
        AggregateEntry("sum", (N, B), N, "0", "sum of the body"),
        AggregateEntry("mean", (N, B), N, "0", "sum of the body divided by how many there are"),
        AggregateEntry("max", (N, B), N, "0", "largest body"),
        AggregateEntry("min", (N, B), N, "0", "smallest body"),
        AggregateEntry("first", (P,), P, "missing", "the earliest position", True),
        AggregateEntry("last", (P,), P, "missing", "the latest position", True),
        AggregateEntry(
            "argmax", (N, B), P, "missing", "the one with the largest body, earliest of equals"
        ),
        AggregateEntry(
            "argmin", (N, B), P, "missing", "the one with the smallest body, earliest of equals"
        ),
    )
}  # fmt: skip

RANGES: dict[str, RangeEntry] = {
    entry.name: entry
    for entry in (
        RangeEntry("visible", ("q",), "every position that the mask lets the query look at"),
        RangeEntry("before", ("p",), "from the start to just before p"),
        RangeEntry("upto", ("p",), "from the start to p, p included"),
        RangeEntry("after", ("p",), "from just after p to the end of what exists for the query"),
        RangeEntry("between", ("a", "b"), "after a and before b; a missing a is the start"),
    )
}

ROWS: dict[str, RowEntry] = {
    entry.name: entry
    for entry in (
        RowEntry("row_sum", "sum of the argument over the row: k is each visible position in turn"),
        RowEntry("row_max", "largest value of the argument over the row"),
        RowEntry("normalized", "max(e, 0) divided by its sum over the row; 0 in a row of zeros"),
    )
}

METHODS: dict[str, Method] = {
    entry.name: entry
    for entry in (
        Method("startswith", "whether the text starts with the literal"),
        Method("endswith", "whether the text ends with the literal"),
    )
}

DECORATORS: dict[str, DecoratorEntry] = {
    entry.name: entry
    for entry in (
        DecoratorEntry(
            "softmax", (), "the values are scores: softmax over the row; -1e30 or less hides a key"
        ),
        DecoratorEntry(
            "fallback",
            ("first", "self", "uniform"),
            "where a row goes that has no weight: the first visible key (without the decorator "
            "too), the query itself, or evenly over the row",
        ),
    )
}

NUMBERS: dict[str, NumberEntry] = {
    entry.name: entry
    for entry in (NumberEntry("n", False, "how many positions the whole text has"),)
}
