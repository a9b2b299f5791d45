"""A model's heads without a run: it is run once for each text that is shown."""

from base64 import b64decode
from itertools import count
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the studio needs the extra `studio`")

from attndsl.authoring.studio.desk import open_desk
from attndsl.heads.packing import pack
from attndsl.models import load
from tests.authoring.studio.conftest import Page, talking
from tests.models.folders import model_folder
from tests.models.test_capture import own_patterns

PROMPT = "the big dog and the cat sat , and ran ."
PROGRAM = "def previous(q, k):\n    return k == q.prev\n"


@pytest.mark.parametrize("kind", ["llama", "bert", "gemma2"])
def test_heads_are_shown_on_what_is_typed(tmp_path: Path, kind: str) -> None:
    folder = model_folder(tmp_path / kind, kind)
    desk = open_desk(None, model=str(folder))
    loaded = load(str(folder))
    own = own_patterns(loaded, PROMPT)
    with talking(desk) as socket:
        page = Page(socket, count(1))
        told = page.ask("open")
        assert told["reads"]
        assert len(told["heads"]) == loaded.layers * loaded.heads
        key, last = page.ask("read", prompt=PROMPT)["on"], told["heads"][-1]["head"]
        given = {"text": PROGRAM, "at": 0, "on": key, "head": last, "beside": None, "have": None}
        found = page.ask("look", **given)
        refused = page.refused("measure", text=PROGRAM, at=0, head=last)
    packed = np.frombuffer(b64decode(found["real"][last]["real"]), np.uint8)
    assert np.abs((packed / 255.0) ** 2 - pack(own[-1], desk.mask)).max() < 0.005
    assert set(found["heads"][last]["figures"]) == {"this"}
    assert "attndsl studio RUN" in refused
