"""The studio's answers over its socket, and whom it answers at all."""

import json
import socket
import subprocess
import sys
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the studio needs the extra `studio`")
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from attndsl.authoring.bench import SUBMITTED, Bench, open_bench
from attndsl.authoring.studio.app import WAITING, make_app
from attndsl.authoring.studio.desk import BEGIN, MOST, Desk, desk_of, open_desk
from attndsl.authoring.studio.serve import PORT, listening
from attndsl.authoring.studio.texts import LETTERS
from attndsl.engines.reference import pattern
from attndsl.fit.assignment import read_assignment, write_assignment
from attndsl.graph.verify import verify
from attndsl.heads.packing import pack
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.runs.opened import open_run
from attndsl.tokens.tokenizer import builtin_table
from tests.authoring.studio.conftest import GUARD, ORIGIN, PREVIOUS, Page, talking, with_ladder
from tests.runs.conftest import source_of

HEAD, OTHER = "L0.H0", "L1.H2"


def looked(page: Page, text: str = PREVIOUS, **more: Any) -> Any:
    first = page.ask("open")["texts"][0]["key"]
    given = {"text": text, "at": 3, "on": first, "head": HEAD, "beside": None, "have": None}
    return page.ask("look", **given | more)


def weights(packed: str) -> Any:
    return (np.frombuffer(b64decode(packed), np.uint8) / 255.0) ** 2


def test_a_page_opens_with_the_runs_heads_and_no_text_that_it_reports_on(
    page: Page, bench: Bench
) -> None:
    told = page.ask("open")
    assert told["kind"] == "run"
    assert [one["head"] for one in told["heads"]] == list(bench.heads)
    assert {one["key"] for one in told["texts"]} == {f"t{n}" for n in bench.split.selection}
    number = bench.split.report[0]
    given = {"text": PREVIOUS, "at": 0, "on": f"t{number}", "head": None, "beside": None}
    assert "no text" in page.refused("look", have=None, **given)


def test_a_program_is_shown_beside_a_head_and_another(page: Page, bench: Bench) -> None:
    told = looked(page, beside=OTHER)
    text = bench.store[int(bench.split.selection[0])]
    encoded = bench.trials.encoded(text.number)
    assert told["text"]["tokens"] == encoded.labels()
    wanted = pack(pattern(verify(PREVIOUS).programs[0], encoded), bench.store.meta.mask)
    for head in (HEAD, OTHER):
        assert np.abs(weights(told["heads"][head]["predicted"]) - wanted).max() < 0.005
        real = text.patterns[bench.number(head)]
        assert np.abs(weights(told["real"][head]["real"]) - real).max() < 0.005
        assert set(told["heads"][head]["figures"]) == {"this", "now", "constant"}
    again = looked(page, beside=OTHER, have=told["seen"])
    assert "real" not in again, "what doesn't change as one types is sent once"
    assert again["heads"] == told["heads"]


def test_measures_are_those_of_the_bench(page: Page, bench: Bench) -> None:
    told = page.ask("measure", text=PREVIOUS, at=0, head=HEAD)
    program = verify(PREVIOUS).programs[0]
    assert told["this"] == bench.tried(program, HEAD, bench.split.selection).as_json()
    assert told["now"] == bench.now(HEAD).as_json()
    assert told["constant"]["agreement"] > 0
    assert told["texts"] == len(bench.split.selection)


def test_what_a_head_rests_of_its_own_counts_for_its_program(run: Path) -> None:
    before = read_assignment(run)
    heads = tuple(replace(one, rest=4.0) if (one.layer, one.head) == (0, 2) else one
                  for one in before.heads)  # fmt: skip
    write_assignment(run, replace(before, heads=heads), source_of)
    bench = open_bench(run, HeadStore.open(run / "heads"), builtin_table())
    with talking(desk_of(bench, None)) as socket:
        page = Page(socket, count(1))
        told = page.ask("begin", head="L0.H2")
        assert told["rest"] == 4.0
        at = told["source"].index("def nearby")
        figures = looked(page, told["source"], at=at, head="L0.H2")["heads"]["L0.H2"]["figures"]
        assert figures["this"]["rest_error"] != figures["now"]["rest_error"]
        own = told["source"].replace("return weight", "return (4 if k.i == 0 else 1) * weight")
        figures = looked(page, own, at=at, head="L0.H2")["heads"]["L0.H2"]["figures"]
        assert figures["this"]["iou"] == pytest.approx(figures["now"]["iou"])


