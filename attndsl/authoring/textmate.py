"""Colours and snippets for editors that read TextMate's files, out of the language's own tables.

The grammar goes over Python's: its rules hold wherever Python's colours reach, but in texts and
comments. `python -m attndsl.authoring.textmate` prints both as JSON.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from attndsl.authoring.pieces import needed, pieces_of
from attndsl.language import shipped
from attndsl.language import vocabulary as table
from attndsl.language.assets import asset

SCOPE = "source.attndsl"


def grammar() -> dict[str, Any]:
    """Python's grammar with our words in front of it, at any depth."""
    attributes = [name for name, entry in table.ATTRIBUTES.items() if not entry.hidden]
    rules = [
        (rf"(?<=\.)\s*(?:{_any(attributes)})\b", "variable.other.property.attndsl"),
        (rf"(?<=\.)\s*(?:{_any(table.METHODS)})(?=\s*\()", "support.function.attndsl"),
        (
            rf"(?<![\w.])(?<!def )(?:{_any(table.CALLABLES)})(?=\s*\()",
            "support.function.builtin.attndsl",
        ),
        (
            rf"(?<![\w.])(?<!def )(?:{_any(shipped.callables())})(?=\s*\()",
            "support.class.mechanism.attndsl",
        ),
        (rf"^\s*@\s*(?:{_any(table.DECORATORS)})\b", "entity.name.function.decorator.attndsl"),
        (rf"(?<![\w.])(?:{_any(table.NUMBERS)})\b(?!\s*[=(])", "constant.language.attndsl"),
        (r"(?<![\w.])[qk]\b(?!\s*=[^=])", "variable.language.special.attndsl"),
        (r"(?<![\w.])[A-Z][A-Z0-9_]+\b", "variable.other.constant.attndsl"),
    ]
    own = [{"match": pattern, "name": name} for pattern, name in rules]
    return {
        "name": "attndsl",
        "scopeName": SCOPE,
        "fileTypes": ["attn"],
        "injections": {f"L:{SCOPE} -string -comment": {"patterns": own}},
        "patterns": [{"include": "source.python"}],
    }


def snippets() -> dict[str, Any]:
    """A head program to begin with, and each shipped mechanism as a definition of one's own."""
    templates: dict[str, Any] = {
        "head program": {
            "prefix": "def",
            "description": "A head program: how much the query looks at the key",
            "body": [
                "def ${1:name}(q, k):",
                '    """${2:Where it looks.}"""',
                "    return ${0:k == q.prev}",
            ],
        }
    }
    pieces = pieces_of(asset(shipped.FILE).read_text("utf-8")) or ()
    by_name = {piece.name: piece for piece in pieces if piece.name}
    for name in shipped.mechanisms():
        text = "\n\n\n".join(one.text for one in needed(by_name, by_name[name]))
        templates[name] = {
            "prefix": f"def {name}",
            "description": f"Mechanism: {shipped.described(name)}",
            "body": [line.replace("\\", "\\\\").replace("$", "\\$") for line in text.split("\n")],
        }
    return templates


def _any(names: Iterable[str]) -> str:
    """The longest first: what comes first wins."""
    return "|".join(re.escape(name) for name in sorted(names, key=lambda one: (-len(one), one)))


if __name__ == "__main__":
    print(json.dumps({"grammar": grammar(), "snippets": snippets()}))
