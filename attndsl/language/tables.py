"""Lark's parser for the grammar, loaded from a table that was made when the grammar last changed.

Building the parser from `grammar/attndsl.lark` takes a third of the time that `attndsl check` may
take, so `grammar/attndsl.json` keeps the result as plain data (`python -m attndsl.language.tables`
writes it anew). It names the grammar it was made from; where they differ, the grammar wins.
"""

import hashlib
import json
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.indenter import Indenter
from lark.lexer import TerminalDef

from attndsl.language.assets import asset


class Blocks(Indenter):
    """Turns the margins of lines into _INDENT and _DEDENT, outside brackets."""

    NL_type = "_NEWLINE"
    OPEN_PAREN_types = ["LPAR", "LSQB", "LBRACE"]  # noqa: RUF012 (Lark's own type)
    CLOSE_PAREN_types = ["RPAR", "RSQB", "RBRACE"]  # noqa: RUF012 (the same)
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 1  # the front door refuses a mixture of tabs and spaces


def build(grammar: str, syntax: object | None = None, strict: bool = False) -> Lark:
    """The parser, made from the grammar itself."""
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        start="file",
        postlex=Blocks(),
        transformer=syntax,
        keep_all_tokens=True,
        maybe_placeholders=False,
        strict=strict,
    )


def load(syntax: object) -> Lark:
    """The parser whose rules call the methods of `syntax`."""
    grammar = asset("grammar/attndsl.lark").read_text(encoding="utf-8")
    try:
        saved = json.loads(asset("grammar/attndsl.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return build(grammar, syntax)
    if saved["made_from"] != fingerprint(grammar):
        return build(grammar, syntax)
    data, memo = _numbered(saved["data"]), _numbered(saved["memo"])
    load_saved: Any = Lark._load_from_dict  # what Lark's own stand-alone parsers use
    parser: Lark = load_saved(data, memo, postlex=Blocks(), transformer=syntax)
    return parser


def table(grammar: str) -> dict[str, Any]:
    """What `grammar/attndsl.json` holds."""
    data, memo = build(grammar).memo_serialize([TerminalDef, Rule])
    for place in (data["options"], data["parser"]["lexer_conf"]):
        place.pop("postlex", None)
    data["options"]["transformer"] = None
    return {"made_from": fingerprint(grammar), "data": data, "memo": memo}


def fingerprint(grammar: str) -> str:
    return hashlib.sha256(f"{lark.__version__}\n{grammar}".encode()).hexdigest()


def _numbered(value: Any) -> Any:
    """JSON has text keys only; Lark's tables are keyed by numbers."""
    if isinstance(value, dict):
        return {int(k) if k.isdecimal() else k: _numbered(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_numbered(item) for item in value]
    return value


if __name__ == "__main__":
    source = asset("grammar/attndsl.lark")
    text = json.dumps(table(source.read_text(encoding="utf-8")), separators=(",", ":"))
    source.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
