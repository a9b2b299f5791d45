"""From the plan of a streaming program to the source of a function that takes its tokens in.

The function goes through the new tokens of one text. Of each it works out what is known at the
query, takes the key that leaves the window into the running sums, and writes the row to the tape:
weights of near and found keys, and of sums. Nothing of the program's text is in the source.
"""

from attndsl.engines.kernel.layout import Layout
from attndsl.engines.kernel.lines import LITERALS, lines_of, literal
from attndsl.engines.kernel.rowlines import ROWS
from attndsl.engines.kernel.states import state_lines
from attndsl.engines.kernel.sums import place
from attndsl.graph.program import Program
from attndsl.graph.streams.plan import Rows, Streams

HEAD = """\
def stream(first, stop, base, places, columns, notes, texts, matches, starts, units, unit_of,
           tables, counts, registers, marks, numbers, weights, used, ends):
    values = np.empty({values})
    near_0 = np.empty({near})
    for now in range(first, stop):
"""
PAD, IN = " " * 8, " " * 12


def source_of(program: Program, plan: Streams) -> tuple[str, Layout]:
    """The source, and what it keeps and reads."""
    writer = Writer(program, plan)
    writer.token()
    layout = writer.layout
    widest = max([1, *(table.width for table in layout.tables)])
    head = HEAD.format(values=widest, near=max(1, layout.near))
    lines = [*room(layout), *writer.lines]
    return head + "".join(line + "\n" for line in lines) + "    return stop\n", layout


def room(layout: Layout) -> list[str]:
    """Where a table or the tape may overflow the caller makes room and goes on."""
    tests = [
        f"counts[{number}] == len(tables[{number}])"
        for number, table in enumerate(layout.tables)
        if not table.static
    ]
    tests += [
        f"used[0] + {layout.marks} > len(marks)",
        f"used[1] + {layout.near} > len(weights)",
    ]
    return [
        *(f"{PAD}if {test}:\n{IN}return now" for test in tests),
        f"{PAD}q = float(now)",
        f"{PAD}here = now - base + len(places)",
    ]


class Writer:
    """The lines of one token; each term over q is worked out once, before its users."""

    def __init__(self, program: Program, plan: Streams) -> None:
        assert plan.rows is not None, "a full program has no plan"
        self.plan, self.rows = plan, plan.rows
        self.softmax = program.softmax
        self.graph, self.states = program.graph, dict(plan.states)
        self.layout = Layout()
        self.lines: list[str] = []
        self.commits: list[str] = []  # the query becomes a key that later ones find
        self.names: dict[int, str] = {}
        self.tables: dict[tuple[int, int], int] = {}  # of a state (-1: the row) and a part
        self.q = self.graph.add("q")
        self.index = self.graph.index(self.q)

    def token(self) -> None:
        self.note_all(self.rows)
        for number, _ in self.plan.states:
            self.query(number)
        ROWS[self.softmax](self)
        self.lines += [f"{PAD}ends[now - first] = used[0]", *self.commits]

    def query(self, number: int) -> str:
        """The local that holds a term over q, or the constant that it is."""
        if number in (self.q, self.index):
            return "q"
        known, term = self.names.get(number), self.graph[number]
        if known is not None:
            return known
        if term.op in LITERALS:
            return literal(term)
        name = f"v{number}"
        if number in self.states:
            made = state_lines(self, name, number)
        else:
            args = [self.query(arg) for arg in term.args]
            made = lines_of(name, term, args, self.layout, place)
        self.lines += [PAD + line for line in made]
        self.names[number] = name
        return name

    # --- what is kept of a key -----------------------------------------------------------------

    def note_all(self, rows: Rows) -> None:
        """Keep what later queries ask of the token at hand as a key."""
        for _, term in rows.notes:
            self.keep(term)
        for part in rows.parts:
            self.keep(part.key)
            self.keep(part.log_key)
            for _, key in part.gate.equal:
                self.keep(key)
            if part.gate.counter:
                self.keep(part.gate.counter[1])

    def keep(self, term: int) -> None:
        if term in (self.q, self.index) or self.graph[term].op in LITERALS:
            return
        if term not in self.layout.notes:
            value = self.query(term)
            self.lines.append(f"{PAD}notes[{self.layout.note(term)}, here] = {value}")

    def note(self, term: int) -> str:
        """What was kept of the key in `row`, whose position is `key`."""
        if term in (self.q, self.index):
            return "key"
        if self.graph[term].op in LITERALS:
            return literal(self.graph[term])
        return f"notes[{self.layout.note(term)}, row]"

    def asked(self, rows: Rows) -> None:
        """Work out what the parts ask of the query."""
        for part in rows.parts:
            for term in (part.query, part.log_query, part.spot):
                if term is not None:
                    self.query(term)
            for one, _ in part.gate.equal:
                self.query(one)
            if part.gate.counter:
                self.query(part.gate.counter[0])
