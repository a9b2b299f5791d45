"""Raw texts that vocabularies of bytes never have: a space, a line break, most letters that aren't
Western. They write those by marks, so that a test for such a one is never true."""

from attndsl.language.inference import hints
from attndsl.language.inference.scope import Scope
from attndsl.language.nodes import String

BLANK = " \n\t\r"
# The letters by which byte-level vocabularies write their 256 bytes, and SentencePiece's mark.
WRITTEN = frozenset(map(chr, (*range(33, 127), *range(161, 173), *range(174, 256 + 68)))) | {"▁"}
TESTS = {"contains": "in", "startswith": "at the start of", "endswith": "at the end of"}


def check_raw(item: String, mode: str, position: str, scope: Scope) -> None:
    """Warn of a literal that `raw` is compared with, or asked for as a part."""
    text, shown = item.value, hints.shown_text(item.value)
    strange = next((letter for letter in text if letter not in WRITTEN), "")
    if not strange:
        return
    what = f"{shown} is {TESTS[mode]} no" if mode in TESTS else f"{shown} is no"
    who = "tokenizers that write spaces by marks"
    if strange not in BLANK:
        who = f"tokenizers of bytes, which write {hints.shown_text(strange)} by other letters"
    advice = f"write `{_better(text, mode, position)}`"
    if text == " " and mode == "contains":
        advice += f"; of white space alone, `{position}.is_blank`"
    scope.warning("ATT074", f"{what} raw text of {who}", item.span, advice)


def _better(text: str, mode: str, position: str) -> str:
    """The test that is true of the same pieces in every vocabulary."""
    clean = text.strip()
    if not clean and "\n" in text:
        return f"{position}.is_newline"
    if not clean:
        starts = text == " " and mode in ("contains", "startswith")
        return f"{position}.{'starts_word' if starts else 'is_blank'}"
    word = hints.shown_text(clean)
    if mode == "equals":
        return f"{position}.text == {word}"
    if mode == "contains" and not text[0].isspace():
        return f"{word} in {position}.text"
    test = f"{position}.text.{'endswith' if mode == 'endswith' else 'startswith'}({word})"
    return f"{position}.starts_word and {test}" if text[0].isspace() else test
