"""The front door of a chunk: its tokens, each read once, against the limits of the language.

What comes through is small, shallow and made of the language's own words, so the grammar, the node
makers and every walk over the tree are safe and quick.
"""

import re
import unicodedata

from attndsl.language.diagnostics import Diagnostic
from attndsl.language.lexing.scan import MAX_PROGRAM, MAX_TOKENS, Chunk, Lexeme, Lines
from attndsl.language.python_habits import FOREIGN_SIGNS, FOREIGN_WORDS, STRING_PREFIXES

MAX_LINE = 1000
MAX_NESTING = 64
MAX_NAME = 64
MAX_DIGITS = 40
MAX_REPORTS = 20  # of one chunk
LARGEST, SMALLEST = 1e30, 1e-30

LONG_LINE = re.compile(rf"^[^\n]{{{MAX_LINE + 1}}}", re.MULTILINE)
LOOKALIKES = {
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "−": "-", "–": "-", "—": "-", "×": "*",
    "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "∈": "in", "∉": "not in", "∧": "and",
    "∨": "or", "¬": "not", "…": "...", "→": "->", "،": ",",
}  # fmt: skip
OPENERS = {")": "(", "]": "[", "}": "{"}
CLOSERS = {"(": ")", "[": "]", "{": "}"}
TOO_DEEP = (f"nested more than {MAX_NESTING} deep", "give an inner part a name of its own")


def inspect(chunk: Chunk, text: str, lines: Lines, file: str) -> tuple[list[Diagnostic], bool]:
    """What keeps a chunk from the grammar; and whether its tree may be deep enough to measure."""
    inspection = _Inspection(chunk, text, lines, file)
    return inspection.problems, inspection.may_be_deep


