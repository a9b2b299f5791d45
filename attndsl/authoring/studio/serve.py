"""Serving a desk on this machine alone, until Ctrl-C."""

import socket
import threading
from collections.abc import Callable

import uvicorn

from attndsl.authoring.studio.app import make_app
from attndsl.authoring.studio.asks import MOST
from attndsl.authoring.studio.desk import Desk
from attndsl.authoring.studio.guard import HOSTS, Guard
from attndsl.authoring.studio.warming import warm
from attndsl.language.diagnostics import AttndslError

PORT = 8642
PAGES = 32  # connections at a time


def listening(port: int | None) -> socket.socket:
    """A socket on the loopback; without a port ours, or any where another studio has that."""
    try:
        return _bound(PORT if port is None else port)
    except OSError as fault:
        if port is None:
            return _bound(0)
        raise AttndslError(
            f"port {port} can't be had ({fault.strerror or fault}): another studio may run there. "
            "Give another by --port, or leave it out for a free one"
        ) from None


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((HOSTS[0], port))
        listener.listen(PAGES)
    except BaseException:
        listener.close()
        raise
    return listener


def serve(desk: Desk, bound: socket.socket, say: Callable[[str], None]) -> None:
    """Say the address, and answer there until it is stopped."""
    guard = Guard(bound.getsockname()[1])
    threading.Thread(target=warm, args=(desk,), daemon=True).start()
    say(guard.address)
    server_of(desk, guard).run(sockets=[bound])


def server_of(desk: Desk, guard: Guard) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(
        make_app(desk, guard), log_level="warning", access_log=False, lifespan="off",
        ws_max_size=MOST, limit_concurrency=PAGES, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=1,
    ))  # fmt: skip
