"""Columns of a text: vocabulary tables, positions, embeddings, linguistics; built-in texts.

`encode(text)` gives an `Encoded`, whose `column(name)` holds what each position knows. A
`PieceTable` holds what each entry of a tokenizer's vocabulary is; `table_of(tokenizer)` makes one.
`builtin_texts()` come with attndsl, `read_texts(path)` reads a user's.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded, NeedsError
    from attndsl.tokens.huggingface import table_of
    from attndsl.tokens.pieces import PieceTable
    from attndsl.tokens.places import place_columns
    from attndsl.tokens.pool import TextPool
    from attndsl.tokens.reading import NamedText, read_texts, texts_of
    from attndsl.tokens.texts import BuiltinText, builtin_texts
    from attndsl.tokens.tokenizer import builtin_table, encode, from_ids

_HOMES = {
    "BuiltinText": "texts",
    "Encoded": "encoded",
    "NamedText": "reading",
    "NeedsError": "encoded",
    "PieceTable": "pieces",
    "TextPool": "pool",
    "builtin_table": "tokenizer",
    "builtin_texts": "texts",
    "encode": "tokenizer",
    "from_ids": "tokenizer",
    "place_columns": "places",
    "read_texts": "reading",
    "table_of": "huggingface",
    "texts_of": "reading",
}
__all__ = [
    "BuiltinText",
    "Encoded",
    "NamedText",
    "NeedsError",
    "PieceTable",
    "TextPool",
    "builtin_table",
    "builtin_texts",
    "encode",
    "from_ids",
    "place_columns",
    "read_texts",
    "table_of",
    "texts_of",
]

__getattr__ = handing_out(__name__, _HOMES)
