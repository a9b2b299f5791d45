"""Programs in colour wherever Pygments is used: pages, notebooks, slides, pygmentize."""

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

from attndsl.language import shipped
from attndsl.language import vocabulary as table

KEYWORDS = ("def", "return", "if", "elif", "else", "for")
OPERATORS = ("and", "or", "not", "in", "is")


class AttndslLexer(RegexLexer):
    """The attndsl language.

    >>> [str(kind) for kind, text in AttndslLexer().get_tokens("k.is_quote") if text == "is_quote"]
    ['Token.Name.Attribute']
    """

    name = "attndsl"
    aliases: ClassVar[list[str]] = ["attndsl", "attn"]
    filenames: ClassVar[list[str]] = ["*.attn"]
    mimetypes: ClassVar[list[str]] = ["text/x-attndsl"]
    url = ""
    version_added = ""

    tokens: ClassVar = {
        "root": [
            (r"\s+", Text),
            (r"#[^\n]*", Comment.Single),
            (r'"""(?s:.)*?"""|\'\'\'(?s:.)*?\'\'\'', String.Doc),
            (r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', String),
            (r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", Number),
            (r"@\s*[A-Za-z_]\w*", Name.Decorator),
            (r"(def)(\s+)([A-Za-z_]\w*)", bygroups(Keyword, Text, Name.Function)),
            (r"(?<=\.)[A-Za-z_]\w*", Name.Attribute),
            (words(KEYWORDS, suffix=r"\b"), Keyword),
            (words(OPERATORS, suffix=r"\b"), Operator.Word),
            (words(("True", "False", "None"), suffix=r"\b"), Keyword.Constant),
            (words(tuple(table.CALLABLES), suffix=r"(?=\s*\()"), Name.Builtin),
            (words(tuple(shipped.callables()), suffix=r"(?=\s*\()"), Name.Builtin),
            (words(tuple(table.NUMBERS), suffix=r"\b"), Name.Builtin.Pseudo),
            (r"[qk]\b", Name.Variable.Magic),
            (r"[A-Z][A-Z0-9_]*\b", Name.Constant),
            (r"[A-Za-z_]\w*", Name),
            (r"\*\*|//|[=!<>+\-*/]=|[<>=+\-*/%|]", Operator),
            (r"[()\[\]{},:.]", Punctuation),
        ],
    }
