"""Comparing on a device against the CPU's kernels: every measure the same within 1e-6."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from attndsl.fit import on_device
from attndsl.fit.comparing import KERNELS, comparing_on
from attndsl.fit.on_device import OnDevice
from attndsl.fit.places import Places, places
from attndsl.fit.scoring import partial_sums
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from tests.fit.conftest import rows
from tests.second_device import NAME, Factories, Literals

MASKS = [CAUSAL, Mask("window", 3), FULL]
NEAR = 1e-6
SUMS = ("least", "most", "least_resting", "most_resting", "rest_error")


def where_of(mask: Mask, length: int) -> Places:
    """In an encoder two keys rest, so that a row's rest is no single cell."""
    return places(mask, [1, *range(5, 3 + length), 2][:length], {1, 2})


def sides(mask: Mask, length: int, programs: int = 7, heads: int = 5) -> list[np.ndarray]:
    rng = np.random.default_rng(length)
    return [rows(rng, count, length, mask) for count in (programs, heads)]


def same(found: object, expected: object) -> None:
    for name in ("iou", "content_iou", "rest_error", "content"):
        one, other = getattr(found, name), getattr(expected, name)
        assert one.dtype == np.float64
        assert np.abs(one - other).max() <= NEAR, name


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
@pytest.mark.parametrize("length", [2, 3, 40, 260])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_measures_are_those_of_the_kernels(mask: Mask, length: int, dtype: type) -> None:
    programs, heads = sides(mask, length)
    heads = heads.astype(dtype)
    heads.setflags(write=False)
    where = where_of(mask, length)
    same(OnDevice("cpu").measures(programs, heads, where), KERNELS.measures(programs, heads, where))


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
def test_sums_of_some_rows_are_those_of_the_kernels(mask: Mask) -> None:
    programs, heads = sides(mask, 60)
    where = where_of(mask, 60)
    found = OnDevice("cpu").sums(programs, heads, where)
    expected = KERNELS.sums(programs, heads, where)
    assert found.rows == expected.rows
    assert np.allclose(found.content, expected.content, rtol=NEAR, atol=0)
    for name in SUMS:
        one, other = getattr(found, name), getattr(expected, name)
        assert np.allclose(one, other, rtol=NEAR, atol=NEAR), name


def test_tiles_of_every_shape_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffers that hold a pair, or stretches that end anywhere, change roundings alone."""
    programs, heads = sides(CAUSAL, 60, 11, 9)
    where = where_of(CAUSAL, 60)
    expected = KERNELS.measures(programs, heads, where)
    for buffer, stretch, cells in ((64, 64, 1000), (5000, 500, 1 << 14), (1 << 20, 7, 512)):
        monkeypatch.setattr(on_device, "BUFFERS", {"cpu": buffer})
        monkeypatch.setattr(on_device, "STRETCH", stretch)
        monkeypatch.setattr(on_device, "CELLS", cells)
        same(OnDevice("cpu").measures(programs, heads, where), expected)


def test_on_a_second_device_nothing_is_left_on_the_cpu() -> None:
    for mask in MASKS:
        programs, heads = sides(mask, 30)
        where = where_of(mask, 30)
        with Factories(), Literals():
            found = OnDevice(NAME).measures(programs, heads, where)
        same(found, KERNELS.measures(programs, heads, where))


def test_the_cpu_keeps_its_kernels_and_another_device_is_one() -> None:
    assert comparing_on("cpu") is comparing_on(torch.device("cpu", 0)) is KERNELS
    assert comparing_on("cuda:1") == OnDevice("cuda:1")
    assert comparing_on(torch.device("cuda:1")) is comparing_on("cuda:1")


def test_the_texts_of_a_store_are_summed_alike(case: Callable) -> None:
    made = case((30, 31, 32, 33))
    expected = partial_sums(made.store, range(4), made.source)
    found = partial_sums(made.store, range(4), made.source, comparing=OnDevice("cpu"))
    assert found.texts == expected.texts
    same(found.mean, expected.mean)


def full(monkeypatch: pytest.MonkeyPatch, room: int) -> list[int]:
    """The device has room for so many programs; gives how many were tried."""
    tried: list[int] = []
    block = OnDevice._block

    def small(self: OnDevice, programs: np.ndarray, *others: object) -> object:
        tried.append(len(programs))
        if len(programs) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return block(self, programs, *others)  # type: ignore[arg-type]  # as it was

    monkeypatch.setattr(OnDevice, "_block", small)
    return tried


def test_programs_that_do_not_fit_are_halved_and_that_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs, heads = sides(CAUSAL, 30)
    where, said = where_of(CAUSAL, 30), []
    tried, device = full(monkeypatch, 2), OnDevice("cpu", say=said.append)
    same(device.measures(programs, heads, where), KERNELS.measures(programs, heads, where))
    assert tried == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    device.measures(programs, heads, where)
    assert tried[9:] == [1] * 7  # what fits is remembered
    (line,) = said
    assert line.startswith("note: 7 programs at once don't fit the memory of cpu: halved")


def test_a_device_without_room_for_one_program_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    programs, heads = sides(CAUSAL, 30)
    full(monkeypatch, 0)
    with pytest.raises(AttndslError, match="does not do for one program"):
        OnDevice("cpu", say=lambda _: None).measures(programs, heads, where_of(CAUSAL, 30))


def test_another_fault_is_not_taken_for_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    programs, heads = sides(CAUSAL, 30)

    def wrong(*_: object) -> object:
        raise RuntimeError("another fault")

    monkeypatch.setattr(OnDevice, "_block", wrong)
    with pytest.raises(RuntimeError, match="another fault"):
        OnDevice("cpu").measures(programs, heads, where_of(CAUSAL, 30))


def test_nan_and_sides_that_do_not_match_are_named() -> None:
    programs, heads = sides(CAUSAL, 5)
    where = where_of(CAUSAL, 5)
    for cell in (0, 1, 2, 14):
        for value in (np.nan, np.inf):
            bad = [side.copy() for side in (programs, heads)]
            bad[0][3, cell] = bad[1][2, cell] = value
            with pytest.raises(AttndslError, match="program 3 holds NaN or infinity"):
                OnDevice("cpu").measures(bad[0], heads, where)
            with pytest.raises(AttndslError, match="head 2 holds NaN or infinity"):
                OnDevice("cpu").measures(programs, bad[1], where)
    with pytest.raises(AttndslError, match="not of the same text"):
        OnDevice("cpu").measures(programs, heads[:, :3], where)
    assert OnDevice("cpu").measures(programs[:0], heads, where).iou.shape == (0, 5)
