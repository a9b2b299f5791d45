"""The names of a file: constants with their values, definitions, which helpers call which."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from attndsl.language import shipped
from attndsl.language.budget import DIAGNOSTIC, SET_ITEM, Budget
from attndsl.language.diagnostics import Diagnostic, Severity, Span
from attndsl.language.nodes import (
    Bool,
    Call,
    Constant,
    Definition,
    Expression,
    Module,
    Name,
    Node,
    Number,
    SetDisplay,
    String,
    Type,
    children,
)

DEEPEST_CALLS = 64
Reporter: TypeAlias = Callable[[str, str, Span, str], None]  # code, message, span, hint
# What a line at the left edge names, also where the parser had to give the definition up.
NAMED = re.compile(r"^(?:def[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*=(?!=))", re.MULTILINE)


@dataclass(slots=True)
class FileNames:
    """What the top of a file defines; a constant with an error has no value."""

    file: str
    constants: dict[str, Expression | None]
    definitions: dict[str, Definition]
    broken: frozenset[str]  # named in the source, but not to be read
    recursive: frozenset[str]
    notes: list[Diagnostic]
    suggested: set[str] = field(default_factory=set)  # names that hints were looked up for
    budget: Budget = field(default_factory=Budget)
    possible: set[tuple[str, str]] = field(default_factory=set)  # columns and sets without a doubt
    mark: str = ""  # before a def's name in the key of an instance: of a shipped one's
    shipped: dict[str, Definition] = field(default_factory=dict)  # the mechanisms that are called

    def has_mechanism(self, name: str) -> bool:
        """Whether a shipped mechanism has that name; those that are called are read."""
        if name not in self.shipped and shipped.is_shipped(name):
            self.shipped |= shipped.definitions(name)
        return name in self.shipped

    @property
    def mechanisms(self) -> "FileNames":
        """The names in force inside shipped mechanisms: theirs alone."""
        none: frozenset[str] = frozenset()
        return FileNames(shipped.FILE, {}, self.shipped, none, none, [], mark=shipped.MARK)

    def note(self, severity: Severity, code: str, message: str, span: Span, hint: str) -> None:
        self.budget.spend(DIAGNOSTIC)
        self.notes.append(Diagnostic(code, severity, message, span, hint, self.file))

    def error(self, code: str, message: str, span: Span, hint: str) -> None:
        self.note("error", code, message, span, hint)


def names_of(module: Module, budget: Budget) -> FileNames:
    """Collect the names of a file, with what is wrong about them."""
    names = FileNames(module.file, {}, {}, frozenset(), frozenset(), [], budget=budget)
    first: dict[str, Span] = {}
    entries: list[Constant | Definition] = [*module.constants, *module.definitions]
    for entry in sorted(entries, key=lambda one: one.name_span):
        if entry.name in first:
            line = first[entry.name].line
            names.error(
                "ATT043",
                f"`{entry.name}` is defined twice, first in line {line}",
                entry.name_span,
                "give each constant and each def a name of its own",
            )
            continue
        first[entry.name] = budget.place = entry.name_span
        if isinstance(entry, Constant):
            names.constants[entry.name] = _constant(entry, names)
        else:
            names.definitions[entry.name] = entry
    written = {match[1] or match[2] for match in NAMED.finditer(module.source)}
    names.broken = frozenset(written - first.keys())
    calls = {name: called_by(one, names) for name, one in names.definitions.items()}
    names.recursive = frozenset(_cycles(calls, names))
    _check_depth(calls, names)
    return names


def called_by(definition: Definition, names: FileNames) -> dict[str, Span]:
    """The file's own defs that a definition calls, each with the first place."""
    calls: dict[str, Span] = {}
    for node in nodes_of(definition):
        if isinstance(node, Call) and node.function in names.definitions:
            calls.setdefault(node.function, node.function_span)
    return calls


