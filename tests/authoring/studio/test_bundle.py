"""The editor that ships is the one of its sources: what is locked, and what we wrote."""

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest

FRONT = Path(__file__).resolve().parents[3] / "editors" / "page"
MOST = 600_000  # bytes


@pytest.fixture(scope="module")
def bundle() -> str:
    return files("attndsl.authoring.studio").joinpath("built/editor.js").read_text("utf-8")


def test_it_was_built_from_the_sources_that_are_here(bundle: str) -> None:
    found = re.search(r"sources: ([0-9a-f]{64})", bundle)
    assert found is not None
    parts = [(FRONT / name).read_bytes() for name in ("package-lock.json", "editor.js")]
    assert found[1] == hashlib.sha256(b"".join(parts)).hexdigest(), "make bundle"


def test_it_is_small_asks_nobody_and_names_its_licences(bundle: str) -> None:
    assert len(bundle) < MOST
    assert "</script" not in bundle.lower()
    head, _, code = bundle.partition("*/")
    assert "MIT License" in head
    for package in ("@codemirror/view", "@lezer/python", "style-mod"):
        assert package in head
    asked = re.findall(r"\b(?:fetch|XMLHttpRequest|WebSocket|importScripts|eval)\s*\(", code)
    assert asked == []
