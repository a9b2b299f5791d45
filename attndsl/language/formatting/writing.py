"""A syntax tree written out again as lines of source, with the comments of its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from attndsl.language.diagnostics import Span
from attndsl.language.formatting.comments import Attached, CommentedSource, SourceComment, attach
from attndsl.language.formatting.layout import NOTHING, SOFT, Broken, Doc, Group, Indent, render
from attndsl.language.formatting.wrapping import Wrapping
from attndsl.language.lexing.scan import TOP
from attndsl.language.nodes import (
    Assign,
    Constant,
    Definition,
    Expression,
    If,
    Module,
    Return,
    Statement,
)
from attndsl.language.parsing.literals import clean_docstring, quotes_of

WIDTH = 88
Kind: TypeAlias = Literal["comment", "docstring", "constant", "def"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that stay together at the top of a file, and the lines of the source they come from."""

    kind: Kind
    first: int
    last: int
    lines: list[str]


class Writer:
    """Writes a module from top to bottom, each comment once, as it comes to its place."""

    def __init__(self, module: Module, keep_inside: bool) -> None:
        self.tree = module
        self.source = CommentedSource(module.source)
        self.attached = Attached()
        self.wrapping = Wrapping(self.source, self.attached)
        self.keep_inside = keep_inside
        self.comments = self.source.comments[::-1]  # the next one last
        self.lines: list[str] = []
        self.written_to = 0  # the source line of the last comment written

    # --- comments ---

    def _before(self, offset: int) -> list[SourceComment]:
        """The comments up to a place in the source."""
        taken = []
        while self.comments and self.comments[-1].start < offset:
            taken.append(self.comments.pop())
        return taken

    def _behind(self, line: int) -> str:
        """The comment at the end of a line of code, ready to be put behind it."""
        if self.comments and self.comments[-1].line == line and not self.comments[-1].own_line:
            return f"  {self.comments.pop().text}"
        return ""

    def _settle(self, nodes: Sequence[Expression]) -> list[SourceComment]:
        """Give the comments inside expressions their places; those without one are returned."""
        homeless = []
        for node in nodes:
            homeless += self._before(self.source.start(node.span))
            for comment in self._before(self.source.end(node.span)):
                if not self.keep_inside or not attach(comment, node, self.source, self.attached):
                    homeless.append(comment)
        return homeless

    # --- the file ---

    def module(self) -> str:
        items: list[Constant | Definition] = [*self.tree.constants, *self.tree.definitions]
        items.sort(key=lambda item: item.span)
        paragraphs: list[Paragraph] = []
        if self.tree.docstring is not None:
            token = next(token for token in self.source.tokens if token[0] in ("string", "long"))
            paragraphs += self._comments_above(token[2])
            first, _ = self.source.lines.place(token[2])
            last, _ = self.source.lines.place(token[2] + len(token[1]))
            text = docstring_lines(token[1], 0)
            text[-1] += self._behind(last)
            paragraphs.append(Paragraph("docstring", first, last, text))
        for item in items:
            paragraphs += self._comments_above(self.source.start(item.span))
            self.lines = []
            kind: Kind = "constant" if isinstance(item, Constant) else "def"
            if isinstance(item, Constant):
                self._constant(item)
            else:
                self._definition(item)
            paragraphs.append(Paragraph(kind, item.span.line, item.span.end_line, self.lines))
        paragraphs += self._comments_above(len(self.source.text) + 1)
        return spaced(paragraphs)

    def _comments_above(self, offset: int) -> list[Paragraph]:
        taken = self._before(offset)
        return [Paragraph("comment", r.line, r.line, [r.text]) for r in taken]

    def _constant(self, constant: Constant) -> None:
        homeless = self._settle([constant.value])
        self.lines += [comment.text for comment in homeless]
        self._write((f"{constant.name} = ", self.wrapping.whole(constant.value)), 0)
        self.lines[-1] += self._behind(constant.span.end_line)

    def _definition(self, definition: Definition) -> None:
        for decorator in definition.decorators:
            self.lines += [
                comment.text for comment in self._before(self.source.start(decorator.span))
            ]
            argument = "" if decorator.argument is None else f"({decorator.argument})"
            self.lines.append(f"@{decorator.name}{argument}" + self._behind(decorator.span.line))
        opening = self._colon_after(self.source.end(definition.name_span))
        self.lines += [comment.text for comment in self._before(opening)]
        names: list[Doc] = []
        for name, _ in definition.parameters:
            names += [SOFT, name, ","]
        inside = (Indent((NOTHING, *names[1:-1])), Broken(","), NOTHING) if names else ""
        self._write(Group((f"def {definition.name}(", inside, "):")), 0)
        line, _ = self.source.lines.place(opening)
        if definition.body[0].span.line > line:
            self.lines[-1] += self._behind(line)
        last = line
        if definition.docstring is not None:
            _, written, start = next(
                token for token in self.source.tokens_after(opening + 1) if token[1] != ":"
            )
            for comment in self._before(start):
                self.lines.append("    " + comment.text)
            self.lines += docstring_lines(written, 4)
            last, _ = self.source.lines.place(start + len(written))
            if behind := self._behind(last):
                self.lines.append("    " + behind.strip())
        self._block(definition.body, 4, last if definition.docstring is not None else None, 1)

    def _colon_after(self, offset: int) -> int:
        """Where the `:` of a `def` stands: the first one behind its name."""
        return next(start for _, word, start in self.source.tokens_after(offset) if word == ":")

    # --- statements ---

    def _block(
        self, statements: Sequence[Statement], margin: int, above: int | None, column: int
    ) -> None:
        """Write a body; `above` is the source line before it if a blank line there may stay.

        A comment behind the last statement belongs to the body if it is indented by `column`.
        """
        for statement in statements:
            comments = self._before(self.source.start(statement.span))
            above = self._comments(comments, margin, above)
            homeless = self._inside(statement)
            first = statement.span.line
            if above is not None and first > above + 1:
                self.lines.append("")
            self.lines += [" " * margin + comment.text for comment in homeless]
            if isinstance(statement, If):
                self._if(statement, margin)
            elif isinstance(statement, Assign):
                sign = f"{statement.name} {statement.operator}= "
                self._write((sign, self.wrapping.whole(statement.value)), margin)
            elif isinstance(statement, Return):
                self._write(("return ", self.wrapping.whole(statement.value)), margin)
            if not isinstance(statement, If):
                self.lines[-1] += self._behind(statement.span.end_line)
            above = self._last_line(statement.span)
        tail = []
        while self.comments and self.comments[-1].own_line and self.comments[-1].column > column:
            if not self._is_next(self.comments[-1], statements[-1].span):
                break
            tail.append(self.comments.pop())
        self._comments(tail, margin, above)

    def _is_next(self, comment: SourceComment, span: Span) -> bool:
        """Whether no code stands between the end of a body and a comment."""
        return self.source.token_before(comment.start)[2] < self.source.end(span)

    def _last_line(self, span: Span) -> int:
        """The source line of what was written last."""
        return max(span.end_line, self.written_to)

    def _comments(
        self, comments: list[SourceComment], margin: int, above: int | None
    ) -> int | None:
        for comment in comments:
            if above is not None and comment.line > above + 1:
                self.lines.append("")
            self.lines.append(" " * margin + comment.text)
            above = self.written_to = comment.line
        return above

    def _inside(self, statement: Statement) -> list[SourceComment]:
        if isinstance(statement, Assign | Return):
            return self._settle([statement.value])
        if isinstance(statement, If):
            return self._settle([statement.branches[0][0]])
        return []

    def _if(self, statement: If, margin: int) -> None:
        for number, (test, body) in enumerate(statement.branches):
            word = "elif " if number else "if "
            if number:
                self._between(self.source.token_before(self.source.start(test.span))[2], margin)
                homeless = self._settle([test])
                self.lines += [" " * margin + comment.text for comment in homeless]
            self._write((word, self.wrapping.whole(test), ":"), margin)
            self._body(body, margin)
        if statement.otherwise:
            start = self.source.start(statement.otherwise[0].span)
            self._between(self.source.token_before(start, 2)[2], margin)
            self.lines.append(" " * margin + "else:")
            self._body(statement.otherwise, margin)

    def _between(self, offset: int, margin: int) -> None:
        """The comments above an `elif` or `else`, aligned with it."""
        self._comments(self._before(offset), margin, None)

    def _body(self, body: Sequence[Statement], margin: int) -> None:
        start = self.source.start(body[0].span)
        colon, _ = self.source.lines.place(self.source.token_before(start)[2])
        if body[0].span.line > colon:
            self.lines[-1] += self._behind(colon)
            self._block(body, margin + 4, None, body[0].span.column - 1)
        else:
            self._block(body, margin + 4, None, 1000)

    def _write(self, doc: Doc, margin: int) -> None:
        self.lines += render(doc, WIDTH, margin)


