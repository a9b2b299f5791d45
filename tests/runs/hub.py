"""A stand-in for the Hugging Face hub over HTTP: as much as a run's way there and back needs."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHA = "0" * 39 + "1"


class Hub(ThreadingHTTPServer):
    """Its repositories: of each the files by name. `asked` are the requests that came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"POST {self.path}")
        name = "/".join(self.path.split("/")[3:5])
        if self.path == "/api/repos/create":
            told = json.loads(body)
            name = "/".join(filter(None, (told.get("organization"), told["name"])))
            self.server.repositories.setdefault(name, {})
            if told.get("private") or told.get("visibility") == "private":  # as versions say it
                self.server.private.add(name)
            self._told({"url": f"{self.server.address}/{name}", "id": name})
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            self._told({"files": [{"path": one["path"], "uploadMode": "regular",
                                   "shouldIgnore": False} for one in asked]})  # fmt: skip
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    kept = base64.b64decode(line["value"]["content"])
                    self.server.repositories[name][line["value"]["path"]] = kept
            url = f"{self.server.address}/{name}/commit/{SHA}"
            self._told({"commitUrl": url, "commitOid": SHA, "success": True, "hookOutput": ""})
        else:
            self._told({"errors": [], "warnings": []})

    def do_HEAD(self) -> None:
        self._file(whole=False)

    def do_GET(self) -> None:
        if "/resolve/" in self.path:
            self._file(whole=True)
            return
        self.server.asked.append(f"GET {self.path}")
        name = "/".join(self.path.split("?")[0].split("/")[3:5])
        files = self.server.repositories.get(name)
        if files is None:
            self._told({"error": "Repository not found"}, 404)
        elif "/tree/" in self.path:
            self._told([{"type": "file", "path": one, "size": len(data), "oid": SHA}
                        for one, data in files.items()])  # fmt: skip
        else:
            self._told({"id": name, "modelId": name, "sha": SHA, "private": False, "tags": [],
                        "siblings": [{"rfilename": one} for one in files]})  # fmt: skip

    def _file(self, whole: bool) -> None:
        repository, _, rest = self.path.lstrip("/").partition("/resolve/")
        data = self.server.repositories.get(repository, {}).get(rest.partition("/")[2])
        if data is None:
            self._told({"error": "Entry not found"}, 404)
            return
        self.send_response(200)
        for key, value in (("ETag", f'"{hash(data) & 0xFFFFFFFF:x}"'), ("X-Repo-Commit", SHA),
                           ("Content-Length", str(len(data)))):  # fmt: skip
            self.send_header(key, value)
        self.end_headers()
        if whole:
            self.wfile.write(data)

    def _told(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
