"""Lark's parser for the grammar, loaded from a table that was made when the grammar last changed.

Building the parser from `grammar/attndsl.lark` takes a third of the time that `attndsl check` may
take, so `grammar/attndsl.json` keeps the result as plain data, which
`python -m attndsl.language.parsing.tables` writes anew. It names the grammar it was made from;
where they differ, the grammar wins.
"""

import hashlib
import io
import json
import pickle
from typing import Any

import lark
from lark import Lark

from attndsl.language.assets import asset
from attndsl.language.lexing.lexer import Scanned


def build(grammar: str, syntax: object | None = None, strict: bool = False) -> Lark:
    """The parser, made from the grammar itself."""
    return Lark(
        grammar,
        parser="lalr",
        lexer=Scanned,
        start="file",
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
    table = _numbered(saved["table"])
    table["data"]["options"] |= {"lexer": Scanned, "transformer": syntax}
    table["data"]["parser"]["lexer_conf"]["lexer_type"] = Scanned
    return Lark.load(table)


def table(grammar: str) -> dict[str, Any]:
    """What `grammar/attndsl.json` holds."""
    saved = io.BytesIO()
    build(grammar).save(saved, exclude_options=("lexer", "transformer"))
    parts = pickle.loads(saved.getvalue())
    del parts["data"]["parser"]["lexer_conf"]["lexer_type"]
    return {"made_from": fingerprint(grammar), "table": parts}


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