class _Inspection:
    """One pass over the tokens of a chunk."""

    def __init__(self, chunk: Chunk, text: str, lines: Lines, file: str) -> None:
        self.chunk = chunk
        self.text = text
        self.lines = lines
        self.file = file
        self.problems: list[Diagnostic] = []
        self.may_be_deep = False
        self.opened: list[Lexeme] = []  # brackets
        self.levels = [0]  # columns of the blocks that are open
        self.tabbed: bool | None = None  # how this chunk is indented
        self.silent = False  # one report a logical line
        if self.sizes():
            self.tokens()

    def report(self, code: str, message: str, hint: str, start: int, end: int) -> None:
        if len(self.problems) < MAX_REPORTS:
            span = self.lines.span(start, end)
            self.problems.append(Diagnostic(code, "error", message, span, hint, self.file))

    def sizes(self) -> bool:
        """Whether the chunk and its lines are small enough to be read on."""
        chunk, text = self.chunk, self.text
        words = (
            token for token in reversed(chunk.tokens) if token[0] not in ("newline", "comment")
        )
        _, last, start = next(words)
        size = start + len(last) - chunk.start
        if chunk.too_big or size > MAX_PROGRAM:
            code, message = "ATT006", f"a definition larger than {MAX_PROGRAM // 1024} KB"
            if size <= MAX_PROGRAM:
                code = "ATT008"
                message = f"more than {MAX_TOKENS} words and signs in one definition"
            end = text.find("\n", chunk.start)
            self.report(code, message, "split it into helpers", chunk.start, end)
        elif size > MAX_LINE:
            for match in LONG_LINE.finditer(text, chunk.start, chunk.end):
                message = f"a line of more than {MAX_LINE} characters"
                start = match.start()
                self.report("ATT005", message, "break it inside brackets", start, start + 1)
        return not self.problems

    def tokens(self) -> None:
        """Every token in turn, up to one that leaves unclear what the rest is."""
        begins = True  # at the start of a logical line
        deepest = risky = most_risky = 0
        before: Lexeme = ("newline", "", self.chunk.start)
        for token in self.chunk.tokens:
            kind, word, _ = token
            if kind == "newline":
                begins = begins or not self.opened
                before = token
                continue
            if kind == "comment":
                continue
            if begins:
                begins, self.silent = False, False
                most_risky, risky = max(most_risky, risky), 0
                if not self.line(token):
                    return
            if kind == "operator":
                if word in "()[]{}":
                    if not self.bracket(word, token):
                        return
                    deepest = max(deepest, len(self.opened))
                elif word in ("-", "+", "**", "."):
                    risky += 1
            elif self.silent:
                pass
            elif kind == "name":
                if word in ("not", "else"):
                    risky += 1
                else:
                    self.name(token, before)
            elif kind == "number":
                self.number(token)
            elif kind in ("string", "long"):
                self.quoted(token, before)
            else:
                self.misfit(token)
                if kind in ("open_long", "open_string"):
                    return
            before = token
        if self.opened:
            _, word, start = self.opened[-1]
            hint = f"close it with `{CLOSERS[word]}`"
            self.report("ATT012", f"`{word}` is never closed", hint, start, start + 1)
        # a bracket level holds at most six operations that are not counted as risky
        most = 6 * (deepest + 1) + len(self.levels) + max(most_risky, risky)
        self.may_be_deep = most > MAX_NESTING

    # --- each gives or leaves a report; those that return a bool say whether to read on ---

    def line(self, token: Lexeme) -> bool:
        """The margin and the first word of a logical line."""
        _, word, start = token
        margin = self.text.rfind("\n", 0, start) + 1
        indent = self.text[margin:start]
        column = len(indent)
        if indent:
            tabs = "\t" in indent
            if (tabs and " " in indent) or self.tabbed not in (None, tabs):
                hint = "indent every line with four spaces"
                self.report("ATT004", "tabs and spaces are mixed", hint, margin, start)
                return False
            self.tabbed = tabs
            if start == self.chunk.start:
                message = "a definition's first line is indented"
                self.report("ATT004", message, "start at the left margin", margin, start)
                return False
        if not self.level(column, margin, start):
            return False
        if word == "for":
            self.report("ATT021", *FOREIGN_WORDS["for"], start, start + len(word))
            self.silent = True
        elif word == "def" and column:
            hint = "write the helper at the left margin, before or after this one"
            self.report("ATT021", "a `def` inside a `def`", hint, start, start + len(word))
            self.silent = True
        return True

    def level(self, column: int, margin: int, start: int) -> bool:
        """The blocks that are open where a line is indented so far."""
        levels = self.levels
        if column > levels[-1]:
            levels.append(column)
        above = levels[-1]
        while column < levels[-1]:
            above = levels.pop()
        if column != levels[-1]:
            message = f"a line indented by {column}, between {levels[-1]} and {above}"
            self.report("ATT004", message, "align it with a line above", margin, start)
        elif len(levels) > MAX_NESTING:
            self.report("ATT007", *TOO_DEEP, start, start + 1)
        else:
            return True
        return False

    def bracket(self, word: str, token: Lexeme) -> bool:
        """A bracket that opens, or the one that closes the last."""
        start = token[2]
        if word in "([{":
            self.opened.append(token)
            if len(self.opened) <= MAX_NESTING:
                return True
            self.report("ATT007", *TOO_DEEP, start, start + 1)
        elif not self.opened:
            hint = "delete it, or open it before"
            self.report("ATT012", f"`{word}` closes nothing", hint, start, start + 1)
        else:
            _, opener, opened_at = self.opened.pop()
            if opener == OPENERS[word]:
                return True
            line, _ = self.lines.place(opened_at)
            message = f"`{word}` doesn't close the `{opener}` of line {line}"
            self.report("ATT012", message, f"write `{CLOSERS[opener]}`", start, start + 1)
        return False

    def name(self, token: Lexeme, before: Lexeme) -> None:
        """A name that is no word of ours, and stands apart from a number."""
        _, word, start = token
        end = start + len(word)
        if word in FOREIGN_WORDS and word != "for":
            self.report("ATT021", *FOREIGN_WORDS[word], start, end)
            self.silent = True
        elif len(word) > MAX_NAME:
            message = f"a name of {len(word)} characters"
            self.report("ATT010", message, f"at most {MAX_NAME}", start, end)
        elif word.startswith("__"):
            message = "a name may not start with two underscores"
            self.report("ATT010", message, "start it with a letter", start, end)
        elif before[0] == "number" and before[2] + len(before[1]) == start:
            message = f"`{before[1]}{word}` isn't a number"
            self.report("ATT009", message, _number_hint(word), before[2], end)
            self.silent = True

    def number(self, token: Lexeme) -> None:
        """A number that is short, and neither too large nor too small."""
        _, word, start = token
        trouble = None
        if len(word) > MAX_DIGITS:
            trouble = f"a number of {len(word)} characters", f"at most {MAX_DIGITS}"
        elif len(word) > 1 and word[0] == "0" and word.isdigit():
            trouble = f"`{word}` starts with a zero", f"write `{int(word)}`"
        elif (value := float(word)) > LARGEST:
            trouble = f"`{word}` is too large", "the largest number is 1e30"
        elif value and value < SMALLEST:
            trouble = f"`{word}` is too small", "a number under 1e-30 counts as 0"
        if trouble:
            self.report("ATT009", *trouble, start, start + len(word))

    def quoted(self, token: Lexeme, before: Lexeme) -> None:
        """A text without a prefix, and not beside another."""
        _, word, start = token
        kind, previous, previous_start = before
        end = start + len(word)
        if kind == "name" and previous_start + len(previous) == start:
            if previous.lower() in STRING_PREFIXES:
                message = f'`{previous}"..."`: texts have no prefix'
                hint = "a text is literal: nothing is filled in; write it in plain quotes"
                self.report("ATT021", message, hint, previous_start, end)
                self.silent = True
        elif kind in ("string", "long"):
            self.report("ATT020", "two texts side by side", "put a comma between them", start, end)
            self.silent = True

    def misfit(self, token: Lexeme) -> None:
        """A sign or a text that no program holds."""
        kind, word, start = token
        self.report(*_misfit(kind, word), start, start + len(word))
        self.silent = True


