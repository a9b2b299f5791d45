"""Shared fixtures: data for measuring, deterministic hypothesis."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from attndsl.graph import cost, lower
from attndsl.graph.build import Builder, Built
from attndsl.graph.legality import verify_terms
from attndsl.graph.terms import Graph
from attndsl.language.mask import Mask
from attndsl.language.nodes import Definition

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=int(os.environ.get("ATTNDSL_EXAMPLES", "100")),
)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def legal_terms() -> Iterator[None]:
    """Whatever a test builds or lowers is held to the table of operations; in use only canonical
    forms are, as building and lowering would take 3% longer."""
    build, lowered_by_mask = Builder.build, lower.lowered_by_mask

    def checked_build(self: Builder, definition: Definition) -> Built:
        built = build(self, definition)
        if not built.diagnostics:
            verify_terms(self.graph, built.root, "plain")
        return built

    def checked_terms(
        graph: Graph, roots: Sequence[int], masks: Sequence[Mask]
    ) -> list[dict[int, int]]:
        lowered = lowered_by_mask(graph, roots, masks)
        for new in lowered:
            for root in roots:
                verify_terms(graph, new[root], "lowered")
        return lowered

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Builder, "build", checked_build)
        for user in (lower, cost):
            patch.setattr(user, "lowered_by_mask", checked_terms)
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real text and models for measuring; tests that need them skip where they are absent."""
    folder = Path(os.environ.get("ATTNDSL_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the measuring data in {folder} (set ATTNDSL_SHARED)")
    return folder
