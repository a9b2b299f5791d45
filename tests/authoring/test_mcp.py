"""Agents' tools through the SDK's own client: in the process, and over standard input."""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="agents' tools need the extra `mcp`")
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from attndsl.authoring.bench import ACCEPTED, SUBMITTED, Bench, open_bench
from attndsl.authoring.mcp import make_server
from attndsl.fit.assignment import read_assignment, write_assignment
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.tokens.tokenizer import builtin_table
from tests.report.conftest import HEADS, LAYERS, make_store
from tests.runs.conftest import made, source_of

PREVIOUS = "def previous(q, k):\n    return 0.5 * previous_token(q, k) + 0.5 * sink(q, k)\n"
ASKED = {"source": PREVIOUS, "head": "L0.H0"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    make_store(folder / "run" / "heads", builtin_table())
    made(folder / "run", range(LAYERS))
    return folder / "run"


@pytest.fixture
def bench(whole: Path, tmp_path: Path) -> Bench:
    shutil.copytree(whole, tmp_path / "run")
    run = tmp_path / "run"
    return open_bench(run, HeadStore.open(run / "heads"), builtin_table())


def talk(bench: Bench, work: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    async def with_client() -> Any:
        async with Client(make_server(bench)) as client:
            return await work(client)

    return asyncio.run(with_client())


async def said(client: Client, tool: str, **arguments: Any) -> tuple[str, bool]:
    result = await client.call_tool(tool, arguments)
    return result.content[0].text, bool(result.is_error)


def test_an_agent_looks_tries_and_hands_in(bench: Bench) -> None:
    async def work(client: Client) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert tools == {"heads", "look", "check", "run", "score", "why", "submit", "vocabulary"}
        listed = json.loads((await said(client, "heads"))[0])
        assert len(listed) == LAYERS * HEADS
        named = json.loads((await said(client, "heads", names=["L1.H0", "L0.H1"]))[0])
        assert {row["head"] for row in named} == {"L1.H0", "L0.H1"}
        page, _ = await said(client, "look", head=listed[0]["head"])
        assert "Its program now:" in page
        assert "Its best constant pattern, which reads no word: query 32 of 64 puts " in page
        assert "all well" in (await said(client, "check", source=PREVIOUS))[0]
        assert "no head program" in (await said(client, "check", source="# none\n"))[0]
        rows, _ = await said(client, "run", source=PREVIOUS, text="The cat sat.")
        assert "2 sat: " in rows
        scored, _ = await said(client, "score", source=PREVIOUS, head="L0.H0")
        beside = json.loads(scored.split("\n")[0])
        assert {beside[side]["head"] for side in ("this", "now", "constant")} == {"L0.H0"}
        count = len(bench.split.selection)
        assert f"means over the {count} texts that programs are chosen by" in beside["texts"]
        parts, _ = await said(client, "why", source=PREVIOUS, head="L0.H0", text=0, query=2, key=1)
        assert json.loads(parts)["part"]["parts"][0]["text"] == "0.5 * previous_token(q, k)"

    talk(bench, work)


def test_what_a_head_rests_of_its_own_is_shown_and_explained(bench: Bench) -> None:
    before = read_assignment(bench.folder)
    heads = tuple(replace(one, rest=4.0) if (one.layer, one.head) == (0, 2) else one
                  for one in before.heads)  # fmt: skip
    write_assignment(bench.folder, replace(before, heads=heads), source_of)
    own = open_bench(bench.folder, bench.store, bench.table)

    async def work(client: Client) -> None:
        page, _ = await said(client, "look", head="L0.H2")
        shown = page.partition("Its program now:\n\n")[2].partition("\n{")[0]
        scored = json.loads((await said(client, "score", source=shown, head="L0.H2"))[0]
                            .split("\n")[0])  # fmt: skip
        figures = ("content_iou", "rest_error", "iou", "agreement")
        assert [scored["this"][one] for one in figures] == [scored["now"][one] for one in figures]
        told = json.loads((await said(client, "why", head="L0.H2", text=0, query=3, key=0))[0])
        assert [one["answer"] for one in told["taken"] if "for this head" in one["text"]]
        assert told["rests"]["program"] == pytest.approx(told["weight"])
        assert told["rests"]["head"] == pytest.approx(told["head"])
        assert told["rests"]["constant"] == pytest.approx(told["constant"])
        plain = json.loads((await said(
            client, "why", source=bench.heads["L0.H2"].source, head="L0.H2", text=0, query=3, key=0,
        ))[0])  # fmt: skip
        assert plain["rests"]["program"] < told["rests"]["program"]

    talk(own, work)


def test_only_what_does_better_is_kept_and_nothing_else_is_touched(bench: Bench) -> None:
    before = {path: path.read_bytes() for path in bench.folder.rglob("*") if path.is_file()}

    async def work(client: Client) -> list[bool]:
        accepted = []
        for head in bench.heads:
            for source in (PREVIOUS, "def first(q, k):\n    return k.i == 0\n", PREVIOUS):
                answer, _ = await said(client, "submit", source=source, head=head)
                accepted.append(json.loads(answer)["accepted"])
        return accepted

    accepted = talk(bench, work)
    assert len((bench.folder / SUBMITTED).read_text().splitlines()) == len(accepted)
    assert True in accepted
    assert False in accepted
    kept = verify((bench.folder / ACCEPTED).read_text())
    assert kept.programs
    assert not kept.errors
    for earlier, later in bench.gain().values():
        assert earlier.head == later.head
    again = open_bench(bench.folder, bench.store, bench.table)
    assert again.accepted() == bench.accepted()
    for head, source in again.accepted().items():  # as before the server was started anew
        assert again.source(head) == source
        assert again.now(head) == bench.now(head)
        told = again.submit(source, head)
        assert not told["accepted"]
        assert "+0.0000 beside" in str(told["why"])
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("look", {"head": "L99.H0"}, "no head 'L99.H0'"),
        ("heads", {"names": ["L0.H0", "L99.H0"]}, "no head 'L99.H0'"),
        ("score", {"source": "import os", "head": "L0.H0"}, "ATT0"),
        ("score", {"source": "def f(q, k):\n    return q.qoute\n", "head": "L0.H0"}, "ATT042"),
        ("check", {"source": "x" * 20_000}, "at most 16384 bytes"),
        ("submit", {"source": "A = 1\n", "head": "L0.H0"}, "no head program"),
        ("why", {**ASKED, "text": 99, "query": 0, "key": 0}, "texts 0"),
        ("why", {**ASKED, "text": 0, "query": 1, "key": 2}, "can't see"),
        ("run", {"source": "def f(q, k):\n    return k == q.prev\n", "text": " "}, "text is empty"),
        ("vocabulary", {"level": "spells"}, "the levels are"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_words(
    bench: Bench, tool: str, arguments: dict[str, Any], message: str
) -> None:
    text, wrong = talk(bench, lambda client: said(client, tool, **arguments))
    assert wrong
    assert message in text
    assert "Traceback" not in text


def test_resources_tell_the_language(bench: Bench) -> None:
    async def work(client: Client) -> str:
        found = await client.read_resource("attndsl://examples/mechanisms.attn")
        return str(found.contents[0].text)

    assert "def induction(q, k):" in talk(bench, work)


def test_over_standard_input_and_output(bench: Bench) -> None:
    code = (
        "from attndsl.authoring.bench import open_bench\n"
        "from attndsl.authoring.mcp import make_server\n"
        "from attndsl.heads.store import HeadStore\n"
        "from attndsl.tokens.tokenizer import builtin_table\n"
        f"run = {str(bench.folder)!r}\n"
        "make_server(open_bench(run, HeadStore.open(run + '/heads'), builtin_table())).run()\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    server = StdioServerParameters(command=sys.executable, args=["-c", code], cwd=root)

    async def work() -> int:
        async with Client(server) as client:
            return len((await client.list_tools()).tools)

    assert asyncio.run(work()) == 8
