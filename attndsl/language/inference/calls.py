"""The types of calls: helpers, built-in functions, functions of a row, methods of texts."""

from attndsl.language import python_habits
from attndsl.language.budget import PER_CHARACTER
from attndsl.language.inference import hints, literals
from attndsl.language.inference.comparisons import is_literal_text, range_advice
from attndsl.language.inference.operators import number
from attndsl.language.inference.scope import Scope
from attndsl.language.nodes import Call, Expression, Name, SetDisplay, Type
from attndsl.language.shipped import callables, size
from attndsl.language.vocabulary import AGGREGATES, FUNCTIONS, METHODS, RANGES, ROWS

B, N, T, P, S = Type.BOOL, Type.NUMBER, Type.TEXT, Type.POSITION, Type.SET


def call(node: Call, scope: Scope) -> Expression:
    name = node.function
    if name.startswith("."):
        return _unknown_method(node, scope)
    if name in METHODS:
        return _method(node, scope)
    if name in scope.names.definitions:
        return _helper(node, scope)
    if name in scope.names.broken:
        return _typed(node, _arguments(node, scope), None)
    if name in FUNCTIONS and not (name in AGGREGATES and len(node.arguments) == 1):
        return _function(node, scope)
    if name in ROWS:
        return _row(node, scope)
    if scope.names.has_mechanism(name):
        return _helper(node, scope)
    arguments = _arguments(node, scope)
    code, message, hint = _refusal(name, scope)
    scope.error(code, message, node.function_span, hint)
    return _typed(node, arguments, None)


def _refusal(name: str, scope: Scope) -> tuple[str, str, str]:
    """Why the name can't be called like this, and what to write."""
    if name in AGGREGATES:
        example = f"{name}(t for t in before(q) if ...)"
        if name not in ("first", "last", "count"):
            example = f"{name}(... for t in before(q))"
        hint = f"write `{example}`"
        if name in ("min", "max"):
            hint += f", or `{name}(a, b)`" + (", or `row_max(e)`" if name == "max" else "")
        return "ATT064", f"`{name}` looks at many positions", hint
    if name in RANGES:
        return "ATT064", f"`{name}` is a range of positions, no value", range_advice(name)
    if scope.lookup(name) is not None or name in scope.later:
        return "ATT064", f"`{name}` is a value and can't be called", "leave the brackets out"
    own = (*scope.names.definitions, *callables())
    return "ATT041", f"there is no function `{name}`", scope.suggest(hints.for_function, name, own)


def _helper(node: Call, scope: Scope) -> Expression:
    name = node.function
    names = scope.names if name in scope.names.definitions else scope.names.mechanisms
    parameters = names.definitions[name].parameters
    arguments = _arguments(node, scope)
    if len(arguments) != len(parameters):
        listed = ", ".join(parameter for parameter, _ in parameters)
        _count(node, scope, f"{len(parameters)}", f"write `{name}({listed})`")
        return _typed(node, arguments, None)
    kinds: list[Type] = []
    for argument in arguments:
        if argument.type is S:
            scope.error(
                "ATT054", "a set can't be given to a helper", argument.span,
                "name the set at the top of the file and use it inside the helper",
            )  # fmt: skip
            return _typed(node, arguments, None)
        if argument.type is not None:
            kinds.append(argument.type)
    if len(kinds) < len(arguments) or name in names.recursive:
        return _typed(node, arguments, None)
    instance = (names.mark + name, tuple(kinds))
    if names.mark and instance not in scope.called:
        scope.names.budget.left += PER_CHARACTER * size(name)  # as if it were written here
    scope.called.add(instance)
    if instance not in scope.results:
        scope.needed.setdefault(instance, node.function_span)
        return _typed(node, arguments, None)
    result = scope.results[instance]
    if result is None and names.mark:
        given = ", ".join(kind.value for kind in kinds)
        hint = f"it is the shipped `{name}({', '.join(callables()[name])})`"
        scope.error("ATT054", f"`{name}` can't be given ({given})", node.span, hint)
    return Call(node.span, result, name, node.function_span, arguments, instance)


def _function(node: Call, scope: Scope) -> Expression:
    entry = FUNCTIONS[node.function]
    wanted = entry.parameters
    listed = ", ".join(name for name, _ in wanted)
    if len(node.arguments) < len(wanted) or (
        len(node.arguments) > len(wanted) and not entry.variadic
    ):
        hint = f"write `{entry.name}({listed})`"
        if entry.name == "round" and len(node.arguments) == 2:
            hint = "two digits are `round(x * 100) / 100`"
        elif entry.name == "log" and len(node.arguments) == 2:
            hint = "write `log(x) / log(base)`"
        more = " or more" if entry.variadic else ""
        arguments = _arguments(node, scope)
        _count(node, scope, f"{len(wanted)}{more}", hint)
        return _typed(node, arguments, None)
    checked: list[Expression] = []
    good = True
    for index, argument in enumerate(node.arguments):
        kind = wanted[min(index, len(wanted) - 1)][1]
        if kind is N:
            typed, fine = number(argument, scope, "ATT054", f"`{entry.name}`")
        else:
            typed, fine = _position(argument, entry.name, scope)
        checked.append(typed)
        good = good and fine
    return _typed(node, tuple(checked), entry.result if good else None)


