"""The one format of a program: `format_source`, safe (the same tree) and stable (twice is once)."""

from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatting.comments import CommentedSource
from attndsl.language.formatting.writing import Writer
from attndsl.language.nodes import Module
from attndsl.language.outline import outline
from attndsl.language.parser import parse


def format_source(source: str | bytes, file: str = "<text>") -> str:
    """The program in the one format.

    >>> print(format_source("def f( q,k ):\\n  return .5*(q.i)  # half\\n"), end="")
    def f(q, k):
        return 0.5 * q.i  # half
    """
    module, diagnostics = parse(source, file)
    if diagnostics:
        first = diagnostics[0]
        place = f"{file}:{first.span.line}:{first.span.column}"
        raise AttndslError(
            f"{place}: {first.message}; only a program that parses has a format", diagnostics
        )
    # Comments inside expressions stay there; should that ever not be stable, they go above.
    for keep_inside in (True, False):
        text = written(module, keep_inside)
        again, problems = parse(text, file)
        if any(problem.code in ("ATT005", "ATT006", "ATT008") for problem in problems):
            message = f"{file}: with the blanks of the one format it would pass a limit"
            raise AttndslError(f"{message}: {problems[0].message}; {problems[0].hint}", problems)
        if problems or outline(again) != outline(module):
            continue
        if written(again, keep_inside) == text and _comments(again) == _comments(module):
            return text
    raise AttndslError(
        f"{file}: the formatter would have changed what this program means, so it changed nothing; "
        "this is a fault of attndsl: please report it with the program"
    )


def laid_out(source: str, file: str = "<text>") -> str:
    """The same of a program that attndsl itself wrote, without comments: it is not read again to
    see whether it is safe and stable, which takes longer than all else.

    >>> print(laid_out("def f(q,k):\\n  return .5*(q.i)\\n"), end="")
    def f(q, k):
        return 0.5 * q.i
    """
    module, diagnostics = parse(source, file)
    if diagnostics:
        raise AttndslError(f"{file}: {diagnostics[0].message}", diagnostics)
    return written(module, keep_inside=True)


def written(module: Module, keep_inside: bool) -> str:
    """The module as text; comments inside expressions stay inside, or go above the statement."""
    return Writer(module, keep_inside).module()


def _comments(module: Module) -> list[str]:
    return sorted(comment.text for comment in CommentedSource(module.source).comments)
