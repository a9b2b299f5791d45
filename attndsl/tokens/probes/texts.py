"""All probe texts that a tokenizer can write, and the kinds that it can't, with the reason."""

from dataclasses import dataclass
from random import Random

from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.probes import generated, marked
from attndsl.tokens.probes.generated import KINDS, Kind
from attndsl.tokens.probes.probe import Probe
from attndsl.tokens.probes.wordlists import WordLists
from attndsl.tokens.tokenizer import encode

SHORTEST, LONGEST = 40, 120  # pieces; other texts of a tokenizer are left out
PROBE_KINDS: dict[str, str] = {
    **{name: kind.about for name, kind in KINDS.items()},
    **marked.ABOUT,
}


@dataclass(frozen=True, slots=True)
class ProbeTexts:
    """The probes of one tokenizer; `left_out` says of each missing kind why."""

    probes: tuple[Probe, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(probe.kind for probe in self.probes))


def probe_texts(
    table: PieceTable, longest: int | None = None, many: int = generated.TEXTS
) -> ProbeTexts:
    """The probes that a tokenizer can write within `longest` pieces, the first `many` of a kind.

    >>> from attndsl.tokens.tokenizer import builtin_table, encode
    >>> from attndsl.tokens.texts import builtin_texts
    >>> for text in builtin_texts():  # the built-in table knows the words that it has met
    ...     _ = encode(text.text)
    >>> found = probe_texts(builtin_table())
    >>> found.probes[0].kind, found.probes[0].checks, found.probes[1].checks
    ('random', False, True)
    """
    try:
        encode("a word.", table)
    except AttndslError:
        why = f"{table.name} reads no words"
        return ProbeTexts((), tuple((name, why) for name in PROBE_KINDS))
    lists, most = WordLists(table), min(longest or LONGEST, LONGEST)
    probes: list[Probe] = []
    left_out: list[tuple[str, str]] = []
    for name in PROBE_KINDS:
        lacks = _lacks(KINDS[name], lists) if name in KINDS else _unwritable(name, lists)
        made = () if lacks else tuple(_made(name, lists, many))
        fit = [probe for probe in made if SHORTEST <= encode(probe.text, table).n <= most]
        if lacks or 2 * len(fit) < len(made):
            why = lacks or f"most texts are under {SHORTEST} or over {most} tokens"
            left_out.append((name, why))
        else:
            probes += fit
    return ProbeTexts(tuple(probes), tuple(left_out))


def _made(name: str, lists: WordLists, many: int) -> list[Probe]:
    if name not in KINDS:
        return list(marked.written(name)[:many])
    return [
        KINDS[name].make(Random(f"{name}:{number}"), lists).done(name, number)
        for number in range(many)
    ]


def _lacks(kind: Kind, lists: WordLists) -> str | None:
    """What the tokenizer lacks to write a kind, if anything."""
    sign = lists.can_write(kind.signs)
    if sign is not None:
        return f"no piece of the tokenizer holds {sign!r}"
    counts = (
        ("words", len(lists.words), kind.words),
        ("words that can begin a line", len(lists.opening), kind.opening),
        ("names", len(lists.names) if kind.names else 0, kind.names),
        ("things", len(lists.things) if kind.names else 0, min(1, kind.names)),
        ("places", len(lists.places) if kind.names else 0, min(1, kind.names)),
    )
    for what, there, wanted in counts:
        if there < wanted:
            return f"the tokenizer has {there} whole {what}; the kind takes {wanted}"
    return None


def _unwritable(name: str, lists: WordLists) -> str | None:
    """Why written texts can't be read: signs without a piece, as in a vocabulary of symbols."""
    text = " ".join(probe.text for probe in marked.written(name))
    signs = sorted({letter for letter in text if letter.isascii() and letter.isalpha()})
    sign = lists.can_write(signs)
    return None if sign is None else f"no piece of the tokenizer holds {sign!r}"
