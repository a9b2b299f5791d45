"""A run as HeadVis reads it: the shapes that its documentation names, and the weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("safetensors", reason="maps need the extra `score`")
from attndsl.heads.packing import unpack
from attndsl.report.data import Report
from attndsl.runs.headvis import write_headvis
from attndsl.runs.opened import open_run
from tests.runs.conftest import small

__all__ = ["small"]
Written = tuple[Report, Path]


@pytest.fixture(scope="module")
def written(small: tuple[Path, Report], tmp_path_factory: pytest.TempPathFactory) -> Written:
    data = tmp_path_factory.mktemp("headvis") / "data"
    assert write_headvis(open_run(small[0]), data) == 12
    return small[1], data


def read(path: Path) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"no browser reads {word}")

    return json.loads(path.read_text(), parse_constant=refuse)


def test_what_is_read_first_names_every_file(written: Written) -> None:
    report, data = written
    config = read(data / "config.json")
    assert config["model_name"] == report.model
    assert (config["n_layers"], config["n_heads"]) == (report.layers, report.heads_per_layer)
    assert config["n_intervals"] == len(report.texts)
    assert not config["has_umap"]
    names = {config["head_data_pattern"].format(layer=layer, head=head)
             for layer, head in config["heads"]}  # fmt: skip
    assert len(names) == 12
    for folder in ("heads", "custom_sequences"):
        assert {file.name for file in (data / folder).iterdir()} == names
    assert read(data / "server_config.json") == read(data / "attributions/manifest.json") == {}
    rows = read(data / "scatter_data.json")
    assert [[row["layer"], row["head"]] for row in rows] == config["heads"]
    assert set(config["metrics"]) == set(config["metric_descriptions"])
    assert all(type(row[name]) in (int, float) for row in rows for name in config["metrics"])
    head = read(data / "heads/L0H0.json")
    for one in config["custom_plots"]:
        plot = head[one["key"]]
        assert len(plot["bin_edges"]) == len(plot["bin_values"]) + 1
    for one in config["custom_tables"]:
        assert all(set(row) == {"token", "weight"} for row in head[one["key"]])
    assert set(head["statistics"]) == set(config["statistics_display"])


def test_weights_are_the_heads_and_the_programs(written: Written) -> None:
    report, data = written
    entry = report.heads[5]
    name = f"L{entry.layer}H{entry.head}.json"
    texts = {text.number: text for text in report.texts}
    for folder in ("heads", "custom_sequences"):
        found = read(data / folder / name)["sequences"]
        assert len(found) == len(texts)
        for one in found:
            number = int(str(one["sequence_id"]).removeprefix("c").partition("-")[0])
            text = texts[number]
            n = len(text.tokens)
            assert (one["tokens"], one["seq_len"]) == (list(text.tokens), n)
            packed = text.real[5] if folder == "heads" else text.predicted[entry.map]
            whole = unpack(packed, report.mask, n)
            at, values = np.array(one["attention_indices"]), np.array(one["attention_values"])
            assert values == pytest.approx(whole[at // n, at % n], abs=0.005)
            left = whole.copy()
            left[at // n, at % n] = 0
            kept = np.bincount(at // n, minlength=n)
            assert kept.max() <= 8
            assert left[kept < 8].max(initial=0) < 0.01, "a strong weight was left out"
            inner = (at >= n) & (at % n > 0)  # HeadVis's own reduction skips row and key 0
            assert one["max_activation"] == values[inner].max()


def test_the_last_interval_has_the_strongest_texts(written: Written) -> None:
    report, data = written
    for head in report.heads:
        found = read(data / f"heads/L{head.layer}H{head.head}.json")["sequences"]
        by = sorted(found, key=lambda one: one["interval"])
        assert [one["interval"] for one in by] == list(range(1, len(found) + 1))
        strongest = [one["max_activation"] for one in by]
        assert strongest == sorted(strongest)


def test_figures_tell_heads_apart(written: Written) -> None:
    """The programs behind the heads are in turn: first token, token before, nearby, same word."""
    rows = read(written[1] / "scatter_data.json")

    def kind_of_most(name: str) -> int:
        return int(np.argmax([np.mean([row[name] for row in rows[kind::4]]) for kind in range(4)]))

    assert kind_of_most("previous_token_score") == 1
    assert kind_of_most("qk_distance") == 0
