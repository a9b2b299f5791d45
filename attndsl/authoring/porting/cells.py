"""The statements of a program, from the top: what each does to the cell of (q, k)."""

import ast
from dataclasses import dataclass, field

from attndsl.authoring.porting.code import (
    FALSE,
    LENGTH,
    TRUE,
    Code,
    K,
    Q,
    constant,
    make,
    mentions,
    name,
    negated,
)
from attndsl.authoring.porting.comprehensions import bound
from attndsl.authoring.porting.conditions import condition
from attndsl.authoring.porting.expressions import worked
from attndsl.authoring.porting.growing import changed_list
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.leaving import settled
from attndsl.authoring.porting.lines import MOST, Line, Lines
from attndsl.authoring.porting.loops import UPDATES
from attndsl.authoring.porting.matrices import keeps_matrix
from attndsl.authoring.porting.puts import put, write_cell
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import LOOPS, Scope
from attndsl.authoring.porting.sides import Side, one_local
from attndsl.authoring.porting.values import (
    Function,
    Matrix,
    Row,
    Scalar,
    Unknown,
    Value,
    index_of,
)
from attndsl.authoring.porting.whiles import walked

TINY = ("n == 0", "not tokens", "len(tokens) == 0", "n == 1", "n <= 1", "n < 2", "n < 1")
PURE = ("seed", "filterwarnings", "print")


