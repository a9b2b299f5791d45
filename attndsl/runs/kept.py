"""The data of a run's report beside its page, so that the page can be made again without the heads.

`report.json` is the report but its arrays; `maps.safetensors` holds these, each by the name that
stands in its place, such as `texts.0.real`: maps a byte a weight as in the page, and figures by
text (which come in float64) as float32.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from attndsl.files.places import Place
from attndsl.files.reading import read_json
from attndsl.files.whole import replacing, write_json
from attndsl.fit.assignment import LIBRARY
from attndsl.fit.findings import Census
from attndsl.language.diagnostics import AttndslError
from attndsl.report.data import Report
from attndsl.report.levels import quantised
from attndsl.runs.schema import CENSUS, DATA, MAPS, NO_REPORT, PAGE, read_summary

Arrays = dict[str, np.ndarray[Any, Any]]


def keep_report(report: Report, folder: Place) -> None:
    """Write both files."""
    from safetensors.numpy import save

    maps: Arrays = {}
    write_json(folder / DATA, plain(report, maps))
    with replacing(folder / MAPS) as stream:
        stream.write(save(maps))


def kept_report(folder: Place) -> Report:
    """The report again, its weights to within 0.004."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    for name in (DATA, MAPS):
        if not (folder / name).exists():
            raise AttndslError(_none(folder, name))
    try:
        maps = {name: _weights(kept) for name, kept in load((folder / MAPS).read_bytes()).items()}
        report = built(Report, read_json(folder / DATA), maps)
    except (SafetensorError, KeyError, TypeError, ValueError) as fault:
        raise AttndslError(f"the report's data in {folder} can't be read: {fault}") from None
    assert isinstance(report, Report)
    return report


def _none(folder: Place, name: str) -> str:
    """Why a run has no report to make again, and what makes one."""
    why = read_summary(folder).summary.get(NO_REPORT)
    if why:
        said = f"{folder} was merged without a report: {why}"
    elif (folder / PAGE).exists():
        said = (
            f"{folder} has no {name}, which later versions of attndsl keep for a report; its "
            f"{PAGE} is as it was written"
        )
    else:
        said = f"{folder} has no {name}, of which a report is made"
    return f"{said}. `attndsl report {folder / LIBRARY} --store STORE` makes one from the heads"


def _weights(kept: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Of a file's array the weights that its bytes stand for, or its figures."""
    if kept.dtype == np.uint8:
        return np.asarray((kept / np.float32(255)) ** 2)
    return kept.astype(np.float64)


def kept_census(folder: Place) -> Census | None:
    """What each head does of known mechanisms, where a run looked; it may have had no time."""
    path = folder / CENSUS
    if not path.exists():
        return None
    found = built(Census, read_json(path), {})
    assert isinstance(found, Census)
    return found


def plain(value: Any, maps: Arrays, at: str = "") -> Any:
    """A value as JSON; arrays go to `maps`, and their names stand in their place."""
    if isinstance(value, np.ndarray):
        name = at.lstrip(".")
        figures = value.dtype == np.float64
        kept = value.astype(np.float32) if figures else quantised(value)
        maps[name] = np.ascontiguousarray(kept)  # safetensors writes what lies there
        return name
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name), maps, f"{at}.{part.name}")
                for part in fields(value)}  # fmt: skip
    if isinstance(value, Mapping):
        return {str(key): plain(one, maps, f"{at}.{key}") for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one, maps, f"{at}.{number}") for number, one in enumerate(value)]
    return value.item() if isinstance(value, np.generic) else value


def built(kind: Any, value: Any, maps: Arrays) -> Any:
    """A value of a type from what `plain` gave; a field that the file lacks has its default."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return built(next(one for one in inner if one is not type(None)), value, maps)
    if origin is np.ndarray:
        return maps[value]
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        given = {part.name: built(hints[part.name], value[part.name], maps)
                 for part in fields(kind) if part.name in value}  # fmt: skip
        return kind(**given)
    if origin is tuple:
        kinds = [inner[0]] * len(value) if inner[1:] == (...,) else inner
        return tuple(built(one, each, maps) for one, each in zip(kinds, value, strict=True))
    if origin is not None and isinstance(value, dict):
        return {key: built(inner[1], each, maps) for key, each in value.items()}
    return value
