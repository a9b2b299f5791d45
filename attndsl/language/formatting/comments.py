"""The comments of a text, and which part of an expression each belongs to."""

from bisect import bisect_right
from dataclasses import dataclass, field

from attndsl.language.diagnostics import Span
from attndsl.language.lexing.scan import TOKEN, Lexeme, Lines
from attndsl.language.nodes import Call, Chain, Expression, Logic, Node, SetDisplay, children
from attndsl.language.vocabulary import METHODS


@dataclass(frozen=True, slots=True)
class SourceComment:
    """A comment; `own_line` where no code stands before it."""

    start: int
    line: int
    column: int
    text: str
    own_line: bool


@dataclass(slots=True)
class Attached:
    """The comments inside expressions, by the identity of the node that they belong to."""

    before: dict[int, list[str]] = field(default_factory=dict)
    behind: dict[int, str] = field(default_factory=dict)
    at_end: dict[int, list[str]] = field(default_factory=dict)  # own lines before a closing bracket
    holders: set[int] = field(default_factory=set)  # nodes with such comments between their parts


class CommentedSource:
    """A text that parses, with its tokens and comments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tokens: list[Lexeme] = []
        self.comments: list[SourceComment] = []
        for match in TOKEN.finditer(text):
            kind = match.lastgroup
            if kind == "comment":
                self.comments.append(self._comment(match.start(kind), match[kind]))
            elif kind is not None and kind != "newline":
                self.tokens.append((kind, match[kind], match.start(kind)))
        self._token_starts = [start for _, _, start in self.tokens]

    def _comment(self, start: int, text: str) -> SourceComment:
        line, column = self.lines.place(start)
        own_line = not self.text[start - column + 1 : start].strip()
        text = text.rstrip()
        if text[1:2] not in ("", " ", "#", "!", ":", "\t"):
            text = f"# {text[1:]}"
        return SourceComment(start, line, column, text, own_line)

    def start(self, span: Span) -> int:
        return self.lines.offset(span)

    def end(self, span: Span) -> int:
        return self.lines.starts[span.end_line - 1] + span.end_column - 1

    def written(self, node: Node) -> list[Lexeme]:
        """The tokens of a node."""
        first = bisect_right(self._token_starts, self.start(node.span) - 1)
        last = bisect_right(self._token_starts, self.end(node.span) - 1)
        return self.tokens[first:last]

    def tokens_after(self, offset: int) -> list[Lexeme]:
        """The token at or after an offset and the ones behind it, a few hundred at most."""
        first = bisect_right(self._token_starts, offset - 1)
        return self.tokens[first : first + 400]

    def token_before(self, offset: int, steps: int = 1) -> Lexeme:
        return self.tokens[bisect_right(self._token_starts, offset - 1) - steps]

    def in_brackets(self, node: Node) -> bool:
        """Whether the author put brackets around an operation."""
        if not isinstance(node, Expression) or isinstance(node, SetDisplay | Call):
            return False
        start = self.start(node.span)
        inside = children(node)
        return self.text[start] == "(" and all(self.start(part.span) > start for part in inside)

    def is_union(self, node: Node) -> bool:
        """Whether a set is written with `|`."""
        return isinstance(node, SetDisplay) and any(w == "|" for _, w, _ in self.written(node))


def parts(node: Node) -> tuple[Node, ...]:
    """The parts of an expression between which a comment can stay."""
    if isinstance(node, Call):
        by_dot = node.function.startswith(".") or node.function in METHODS
        return node.arguments[1:] if by_dot else node.arguments
    if isinstance(node, Logic | Chain | SetDisplay):
        return children(node)
    return ()


def attach(comment: SourceComment, root: Node, source: CommentedSource, attached: Attached) -> bool:
    """Note where in the expression the comment belongs; false if it has no place in there."""
    node = root
    while inside := [
        part
        for part in children(node)
        if source.start(part.span) < comment.start < source.end(part.span)
    ]:
        node = inside[0]
    listed = parts(node)
    if not listed or source.is_union(node):
        return False
    earlier = [part for part in listed if source.end(part.span) <= comment.start]
    later = listed[len(earlier) :]
    if earlier and not comment.own_line and id(earlier[-1]) not in attached.behind:
        attached.behind[id(earlier[-1])] = comment.text
    elif later:
        attached.before.setdefault(id(later[0]), []).append(comment.text)
    else:
        attached.at_end.setdefault(id(node), []).append(comment.text)
    attached.holders.add(id(node))
    return True
