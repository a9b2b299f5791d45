"""Every program has colours, no letter of it is lost, and the editors' query knows the language."""

import os
import re
from pathlib import Path
from textwrap import wrap

import pytest
from pygments.lexers import get_lexer_for_filename
from pygments.token import Error, Name, Token

from attndsl.authoring.colours import AttndslLexer
from attndsl.language.vocabulary import CALLABLES

ROOT = Path(__file__).resolve().parents[2]
BUILTINS = re.compile(r"(#any-of\? @function\.builtin)\n.*?(\)\))", re.DOTALL)
FILES = [
    *sorted((ROOT / "examples").glob("*.attn")),
    *sorted((ROOT / "tests/conformance").glob("*.attn")),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_read_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(AttndslLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    if path.parent.name == "examples":
        assert not [value for kind, value in tokens if kind is Error]


def test_words_have_their_kind() -> None:
    text = (
        "@softmax\ndef f(q, k):\n"
        "    return induction(q, k) + k.is_quote * last(t for t in before(q)).i\n"
    )
    kinds = {value: kind for kind, value in AttndslLexer().get_tokens(text)}
    assert kinds["@softmax"] is Name.Decorator
    assert kinds["f"] is Name.Function
    assert kinds["induction"] is Name.Builtin
    assert kinds["last"] is Name.Builtin
    assert kinds["is_quote"] is Name.Attribute
    assert kinds["q"] is Name.Variable.Magic
    assert kinds["return"] in Token.Keyword


def test_pygments_finds_it_where_it_is_installed() -> None:
    try:
        lexer = get_lexer_for_filename("a.attn")
    except Exception:
        pytest.skip("attndsl was installed before it had an entry point: pip install -e . again")
    assert type(lexer).__name__ == "AttndslLexer"


def test_the_editors_query_names_what_can_be_called() -> None:
    """Set ATTNDSL_UPDATE_GOLDEN=1 to write the names anew."""
    file = ROOT / "editors/tree-sitter/highlights.scm"
    query = file.read_text(encoding="utf-8")
    names = wrap(" ".join(f'"{name}"' for name in sorted(CALLABLES)), 90,
                 initial_indent="    ", subsequent_indent="    ")  # fmt: skip
    listed = BUILTINS.sub(lambda place: "\n".join([place[1], *names]) + place[2], query)
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN") == "1":
        file.write_text(listed, encoding="utf-8")
        return
    assert query == listed
