"""A program's canonical form as source text that parses back to it."""

from attndsl.graph.defining import Def, Printer, Spelled
from attndsl.graph.docstrings import quoted
from attndsl.graph.program import Program, expect_program
from attndsl.graph.terms import Graph
from attndsl.language.formatter import format_source, laid_out


def to_source(program: Program) -> str:
    """The canonical form of a program as `.attn` text, with its docstring, in the one format."""
    expect_program(program)
    source = bare_source(program)
    if not program.docstring:
        return format_source(source, program.name)
    head = f"def {program.name}(q, k):\n"
    text = source.replace(head, f"{head}    {quoted(program.docstring)}\n", 1)
    return format_source(text, program.name)


def bare_source(program: Program) -> str:
    """The same without its docstring, for where that is shown beside it."""
    return source_with(program, program.canonical)


def source_with(program: Program, root: int) -> str:
    """The program with this term for its value, under its own decorators."""
    return _source(Printer(program.graph, program.name), root, _marks(program))


def spelled_with(program: Program, root: int) -> str:
    """The same with sums over rows written out, where a difference may stand within them."""
    return _source(Spelled(program.graph, program.name), root, _marks(program))


def _marks(program: Program) -> tuple[str, ...]:
    marks = ["@softmax"] if program.softmax else []
    if program.fallback != "first":
        marks.append(f"@fallback({program.fallback})")
    return tuple(marks)


def source_of(graph: Graph, root: int, name: str, marks: tuple[str, ...] = ()) -> str:
    """A term as a head program of this name.

    >>> from attndsl.graph.notation import read
    >>> graph = Graph()
    >>> term = read(graph, "select(same(k, next(q)), 0.5, sum[before 1](q, is_open(bound[1]), 1))")
    >>> print(source_of(graph, term, "example"), end="")
    def example(q, k):
        if k == q.next:
            return 0.5
        return count(t for t in before(q) if t.is_open)
    """
    return _source(Printer(graph, name), root, marks)


def _source(printer: Printer, root: int, marks: tuple[str, ...]) -> str:
    head = Def(printer, {}).lines(root)
    lines = [*marks, f"def {printer.name}(q, k):", *head]
    return laid_out("\n".join([*printer.helpers, *lines]) + "\n", printer.name)


def expression_of(graph: Graph, root: int) -> str:
    """A term as one expression on one line, for people to read: nothing is named apart.

    >>> from attndsl.graph.notation import read
    >>> graph = Graph()
    >>> expression_of(graph, read(graph, "sum[before 1](q, is_open(bound[1]), 1)"))
    'count(t for t in before(q) if t.is_open)'
    """
    printer = Printer(graph, "term")
    return " ".join(Def(printer, {}, whole=True).expression(root).split())
