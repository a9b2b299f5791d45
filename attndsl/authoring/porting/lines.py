"""The lines of a program as it is written, and the names of its locals."""

import re
from dataclasses import dataclass, field
from keyword import kwlist
from typing import TypeAlias

from attndsl.authoring.porting.code import Code

Line: TypeAlias = tuple[int, str, Code | None, str]
TAKEN = frozenset({*"qknwtsuvxyz", *kwlist, "match", "case", "type"})
MOST = 600


@dataclass(slots=True)
class Lines:
    """Statements of the language: (margin, words before, code, words behind)."""

    written: list[Line] = field(default_factory=list)
    margin: int = 1
    kinds: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, Code] = field(default_factory=dict)  # functions of a position t

    def add(self, before: str, code: Code | None = None, behind: str = "") -> None:
        self.written.append((self.margin, before, code, behind))

    def local(self, word: str, kind: str) -> str:
        """A name for a local: one that has a value of another kind gets another name."""
        base = re.sub(r"\W", "_", word).strip("_").lower() or "value"
        if base in TAKEN or re.fullmatch(r"t\d+", base) or not base[0].isalpha():
            base = f"{base}_" if base[0].isalpha() else f"v{base}"
        base = base[:50]
        while self.kinds.setdefault(base, kind) != kind:
            base += {"number": "_n", "bool": "_b", "text": "_s", "position": "_at", "cell": "_w",
                     "row": "_r"}[kind]  # fmt: skip
        return base

    def take(self, since: int) -> list[Line]:
        """The lines since a place, taken off."""
        taken = self.written[since:]
        del self.written[since:]
        return taken
