"""Reading a GGUF file, once: later loads take a converted copy from the user's cache.

Reading SmolLM2's file takes 14 s and 1.5 GB, its converted copy 0.4 s.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Any

from attndsl.files.cache import cache_folder
from attndsl.language.diagnostics import AttndslError
from attndsl.models.places import NO_CODE, fingerprint_of_file

NEEDED = ("gguf", "accelerate")


def converted(path: Path) -> Path | None:
    """A folder with the model of a GGUF file; None where there is no room to keep one."""
    folder = cache_folder() / "models" / f"{path.stem}-{fingerprint_of_file(path)}"
    if (folder / "config.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # float32 takes up to eight times the room of four-bit weights.
        if shutil.disk_usage(folder.parent).free < 10 * path.stat().st_size:
            return None
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".converting-"))
    except OSError:
        return None
    try:
        model, tokenizer = read(path)
        model.save_pretrained(scratch)
        tokenizer.save_pretrained(scratch)
        os.replace(scratch, folder)
    except OSError:
        # Another process may have been first; else the disk is full.
        return folder if (folder / "config.json").is_file() else None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def read(path: Path) -> tuple[Any, Any]:
    """The model and tokenizer of a GGUF file in float32, as transformers would save them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise AttndslError(
            f"reading {path.name} needs {' and '.join(missing)}: attndsl doctor --get models"
        )
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=torch.float32, **NO_CODE
        )
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name, **NO_CODE)
    # What transformers raises for a kind, a tensor or a number format that it doesn't know.
    except (ValueError, KeyError, NotImplementedError, RuntimeError) as error:
        raise AttndslError(
            f"transformers can't read {path.name}: {str(error).strip() or type(error).__name__}"
        ) from error
    # What its reader raises where lengths and places in the file make no sense.
    except (struct.error, OverflowError, IndexError, TypeError, OSError, MemoryError) as error:
        raise AttndslError(f"{path.name} is cut short or damaged: {error}") from error
    # Else save_pretrained refuses: it takes the model for a quantized one.
    model.hf_quantizer = None
    for name in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, name):
            delattr(model.config, name)
    model.is_quantized = False
    model.config.architectures = [type(model).__name__]
    return model, tokenizer