@dataclass(slots=True)
class Cells:
    """A program as it is read: its scope, lines, matrices still to be normalised."""

    scope: Scope
    lines: Lines
    program: str
    body: list[ast.stmt]  # of the whole function, to see what is read later
    pending: set[str] = field(default_factory=set)  # normalised, if anything reads them again
    only: Code | None = None  # in a loop over shifted places: the cells that this pass writes
    leaves_fixed: bool = False  # another pass wrote the cells that don't move with the loop
    result: str = ""  # the local of what is returned
    normalised: set[str] = field(default_factory=set)

    # --- statements ---

    def block(self, statements: list[ast.stmt]) -> None:
        for statement in settled(statements):
            if isinstance(statement, ast.Continue | ast.Break):
                return
            try:
                self.statement(statement)
            except Refused as refused:
                raise refused.at(statement.lineno) from None
            if len(self.lines.written) > MOST:
                raise Refused("the program grows too long", statement.lineno)
            if isinstance(statement, ast.Return):
                return

    def statement(self, statement: ast.stmt) -> None:
        scope = self.scope
        match statement:
            case ast.Assign([ast.Name(word)], value) if keeps_matrix(self, word, value):
                pass
            case ast.Assign(targets, value):
                assigned = self.lazily(value, targets, statement)
                for target in targets:
                    self.assign(target, assigned)
            case ast.AnnAssign(target, _, value):
                if value is not None:
                    self.assign(target, self.lazily(value, [target], statement))
            case ast.AugAssign():
                self.update(statement)
            case ast.If():
                self.choice(statement)
            case ast.For():
                if statement.orelse:
                    raise Refused("else after a loop")
                LOOPS["for"](self, statement)  # type: ignore[arg-type]  # a scope of cells
            case ast.While():
                word, place = walked(scope, statement)
                scope.names = {**scope.names, word: place}
            case ast.Expr(value):
                self.expression(value)
            case ast.FunctionDef(word):
                scope.names = {**scope.names, word: Function(statement)}
            case ast.Try(body, handlers):
                lines = ", ".join(str(one.lineno) for one in handlers)
                scope.note(f"left out, as nothing fails here: except (line {lines})")
                self.block(body)
            case ast.Return(value):
                self.returned(value)
            case ast.Pass() | ast.Import() | ast.ImportFrom() | ast.Delete():
                pass
            case _:
                raise Refused(f"a statement of the kind {type(statement).__name__.lower()}")

    def lazily(self, value: ast.expr, targets: list[ast.expr], statement: ast.stmt) -> Value:
        """A value; one that can't be said is refused where its name is read, if it ever is."""
        try:
            return self.scope.value(value)
        except Refused as refused:
            if all(isinstance(target, ast.Name) for target in targets):
                return Unknown(refused.at(statement.lineno))
            raise

    def expression(self, node: ast.expr) -> None:
        scope = self.scope
        changed = changed_list(scope, node)
        if changed is not None:
            scope.names = {**scope.names, **changed}
            return
        match node:
            case ast.Constant():
                return
            case ast.Call(function) if ast.unparse(function).split(".")[-1] in PURE:
                return
            case ast.Call(function, [ast.Name(word), value]) if ast.unparse(function) == (
                "np.fill_diagonal"
            ):
                matrix = scope.names.get(word)
                if isinstance(matrix, Matrix):
                    put(self, matrix.local, make("compare", "==", K, Q), "", scope.value(value))
                    return
        raise Refused(f"the statement {ast.unparse(node)[:60]}")

    def choice(self, statement: ast.If) -> None:
        test = condition(self.scope, statement.test)
        # The pattern of no token is empty, and that of one token is 1 whatever a program does.
        leaves = len(statement.body) > 0 and isinstance(statement.body[-1], ast.Return)
        empty = leaves and ast.unparse(statement.test) in TINY
        self.branch(FALSE if empty else test, statement.body, statement.orelse)

    def returned(self, value: ast.expr | None) -> None:
        if isinstance(value, ast.Tuple) and value.elts:
            value = value.elts[-1]
        if value is None:
            raise Refused("a return without a matrix")
        if isinstance(value, ast.Name):
            matrix = self.scope.names.get(value.id)
        else:
            word = "returned"
            matrix = self.scope.names.get(word) if keeps_matrix(self, word, value) else None
            matrix = matrix or _matrix_of(self.scope.value(value))
        if not isinstance(matrix, Matrix):
            raise Refused("what is returned is no matrix")
        if self.result and self.result != matrix.local:
            raise Refused("two different matrices are returned")
        self.result = matrix.local

    # --- assignments ---

    def assign(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(word):
                self.bind(word, value)
            case ast.Tuple(parts):
                for part, one in bound(target, (value,)).items():
                    self.bind(part, one)
                assert parts
            case ast.Subscript():
                write_cell(self, target, "", value)
            case _:
                raise Refused("a value given to what isn't a name or a cell")

    def bind(self, word: str, value: Value) -> None:
        """Give a name its value: as a local where that is more than a name already."""
        held = self.scope.names.get(word)
        if isinstance(value, Row) and isinstance(held, Matrix):
            put(self, held.local, TRUE, "", value)
            return
        if isinstance(value, Row):
            local = self.lines.local(word, "row")
            self.lines.add(f"{local} = ", value.code)
            value = Row(name(local), local)
        elif isinstance(value, Scalar):
            value = self.kept_scalar(word, value)
        self.scope.names = {**self.scope.names, word: value}

    def kept_scalar(self, word: str, value: Scalar) -> Scalar:
        if value.place is not None:
            if value.place.op == "name" or value.place in (Q, K):
                return value
            if value.place.op == "call":  # at(x): the number is what is known
                local = name(self.lines.local(word, "number"))
                self.lines.add(f"{local} = ", value.code)
                return Scalar("number", local, make("call", "at", local), value.found)
            local = name(self.lines.local(word, "position"))
            self.lines.add(f"{local} = ", value.place)
            return index_of(local, value.found if value.found == TRUE
                            else negated(make("is", local)))  # fmt: skip
        if value.code == LENGTH or (
            value.code.op in ("text", "attribute") and value.kind == "text"
        ):
            return value
        local = name(self.lines.local(word, value.kind))
        if local != value.code:
            self.lines.add(f"{local} = ", value.code)
        return Scalar(value.kind, local, None, value.found, constant(value.code))

    def keep(self, word: str, place: Code, kind: str = "position") -> Code:
        """A local that holds a position that was looked for, or another value."""
        if place.op == "name":
            return place
        local = name(self.lines.local(word, kind))
        self.lines.add(f"{local} = ", place)
        return local

    def update(self, statement: ast.AugAssign) -> None:
        target, value = statement.target, self.scope.value(statement.value)
        if isinstance(target, ast.Subscript):
            if type(statement.op) not in UPDATES:
                raise Refused(f"the update by {type(statement.op).__name__}")
            write_cell(self, target, UPDATES[type(statement.op)], value)
            return
        if not isinstance(target, ast.Name):
            raise Refused("an update of what isn't a name or a cell")
        old = self.scope.value(ast.copy_location(ast.Name(target.id), target))
        if isinstance(old, Matrix | Row) and old.local:
            if type(statement.op) not in UPDATES:
                raise Refused(f"the update by {type(statement.op).__name__}")
            operator = UPDATES[type(statement.op)]
            if (
                isinstance(old, Matrix)
                and operator == "/"
                and isinstance(value, Row)
                and value.code == make("call", "row_sum", name(old.local))
            ):
                self.pending.add(old.local)
                return
            put(self, old.local, TRUE, operator, value)
            return
        new = worked(self.scope, statement.op, old, value)
        self.bind(target.id, new)

    # --- choices ---

    def branch(self, test: Code, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        """Both sides of a choice, and what the names are after it."""
        if test in (TRUE, FALSE):
            self.block(body if test == TRUE else orelse)
            return
        before, pending = self.scope.names, set(self.pending)
        first, yes = self.side(body, before)
        second, no = self.side(orelse, before)
        self.pending |= pending
        test = self.after_sides(test, Side(first, yes), Side(second, no))
        margin = self.lines.margin
        if first:
            self.lines.add("if ", test, ":")
            self.lines.written += first
            if second:
                self.lines.written.append((margin, "else:", None, ""))
        elif second:
            self.lines.add("if ", negated(test), ":")
        self.lines.written += second

    def side(
        self, body: list[ast.stmt], before: dict[str, Value]
    ) -> tuple[list[Line], dict[str, Value]]:
        at = len(self.lines.written)
        self.scope.names = dict(before)
        self.lines.margin += 1
        self.block(body)
        self.lines.margin -= 1
        return self.lines.take(at), self.scope.names

    def after_sides(self, test: Code, first: Side, second: Side) -> Code:
        """The names after a choice, and its test: under a name where it is asked again later."""
        names, apart = {}, []
        for word in {**first.names, **second.names}:
            a, b = first.names.get(word), second.names.get(word)
            if a is b or a is None or b is None:
                names[word] = a if a is not None else b
                continue
            one = one_local(self.lines, word, first.lines, a, second.lines, b)
            if one is None:
                apart.append((word, a, b))
            else:
                names[word] = one
        changed = {line[1].split(" ")[0] for line in (*first.lines, *second.lines)}
        if apart and any(mentions(test, name(word)) for word in changed):
            held = name(self.lines.local("case", "bool"))
            self.lines.add(f"{held} = ", test)
            test = held
        for word, a, b in apart:
            names[word] = joined(self.scope, test, a, b)
        self.scope.names = {word: value for word, value in names.items() if value is not None}
        return test


def _matrix_of(value: Value) -> Matrix | None:
    return value if isinstance(value, Matrix) else None
