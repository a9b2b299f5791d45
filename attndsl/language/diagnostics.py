"""Diagnostics as data, and the one exception that users' mistakes raise."""

from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Span(NamedTuple):
    """A stretch of source text; lines and columns count from 1, the end is exclusive.

    A tuple, for a check makes and compares them by the thousand.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell the author of a program."""

    code: str
    severity: Severity
    message: str
    span: Span
    hint: str = ""
    file: str = "<text>"

    def __repr__(self) -> str:
        where = f"{self.file}:{self.span.line}:{self.span.column}"
        return f"<{where}: {self.severity} {self.code}: {self.message}>"

    def _repr_html_(self) -> str:
        """For notebooks: what is wrong, and the hint; `Verified` shows the line as well."""
        hint = f"<br>help: {escape(self.hint)}" if self.hint else ""
        where = f"{self.file}:{self.span.line}:{self.span.column}"
        return (
            f"<p><b>{escape(f'{self.severity} {self.code}')}</b> {escape(self.message)} "
            f"<small>{escape(where)}</small>{hint}</p>"
        )

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.file,
            "line": self.span.line,
            "column": self.span.column,
            "end_line": self.span.end_line,
            "end_column": self.span.end_column,
            "hint": self.hint,
        }


class AttndslError(Exception):
    """The input is at fault; the message says what is wrong, where, and what to do.

    Commands print it and end with exit status 1. `diagnostics` holds the details where the input
    was a program.
    """

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics
