"""A local endpoint that behaves as a script says: well, badly, or not at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FENCE = "`" * 3
Body = dict[str, Any]
KEY = "sk-secret-0123456789"


@dataclass
class Answer:
    """What is sent back; `cut` bytes of the body are missing, `late` seconds pass before it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    late: float = 0.0
    cut: int = 0


Act = Answer | Callable[[Body], Answer]


def fenced(*programs: str) -> str:
    return "\n".join(f"{FENCE}\n{program.strip()}\n{FENCE}\n" for program in programs)


def chat(text: str | None, finish: str = "stop", **message: Any) -> Answer:
    body = {
        "id": "x", "object": "chat.completion",
        "choices": [{
            "index": 0, "finish_reason": finish,
            "message": {"role": "assistant", "content": text, **message},
        }],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }  # fmt: skip
    return Answer(json.dumps(body).encode())


def fault(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    body = {"error": {"message": message, "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps(body).encode(), status, named)


@dataclass
class Endpoint:
    """The server's address, and what it was asked."""

    url: str
    script: list[Act]
    usual: Act
    asked: list[tuple[str, Body]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def prompts(self) -> list[str]:
        return [str(body["messages"][1]["content"]) for _, body in self.asked]


@contextmanager
def endpoint(*script: Act, usual: Act) -> Iterator[Endpoint]:
    """Answers each request with the next act of the script, then always with the usual one."""
    found = Endpoint("", list(script), usual)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                found.asked.append((self.path, body))
                found.keys.append(self.headers.get("authorization", ""))
                act = found.script.pop(0) if found.script else found.usual
            self.answer(act(body) if callable(act) else act)

        def do_GET(self) -> None:
            self.answer(fault(500, "no list here"))

        def answer(self, answer: Answer) -> None:
            time.sleep(answer.late)
            try:
                self.send_response(answer.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: len(answer.body) - answer.cut])
                if answer.cut:
                    self.wfile.flush()
                    self.close_connection = True
                    self.connection.shutdown(2)
            except OSError:  # the client has gone
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
