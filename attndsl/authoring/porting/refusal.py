"""What can't be ported: why, and at which line of the Python file."""

from attndsl.language.diagnostics import AttndslError


class Refused(AttndslError):
    """A construct that the port can't say in the language."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def at(self, line: int) -> "Refused":
        """The refusal with its line, if it has none of its own yet."""
        return self if self.line else Refused(self.reason, line)
