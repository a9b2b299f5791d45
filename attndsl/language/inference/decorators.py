"""What stands above a `def`: `@softmax` and `@fallback(...)`, on head programs, each once."""

from attndsl.language.inference import hints
from attndsl.language.inference.scope import Scope
from attndsl.language.nodes import Decorator, Definition
from attndsl.language.vocabulary import DECORATORS


def check_decorators(definition: Definition, scope: Scope) -> None:
    seen: set[str] = set()
    for decorator in definition.decorators:
        if not definition.is_head:
            message = f"`@{decorator.name}` stands above head programs only"
            hint = "a head program has the parameters q, k and a name without `_` in front"
            scope.error("ATT060", message, decorator.span, hint)
        elif decorator.name in seen:
            message = f"`@{decorator.name}` stands there twice"
            scope.error("ATT060", message, decorator.span, "leave one out")
        else:
            _check_one(decorator, scope)
        seen.add(decorator.name)


def _check_one(decorator: Decorator, scope: Scope) -> None:
    entry = DECORATORS.get(decorator.name)
    known = " and ".join(
        f"@{name}" + f"({'|'.join(one.arguments)})" * bool(one.arguments)
        for name, one in DECORATORS.items()
    )
    if entry is None:
        nearest = scope.suggest(hints.nearest, decorator.name, tuple(DECORATORS))
        hint = f"did you mean `@{nearest}`?" if nearest else f"known are {known}"
        scope.error("ATT060", f"there is no decorator `@{decorator.name}`", decorator.span, hint)
    elif decorator.argument is None and entry.arguments:
        hint = (
            f"write `@{entry.name}({entry.arguments[0]})`; known are {', '.join(entry.arguments)}"
        )
        scope.error("ATT060", f"`@{entry.name}` needs a word in brackets", decorator.span, hint)
    elif decorator.argument is not None and decorator.argument not in entry.arguments:
        message = f"`@{entry.name}` doesn't know `{decorator.argument}`"
        hint = f"known are {', '.join(entry.arguments)}"
        if not entry.arguments:
            message, hint = f"`@{entry.name}` takes no argument", f"write `@{entry.name}`"
        scope.error("ATT060", message, decorator.span, hint)
