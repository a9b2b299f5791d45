"""Two routes: the page, and the socket by which it asks."""

import json
from contextlib import suppress
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from attndsl.authoring.studio.asks import ASKS, answer, question
from attndsl.authoring.studio.desk import Desk, OpenFile
from attndsl.authoring.studio.guard import Guard, guarded
from attndsl.authoring.studio.page import headers, page
from attndsl.language.diagnostics import AttndslError

WAITING = 32  # questions of one page that wait for an answer, at most
LOOK = 1.0  # seconds between looks at the file


def make_app(desk: Desk, guard: Guard) -> ASGIApp:
    """The studio of a desk; only its own page is answered."""
    quick, slow = anyio.Lock(), anyio.Lock()  # one at a time of each kind, whoever asks

    async def show(request: Request) -> HTMLResponse:
        host = request.headers["host"]
        return HTMLResponse(page(desk.name, desk.mask), headers=headers(host))

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        sending, waiting = anyio.Lock(), [0]

        async def tell(what: dict[str, Any]) -> None:
            with suppress(RuntimeError, WebSocketDisconnect):  # the page is gone
                async with sending:
                    await socket.send_text(json.dumps(what, separators=(",", ":")))

        async def reply(number: object, name: str, given: dict[str, Any]) -> None:
            try:
                lane = quick if name not in ASKS or ASKS[name].quick else slow
                async with lane:
                    told = await anyio.to_thread.run_sync(answer, desk, name, given)
                await tell({"id": number, "answer": told})
            except AttndslError as fault:
                await tell({"id": number, "error": str(fault)})
            except Exception as fault:  # ours: the page says so and goes on
                await tell({"id": number, "error": f"a fault of the studio: {fault!r}"[:400]})
            finally:
                waiting[0] -= 1

        async def watch_file() -> None:
            known = version_of(desk.file) if desk.file else ""
            while desk.file is not None:
                await anyio.sleep(LOOK)
                now = await anyio.to_thread.run_sync(version_of, desk.file)
                if now not in ("", known):
                    known = now
                    await tell({"event": "changed", "version": now})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch_file)
            with suppress(WebSocketDisconnect):
                while True:
                    asked = question(await socket.receive_text())
                    if isinstance(asked, str):
                        await tell({"id": None, "error": asked})
                        continue
                    if waiting[0] >= WAITING:
                        await tell({"id": asked["id"], "error": "too many questions at once"})
                        continue
                    waiting[0] += 1
                    tasks.start_soon(reply, asked["id"], asked["ask"], asked["given"])
            tasks.cancel_scope.cancel()

    routes = [Route("/", show), WebSocketRoute("/socket", talk)]
    return guarded(Starlette(routes=routes), guard)


def version_of(file: OpenFile) -> str:
    """What is on the disk; nothing where it can't be read just now."""
    try:
        return file.version()
    except AttndslError:
        return ""