def nodes_of(root: Node) -> Iterator[Node]:
    """The node and every node below it, in source order."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        below = children(node)
        if below:
            stack.extend(reversed(below))


def _constant(entry: Constant, names: FileNames) -> Expression | None:
    value = entry.value
    if isinstance(value, Name):
        return named_constant(value, names)
    if isinstance(value, SetDisplay):
        return resolved_set(value, lambda name: named_constant(name, names), names, names.error)
    return literal(value)


def literal(node: Expression) -> Expression | None:
    """A literal with its type, None for anything else."""
    match node:
        case Number(value=number):
            return Number(node.span, Type.NUMBER, number)
        case String(value=text):
            return String(node.span, Type.TEXT, text)
        case Bool(value=truth):
            return Bool(node.span, Type.BOOL, truth)
    return None


def named_constant(node: Name, names: FileNames) -> Expression | None:
    """The value of an earlier constant."""
    if node.name not in names.constants and node.name not in names.broken:
        names.error(
            "ATT040",
            f"`{node.name}` is no constant of the lines above",
            node.span,
            "a constant may use those named before it",
        )
    return names.constants.get(node.name)


def resolved_set(
    node: SetDisplay,
    value_of: Callable[[Name], Expression | None],
    names: FileNames,
    error: Reporter,
) -> SetDisplay | None:
    """The set with names replaced by what they stand for, each item once; not empty, one type."""
    items: dict[tuple[Type | None, object], Expression] = {}
    for item in node.items:
        value = value_of(item) if isinstance(item, Name) else literal(item)
        if value is None:
            return None
        joined = value.items if isinstance(value, SetDisplay) else (value,)
        names.budget.spend(SET_ITEM * len(joined))
        for one in joined:
            items.setdefault(_key(one), one)
    if not items:
        error("ATT055", "a set can't be empty", node.span, "leave the test out")
        return None
    kinds = list(dict.fromkeys(kind for kind, _ in items))
    if len(kinds) > 1:
        first, other = (kind.value for kind in kinds[:2] if kind is not None)
        error(
            "ATT055",
            f"a set holds one type, and this one holds a {first} and a {other}",
            node.span,
            "write two sets, and `or` between the tests",
        )
        return None
    return SetDisplay(node.span, Type.SET, tuple(items.values()))


def _key(item: Expression) -> tuple[Type | None, object]:
    """Equal for equal literals."""
    assert isinstance(item, Number | String | Bool)
    return item.type, item.value


def _cycles(calls: dict[str, dict[str, Span]], names: FileNames) -> set[str]:
    """The definitions that can reach themselves; an error names each cycle once."""
    state: dict[str, int] = {}  # 1 on the path, 2 done
    recursive: set[str] = set()
    for root in calls:
        if root in state:
            continue
        path = [root]
        pending = [iter(calls[root].items())]
        state[root] = 1
        while pending:
            for callee, span in pending[-1]:
                if state.get(callee) == 1:
                    cycle = path[path.index(callee) :]
                    if not recursive.issuperset(cycle):
                        _report_cycle(cycle, span, names)
                    recursive.update(cycle)
                elif callee not in state:
                    state[callee] = 1
                    path.append(callee)
                    pending.append(iter(calls[callee].items()))
                    break
            else:
                pending.pop()
                state[path.pop()] = 2
    return recursive


def _report_cycle(cycle: list[str], span: Span, names: FileNames) -> None:
    shown = cycle if len(cycle) <= 6 else [*cycle[:3], "...", *cycle[-2:]]
    chain = " -> ".join([*shown, cycle[0]])
    names.error(
        "ATT047",
        f"a helper can't call itself: {chain}",
        span,
        "look at many positions with an aggregate, such as `any(... for t in before(q))`",
    )


def _check_depth(calls: dict[str, dict[str, Span]], names: FileNames) -> None:
    """No chain of calls is longer than the limit (callees are settled before callers)."""
    depth: dict[str, int] = {}
    for root in calls:
        stack = [root]
        while stack:
            name = stack[-1]
            waiting = [
                callee
                for callee in calls[name]
                if callee not in depth and callee not in names.recursive
            ]
            if waiting and name not in names.recursive:
                stack.extend(waiting)
                continue
            stack.pop()
            if name in depth:
                continue
            depth[name] = 1 + max((depth.get(callee, 0) for callee in calls[name]), default=0)
            if depth[name] == DEEPEST_CALLS + 2:
                names.error(
                    "ATT048",
                    f"helpers call helpers more than {DEEPEST_CALLS} deep",
                    names.definitions[name].name_span,
                    "join some of the helpers into one",
                )
