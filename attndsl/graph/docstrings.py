"""Docstrings as source text, from which the same text is read again."""

import re
import unicodedata


def quoted(docstring: str) -> str:
    r'''A docstring as it stands below a `def`, so that just its text is read again.

    >>> print(quoted('Look at "the"'))
    """Look at "the\""""
    >>> print(quoted("One.\n\nTwo, \\ and \x1b."))
    """One.
    <BLANKLINE>
        Two, \\ and \x1b.
        """
    '''
    text = "".join(map(_letter, docstring))
    text = re.sub(r'"""|"\Z', lambda found: found[0].replace('"', r"\""), text)
    first, *rest = text.split("\n")
    if not rest:
        return f'"""{first}"""'
    lines = [f"    {line}" if line else "" for line in rest]
    return "\n".join([f'"""{first}', *lines, '    """'])


def _letter(letter: str) -> str:
    if letter == "\\":
        return r"\\"
    if letter != "\n" and unicodedata.category(letter) in UNSEEN:
        return letter.encode("unicode_escape").decode("ascii")
    return letter


# Control, format (bidi marks, zero width), surrogates, private, unassigned, ends of lines.
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
