"""What is known at a place of the Python program, and the table that reads its expressions."""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from attndsl.authoring.porting.code import (
    FALSE,
    LENGTH,
    MISSING,
    TRUE,
    Code,
    Q,
    both,
    call,
    compared,
    conjuncts,
    constant,
    index,
    make,
    name,
    negated,
    step,
)
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.values import Unknown, Value

Reader = Callable[["Scope", ast.Call], Value]
EXPRESSIONS: "dict[type[ast.expr], Callable[[Scope, ast.expr], Value]]" = {}
LOOPS: "dict[str, Callable[[Scope, ast.For], None]]" = {}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a user chooses: clean text for marks, and names that mean built-ins."""

    mend: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """The names of one function as it is read from top to bottom."""

    choices: Choices
    causal: bool
    names: dict[str, Value] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # what isn't as in Python, for the docstring
    keep: Callable[..., Code] | None = None  # gives a position a local; None inside loops
    at_row: bool = False  # inside of the loop over queries
    key: bool = False  # reading with k itself as the loop's variable: cells can be read
    written: dict[Code, Code | None] = field(default_factory=dict)  # cells as this turn left them
    is_cell: Callable[[Code], bool] = lambda code: False  # whether a name is a cell of the row
    counter: list[int] = field(default_factory=lambda: [0])

    def fresh(self) -> Code:
        self.counter[0] += 1
        return name(f"t{self.counter[0]}")

    def reads_cells(self, *codes: Code) -> bool:
        """Whether what some codes mean is different for each key's cell."""
        return any(self.is_cell(code) or self.reads_cells(*code.codes) for code in codes)

    @contextmanager
    def at_key(self) -> Iterator[None]:
        """Reading with k as the variable of what is gone through, so that its cell can be read."""
        before, self.key, self.written = (self.key, self.written), True, {}
        try:
            yield
        finally:
            self.key, self.written = before

    def note(self, told: str) -> None:
        if told not in self.notes:
            self.notes.append(told)

    def value(self, node: ast.expr) -> Value:
        """What an expression means."""
        read = EXPRESSIONS.get(type(node))
        if read is None:
            raise Refused(f"an expression of the kind {type(node).__name__}", node.lineno)
        try:
            value = read(self, node)
        except Refused as refused:
            raise refused.at(getattr(node, "lineno", 0)) from None
        if isinstance(value, Unknown):
            raise value.refusal
        return value

    @contextmanager
    def inside(self, names: Mapping[str, Value]) -> Iterator[None]:
        """Names that hold for a while, in a place where no statement can be written."""
        before, keep = self.names, self.keep
        self.names, self.keep = {**before, **names}, None
        try:
            yield
        finally:
            self.names, self.keep = before, keep

    def compare(self, operator: str, left: Code, right: Code) -> Code:
        """Two numbers compared; under a causal mask nothing stands after the query."""
        if left.op == "if" and right == LENGTH == left.code(2) and operator in ("<", ">="):
            return left.code(0) if operator == "<" else negated(left.code(0))
        test = compared(operator, left, right)
        if (
            self.causal
            and test.op == "compare"
            and test.code(2) == index(Q)
            and test.code(1).op == "attribute"
            and test.code(1).parts[0] == "i"
        ):
            return {"<=": TRUE, ">": FALSE}.get(str(test.parts[0]), test)
        if (
            test.op == "compare"
            and test.code(2) == LENGTH
            and test.parts[0] in ("<", "<=")
            and test.code(1).op == "attribute"
            and test.code(1).parts[0] == "i"
        ):
            return TRUE  # an index is under the length
        if (
            test.op == "compare"
            and test.code(1).op == "attribute"
            and test.parts[0] == ">="
            and test.code(1).parts[0] == "i"
            and constant(test.code(2)) == 0
            and test.code(1).code(1).op == "name"
        ):
            return TRUE
        return test

    def aggregate(self, function: str, variable: Code, body: Code, test: Code) -> Code:
        """An aggregate over the positions for which a test holds, in the narrowest range for it."""
        if function in ("any", "count"):
            test, body = both(test, TRUE if body == variable else body), variable
            if test == FALSE:
                return FALSE if function == "any" else make("number", 0)
        if test == FALSE and function in ("first", "last", "argmax", "argmin"):
            return MISSING
        if function == "first" and body == variable and (start := _from(variable, test)):
            return start
        span, ends, rest = self._range(variable, test)
        if body == variable and rest != TRUE and function in ("any", "count"):
            body, rest = (rest, TRUE) if function == "any" else (variable, rest)
        return make("aggregate", function, str(variable.parts[0]), span, body, rest, *ends)

    def _range(self, variable: Code, test: Code) -> tuple[str, tuple[Code, ...], Code]:
        """The range that some conditions on an index are, and the other conditions."""
        low: Code | None = None
        high: Code | None = None
        inclusive, used = False, []
        for part in conjuncts(test):
            if part.op != "compare" or part.code(1) != index(variable):
                continue
            end = part.code(2)
            if end.op != "attribute" or end.parts[0] != "i":
                continue
            relation, place = part.parts[0], end.code(1)
            if relation in ("<", "<=") and high is None:
                high, inclusive = place, relation == "<="
                used.append(part)
            elif relation in (">", ">=") and low is None:
                low = place if relation == ">" else step(place, -1)
                used.append(part)
        if high is not None and inclusive and low is not None:
            used = [part for part in used if part.parts[0] in ("<", "<=")]
            low = None
        rest = both(*[part for part in conjuncts(test) if part not in used])
        if low is not None and high is not None:
            return "between", (low, high), rest
        if high is not None:
            return ("upto" if inclusive else "before"), (high,), rest
        if low is not None:
            return "after", (low,), rest
        return ("upto", (Q,), rest) if self.causal else ("after", (MISSING,), rest)


def _from(variable: Code, test: Code) -> Code | None:
    """The position from which on a test holds, where it asks nothing else: the first of them."""
    if test.op != "compare" or test.parts[0] != ">=" or test.code(1) != index(variable):
        return None
    end = test.code(2)
    return end.code(1) if end.op == "attribute" and end.parts[0] == "i" else None


def reads(kind: type[ast.expr]) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Enters a function into the table of expressions."""

    def enter(function: Callable[..., Value]) -> Callable[..., Value]:
        EXPRESSIONS[kind] = function
        return function

    return enter


def at(place: Code) -> Code:
    """The position with an index."""
    return call("at", place)