def _misfit(kind: str, word: str) -> tuple[str, str, str]:
    """Code, message and hint for a token that no program holds."""
    if kind == "foreign":
        return "ATT014", f"`{word}` isn't part of the language", FOREIGN_SIGNS[word]
    if kind == "open_long":
        hint = f"close it with {word}, above any line that starts with `def`, `@` or `name =`"
        return "ATT011", "a text in triple quotes is never closed", hint
    if kind == "open_string":
        return "ATT011", "a text isn't closed on its line", f"close it with {word[0]}"
    if word.isascii():
        return "ATT014", f"`{word}` isn't part of the language", "delete it"
    shown = next((c for c in word if c in LOOKALIKES), word[0])
    name = unicodedata.name(shown, "a character without a name")
    message = f"`{shown}` (U+{ord(shown):04X}, {name}) outside of a text"
    if shown in LOOKALIKES:
        return "ATT003", message, f"write `{LOOKALIKES[shown]}`"
    plain = unicodedata.normalize("NFKC", shown)
    if plain.isascii() and plain.strip():
        return "ATT003", message, f"write `{plain}`: code is plain ASCII"
    if shown.isspace():
        return "ATT003", message, "write a plain space"
    return "ATT003", message, "names and code are plain ASCII; put other characters in quotes"


def _number_hint(word: str) -> str:
    if word[0] in "xXoObB":
        return "write it in decimal"
    if word[0] == "_":
        return "write the digits without `_`"
    if word[0] in "jJ":
        return "there are no complex numbers"
    return "a name can't start with a digit; a product is written `*`"
