"""A small run's folder, made by hand from the report room's store and programs."""

from pathlib import Path

import pytest

from attndsl.files.whole import write_json
from attndsl.fit.assignment import Assigned, Assignment, write_assignment
from attndsl.fit.library import score_library
from attndsl.graph.program import Program
from attndsl.report.data import Report
from attndsl.report.excerpt import excerpt
from attndsl.report.gather import from_scores
from attndsl.report.write import write
from attndsl.runs.card import write_card
from attndsl.runs.kept import keep_report
from attndsl.tokens.tokenizer import builtin_table
from tests.report.conftest import (
    HEADS,
    LAYERS,
    browser,  # noqa: F401 - a fixture
    make_store,
    programs,
)

ESTIMATE = {"mean": 0.5, "low": 0.4, "high": 0.6, "texts": 3}


def made(folder: Path, layers: range, *, iou: float = 0.5, model_hash: str = "h") -> Path:
    """A run without a report: the programs in turn for the heads of some layers."""
    library = programs()
    heads = tuple(
        Assigned(layer, head, library[(layer + head) % len(library)], iou)
        for layer in layers
        for head in range(HEADS)
    )
    write_assignment(folder, Assignment("tiny <model>", model_hash, heads), source_of)
    names = [f"L{layer}.H{head}" for layer in layers for head in range(HEADS)]
    summary = {
        "schema": 2, "state": "done", "model": "tiny <model>", "model_hash": model_hash,
        "texts_hash": "t", "text_hashes": {"selection": "s"}, "heads": len(heads),
        "programs": len(library), "mean_iou": ESTIMATE, "iou": dict.fromkeys(names, ESTIMATE),
        "mean_content_iou": ESTIMATE, "mean_rest_error": ESTIMATE,
        "ladder": {name: {"picked": 1, "rungs": {}} for name in names},
        "effects": dict.fromkeys(names, 1.25), "versions": {"attndsl": "0"}, "forecast": {},
        "seconds": {}, "forecast_worst": 1.0, "budget": None,
    }  # fmt: skip
    write_json(folder / "summary.json", summary)
    write_card(folder)
    return folder


def source_of(program: Program) -> str:
    return excerpt(program.source, programs_name(program)).replace(
        f"def {programs_name(program)}(", f"def {program.name}("
    )


def programs_name(program: Program) -> str:
    return next(one.name for one in programs() if one.hash == program.hash)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """A run with its report, and that report as it was before it was written."""
    folder = tmp_path_factory.mktemp("runs")
    store = make_store(folder / "heads", builtin_table())
    run = made(folder / "run", range(LAYERS))
    table = score_library(programs(), store, builtin_table())
    report = from_scores(table, programs(), store, builtin_table(), texts=2)
    write(report, run / "report.html")
    keep_report(report, run)
    return run, report
