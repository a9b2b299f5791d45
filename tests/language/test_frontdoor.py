"""What may be read at all: encodings, invisible characters, limits; each refused with a reason."""

import pytest

from attndsl.language.lexing.inspection import MAX_DIGITS, MAX_LINE, MAX_NAME
from attndsl.language.lexing.scan import MAX_CHUNKS, MAX_PROGRAM, MAX_TOKENS
from attndsl.language.outline import outline
from attndsl.language.parser import parse
from tests.language.codes import CODES

GOOD = "def good(q, k):\n    return 1.0\n"


def codes(source: str | bytes) -> list[str]:
    _, diagnostics = parse(source)
    assert all(diagnostic.message and diagnostic.code in CODES for diagnostic in diagnostics)
    return [diagnostic.code for diagnostic in diagnostics]


@pytest.mark.parametrize("source", ["", "\n", "\n\n  \n", "# only a remark", "\t", b""])
def test_a_file_may_be_empty(source: str | bytes) -> None:
    module, diagnostics = parse(source)
    assert not diagnostics
    assert module.definitions == ()


def test_bytes_must_be_utf_8() -> None:
    _, (error,) = parse(b"A = 1\nB = \xff\n")
    assert (error.code, error.span.line, error.span.column) == ("ATT001", 2, 5)
    module, diagnostics = parse('T = "…"\n'.encode())
    assert not diagnostics
    assert len(module.constants) == 1


def test_line_ends_of_every_system_that_is_in_use() -> None:
    source = 'A = {\n    1,\n}\n\ndef f(q, k):\n    """Doc.\n\n    More."""\n    return 1\n'
    unix, _ = parse(source)
    windows, diagnostics = parse(source.replace("\n", "\r\n"))
    assert not diagnostics
    assert outline(unix) == outline(windows)
    assert codes("A = 1\rB = 2\n") == ["ATT002"]


@pytest.mark.parametrize(
    "character",
    [
        "\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xad", "\u061c", "\u115f",
        "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u202a", "\u202e", "\u2028", "\u2029",
        "\u2060", "\u2066", "\u2069", "\ufe0f", "\ufeff", "\ufff9", "\ufffe", "\ud800",
        "\U000e0001", "\U000e007f",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "place",
    ["w = {}1", 'w = "a{}b"', "w = 1  # {}", "{}w = 1", "w{} = 1"],
    ids=["code", "text", "comment", "margin", "name"],
)
def test_what_cannot_be_seen_is_refused_everywhere(character: str, place: str) -> None:
    source = f"def f(q, k):\n    {place.format(character)}\n    return w\n\n{GOOD}"
    module, diagnostics = parse(source)
    assert diagnostics[0].code == "ATT002"
    assert diagnostics[0].span.line == 2
    assert [definition.name for definition in module.definitions] == ["good"]


def test_a_byte_order_mark_is_named() -> None:
    _, diagnostics = parse(b"\xef\xbb\xbf" + GOOD.encode())
    assert "U+FEFF" in diagnostics[0].message
    assert diagnostics[0].hint == "save it as UTF-8 without a byte order mark"


def test_many_hidden_characters_are_all_refused_though_few_are_reported() -> None:
    bad = 'def f{}(q, k):\n    return k.text == "a\u200bb"\n\n'
    module, diagnostics = parse("".join(bad.format(number) for number in range(100)))
    assert module.definitions == ()
    assert 0 < len(diagnostics) <= 20


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("wеight = 1", "plain ASCII"),  # Cyrillic
        ("w = ｑ.i", "write `q`"),  # full width
        ("w = ı", "plain ASCII"),
        ("w = 𝑖", "write `i`"),
        ("w = ᵢ", "write `i`"),
        ("w = ٣", "plain ASCII"),
        ("w = q.i ≤ k.i", "write `<=`"),
        ("w = q.i − k.i", "write `-`"),
        ("w = “a”", 'write `"`'),
        ("w =\u00a0 1", "plain space"),
        ("w\u0301 = 1", "plain ASCII"),
        ("w = 😀", "plain ASCII"),
    ],
)
def test_look_alikes_in_code_are_refused_with_a_hint(code: str, hint: str) -> None:
    _, diagnostics = parse(f"def f(q, k):\n    {code}\n    return 1\n")
    assert [diagnostic.code for diagnostic in diagnostics] == ["ATT003"]
    assert hint in diagnostics[0].hint


def test_other_scripts_may_stand_in_texts_comments_and_docstrings() -> None:
    source = 'def f(q, k):\n    """Größe, 大きさ."""\n    # Größe\n    return k.text == "大…"\n'
    assert codes(source) == []


def test_tabs_indent_if_nothing_else_does() -> None:
    assert codes("def f(q, k):\n\tif q.i:\n\t\treturn 1\n\treturn 2\n") == []
    assert codes("def f(q, k):\n\tif q.i:\n        return 1\n\treturn 2\n") == ["ATT004"]
    assert codes("def f(q, k):\n    if q.i:\n    \treturn 1\n    return 2\n") == ["ATT004"]


def test_numbers_have_limits() -> None:
    for number in ("1" * (MAX_DIGITS + 1), "1e999", "1e31", "1e-31", "0" * 9 + "1", "1e99999"):
        assert codes(f"A = {number}\n") == ["ATT009"], number
    for number in ("1e30", "1e-30", "0", "0.0", "0e0", "2147483648", "9" * 30, ".5", "5."):
        assert codes(f"A = {number}\n") == [], number
    assert codes("A = " + "9" * 5000 + "\n") == ["ATT005"]


def test_names_have_limits() -> None:
    longest = "a" * MAX_NAME
    assert codes(f"{longest} = 1\n") == []
    assert codes(f"{longest}b = 1\n") == ["ATT010"]
    assert codes("__a = 1\n") == ["ATT010"]
    assert codes("_a = 1\n") == []


def test_lines_definitions_and_files_have_limits() -> None:
    line = 'A = "' + "x" * (MAX_LINE - 6) + '"\n'
    assert codes(line) == []
    assert codes(line.replace('"\n', 'x"\n')) == ["ATT005"]
    comments = "    # " + "x" * 94 + "\n"
    body = comments * (MAX_PROGRAM // 101 - 1) + "    return 1\n"
    assert codes("def f(q, k):\n" + body) == []
    assert codes("def f(q, k):\n" + comments * 2 + body + "\n" + GOOD) == ["ATT006"]
    assert codes(comments[4:] * 1000 + GOOD) == []  # comments between definitions are free
    assert codes("#" * (8 * 1024 * 1024 + 1)) == ["ATT006"]


def test_words_and_definitions_are_counted() -> None:
    source = "def f(q, k):\n    return 1" + "\n" + "    w = 1\n" * ((MAX_TOKENS - 10) // 3)
    assert codes(source) == []
    assert codes(source + "    w = 1\n    w = 1\n" + GOOD) == ["ATT008"]
    assert codes("A = 1\n" * (MAX_CHUNKS + 1)) == ["ATT006"]


def test_a_refused_definition_leaves_the_others() -> None:
    module, diagnostics = parse(f"def f(q, k):\n    return {'1 + ' * 5000}1\n\n{GOOD}")
    assert [definition.name for definition in module.definitions] == ["good"]
    assert [diagnostic.code for diagnostic in diagnostics] == ["ATT008"]