def test_half_a_program_has_problems_and_no_map(page: Page) -> None:
    begun = "def previous(q, k):\n    return k == q.previos\n"
    told = page.ask("check", text=begun)
    assert [one["code"] for one in told["problems"]] == ["ATT042"]
    (fix,) = page.ask("fixes", text=begun)["problems"][0]["fixes"]
    mended = begun[: fix["from"]] + fix["text"] + begun[fix["to"] :]
    assert page.ask("check", text=mended)["problems"] == []
    assert looked(page, begun)["program"] is None
    assert "no whole program" in page.refused("measure", text=begun, at=0, head=HEAD)
    for text in ("", "def", '"""', "def f(q, k:\n", "\x00", "a" * 5000, "((((" * 900):
        assert page.ask("check", text=text)["programs"] == []


def test_the_language_servers_answers(page: Page) -> None:
    at = PREVIOUS.index("sink") + 2
    assert "sink(q, k)" in page.ask("hover", text=PREVIOUS, at=at)["says"]
    offered = page.ask("complete", text=PREVIOUS, at=at)
    assert offered["from"] == at - 2
    assert "sink" in [one["label"] for one in offered["choices"]]
    spread = PREVIOUS.replace(" + ", "+")
    assert page.ask("format", text=spread)["text"] == PREVIOUS
    assert page.refused("format", text="def f(q, k:\n")
    told = page.ask("tree", text=PREVIOUS, at=0)
    assert told["hash"] == verify(PREVIOUS).programs[0].hash
    assert told["tree"]["nodes"][told["tree"]["root"]]["args"]


def test_why_a_weight(page: Page, bench: Bench) -> None:
    key = f"t{bench.split.selection[0]}"
    told = page.ask("why", text=PREVIOUS, at=0, on=key, head=HEAD, query=3, key=2)
    assert told["weight"] == pytest.approx(0.7)
    assert told["parts"][0]["text"] == "0.7 * (k == q.prev)"
    assert told["parts"][0]["amount"] == pytest.approx(0.7)
    wrong = {"text": PREVIOUS, "at": 0, "on": key, "head": HEAD, "query": 1, "key": 2}
    assert "can't see" in page.refused("why", **wrong)


def test_a_better_program_is_saved_with_what_was_there(page: Page, bench: Bench, run: Path) -> None:
    before = open_run(run).head(0, 1)
    head = before.name
    told = page.ask("keep", text=PREVIOUS, at=0, head=head)
    assert told["program"] == "previous"
    after = open_run(run).head(0, 1)
    assert after.program.hash == verify(PREVIOUS).programs[0].hash
    assert after.source.strip() == PREVIOUS.strip(), "as it was written"
    assert after.figures["iou_selection"] == told["this"]["iou"]
    for one in open_run(run):
        if one.name != head:
            assert one.program.hash == bench.heads[one.name].program.hash
    begun = page.ask("begin", head=head)
    assert begun["source"].strip() == PREVIOUS.strip()
    by = [(one["by"], one["source"].strip()) for one in begun["history"]]
    assert by == [("studio", PREVIOUS.strip()), ("the run", before.source.strip())]
    page.ask("keep", text=before.source, at=0, head=head)
    assert open_run(run).head(0, 1).program.hash == before.program.hash
    assert len((run / SUBMITTED).read_text().splitlines()) == 2


def test_a_program_with_helpers_is_saved_whole(page: Page, run: Path) -> None:
    text = (
        "NEAR = 3\n\n\ndef weight_of(d):\n    return 0.5 ** min(d, NEAR)\n\n\n@softmax\n"
        "def near_ones(q, k):\n    return weight_of(q.i - k.i)\n"
    )
    for head in (HEAD, OTHER):
        page.ask("keep", text=text, at=len(text), head=head)
    program = verify(text).programs[0]
    assert open_run(run).head(0, 0).program.hash == program.hash
    assert open_run(run).head(1, 2).program.hash == program.hash


def test_a_mechanism_keeps_its_meaning_beside_a_program_of_its_name(page: Page, run: Path) -> None:
    text = "def mine(q, k):\n    return nearby(q, k)\n"
    held = next(one for one in open_run(run) if one.program.name == "nearby")
    program = verify(text).programs[0]
    assert held.program.hash != program.hash
    page.ask("keep", text=text, at=0, head=HEAD)
    assert open_run(run).head(0, 0).program.hash == program.hash
    again = next(one for one in open_run(run) if one.program.name == "nearby")
    assert again.program.hash == held.program.hash


def test_a_run_that_changed_meanwhile_is_not_overwritten(
    page: Page, run: Path, bench: Bench
) -> None:
    with talking(
        desk_of(open_bench(run, HeadStore.open(run / "heads"), builtin_table()), None)
    ) as s:
        Page(s, count(1)).ask("keep", text=PREVIOUS, at=0, head=HEAD)
    said = page.refused("keep", text=BEGIN, at=0, head=HEAD)
    assert "another program" in said
    assert "start the studio again" in said
    assert open_run(run).head(0, 0).program.hash == verify(PREVIOUS).programs[0].hash


def test_what_probes_say_against_the_heads_program_is_told(run: Path) -> None:
    path = run / "assignment.json"
    said = json.loads(path.read_text())
    said["heads"][0]["contradictions"] = ["induction: the head 0.9, the program 0.0"]
    path.write_text(json.dumps(said))
    bench = open_bench(run, HeadStore.open(run / "heads"), builtin_table())
    with talking(desk_of(bench, None)) as socket:
        page = Page(socket, count(1))
        assert page.ask("begin", head=HEAD)["contradictions"] == said["heads"][0]["contradictions"]
        page.ask("keep", text=PREVIOUS, at=0, head=HEAD)
        assert page.ask("begin", head=HEAD)["contradictions"] == [], "of the program before"


def test_the_ladder_gives_programs_to_start_from(run: Path) -> None:
    with_ladder(run, HEAD)
    bench = open_bench(run, HeadStore.open(run / "heads"), builtin_table())
    with talking(desk_of(bench, None)) as socket:
        told = Page(socket, count(1)).ask("begin", head=HEAD)["ladder"]
    assert told["picked"] == 1
    first, second = told["rungs"]
    assert second["source"] is None, "older runs kept none"
    assert first["measures"] == [["content IoU", 0.3], ["IoU", 0.5]]
    (program,) = verify(first["source"]).programs
    assert program.name == "l0_h0_of_1"


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("dance", {}, "no question 'dance'"),
        ("check", {}, "text is null, not a text"),
        ("check", {"text": 5}, "text is 5, not a text"),
        ("check", {"text": "x" * (MOST + 1)}, "larger than 256 KB"),
        ("hover", {"text": "", "at": -1}, "at is -1"),
        ("measure", {"text": BEGIN, "at": 0, "head": "L9.H9"}, "no head 'L9.H9'"),
        ("begin", {"head": None}, "no head"),
        ("read", {"prompt": "  "}, "write a text first"),
        ("read", {"prompt": "a " * LETTERS}, "at most 8,000 letters"),
        ("read", {"prompt": "a b " * 300}, "the studio shows 256 at most"),
        ("keep", {"text": "def", "at": 0, "head": HEAD}, "no whole program"),
        ("again", {}, "no file is open"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_words(
    page: Page, name: str, given: dict[str, Any], said: str
) -> None:
    assert said in page.refused(name, **given)
    assert page.ask("open")["kind"] == "run", "and it goes on"


def test_a_text_of_ones_own(page: Page) -> None:
    told = page.ask("read", prompt="The dog saw the dog.")
    assert told["texts"][-1] == {
        "key": told["on"], "group": "your own", "label": "The dog saw the dog.",
    }  # fmt: skip
    found = looked(page, on=told["on"])
    assert found["real"] == {HEAD: None}, "without its model no head was run on it"
    assert len(found["text"]["tokens"]) == 6
    assert page.ask("read", prompt="The dog saw the dog.")["on"] == told["on"]


def client(desk: Desk) -> TestClient:
    return TestClient(make_app(desk, GUARD))


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ("", {}, "lacks its token"),
        ("?token=", {}, "lacks its token"),
        ("?token=wrong", {}, "isn't that of the studio that runs here"),
        ("?token=right", {"host": "evil.example"}, "not as evil.example"),
        ("?token=right", {"host": "127.0.0.1:1"}, "not as 127.0.0.1:1"),
        ("?token=right", {"origin": "http://evil.example"}, "not one of http://evil.example"),
        ("?token=right", {"origin": "null"}, "not one of null"),
    ],
)  # fmt: skip
def test_others_are_refused(desk: Desk, query: str, headers: dict[str, str], said: str) -> None:
    sent = {"host": ORIGIN["host"], **headers}
    answer = client(desk).get(f"/{query}", headers=sent)
    assert (answer.status_code, said in answer.text) == (403, True)
    assert "access-control-allow-origin" not in answer.headers
    socket = {**sent, "origin": headers.get("origin", ORIGIN["origin"])}
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client(desk).websocket_connect(f"/socket{query}", headers=socket),
    ):
        pass
    assert said in refused.value.reason


def test_a_socket_without_an_origin_is_refused(desk: Desk) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client(desk).websocket_connect("/socket?token=right", headers={"host": ORIGIN["host"]}),
    ):
        pass


def test_the_page_may_ask_nobody_else(desk: Desk) -> None:
    answer = client(desk).get("/?token=right", headers={"host": ORIGIN["host"]})
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src ws://127.0.0.1:8642;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "token=right" not in answer.text, "the token stays in the address"


