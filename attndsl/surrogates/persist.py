"""A replaced model on disk: its weights as transformers has them, its programs as text."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import attndsl
from attndsl.files.places import expect_path, lacking
from attndsl.files.whole import make_folder, write_json, write_text
from attndsl.graph.library import as_library
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.models.bare import bare
from attndsl.models.device import chosen_device, chosen_dtype
from attndsl.models.hub import reason_of
from attndsl.models.loading import (
    LoadedModel,
    describe,
    load_model_class,
    quiet,
    tokenizer_of,
)
from attndsl.models.loading import load as load_model
from attndsl.models.places import NO_CODE, Place
from attndsl.surrogates.handle import HANDLE, Handle, Head, install
from attndsl.surrogates.numbering import identity
from attndsl.surrogates.pruning import PRUNED, shrink

FORMAT = 1
PROGRAMS = "programs.attn"
RECORD = "attndsl.json"


@dataclass(frozen=True, eq=False, slots=True)
class Replaced:
    """A model with its programs in place, as `load` gives it."""

    loaded: LoadedModel
    handle: Handle

    @property
    def model(self) -> Any:
        return self.loaded.model


def save(model: Any, folder: Path | str) -> None:
    """Write the programs that stand in `model`, and its tokenizer, beside what its own
    `save_pretrained` wrote."""
    model = bare(model)
    handle: Handle | None = model.__dict__.get(HANDLE)
    if handle is None:
        raise AttndslError("no programs are installed in this model, so there is nothing to save")
    expect_path(folder)
    folder = Path(folder)
    names, source = written(handle.assignment)
    record = {
        "format": FORMAT,
        "versions": versions(),
        "assignment": {
            f"{layer}.{head}": names[str(identity(program))]
            for (layer, head), program in sorted(handle.assignment.items(), key=lambda i: i[0])
        },
        "pruned": {str(at): list(heads) for at, heads in model.__dict__.get(PRUNED, {}).items()},
    }
    make_folder(folder)
    write_text(folder / PROGRAMS, source)
    write_json(folder / RECORD, record)
    if handle.tokenizer is not None:
        handle.tokenizer.save_pretrained(folder)


def written(assignment: Mapping[Head, Hashable]) -> tuple[dict[str, str], str]:
    """The name that each distinct program has in a file, by its hash, and the file's text."""
    programs = []
    for _, program in sorted(assignment.items(), key=lambda item: item[0]):
        if not isinstance(program, Program):
            raise AttndslError(f"{program!r} is no checked program, so it can't be saved as text")
        programs.append(program)
    names, source = as_library(programs)
    if missing := set(names.values()) - set(checked(source, PROGRAMS)):
        raise AttndslError(f"the program {min(missing)} does not survive being written as text")
    return names, source


def versions() -> dict[str, str]:
    import transformers

    return {
        "attndsl": attndsl.__version__,
        "transformers": transformers.__version__,
        "torch": torch.__version__,
    }


def load(
    folder: Path | str, dtype: str | torch.dtype | None = None, device: str | None = None
) -> Replaced:
    """A model and its programs as `save` wrote them, installed and ready.

    The folder is not trusted: its programs go through the checker like any others.
    """
    expect_path(folder)
    folder = Path(folder)
    record = read_record(folder)
    programs = checked(read_programs(folder / PROGRAMS), str(folder / PROGRAMS))
    assignment: dict[Head, Program] = {}
    for head, name in record.assignment.items():
        if name not in programs:
            raise AttndslError(f"{folder / RECORD} names the program {name!r}, which is not there")
        assignment[head] = programs[name]
    if record.pruned:
        loaded = load_pruned(folder, record.pruned, dtype, device)
    else:
        loaded = load_model(str(folder), dtype, device)
    return Replaced(loaded, install(loaded, assignment))


@dataclass(frozen=True, slots=True)
class Record:
    """What `attndsl.json` says."""

    assignment: dict[Head, str]
    pruned: dict[int, tuple[int, ...]]


def read_record(folder: Path) -> Record:
    path = folder / RECORD
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AttndslError(
            f"{folder} holds no replaced model: {lacking(folder, RECORD)}. One is saved by "
            "model.save_pretrained and attndsl.save"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise AttndslError(f"{path} can't be read: {error}") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise AttndslError(f"{path} is not of format {FORMAT}, which this version reads")
    try:
        heads = {key: key.split(".") for key in record["assignment"]}
        assignment = {
            (int(layer), int(head)): str(record["assignment"][key])
            for key, (layer, head) in heads.items()
        }
        pruned = {
            int(layer): tuple(int(head) for head in heads)
            for layer, heads in record.get("pruned", {}).items()
        }
    except (KeyError, ValueError, OverflowError, TypeError, AttributeError) as error:
        raise AttndslError(f"{path} does not describe an assignment: {error!r}") from None
    return Record(assignment, pruned)


def read_programs(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AttndslError(f"{path} can't be read: {error}") from None


def checked(source: str, file: str) -> dict[str, Program]:
    """The programs of a text by name, after all checks."""
    from attndsl.graph.verify import verify

    verified = verify(source, file)
    if verified.errors:
        first = verified.errors[0]
        raise AttndslError(f"{file}, line {first.span.line}: {first.message}", verified.diagnostics)
    return {program.name: program for program in verified.programs}


def load_pruned(
    folder: Path,
    pruned: Mapping[int, tuple[int, ...]],
    dtype: str | torch.dtype | None,
    device: str | None,
) -> LoadedModel:
    """An empty model, narrowed, then its weights: rows that were dropped are never made."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from transformers import AutoConfig
    from transformers.initialization import no_init_weights

    to = chosen_device(device)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise AttndslError(f"{folder} holds no *.safetensors, which a pruned model is read from")
    try:
        with quiet():
            config = AutoConfig.from_pretrained(folder, **NO_CODE)
            kind = chosen_dtype(dtype, to)
            kind = (config.dtype or torch.float32) if isinstance(kind, str) else kind
            with no_init_weights():
                model = load_model_class(config, str(folder)).from_config(
                    config, dtype=kind, **NO_CODE
                )
            shrink(model, pruned)
            model.tie_weights()  # a weight that is another's twin has no file of its own
            missing = {name for name, _ in model.named_parameters()}
            for file in files:
                weights = load_file(file)
                tensors = {name: weight.to(kind) for name, weight in weights.items()}
                report = model.load_state_dict(tensors, strict=False, assign=True)
                missing &= set(report.missing_keys)
                if report.unexpected_keys:
                    raise AttndslError(
                        f"{file} holds weights that the model lacks, {report.unexpected_keys[0]}"
                    )
            model.tie_weights()
            tokenizer = tokenizer_of(Place("folder", str(folder)))
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise AttndslError(f"{folder} can't be loaded: {reason_of(error)}") from error
    if missing:
        raise AttndslError(f"the weights of {folder} are not complete: {min(missing)} is missing")
    return describe(str(folder), model.to(to).eval(), tokenizer)
