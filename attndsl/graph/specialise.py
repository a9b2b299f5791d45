"""Simplify further with what is true of one mask or tokenizer, and not of all.

The result is good for running under these facts; it is keyed by the program's hash and the facts
(`key`), and is never an identity.

>>> from attndsl.graph.notation import read, write
>>> from attndsl.language.mask import CAUSAL
>>> graph = Graph()
>>> root = read(graph, "select(lt(i(q), i(k)), 3, abs(add(i(q), mul(-1, i(k)))))")
>>> write(graph, specialise(graph, root, Given(CAUSAL)))
'add(i(q), mul(-1, i(k)))'
>>> key("ab12", Given(CAUSAL, "first"))
'ab12 causal bos=first'
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from attndsl.graph.facts import Facts
from attndsl.graph.rewrite import Replacement, Rewriter, Rule, compile_rules
from attndsl.graph.rules import RULES
from attndsl.graph.simplify import machine_for, simplified
from attndsl.graph.terms import Aggregate, Graph, Term
from attndsl.language.mask import Mask

# Where a tokenizer puts its beginning of a text: first and only there, nowhere, or unknown.
Bos = Literal["first", "never", ""]


@dataclass(frozen=True, slots=True)
class Given:
    """What may be taken for granted: the mask, and where the token that begins a text stands."""

    mask: Mask | None = None
    bos: Bos = ""


def specialise(graph: Graph, root: int, given: Given) -> int:
    """An equal term for texts and cells that `given` is true of."""
    machine = machine_for(graph, root)
    machine.rules = _rules(given)
    machine.facts = Facts(graph, given.mask)
    return simplified(machine, root)


def key(program_hash: str, given: Given) -> str:
    """The name under which a specialised program may be kept."""
    words = [program_hash]
    if given.mask is not None:
        words.append(given.mask.kind + (f":{given.mask.window}" if given.mask.window else ""))
    if given.bos:
        words.append(f"bos={given.bos}")
    return " ".join(words)


@lru_cache(maxsize=16)
def _rules(given: Given) -> dict[str, tuple[tuple[Rule, Replacement], ...]]:
    special: list[Rule] = []
    if given.mask is not None and given.mask.kind != "full":
        special += _NO_KEY_AFTER
    if given.mask is not None and given.mask.kind == "causal":
        special.append(Rule("the whole row", "aggregate", _upto_query, "all up to q is visible"))
    if given.bos:
        special.append(_BEGINNING[given.bos])
    return compile_rules((*special, *RULES))


def _upto_query(machine: Rewriter, term: Term) -> int | None:
    """visible(q) is upto(q)."""
    payload = term.payload
    if not isinstance(payload, Aggregate) or payload.range != "visible":
        return None
    upto = Aggregate(payload.function, "upto", payload.height)
    return machine.add("aggregate", (machine.add("q", ()), *term.args), upto)


def _nothing_after_query(machine: Rewriter, term: Term) -> int | None:
    """after(q) is empty."""
    payload = term.payload
    if not isinstance(payload, Aggregate) or payload.range != "after":
        return None
    never = machine.graph.bool(False)
    if machine.op(term.args[0]) != "q" or term.args[-2] == never:
        return None
    return machine.add("aggregate", (*term.args[:-2], never, term.args[-1]), payload)


def _beginning(machine: Rewriter, term: Term) -> int | None:
    """is_bos is: the index is 0."""
    if term.payload != "is_bos":
        return None
    index = machine.graph.index(term.args[0])
    return machine.add("eq", (index, machine.graph.number(0)))


def _no_beginning(machine: Rewriter, term: Term) -> int | None:
    return machine.graph.bool(False) if term.payload == "is_bos" else None


_NO_KEY_AFTER = (
    Rule("key at most query", "le(i(k), i(q))", "true", "a visible key isn't after its query"),
    Rule("query before key", "lt(i(q), i(k))", "false", "a visible key isn't after its query"),
    Rule("query at most key", "le(i(q), i(k))", "eq(i(q), i(k))", "and so it is the key"),
    Rule("key before query", "lt(i(k), i(q))", "not(eq(i(q), i(k)))", "and so it isn't the key"),
    Rule("nothing after the query", "next(q)", "none", "nothing lies beyond the horizon"),
    Rule("empty after", "aggregate", _nothing_after_query, "nothing lies beyond the horizon"),
)
_BEGINNING: dict[str, Rule] = {
    "first": Rule("beginning", "column", _beginning, "it stands first, and nowhere else"),
    "never": Rule("no beginning", "column", _no_beginning, "the tokenizer has none"),
}
