"""Regular languages that small models are trained on: words drawn, and what may follow in one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

State = Mapping[str, str]  # the state that each symbol leads to; other symbols aren't allowed


@dataclass(frozen=True, eq=False)
class Language:
    """States by name, the first one first; a word may end in those of `ends`. The model knows the
    symbols `beside` too, which no word has."""

    states: Mapping[str, State]
    ends: frozenset[str]
    beside: str = ""

    @property
    def symbols(self) -> list[str]:
        return sorted(
            {symbol for moves in self.states.values() for symbol in moves} | {*self.beside}
        )

    def word(self, random: Random, longest: int) -> list[str]:
        """A word of any length that there is, with symbols that are rarer or more frequent."""
        start, *_ = self.states
        length = random.choice([n for n in range(1, longest + 1) if self.can_end(start, n)])
        often = {symbol: random.random() ** 2 + 0.01 for symbol in self.symbols}
        state, made = start, []
        for left in range(length - 1, -1, -1):
            moves = self.states[state]
            open_ = [one for one in moves if self.can_end(moves[one], left)]
            made += random.choices(open_, [often[one] for one in open_])
            state = moves[made[-1]]
        return made

    @cache  # noqa: B019 - there are a dozen languages, and they stay
    def can_end(self, state: str, left: int) -> bool:
        """Whether a word may end `left` symbols after this state."""
        if left == 0:
            return state in self.ends
        return any(self.can_end(one, left - 1) for one in self.states[state].values())

    def may_follow(self, word: list[str]) -> list[set[str]]:
        """What may follow the start and each symbol of a word; `<eos>` where it may end."""
        state, *_ = self.states
        found = []
        for symbol in (*word, None):
            found.append(set(self.states[state]) | ({"<eos>"} if state in self.ends else set()))
            if symbol is not None:
                state = self.states[state][symbol]
        return found


def nested(depth: int) -> Language:
    """`a` opens and `b` closes, at most so deep."""
    states = {str(at): _within(depth, a=at + 1, b=at - 1) for at in range(depth + 1)}
    return Language(states, frozenset("0"))


def _within(depth: int, **moves: int) -> State:
    return {symbol: str(to) for symbol, to in moves.items() if 0 <= to <= depth}


def _table(ends: str, **states: State) -> Language:
    return Language(states, frozenset(ends))


def _cycle(word: str) -> Language:
    """The word any number of times."""
    size = len(word)
    states = {str(at): {word[at]: str((at + 1) % size)} for at in range(size)}
    return Language(states, frozenset("0"))


LANGUAGES: dict[str, Language] = {
    "tomita1": Language({"s": {"1": "s"}}, frozenset("s"), beside="0"),
    "tomita2": _cycle("10"),
    # After an odd run of ones no odd run of zeros.
    "tomita3": _table(
        "sop", s={"0": "s", "1": "o"}, o={"0": "z", "1": "s"}, z={"0": "p"},
        p={"0": "z", "1": "o"},
    ),
    "tomita4": _table(
        "stu", s={"0": "t", "1": "s"}, t={"0": "u", "1": "s"}, u={"1": "s"},
    ),
    "tomita5": _table(  # an even number of either
        "s", s={"0": "z", "1": "o"}, z={"0": "s", "1": "b"}, o={"0": "b", "1": "s"},
        b={"0": "o", "1": "z"},
    ),
    "tomita6": _table(
        "s", s={"0": "t", "1": "u"}, t={"0": "u", "1": "s"}, u={"0": "s", "1": "t"},
    ),
    "tomita7": _table(
        "abcd", a={"0": "a", "1": "b"}, b={"1": "b", "0": "c"}, c={"0": "c", "1": "d"},
        d={"1": "d"},
    ),
    "aastar": _cycle("aa"),
    "aaaastar": _cycle("aaaa"),
    "ababstar": _cycle("abab"),
    "abcde": _table(
        "e", s={"a": "a"}, a={"a": "a", "b": "b"}, b={"b": "b", "c": "c"},
        c={"c": "c", "d": "d"}, d={"d": "d", "e": "e"}, e={"e": "e"},
    ),
    "ab_d_bc": _table("t", s={"a": "s", "b": "s", "d": "t"}, t={"b": "t", "c": "t"}),
    "012_0_2": _table(
        "t", s={"0": "t", "1": "s", "2": "s"}, t={"0": "t", "1": "s", "2": "t"},
    ),
}  # fmt: skip
