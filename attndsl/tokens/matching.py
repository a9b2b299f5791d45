"""The ways that a text is held against a literal."""

from collections.abc import Callable

MODES: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "starts": str.startswith,
    "ends": str.endswith,
    "contains": str.__contains__,
}
