"""Names and types of a whole file: `infer`."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from attndsl.language.budget import Budget
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.inference.decorators import check_decorators
from attndsl.language.inference.expressions import RULES
from attndsl.language.inference.names import FileNames, names_of, nodes_of
from attndsl.language.inference.scope import Instance, Scope, Value
from attndsl.language.inference.statements import Needs, first_assignments, walk
from attndsl.language.nodes import (
    Call,
    Constant,
    Definition,
    Expression,
    Module,
    Name,
    Type,
    TypedModule,
)
from attndsl.language.shipped import MARK, NOWHERE

Steps: TypeAlias = Generator[Needs, None, tuple[Definition, Type | None]]
KINDS = 16  # tuples of argument types that one helper may be called with
# Slips in names: said once in a definition, however often the name stands there.
SAID_ONCE = frozenset({"ATT040", "ATT041", "ATT042", "ATT044"})


def infer(
    module: Module, budget: Budget | None = None
) -> tuple[TypedModule, tuple[Diagnostic, ...]]:
    """The module with every expression typed, and all that is wrong with its names and types.

    Heads with an error of their own, or in a helper that they call, are left out of the result.

    >>> from attndsl.language.parser import parse
    >>> typed, notes = infer(parse("def f(q, k):\\n    return k.is_qoute\\n")[0])
    >>> typed.heads, [(note.code, note.hint) for note in notes]
    ((), [('ATT042', 'did you mean `k.is_quote`?')])
    """
    names = names_of(module, budget or Budget())
    progress = _Progress(names)
    heads: list[Definition] = []
    for definition in names.definitions.values():
        if definition.is_head:
            instance = (definition.name, (Type.POSITION, Type.POSITION))
            progress.settle(instance)
            if progress.clean[instance] and definition.name not in names.recursive:
                heads.append(progress.typed[instance])
    for definition in module.definitions:
        twice = names.definitions.get(definition.name) is not definition
        if twice or definition.name not in progress.called:
            progress.check_alone(definition)
    _check_unused(module, names)
    instances = {
        instance: (typed, kind)
        for instance, typed in progress.typed.items()
        if progress.clean[instance] and (kind := progress.results[instance]) is not None
    }
    constants = {name: value for name, value in names.constants.items() if value is not None}
    notes = sorted({*names.notes, *progress.notes}, key=lambda note: (note.span, note.code))
    return TypedModule(module, tuple(heads), instances, constants), tuple(notes)


@dataclass(slots=True)
class _Progress:
    """The definitions of a file as far as they have been typed."""

    names: FileNames
    results: dict[Instance, Type | None] = field(default_factory=dict)
    typed: dict[Instance, Definition] = field(default_factory=dict)
    clean: dict[Instance, bool] = field(default_factory=dict)
    called: dict[str, set[Instance]] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)

    def settle(self, wanted: Instance) -> None:
        """Type a definition for these arguments, and before it every helper that it calls."""
        self.called.setdefault(wanted[0], set()).add(wanted)
        waiting = [wanted]
        begun: dict[Instance, tuple[Scope, Steps]] = {}
        while waiting:
            instance = waiting[-1]
            if instance in self.results:
                waiting.pop()
                continue
            if instance not in begun:
                scope = self._scope(self._definition(instance[0]), instance[1])
                begun[instance] = scope, walk(scope)
            scope, steps = begun[instance]
            try:
                needs = next(steps)
            except StopIteration as done:
                self.typed[instance], self.results[instance] = done.value
                self._finish(instance, scope)
            else:
                waiting.extend(
                    one for one, place in needs.items() if self._may_call(one, place, scope)
                )

    def _definition(self, key: str) -> Definition:
        """A def of the file, or a shipped one, by the first half of an instance."""
        if key.startswith(MARK):
            return self.names.shipped[key.removeprefix(MARK)]
        return self.names.definitions[key]

    def check_alone(self, definition: Definition) -> None:
        """Check a definition that nothing calls; its parameters may be anything."""
        scope = self._scope(definition, tuple(None for _ in definition.parameters))
        steps = walk(scope)
        for needs in steps:
            for instance in needs:
                self.settle(instance)
        self.notes.extend(_reported(scope, ""))

    def _may_call(self, instance: Instance, place: Span, scope: Scope) -> bool:
        """Each kind of call costs a walk through the helper, so there is a limit."""
        others = self.called.setdefault(instance[0], set())
        if instance in others or len(others) < KINDS:
            others.add(instance)
            return True
        name = instance[0].removeprefix(MARK)
        message = f"`{name}` is called with more than {KINDS} different kinds of arguments"
        scope.error("ATT048", message, place, "write two helpers")
        self.results[instance] = None
        self.clean[instance] = False
        return False

    def _scope(self, definition: Definition, kinds: tuple[Type | None, ...]) -> Scope:
        if definition.is_head:
            kinds = (Type.POSITION, Type.POSITION)
        parameters = {
            name: Value(kind) for (name, _), kind in zip(definition.parameters, kinds, strict=True)
        }
        later = first_assignments(definition)
        self.names.budget.place = definition.name_span
        names = self.names if definition.span != NOWHERE else self.names.mechanisms
        scope = Scope(names, RULES, self.results, definition, parameters, later)
        _check_header(definition, scope)
        return scope

    def _finish(self, instance: Instance, scope: Scope) -> None:
        kinds = instance[1]
        plain = all(kind is Type.POSITION for kind in kinds)
        called = "" if plain else ", ".join(kind.value for kind in kinds)
        self.clean[instance] = (
            not any(note.severity == "error" for note in scope.notes)
            and all(self.clean.get(callee, False) for callee in scope.called)
            and _is_typed(self.typed[instance])
        )
        if instance[0].startswith(MARK):  # an error is the caller's, who is told of it at the call
            self.results[instance] = self.results[instance] if self.clean[instance] else None
            return
        self.notes.extend(_reported(scope, called))


def _is_typed(definition: Definition) -> bool:
    """Whether no part was left open, such as a call of a def that could not be read."""
    return all(
        node.type is not None for node in nodes_of(definition) if isinstance(node, Expression)
    )


def _reported(scope: Scope, called: str) -> list[Diagnostic]:
    """The notes of one definition, repeated slips in a name left out."""
    said: set[tuple[str, str]] = set()
    kept: list[Diagnostic] = []
    for note in scope.notes:
        key = (note.code, note.message)
        if note.code in SAID_ONCE and key in said:
            continue
        said.add(key)
        if called and note.severity == "error":
            about = f"`{scope.definition.name}` is called with ({called})"
            note = replace(note, hint=f"{note.hint}; {about}" if note.hint else about)
        kept.append(note)
    return kept


def _check_header(definition: Definition, scope: Scope) -> None:
    """Parameters and decorators."""
    seen: set[str] = set()
    for name, span in definition.parameters:
        if name in seen:
            hint = "give each parameter a name of its own"
            scope.error("ATT043", f"`{name}` is a parameter twice", span, hint)
        elif name in scope.names.constants:
            hint = "give the parameter another name"
            scope.error("ATT045", f"`{name}` is a constant of this file", span, hint)
        seen.add(name)
    check_decorators(definition, scope)


def _check_unused(module: Module, names: FileNames) -> None:
    """Warn of constants and helpers that nothing uses; silent where part of the file is broken."""
    if names.broken:
        return
    read: set[str] = set()
    entries: list[Constant | Definition] = [*module.constants, *module.definitions]
    for entry in entries:
        for node in nodes_of(entry):
            if isinstance(node, Name):
                read.add(node.name)
            elif isinstance(node, Call) and node.function != entry.name:
                read.add(node.function)
    for entry in entries:
        if entry.name in read:
            continue
        if isinstance(entry, Constant):
            hint = "use it, or leave it out"
            message = f"the constant `{entry.name}` is never used"
            names.note("warning", "ATT071", message, entry.name_span, hint)
        elif not entry.is_head:
            _warn_unused_helper(entry, names)


def _warn_unused_helper(entry: Definition, names: FileNames) -> None:
    hint = "call it from a head program, whose parameters are `q, k`, or leave it out"
    if len(entry.parameters) == 2:
        hint = f"a head program has exactly the parameters q, k: `def {entry.name}(q, k):`"
        if entry.name.startswith("_"):
            hint = "a name that starts with `_` makes it a helper; a head program has no `_`"
    names.note("warning", "ATT071", f"the helper `{entry.name}` is never called",
               entry.name_span, hint)  # fmt: skip
