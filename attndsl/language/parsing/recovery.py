"""A definition without one faulty line, so that the errors below it are found as well."""

from attndsl.language.lexing.scan import Chunk, Lexeme


def without_line(source: str, chunk: Chunk, offset: int) -> str | None:
    """The source of a chunk with the logical line at `offset` made harmless; None if it can't be.

    The new line has the length and the shape of the old one (it opens a body where that did), so
    every place below stays what it was.
    """
    line, following = _logical_line(chunk, offset)
    if not line or line[0][2] == chunk.start or line[0][1] in ("def", "@"):
        return None
    begin = line[0][2] - chunk.start
    end = line[-1][2] + len(line[-1][1]) - chunk.start
    head = {"elif": "elif 0:", "else": "elif 0:", "if": "if 0:"}.get(line[0][1], "")
    if line[0][1] == "else" and [word for _, word, _ in line[1:2]] == [":"]:
        head = "else:"
    opens_body = following is not None and _margin(source, following[2] - chunk.start) > _margin(
        source, begin
    )
    harmless = (head or "if 0:") if opens_body else f"{head}_=0"
    old = source[begin:end]
    if len(old.split("\n", 1)[0]) < len(harmless):
        return None
    blank = "".join("\n" if character == "\n" else " " for character in old)
    return source[:begin] + harmless + blank[len(harmless) :] + source[end:]


def _logical_line(chunk: Chunk, offset: int) -> tuple[list[Lexeme], Lexeme | None]:
    """The tokens of the line at an offset, and the first token behind it."""
    line: list[Lexeme] = []
    depth = 0
    complete = False
    for token in chunk.tokens:
        kind, word, start = token
        if kind == "comment":
            continue
        if kind == "newline":
            if depth == 0 and line and start >= offset:
                complete = True
            elif depth == 0:
                line = []
            continue
        if complete:
            return line, token
        if kind == "operator" and word in "([{":
            depth += 1
        elif kind == "operator" and word in ")]}":
            depth -= 1
        line.append(token)
    return line, None


def _margin(source: str, offset: int) -> int:
    return offset - (source.rfind("\n", 0, offset) + 1)