def docstring_lines(written: str, margin: int) -> list[str]:
    """The lines of a docstring in its quotes."""
    quotes = quotes_of(written)
    text = clean_docstring(written[len(quotes) : -len(quotes)])
    kept = quotes if len(quotes) == 3 else quotes * 3
    if '"""' not in text and not text.endswith('"'):
        kept = '"""'
    inner = margin or (4 if TOP.search(text) else 0)
    first, *rest = text.split("\n")
    lines = [f"{' ' * margin}{kept}{first}", *(f"{' ' * inner}{line}".rstrip() for line in rest)]
    if rest or text.endswith("\\"):
        lines.append(" " * margin + kept)
    else:
        lines[-1] += kept
    return lines


def spaced(paragraphs: Sequence[Paragraph]) -> str:
    """Paragraphs with blank lines between: two around a `def`, at most one elsewhere."""
    joined: list[Paragraph] = []
    for paragraph in paragraphs:
        above = joined[-1] if joined else None
        if above and above.kind == "comment" and above.last + 1 >= paragraph.first:
            above.lines.extend(paragraph.lines)
            joined[-1] = Paragraph(paragraph.kind, above.first, paragraph.last, above.lines)
        else:
            joined.append(paragraph)
    out: list[str] = []
    above = None
    for paragraph in joined:
        if above:
            if "def" in (above.kind, paragraph.kind):
                out += ["", ""]
            elif above.kind == "docstring" or paragraph.first > above.last + 1:
                out += [""]
        out += paragraph.lines
        above = paragraph
    return "".join(f"{line}\n" for line in out)
