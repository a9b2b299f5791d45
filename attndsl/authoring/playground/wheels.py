"""Wheels of attndsl and of the parser, made of what is installed here: nothing is fetched.

attndsl's holds the rooms that a page needs, its grammar and its examples. Neither names a
dependency: Pyodide has no numba, and a page needs none of what attndsl has beyond its parser.
"""

import io
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import attndsl
from attndsl.language.assets import PACKAGE, asset
from attndsl.language.diagnostics import AttndslError

ROOMS = (
    "language", "graph", "tokens", "engines/plain", "authoring", "report/tree.py",
    "report/costs.py", "report/sources.py",
    "__init__.py", "handed.py", "engines/__init__.py", "report/__init__.py",
)  # fmt: skip
ELSEWHERE = ("authoring/studio", "authoring/porting", "tokens/texts", "tokens/probes")
KINDS = (".py", ".txt", ".lark", ".attn", ".md")
DATA = ("grammar", "examples")
TIME = (1980, 1, 1, 0, 0, 0)  # the same folder is the same wheel

Wheel = tuple[str, bytes]  # its file's name and what is in it


def own_wheel() -> Wheel:
    return _packed("attndsl", attndsl.__version__, _own_files())


def parser_wheel() -> Wheel:
    """Lark as it is installed here."""
    package = metadata.distribution("lark")
    kept = [
        (str(path), Path(str(path.locate())).read_bytes())
        for path in package.files or ()
        if path.parts[0] == "lark" and path.suffix in (".py", ".lark")
    ]
    if not kept:
        raise AttndslError("lark is installed without a list of its files; install it with pip")
    return _packed("lark", package.version, iter(kept))


def _own_files() -> Iterator[tuple[str, bytes]]:
    for room in ROOMS:
        path = PACKAGE / room
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            name = file.relative_to(PACKAGE).as_posix()
            if file.suffix in KINDS and not name.startswith(ELSEWHERE):
                yield f"attndsl/{name}", file.read_bytes()
    for folder in DATA:
        for file in sorted(asset(folder).rglob("*")):
            if file.suffix in KINDS:
                below = file.relative_to(asset(folder)).as_posix()
                yield f"attndsl/_data/{folder}/{below}", file.read_bytes()


def _packed(name: str, version: str, files: Iterator[tuple[str, bytes]]) -> Wheel:
    """A wheel is a zip with three files that say what it is."""
    about = f"{name}-{version}.dist-info"
    label = "Wheel-Version: 1.0\nGenerator: attndsl\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    held = [*files, (f"{about}/METADATA", described.encode()), (f"{about}/WHEEL", label.encode())]
    record = "".join(f"{path},,\n" for path, _ in held) + f"{about}/RECORD,,\n"
    space = io.BytesIO()
    with ZipFile(space, "w", ZIP_DEFLATED, compresslevel=9) as wheel:
        for path, content in [*held, (f"{about}/RECORD", record.encode())]:
            entry = ZipInfo(path, TIME)
            entry.compress_type = ZIP_DEFLATED
            wheel.writestr(entry, content)
    return f"{name}-{version}-py3-none-any.whl", space.getvalue()
