"""Names of a package that are loaded on first use, so that importing the package is quick."""

from collections.abc import Callable, Mapping
from importlib import import_module


def handing_out(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package: each name with the module that it lives in.

    A home such as `loading:load` says what the name is called there.

    >>> handing_out("attndsl.language", {"CAUSAL": "mask"})("CAUSAL").kind
    'causal'
    """

    def hand_out(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"{package} has no {name}; it has {', '.join(homes)}")
        module, _, other = homes[name].partition(":")
        return getattr(import_module(f"{package}.{module}"), other or name)

    return hand_out
