"""What the type pass knows at one place of a definition, and how it reports."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from attndsl.language.budget import DIAGNOSTIC
from attndsl.language.diagnostics import Diagnostic, Severity, Span
from attndsl.language.inference.names import FileNames
from attndsl.language.nodes import Definition, Expression, SetDisplay, Type
from attndsl.language.vocabulary import NUMBERS

Instance: TypeAlias = tuple[str, tuple[Type, ...]]
TypeRule: TypeAlias = Callable[[Any, "Scope"], Expression]  # takes its own kind of node
SUGGESTIONS = 100  # names compared with all known ones, per file: 0.1 ms each


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a name: its type (None after an error), the column whose value it has."""

    type: Type | None
    column: str = ""


@dataclass(slots=True)
class Scope:
    """The names in force inside one definition, for one tuple of argument types."""

    names: FileNames
    rules: Mapping[type[Expression], TypeRule]
    results: Mapping[Instance, Type | None]
    definition: Definition
    parameters: dict[str, Value]
    later: Mapping[str, Span]  # every local, with the place of its first value in source order
    locals: dict[str, Value] = field(default_factory=dict)  # surely assigned at this place
    assigned: dict[str, Value] = field(default_factory=dict)  # with the type from then on
    variables: dict[str, Value] = field(default_factory=dict)  # of the comprehensions around
    needed: dict[Instance, Span] = field(default_factory=dict)
    called: set[Instance] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    notes: list[Diagnostic] = field(default_factory=list)

    def infer(self, node: Expression) -> Expression:
        """The expression with its types; what is wrong with it goes into the notes."""
        return self.rules[type(node)](node, self)

    def lookup(self, name: str) -> Value | None:
        """What the name stands for at this place: the innermost meaning wins."""
        for table in (self.variables, self.locals, self.parameters):
            if name in table:
                return table[name]
        if name in self.names.constants:
            constant = self.names.constants[name]
            return Value(None if constant is None else constant.type)
        if name in self.names.broken:
            return Value(None)
        return Value(Type.NUMBER) if name in NUMBERS else None

    def is_constant(self, name: str) -> bool:
        """Whether the name stands for a constant of the file: nothing nearer hides it."""
        nearer = (self.variables, self.locals, self.parameters)
        return name in self.names.constants and not any(name in table for table in nearer)

    def set_named(self, name: str) -> SetDisplay | None:
        """The constant set of that name."""
        value = self.names.constants.get(name) if self.is_constant(name) else None
        return value if isinstance(value, SetDisplay) else None

    def suggest(self, advise: Callable[..., str], name: str, about: object) -> str:
        """A hint about a name; past a limit none, so that a hostile file takes no time."""
        known = self.names.suggested
        if name not in known and len(known) >= SUGGESTIONS:
            return ""
        known.add(name)
        return advise(name, about)

    @property
    def has_row(self) -> bool:
        """Rows can be looked at where `q` and `k` are the parameters, outside comprehensions."""
        names = tuple(name for name, _ in self.definition.parameters)
        return names == ("q", "k") and not self.variables

    @contextmanager
    def variable(self, name: str) -> Iterator[None]:
        """Inside a comprehension whose variable has this name."""
        hidden = self.variables.get(name)
        self.variables[name] = Value(Type.POSITION)
        try:
            yield
        finally:
            del self.variables[name]
            if hidden is not None:
                self.variables[name] = hidden

    def error(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self._note("error", code, message, span, hint)

    def warning(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self._note("warning", code, message, span, hint)

    def _note(self, severity: Severity, code: str, message: str, span: Span, hint: str) -> None:
        self.names.budget.spend(DIAGNOSTIC)
        self.notes.append(Diagnostic(code, severity, message, span, hint, self.names.file))
