"""The extension for VS Code is built, type-checked, tested and packed: `make vsix` by its steps."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.editors.packing import packed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
PACKED = {
    "extension/package.json", "extension/dist/extension.js", "extension/dist/NOTICES.txt",
    "extension/generated/attndsl.tmLanguage.json", "extension/generated/snippets.json",
    "extension/generated/map.js", "extension/generated/map.css", "extension/icon.png",
    "extension/icon.svg", "extension/language-configuration.json", "extension/LICENSE.txt",
    "extension/readme.md", "extension.vsixmanifest", "[Content_Types].xml",
}  # fmt: skip


def test_the_extension_is_built_and_packed(tmp_path: Path) -> None:
    with zipfile.ZipFile(packed(tmp_path, "check", "build", "test", "package")) as held:
        assert {*held.namelist()} == PACKED
        manifest = json.loads(held.read("extension/package.json"))
    assert manifest["contributes"]["languages"][0]["extensions"] == [".attn"]
