"""Who may ask: this machine's browser with the address that was printed, and nobody else.

A page of another origin can send requests here too, and a name of its owner's can be made to mean
this machine: so the host, the origin and the token of every request are looked at first.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

HOSTS = ("127.0.0.1", "localhost")
REFUSED = 1008  # "policy violation", as a socket is told


@dataclass(frozen=True)
class Guard:
    """The port that is served, and the token that the address has."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def address(self) -> str:
        return f"http://{HOSTS[0]}:{self.port}/?token={self.token}"

    def against(self, host: str, origin: str | None, query: Mapping[str, list[str]],
                socket: bool) -> str:  # fmt: skip
        """What speaks against a request, in words; empty where nothing does.

        >>> guard = Guard(8642, "t")
        >>> guard.against("127.0.0.1:8642", "http://127.0.0.1:8642", {"token": ["t"]}, True)
        ''
        >>> guard.against("127.0.0.1:8642", "http://evil.example", {"token": ["t"]}, False)
        'the studio answers its own page alone, not one of http://evil.example'
        """
        if host not in {f"{name}:{self.port}" for name in HOSTS}:
            return f"the studio answers at {HOSTS[0]}:{self.port}, not as {host[:60]}"
        if (origin is None and socket) or origin not in (None, f"http://{host}"):
            return (
                f"the studio answers its own page alone, not one of {(origin or 'no origin')[:60]}"
            )
        given = query.get("token", [""])
        if not given[0]:
            return "the address lacks its token: take the whole one that `attndsl studio` printed"
        if not secrets.compare_digest(given[0].encode(), self.token.encode()):
            return (
                "the token of this address isn't that of the studio that runs here; it has a new "
                "one at each start: take the address that it printed"
            )
        return ""


def guarded(app: ASGIApp, guard: Guard) -> ASGIApp:
    """The app, behind the guard."""

    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1")
                   for name, value in scope["headers"]}  # fmt: skip
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=8)
        socket = scope["type"] == "websocket"
        wrong = guard.against(headers.get("host", ""), headers.get("origin"), query, socket)
        if not wrong:
            await app(scope, receive, send)
        elif socket:
            await WebSocket(scope, receive, send).close(REFUSED, wrong)
        else:
            await PlainTextResponse(f"{wrong}\n", 403)(scope, receive, send)

    return watch
