"""A term as a definition: its locals, the helpers that it needs, its ifs and its return.

What is used more than once, or grows long or deep, becomes a local. Inside a comprehension, where
no local can stand, it becomes a helper. A select at the end becomes an if, and a sum over the row
of what the definition has anyway is `row_sum` of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from attndsl.graph.rowsums import rows_of
from attndsl.graph.rules.shares import row_of
from attndsl.graph.simplify import machine_for
from attndsl.graph.stems import free, stem
from attndsl.graph.terms import FREE_K, FREE_Q, Aggregate, Graph
from attndsl.graph.updates import stand_apart, updates
from attndsl.graph.writing import Text, added, aggregate, variable, written
from attndsl.language.nodes import Type

SHARED = 4  # size from which what is used twice gets a name
_HELPED = 8  # the same within comprehensions, where the name is a helper's
_LONG = 36  # size from which an expression is cut
_DEEP = 12
_INDENT = "    "


@dataclass(slots=True)
class Printer:
    """The helpers of one program, written as they are needed."""

    graph: Graph
    name: str
    helpers: list[str] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict)
    shares: dict[int, bool] = field(default_factory=dict)

    def rows(self, root: int) -> dict[int, int]:
        """The sums over the row that are said by what they sum."""
        return rows_of(self.graph, root, SHARED)

    def is_own_share(self, number: int) -> bool:
        """Whether a ratio is `normalized(e)`: what is divided by its own sum over the row."""
        own = self.shares.get(number)
        if own is None:
            share, total = self.graph[number].args
            machine = machine_for(self.graph, number)
            own = row_of(machine, total) == machine(share) and machine.fact(share).lo >= 0
            self.shares[number] = own
        return own

    def helper(self, root: int) -> Text:
        """A call of the helper for a term with bound variables."""
        names = self._parameters(root)
        if root not in self.known:
            body = Def(self, dict(names)).lines(root)
            called = f"_{self.name}_{len(self.known) + 1}"
            self.known[root] = called
            self.helpers += [f"def {called}({', '.join(names.values())}):", *body, "", ""]
        return Text(f"{self.known[root]}({', '.join(names.values())})")

    def _parameters(self, root: int) -> dict[int, str]:
        """The leaves that a term depends on, by name: q, k, then variables by height."""
        graph = self.graph
        parameters: dict[int, str] = {}
        free = graph[root].free
        for number in graph.reachable([root]):
            term = graph[number]
            if term.op in ("q", "k"):
                parameters[number] = term.op
            elif isinstance(term.payload, Aggregate) and term.payload.range == "visible":
                parameters[graph.add("q")] = "q"
            elif term.op == "bound" and free & term.free:
                parameters[number] = variable(term.variable)
        return dict(sorted(parameters.items(), key=lambda item: ("qk".find(item[1]) % 3, item[1])))


class Spelled(Printer):
    """The same with every sum over a row written out, also within what `normalized` says."""

    def rows(self, root: int) -> dict[int, int]:
        return {}

    def is_own_share(self, number: int) -> bool:
        return False


@dataclass(slots=True)
class Def:
    """One definition while it is written; `names` are its parameters and locals."""

    printer: Printer
    names: dict[int, str]
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    inner: int = 0  # bits of variables that aren't parameters here
    shared: set[int] = field(default_factory=set)  # terms used more than once
    rows: dict[int, int] = field(default_factory=dict)  # sums over the row, of which term
    whole: bool = False  # nothing is put into a helper, however long it is

    @property
    def graph(self) -> Graph:
        return self.printer.graph

    @property
    def helping(self) -> bool:
        """Whether this is a helper, not the program itself."""
        return self.inner != ~(FREE_Q | FREE_K)

    def lines(self, root: int) -> list[str]:
        """The body of the definition: locals, then ifs, updates and a return."""
        parameters = 0
        for leaf in self.names:
            parameters |= self.graph[leaf].free
        self.inner = ~(parameters | FREE_Q | FREE_K)
        self.rows = {} if self.helping else self.printer.rows(root)
        order = self._ordered(root)
        uses: dict[int, int] = {}
        for number in order:
            for arg in self._args(number):
                uses[arg] = uses.get(arg, 0) + 1
        body: list[str] = []
        self.shared = {number for number, count in uses.items() if count > 1}
        spine = {one for one in self._spine(root) if one == root or one not in self.shared}
        inside = self._inside(order)
        for number in order:
            size, depth = self._measure(number)
            if number in spine or self.graph[number].free & self.inner or number in self.names:
                continue
            cut = (size >= SHARED and number in self.shared) or size > _LONG or depth > _DEEP
            if cut or number in inside:
                text = self._whole(number)
                self.names[number] = self._local(number)
                self.sizes[number] = (1, 0)
                body.append(f"{_INDENT}{self.names[number]} = {text}")
        return [*body, *self._ending(root)]

    def expression(self, root: int) -> str:
        """The text of a term without locals."""
        for number in self._ordered(root):
            self._measure(number)
        return self._text(root).text

    def _inside(self, order: list[int]) -> set[int]:
        """Shares and sums of rows within comprehensions, where they can't stand."""
        within: set[int] = set()
        for number in reversed(order):
            term = self.graph[number]
            if number in within or term.free & self.inner:
                within.update(self._args(number))
            elif self._comprehends(number):
                within.update(term.args[-2:])
        rows = self.rows.keys()
        return {one for one in within if one in rows or self.graph[one].op == "ratio"}

    def _ordered(self, root: int) -> list[int]:
        """The terms below, arguments first, in an order that only the structure decides."""
        order: dict[int, None] = {}
        stack = [root]
        while stack:
            number = stack[-1]
            missing = [arg for arg in self._args(number) if arg not in order]
            if number in order or not missing:
                order.setdefault(number)
                stack.pop()
            else:
                stack.extend(reversed(missing))
        return list(order)

    def _args(self, number: int) -> tuple[int, ...]:
        """What is written of a term: of a share or a sum of a row only what is shared or summed."""
        term = self.graph[number]
        if number in self.rows:
            return (self.rows[number],)
        if term.op == "ratio" and not self.helping and self.printer.is_own_share(number):
            return term.args[:1]
        return term.args

    def _measure(self, number: int) -> tuple[int, int]:
        """Size and depth of the expression of a term, its arguments measured before."""
        if number in self.names:
            self.sizes[number] = (1, 0)
            return 1, 0
        args = [self.sizes[arg] for arg in self._args(number)]
        if self._comprehends(number):
            args = [(3, 1) if self._apart(size) else size for size in args]
        size = 1 + sum(size for size, _ in args)
        term = self.graph[number]
        if term.op == "mul" and self.graph[term.args[0]].payload == -1.0:
            size -= 2  # a sign alone is worth no name
        measure = size, 1 + max((depth for _, depth in args), default=-1)
        self.sizes[number] = measure
        return measure

    def _comprehends(self, number: int) -> bool:
        return isinstance(self.graph[number].payload, Aggregate) and number not in self.rows

    def _apart(self, size: tuple[int, int]) -> bool:
        return not self.whole and (size[0] > _LONG or size[1] > _DEEP)

    def _is_helped(self, number: int) -> bool:
        """Whether what comprehensions say more than once is said by a helper."""
        return bool(self.graph[number].free & self.inner) and self.sizes[number][0] >= _HELPED

    def _local(self, number: int) -> str:
        word = "row_total" if number in self.rows else stem(self.graph, number)
        if number in self.rows.values():
            word = "weight"
        return free(word, {*self.names.values(), self.printer.name})

    def _whole(self, root: int) -> str:
        """The expression of a term where a line of its own starts with it."""
        text = self._text(root).text
        return f"({text})" if "\n" in text else text

    def _text(self, root: int) -> Text:
        """The expression of a term; what has a name is written by it."""
        graph, done = self.graph, dict[int, Text]()
        stack = [root]
        while stack:
            number = stack[-1]
            if number in done:
                stack.pop()
                continue
            if number in self.names:
                done[number] = Text(self.names[number])
                continue
            if number in self.shared and number != root and self._is_helped(number):
                done[number] = self.printer.helper(number)
                continue
            term = graph[number]
            args = self._args(number)
            apart = list[int]()
            if self._comprehends(number):
                apart = [
                    arg
                    for arg in args[-2:]
                    if self._apart(self.sizes[arg]) and graph[arg].free & self.inner
                ]
            missing = [arg for arg in args if arg not in done and arg not in apart]
            if missing:
                stack.extend(missing)
                continue
            texts = [self.printer.helper(arg) if arg in apart else done[arg] for arg in args]
            if number in self.rows:
                done[number] = Text(f"row_{term.aggregate.function}({texts[0].text})")
            elif isinstance(term.payload, Aggregate):
                done[number] = aggregate(term.payload, texts[:-2], texts[-2], texts[-1])
            else:
                done[number] = written(graph, term, texts)
            stack.pop()
        return done[root]

    # The end of a definition: ifs and a return

    def _spine(self, root: int) -> Iterator[int]:
        """The selects that become ifs: the root's, and on along the last arms."""
        while self.graph[root].op == "select" and self.graph[root].type is not Type.BOOL:
            yield root
            root = self.graph[root].args[2]
            if root in self.shared:
                break
        yield root

    def _ending(self, root: int) -> list[str]:
        lines: list[str] = []
        *selects, last = self._spine(root)
        for number in selects:
            test, one, _ = self.graph[number].args
            lines.append(f"{_INDENT}if {self._whole(test)}:")
            lines.append(f"{_INDENT * 2}return {self._whole(one)}")
        return [*lines, *self._last(last)]

    def _last(self, root: int) -> list[str]:
        """A sum with guarded addends is written as updates, anything else as one expression."""
        graph = self.graph
        steps = updates(graph, root, self.names)
        rest = [arg for arg in graph[root].args if arg not in steps]
        if (
            graph[root].op != "add"
            or root in self.names
            or not steps
            or not stand_apart(graph, root, steps)
        ):
            return [f"{_INDENT}return {self._whole(root)}"]
        name = "w" if "w" not in self.names.values() else "weight"
        start = "0"
        if rest:
            start = written(graph, graph[root], [self._text(arg) for arg in rest]).text
            start = f"({start})" if "\n" in start else start
        lines = [f"{_INDENT}{name} = {start}"]
        for step in steps:
            test, one, _ = graph[step].args
            sign, text = added(self._text(one))
            text = f"({text})" if "\n" in text else text
            lines.append(f"{_INDENT}if {self._whole(test)}:")
            lines.append(f"{_INDENT * 2}{name} {sign}= {text}")
        return [*lines, f"{_INDENT}return {name}"]
