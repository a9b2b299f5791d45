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
    both,
    choose,
    constant,
    index,
    make,
    mentions,
    name,
    negated,
    number,
    replaced,
)
from attndsl.authoring.porting.comprehensions import bound
from attndsl.authoring.porting.conditions import condition, numeric_of
from attndsl.authoring.porting.expressions import worked
from attndsl.authoring.porting.joins import joined
from attndsl.authoring.porting.leaving import settled
from attndsl.authoring.porting.lines import MOST, Line, Lines
from attndsl.authoring.porting.loops import UPDATES
from attndsl.authoring.porting.refusal import Refused
from attndsl.authoring.porting.scope import LOOPS, Scope
from attndsl.authoring.porting.sharing import free_names
from attndsl.authoring.porting.subscripts import column_test
from attndsl.authoring.porting.texts import described
from attndsl.authoring.porting.values import (
    Function,
    Items,
    Kind,
    Matrix,
    Nothing,
    Places,
    Row,
    Scalar,
    Single,
    Table,
    Unknown,
    Value,
    Words,
    index_of,
)

ZEROS = {"zeros": 0, "ones": 1, "zeros_like": 0, "ones_like": 1}
KEEPS = ("apply_causal_mask", "make_row_stochastic", "tril", "clip", "maximum", "nan_to_num")
SHORT = 7  # parts of a table's entry that is better written in place
TINY = ("n == 0", "not tokens", "len(tokens) == 0", "n == 1", "n <= 1", "n < 2", "n < 1")
PURE = ("seed", "filterwarnings", "print")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a choice: its lines, and the names at its end."""

    lines: list[Line]
    names: dict[str, Value]


@dataclass(slots=True)
class Cells:
    """A program as it is read: its scope, lines, matrices still to be normalised."""

    scope: Scope
    lines: Lines
    program: str
    body: list[ast.stmt]  # of the whole function, to see what is read later
    pending: set[str] = field(default_factory=set)  # normalised, if anything reads them again
    only: Code | None = None  # in a loop over shifted places: the cells that this pass writes
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
            case ast.Assign([ast.Name(word)], value) if self.matrix(word, value):
                pass
            case ast.Assign(targets, value):
                found = self.lazily(value, targets, statement)
                for target in targets:
                    self.assign(target, found)
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
                LOOPS["for"](self, statement)  # type: ignore[arg-type]
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
        match node:
            case ast.Constant():
                return
            case ast.Call(ast.Attribute(ast.Name(word), method), [value]) if method in (
                "append",
                "add",
                "extend",
                "update",
            ):
                held = scope.names.get(word)
                if held is None:
                    raise Refused(f"nothing defines {word}")
                new = scope.value(value)
                if method in ("append", "add"):
                    new = Items((new,))
                scope.names = {**scope.names, word: _grown(scope, held, new)}
                return
            case ast.Call(ast.Attribute(ast.Name(word), "insert"), [_, value]):
                held = scope.names.get(word)
                if isinstance(held, Places):  # which have the order of the text
                    one = Items((scope.value(value),))
                    scope.names = {**scope.names, word: _grown(scope, held, one)}
                    return
            case ast.Call(ast.Attribute(ast.Name(word), "sort"), []) if not node.keywords:
                held = scope.names.get(word)
                if isinstance(held, Places):
                    scope.names = {**scope.names, word: Places(held.test)}
                    return
            case ast.Call(function) if ast.unparse(function).split(".")[-1] in PURE:
                return
            case ast.Call(function, [ast.Name(word), value]) if ast.unparse(function) == (
                "np.fill_diagonal"
            ):
                matrix = scope.names.get(word)
                if isinstance(matrix, Matrix):
                    self.put(matrix.local, make("compare", "==", K, Q), "", scope.value(value))
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
            found = self.scope.names.get(value.id)
        else:
            word = "returned"
            found = self.scope.names.get(word) if self.matrix(word, value) else None
            found = found or _matrix_of(self.scope.value(value))
        if not isinstance(found, Matrix):
            raise Refused("what is returned is no matrix")
        if self.result and self.result != found.local:
            raise Refused("two different matrices are returned")
        self.result = found.local

    # --- matrices ---

    def matrix(self, word: str, value: ast.expr) -> bool:
        """Whether a name is given a matrix, or what keeps a matrix as it is."""
        if not isinstance(value, ast.Call):
            return self.divided(word, value)
        function = ast.unparse(value.func).split(".")[-1]
        given = value.args[0] if value.args else None
        if function in ("zeros", "ones", "full", "empty") and (
            isinstance(given, ast.Tuple) and len(given.elts) == 2
        ):
            start = number(ZEROS.get(function, 0))
            if function == "full":
                start = numeric_of(self.scope, self.scope.value(value.args[1]))
            self.new_matrix(word, start)
            return True
        if function in ("eye", "identity"):
            self.new_matrix(word, make("if", make("compare", "==", K, Q), number(1), number(0)))
            return True
        if function in KEEPS and given is not None:
            if isinstance(given, ast.Call) and not self.matrix(word, given):
                return False
            source = word if isinstance(given, ast.Call) else getattr(given, "id", "")
            held = self.scope.names.get(source)
            if not isinstance(held, Matrix):
                return False
            if function == "make_row_stochastic":
                self.pending.add(held.local)
            self.scope.names = {**self.scope.names, word: held}
            return True
        if function in ("copy", "astype", "zeros_like", "ones_like"):
            source_node = value.func.value if isinstance(value.func, ast.Attribute) else given
            if function.endswith("like"):
                source_node = given
            held = self.scope.names.get(getattr(source_node, "id", ""))
            if isinstance(held, Matrix):
                start = number(ZEROS[function]) if function in ZEROS else name(held.local)
                self.new_matrix(word, start)
                return True
        return False

    def divided(self, word: str, value: ast.expr) -> bool:
        """`A = A / A.sum(axis=1, keepdims=True)`: rows that sum to 1."""
        if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Div):
            return False
        left = self.scope.names.get(getattr(value.left, "id", ""))
        if not isinstance(left, Matrix):
            return False
        divisor = self.scope.value(value.right)
        if isinstance(divisor, Row) and divisor.code == make("call", "row_sum", name(left.local)):
            self.pending.add(left.local)
            self.scope.names = {**self.scope.names, word: left}
            return True
        return False

    def new_matrix(self, word: str, start: Code) -> None:
        if self.scope.at_row:
            raise Refused("a matrix made in the loop over its rows")
        taken = any(isinstance(one, Matrix) for one in self.scope.names.values())
        local = self.lines.local(word, "cell") if taken else "w"
        self.lines.kinds[local] = "cell"
        self.lines.add(f"{local} = ", start)
        self.scope.names = {**self.scope.names, word: Matrix(local)}

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
                self.write(target, "", value)
            case _:
                raise Refused("a value given to what isn't a name or a cell")

    def bind(self, word: str, value: Value) -> None:
        """Give a name its value: as a local where that is more than a name already."""
        held = self.scope.names.get(word)
        if isinstance(value, Row) and isinstance(held, Matrix):
            self.put(held.local, TRUE, "", value)
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

    def keep(self, word: str, place: Code) -> Code:
        """A local that holds a position that was looked for."""
        if place.op == "name":
            return place
        local = name(self.lines.local(word, "position"))
        self.lines.add(f"{local} = ", place)
        return local

    def update(self, statement: ast.AugAssign) -> None:
        target, value = statement.target, self.scope.value(statement.value)
        if isinstance(target, ast.Subscript):
            if type(statement.op) not in UPDATES:
                raise Refused(f"the update by {type(statement.op).__name__}")
            self.write(target, UPDATES[type(statement.op)], value)
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
            self.put(old.local, TRUE, operator, value)
            return
        new = worked(self.scope, statement.op, old, value)
        self.bind(target.id, new)

    # --- cells ---

    def write(self, target: ast.Subscript, operator: str, value: Value) -> None:
        base, key = target.value, target.slice
        if isinstance(base, ast.Subscript):  # A[i][j]
            inner = self.scope.value(base.value)
            if isinstance(inner, Matrix) and not isinstance(key, ast.Tuple):
                self.into(inner.local, both(self.row_test(base.slice)), key, operator, value)
                return
        whole = self.scope.value(base)
        if isinstance(whole, Matrix):
            if isinstance(key, ast.Tuple) and len(key.elts) == 2:
                row, column = key.elts
                self.into(whole.local, self.row_test(row), column, operator, value)
            else:
                self.put(whole.local, self.row_test(key), operator, value)
            return
        if isinstance(whole, Row) and whole.local:
            self.into(whole.local, TRUE, key, operator, value)
            return
        if isinstance(whole, Table) and isinstance(base, ast.Name):
            self.entry(base.id, whole, self.scope.value(key), operator, value)
            return
        raise Refused(f"a write into {described(whole)}")

    def row_test(self, row: ast.expr) -> Code:
        if isinstance(row, ast.Slice):
            return column_test(self.scope, row, Q)
        value = self.scope.value(row)
        if isinstance(value, Scalar) and value.place == Q:
            return TRUE
        if isinstance(value, Scalar) and value.place == K:
            raise Refused("a write into another row than the loop's")
        return column_test(self.scope, row, Q)

    def into(self, local: str, row: Code, key: ast.expr, operator: str, value: Value) -> None:
        if self.only is not None and not isinstance(key, ast.Slice):
            column = self.scope.value(key)
            place = column.place if isinstance(column, Scalar) else None
            if place != K:
                if place is None or not mentions(place, K):
                    raise Refused("a loop that writes its own cell and a fixed one")
                return  # another pass writes it
        self.put(local, both(row, column_test(self.scope, key)), operator, value)

    def put(self, local: str, test: Code, operator: str, value: Value) -> None:
        """One update of a cell, under a condition."""
        self.flush(local)
        if test == FALSE:
            return
        code = numeric_of(self.scope, Row(name(value.local)) if isinstance(value, Matrix)
                          else value)  # fmt: skip
        if test.op == "compare" and test.parts[0] == "==":  # the one cell: it is w there
            own = make("call", "row_sum", choose(test, name(local), number(0)))
            code = replaced(code, own, name(local))
        if test != TRUE:
            self.lines.add("if ", test, ":")
            self.lines.margin += 1
        self.lines.add(f"{local} {operator}= ", code)
        if test != TRUE:
            self.lines.margin -= 1

    def flush(self, local: str) -> None:
        """A matrix that was normalised and is used again."""
        if local in self.pending:
            self.pending.discard(local)
            self.lines.add(f"{local} = ", make("call", "normalized", name(local)))

    def entry(self, word: str, table: Table, key: Value, operator: str, value: Value) -> None:
        """A table's entry written outside of a loop over it."""
        if not isinstance(key, Scalar) or key.kind != "number":
            raise Refused(f"an entry by {described(key)}")
        wanted = key

        def at(place: Code) -> Value:
            held = table.value(place)
            new = value
            if operator:
                operation = next(kind for kind, sign in UPDATES.items() if sign == operator)
                new = worked(self.scope, operation(), held, value)
            test = self.scope.compare("==", index(place), wanted.code)
            return joined(self.scope, both(wanted.found, test), new, held)

        self.scope.names = {**self.scope.names, word: Table(at, table.test, table.upward)}

    def function_of(self, word: str, value: Value) -> Value:
        """A table made before the rows: a helper that gives its entry for a position."""
        if not isinstance(value, Table) or value.test(Q) != TRUE:
            return value
        symbol = name("t")
        entry = value.value(symbol)
        if not isinstance(entry, Scalar) or entry.place is not None or entry.found != TRUE:
            return value
        if entry.code.size < SHORT or free_names(entry.code) - {"t", "n"}:
            return value
        helper, kind = f"_{self.program}_{word}", entry.kind
        number_ = 1
        while self.lines.helpers.setdefault(helper, entry.code) != entry.code:
            number_ += 1
            helper = f"_{self.program}_{word}_{number_}"
        return Table(lambda p: Scalar(kind, make("call", helper, p)), value.test, value.upward)

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
            one = self.one_local(word, first.lines, a, second.lines, b)
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

    def one_local(
        self, word: str, first: list[Line], a: Value, second: list[Line], b: Value
    ) -> Value | None:
        """A scalar of both sides is one local, with a line on each side."""
        if not (isinstance(a, Scalar) and isinstance(b, Scalar)):
            return None
        if a.code == b.code:
            if a.found == b.found or a.place is None:
                return Scalar(a.kind, a.code, a.place, a.found if a.found == b.found else TRUE)
            return index_of(a.place, negated(make("is", a.place)))
        if "text" in (a.kind, b.kind) or a.place is not None or b.place is not None:
            return None
        if a.found != TRUE or b.found != TRUE or number(-1) in (a.code, b.code):
            return None
        kind: Kind = a.kind if a.kind == b.kind else "number"
        local = name(self.lines.local(word, kind))
        for lines, value in ((first, a), (second, b)):
            if value.code != local:
                lines.append((self.lines.margin + 1, f"{local} = ", value.code, ""))
        return Scalar(kind, local)


def _matrix_of(value: Value) -> Matrix | None:
    return value if isinstance(value, Matrix) else None


def _grown(scope: Scope, held: Value, new: Value) -> Value:
    if isinstance(held, Items) and isinstance(new, Items | Places | Single | Words | Nothing):
        if isinstance(new, Items):
            return Items(held.items + new.items)
        if not held.items and not isinstance(new, Nothing):
            return new
    return worked(scope, ast.Add(), held, new)
