"""Where in the source the terms of one definition come from, for the places of diagnostics.

A term has a place for each expression that gave it. What a call puts in comes from the helper's own
places, unless the definition says the same itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from attndsl.language.diagnostics import Span
from attndsl.language.shipped import NOWHERE


@dataclass(slots=True)
class Places:
    """The places of the terms of the definition that stands at `home`."""

    home: Span
    own: dict[int, dict[Span, None]] = field(default_factory=dict)
    called: dict[int, tuple[Span, ...]] = field(default_factory=dict)

    def mark(self, term: int, span: Span) -> int:
        """Note that an expression at this place gave the term, which is handed back."""
        if span == NOWHERE:  # of a shipped mechanism: the call is the place
            return term
        known = self.own.get(term)
        if known is None:
            self.own[term] = {span: None}
        else:
            known[span] = None
        return term

    def copy(self, old: int, new: int) -> None:
        """A term that stands where another did comes from the same places."""
        if new not in self.own and new not in self.called and (spans := self.of(old)):
            self.called[new] = spans

    def lend(self, caller: "Places", became: Mapping[int, int]) -> int:
        """Give a caller the places of a helper's terms as they became; how many there were."""
        for old in (*self.called, *self.own):
            new = became.get(old, old)
            if new not in caller.own and new not in caller.called:
                caller.called[new] = self.of(old)
        return len(self.called) + len(self.own)

    def of(self, term: int) -> tuple[Span, ...]:
        """Every known place of a term."""
        return (*self.called.get(term, ()), *self.own.get(term, ()))

    def best(self, term: int) -> Span:
        """The earliest place of a term: in the definition itself rather than in a helper."""
        known = self.of(term)
        own = [span for span in known if self._inside(span)]
        return min(own or known, default=self.home)

    def at_home(self, term: int) -> bool:
        """Written in this definition, and in no helper that it calls."""
        known = self.of(term)
        return bool(known) and all(map(self._inside, known))

    def _inside(self, span: Span) -> bool:
        return self.home.line <= span.line <= self.home.end_line
