"""How the built-in tokenizer cuts a text, and the number that it gives a piece; no array needed."""

import re
from hashlib import blake2b

# Words take digits and inner apostrophes along: x1, my_name, don't.
_PIECES = re.compile(
    r"""\n
    | [ ]?[^\W\d](?:[\w\u0300-\u036f]|['’](?=[^\W\d_]))*
    | [ ]?\d+
    | [ ]?([^\w\s])\1*
    | [^\S\n]+(?=[ ][^\s])
    | [^\S\n]+""",
    re.VERBOSE,
)


def cut(text: str) -> list[tuple[int, int]]:
    """The span of characters of each piece; together they are the text.

    >>> [text[start:end] for text in ["Don't stop"] for start, end in cut(text)]
    ["Don't", ' stop']
    """
    return [match.span() for match in _PIECES.finditer(text)]


def stable_id(raw: str) -> int:
    """A number below 2**40 made from the letters of a piece."""
    return int.from_bytes(blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=5).digest())