def test_what_is_no_question_is_said_and_floods_end(desk: Desk) -> None:
    with talking(desk) as socket:
        for text in ("no json", "[]", '{"ask": 3}', '{"ask": "open", "given": 3}'):
            socket.send_text(text)
            assert "question" in socket.receive_json()["error"]
        for number in range(6 * WAITING):
            socket.send_json({"id": number, "ask": "check", "given": {"text": BEGIN}})
        told = [socket.receive_json() for _ in range(6 * WAITING)]
    assert {one["id"] for one in told} == set(range(6 * WAITING))
    assert all("answer" in one or one["error"] == "too many questions at once" for one in told)


def test_a_file_is_edited_and_not_overwritten_unseen(tmp_path: Path) -> None:
    file = tmp_path / "mine.attn"
    file.write_bytes(PREVIOUS.replace("\n", "\r\n").encode())
    desk = open_desk(str(file))
    with talking(desk) as socket:
        page = Page(socket, count(1))
        told = page.ask("open")
        assert (told["kind"], told["name"], told["source"]) == ("file", "mine.attn", PREVIOUS)
        first = told["texts"][0]["key"]
        look = page.ask("look", text=PREVIOUS, at=0, on=first, head=None, beside=None, have=None)
        assert look["heads"][""]["predicted"]
        asked = {"at": 0, "head": None}
        mine = page.ask("keep", text=BEGIN, version=told["version"], **asked)
        assert (mine["kept"], file.read_text()) == ("file", BEGIN)
        assert page.hear() == {"event": "changed", "version": mine["version"]}
        file.write_text("# another's\n")
        event = page.hear()
        assert event["version"] != mine["version"]
        refused = page.ask("keep", text=PREVIOUS, version=mine["version"], **asked)
        assert refused == {"kept": "", "version": event["version"]}
        assert file.read_text() == "# another's\n"
        again = page.ask("again")
        assert again == {"source": "# another's\n", "version": event["version"]}
        assert page.ask("keep", text=PREVIOUS, version=again["version"], **asked)["kept"]
        file.unlink()
        assert page.ask("keep", text=BEGIN, version="", over=True, **asked)["kept"] == "file"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("large.attn", b"# " + b"x" * MOST, "larger than 256 KB"),
        ("binary.attn", b"\xff\xfe\x00", "no text in UTF-8"),
    ],
)
def test_files_that_cant_be_edited(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    desk = open_desk(str(tmp_path / name))
    assert desk.file is not None
    with pytest.raises(AttndslError, match=said):
        desk.file.read()


def test_what_cant_be_opened_is_said(tmp_path: Path, run: Path) -> None:
    with pytest.raises(AttndslError, match="no run"):
        open_desk(str(tmp_path))
    with pytest.raises(AttndslError, match="--store goes with a RUN"):
        open_desk(None, store="x")
    with pytest.raises(AttndslError, match="neither a run nor a file"):
        open_desk(str(tmp_path / "mistyped"))
    with pytest.raises(AttndslError, match="is Python; `attndsl port"):
        open_desk(str(tmp_path / "heads.py"))
    assert open_desk(str(tmp_path / "new.attn")).file is not None
    (run / "heads").rename(run / "gone")
    with pytest.raises(AttndslError, match="without its heads"):
        open_desk(str(run))


def test_a_second_studio_takes_another_port_or_says_so() -> None:
    with listening(0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(AttndslError, match=f"port {taken} can't be had"):
            listening(taken)
        with socket.socket() as ours:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):  # a studio runs: the port is taken all the same
                ours.bind(("127.0.0.1", PORT))
            with listening(None) as second:
                assert second.getsockname()[1] not in (taken, PORT)


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    code = "from attndsl.cli import main; main()"
    for words, said in (
        ((str(tmp_path),), "a folder and no run"),
        (("--store", "x"), "--store goes with a RUN"),
        (("--port", "70000"), "70000"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, "studio", *words], capture_output=True, text=True
        )
        assert done.returncode in (1, 2)
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_slow_question_keeps_no_quick_one_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    go_on = Event()
    tried = Bench.tried

    def slow(self: Bench, *given: Any) -> Any:
        assert go_on.wait(20)
        return tried(self, *given)

    monkeypatch.setattr(Bench, "tried", slow)
    with talking(desk) as socket:
        asked = {"text": PREVIOUS, "at": 0, "head": HEAD}
        socket.send_json({"id": 1, "ask": "measure", "given": asked})
        socket.send_json({"id": 2, "ask": "check", "given": {"text": PREVIOUS}})
        assert socket.receive_json()["id"] == 2
        go_on.set()
        assert socket.receive_json()["id"] == 1