def _position(node: Expression, owner: str, scope: Scope) -> tuple[Expression, bool]:
    """An argument that must be a position, and whether it is one."""
    typed = scope.infer(node)
    if typed.type in (None, P):
        return typed, typed.type is P
    scope.error(
        "ATT054",
        f"`{owner}` takes positions, and this is {hints.article(typed.type)}",
        node.span,
        hints.for_position(node),
    )
    return typed, False


def _row(node: Call, scope: Scope) -> Expression:
    name = node.function
    if len(node.arguments) != 1:
        arguments = _arguments(node, scope)
        _count(node, scope, "1", f"write `{name}(e)`, e the value for one pair (q, k)")
        return _typed(node, arguments, None)
    good = scope.has_row
    if not good and scope.variables:
        hint = f"give it a name before the comprehension: `s = {name}(...)`"
        message = f"`{name}` can't stand inside a comprehension"
        scope.error("ATT059", message, node.function_span, hint)
    elif not good:
        hint = "in a helper of other parameters sum over `t in visible(q)`"
        message = f"`{name}` needs a def with the parameters q, k: it looks at the row of q"
        scope.error("ATT059", message, node.function_span, hint)
    argument, fine = number(node.arguments[0], scope, "ATT054", f"`{name}`")
    return _typed(node, (argument,), N if good and fine else None)


def _method(node: Call, scope: Scope) -> Expression:
    """`t.text.startswith("a")`; the text comes first."""
    name = node.function
    receiver, *arguments = _arguments(node, scope)
    typed = (receiver, *arguments)
    shown = hints.brief(receiver)
    if receiver.type not in (None, T):
        hint = f'write `{shown}.text.{name}("...")`' if receiver.type is P else "texts have it"
        scope.error(
            "ATT065", f"{hints.article(receiver.type)} has no `{name}`", node.function_span, hint
        )
        return _typed(node, typed, None)
    if len(arguments) != 1:
        _count(node, scope, "1", f'write `{shown}.{name}("...")`', len(arguments))
        return _typed(node, typed, None)
    part = arguments[0]
    if receiver.type is None or part.type is None:
        return _typed(node, typed, None)
    if not is_literal_text(part, scope) or part.type is not T:
        hint = f'write the text itself: `{shown}.{name}("...")`'
        if isinstance(part, SetDisplay) or part.type is S:
            hint = f'write `{shown}.{name}("...") or {shown}.{name}("...")`'
        scope.error("ATT065", f"`{name}` takes a literal text", part.span, hint)
        return _typed(node, typed, None)
    literals.check_part(part, receiver, name, scope)
    return _typed(node, typed, B)


def _unknown_method(node: Call, scope: Scope) -> Expression:
    """`k.text.lower()`, `np.exp(x)`, `k.is_punct()`."""
    name = node.function[1:]
    receiver, arguments = node.arguments[0], node.arguments[1:]
    module = isinstance(receiver, Name) and receiver.name in python_habits.MODULES
    if module and isinstance(receiver, Name) and scope.lookup(receiver.name) is None:
        message = f"there is no `{receiver.name}.{name}`: nothing can be imported"
        span = node.span
    else:
        before = len(scope.notes)
        owner = scope.infer(receiver)
        if owner.type is None and len(scope.notes) > before:
            _arguments(node, scope, arguments)
            return _typed(node, node.arguments, None)
        message, span = f"there is no method `{name}`", node.function_span
    scope.error("ATT041", message, span, scope.suggest(hints.for_method, name, receiver))
    _arguments(node, scope, arguments)
    return _typed(node, node.arguments, None)


def _arguments(
    node: Call, scope: Scope, some: tuple[Expression, ...] | None = None
) -> tuple[Expression, ...]:
    return tuple(scope.infer(one) for one in (node.arguments if some is None else some))


def _count(node: Call, scope: Scope, wanted: str, hint: str, given: int | None = None) -> None:
    given = len(node.arguments) if given is None else given
    scope.error(
        "ATT053",
        f"`{node.function}` takes {wanted} argument{'s' * (wanted != '1')}, and here are {given}",
        node.span,
        hint,
    )


def _typed(node: Call, arguments: tuple[Expression, ...], kind: Type | None) -> Call:
    return Call(node.span, kind, node.function, node.function_span, arguments, node.instance)
