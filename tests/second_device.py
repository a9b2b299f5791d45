"""A second device where there is only a CPU: tensors that compute there and refuse to be mixed.

They report the device `meta`. An operation on them together with a tensor of the CPU is an error,
as it is between a GPU and a CPU; so is reading them as NumPy arrays before they are brought back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

NAME = "meta"
MOVES = ("aten::_to_copy", "aten::copy_", "aten::to")
# As between a GPU and a CPU: places may be said by a tensor of the CPU.
PLACES = ("aten::index", "aten::index_put", "aten::index_put_")


class There(torch.Tensor):
    """A tensor of the second device, its numbers in `inner`."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Any:
        found = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.shape, inner.stride(), inner.storage_offset(), dtype=inner.dtype,
            device=NAME, requires_grad=False,
        )  # fmt: skip
        found.inner = inner
        return found

    def __repr__(self) -> str:  # type: ignore[override]
        return f"There({self.inner!r})"

    @classmethod
    def __torch_dispatch__(
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return run(function, args, kwargs or {})


class Factories(TorchDispatchMode):
    """What is made with `device="meta"` is made there."""

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return run(function, args, kwargs or {})


class Literals(TorchFunctionMode):
    """What is made of Python numbers and arrays never comes by the factories below."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        device = kwargs.get("device")
        if function in (torch.tensor, torch.as_tensor) and device is not None:
            found = function(*args, **{**kwargs, "device": None})
            return There(found) if torch.device(device).type == NAME else found
        return function(*args, **kwargs)


def run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    flat, _ = tree_flatten((args, kwargs))
    tensors = [one for one in flat if isinstance(one, torch.Tensor)]
    there = any(isinstance(one, There) for one in tensors)
    name = function._schema.name
    if there and name not in MOVES + PLACES:
        here = [t for t in tensors if not isinstance(t, There) and t.dim() > 0]
        if here:
            raise RuntimeError(
                f"{name}: expected all tensors to be on the same device, but found at least two, "
                f"cpu {tuple(here[0].shape)} and {NAME}"
            )
    device = kwargs.get("device")
    goes = there if device is None else torch.device(device).type == NAME
    kwargs = {**kwargs, "device": "cpu"} if device is not None else kwargs
    if name == "aten::copy_":
        goes = isinstance(args[0], There)
    inner = lambda one: one.inner if isinstance(one, There) else one  # noqa: E731
    found = function(*tree_map(inner, args), **tree_map(inner, kwargs))
    if name.endswith("_") and not name.endswith("__") and isinstance(args[0], torch.Tensor):
        return args[0]  # in place
    wrap = lambda one: There(one) if isinstance(one, torch.Tensor) and goes else one  # noqa: E731
    return tree_map(wrap, found)


def move(model: nn.Module) -> None:
    """The parameters and buffers of a model onto the second device."""
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None:
                module._parameters[name] = nn.Parameter(
                    There(weight.detach()), weight.requires_grad
                )
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = There(buffer)


@contextmanager
def second_device(model: nn.Module) -> Iterator[None]:
    """A model on the second device, for as long as the block lasts in which it is used."""
    move(model)
    with Factories(), Literals():
        yield
