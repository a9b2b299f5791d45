"""A headless Chromium, driven over its debugging pipe: no package is needed for it."""

import base64
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

KEYS = {"Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


def chromium() -> str | None:
    """Where the browser is: CHROMIUM names it, else one of the usual names on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Browser:
    """One page of one browser. `faults` collects console errors, exceptions and requests."""

    process: subprocess.Popen[bytes]
    commands: int
    answers: int
    session: str = ""
    number: int = 0
    waiting: bytes = b""
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, folder: Path) -> "Browser":
        program = chromium()
        assert program is not None
        # The browser reads commands from descriptor 3 and answers on 4.
        (read, commands), (answers, write) = os.pipe(), os.pipe()

        def place() -> None:
            one, other = fcntl(read, F_DUPFD, 10), fcntl(write, F_DUPFD, 10)
            os.dup2(one, 3)
            os.dup2(other, 4)

        process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}",
             "--disable-background-networking", "--no-first-run", "about:blank"],
            preexec_fn=place, close_fds=False, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(read)
        os.close(write)
        browser = cls(process, commands, answers)
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
        browser.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            browser.call(f"{domain}.enable")
        return browser

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer; what happens meanwhile is noted."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self.number:
                assert "error" not in found, found
                return dict(found["result"])
            self._note(found)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.waiting:
            part = os.read(self.answers, 1 << 16)
            assert part, "the browser has gone"
            self.waiting += part
        line, self.waiting = self.waiting.split(b"\0", 1)
        return dict(json.loads(line))

    def _note(self, event: dict[str, Any]) -> None:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(params["exceptionDetails"])[:600])
        if method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.faults.append(json.dumps(params["args"])[:600])
        if method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.faults.append(params["entry"]["text"])
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def evaluate(self, expression: str) -> Any:
        found = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = 30.0) -> None:
        """Wait for an expression to be true; one that asks a node not drawn yet is not true yet."""
        asked = f"(() => {{ try {{ return !!({expression}); }} catch {{ return false; }} }})()"
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.evaluate(asked):
                return
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}; {self.faults}")

    def open(self, file: Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.visit(file.resolve().as_uri(), width, height, dark)

    def visit(self, address: str, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open an address anew, and wait for its heading."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && !!document.querySelector('h1')")

    def go(self, address: str) -> None:
        self.evaluate(f"location.hash = {json.dumps(address)}")

    def press(self, key: str) -> None:
        number = KEYS.get(key, 0)  # by which the browser itself knows a key
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=number)  # fmt: skip

    def type(self, text: str) -> None:
        """Letter by letter, as a person types."""
        for letter in text:
            if letter == "\n":
                self.key("Enter", 13, "\r")
            else:
                self.call("Input.dispatchKeyEvent", type="char", text=letter)

    def key(self, key: str, number: int, text: str = "", control: bool = False) -> None:
        """One key by its name and number, with what it writes."""
        named: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": number}
        named["modifiers"] = 2 if control else 0
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", **down, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def click(self, selector: str) -> None:
        """A real click in the middle of an element."""
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def hover(self, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def middle(self, selector: str) -> tuple[float, float]:
        x, y = self.evaluate(
            f"(async () => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'});"
            # Once the page stands where it was scrolled to: else the mouse hits what was there.
            "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));"
            "const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        return x, y

    def picture(self, path: Path, whole: bool = False) -> None:
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        os.close(self.commands)
        os.close(self.answers)
