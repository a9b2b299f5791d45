"""One call of an OpenAI-compatible endpoint, by the `openai` package; errors in three kinds."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.settings import OPENAI, Endpoint
from attndsl.synthesis.llm.wire import (
    Body,
    Reply,
    WrongShape,
    chat_body,
    estimated,
    one_line,
    read_reply,
    responses_body,
)

LARGEST = 2_000_000  # bytes of a reply that are read
AGAIN = frozenset((408, 409, 425, 429))
SERVERS = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llamacpp"}  # owner of models: grammar


class Hopeless(AttndslError):
    """No call of this endpoint will succeed: wrong key, no such model, another kind of server."""


class TryAgain(Exception):
    """This call failed, another may not; `after` is what the server asked to wait, in seconds."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Client:
    """Asks one endpoint; learns which API it has and whether it takes the grammar."""

    def __init__(self, endpoint: Endpoint, grammar: Callable[[str], str] | None = None) -> None:
        from openai import DefaultHttpxClient, OpenAI

        self.endpoint = endpoint
        self._grammar = grammar
        self._open = OpenAI(
            api_key=endpoint.key or "none", base_url=endpoint.base_url, max_retries=0,
            timeout=endpoint.timeout,
            # A prompt goes to the address that was named, never to where that points.
            http_client=DefaultHttpxClient(follow_redirects=False),
        )  # fmt: skip
        self._lock = threading.Lock()
        self._answered = False
        self._dropped: set[str] = set()  # parameters that the server doesn't know
        self._form = self._first_form()
        official = endpoint.base_url.startswith(OPENAI)
        self._api = endpoint.api if endpoint.api != "auto" else "responses" if official else "chat"

    @property
    def bare(self) -> bool:
        """Whether replies are held to the grammar, and so are code alone."""
        return self._form is not None

    def ask(self, message: Message) -> Reply:
        """One reply, or TryAgain or Hopeless. What a server won't take is left out and told once
        more without."""
        for _ in range(4):
            form, api = self._form, self._api
            try:
                raw = self._send(api, self._body(api, message, form))
            except Misunderstood as fault:
                if not self._without(fault, form, api):
                    raise Hopeless(self.told(f"refuses the request: {fault}")) from None
                continue
            if raw is None:
                sent, received = estimated(message.letters), self.endpoint.answer_tokens
                return Reply("", sent, received, "oversized", counted=False)
            return self._read(raw, message, form is not None)
        raise Hopeless(self.told("refuses every form of the request"))

    def told(self, what: str) -> str:
        """A message about the endpoint, without the key."""
        where = urlsplit(self.endpoint.base_url).netloc
        return redacted(f"the LLM endpoint {where} {what}", self.endpoint.key)

    def _first_form(self) -> str | None:
        """The form of grammar to try: the one named, or the one that goes with the server."""
        endpoint = self.endpoint
        if self._grammar is None or endpoint.grammar == "none":
            return None
        if endpoint.grammar != "auto":
            return endpoint.grammar
        if endpoint.base_url.startswith(OPENAI):
            return "openai"
        try:
            listed = json.loads(self._open.models.with_raw_response.list(timeout=5).content)
            return SERVERS.get(str(listed["data"][0]["owned_by"]).lower())
        except Exception:  # a server without such a list has no grammar that we know of
            return None

    def _body(self, api: str, message: Message, form: str | None) -> Body:
        grammar = (form, self._grammar(form)) if form and self._grammar else None
        make = responses_body if api == "responses" else chat_body
        body = make(self.endpoint, message, grammar)
        if "max_tokens" in self._dropped and "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        return {name: value for name, value in body.items() if name not in self._dropped}

    def _without(self, fault: "Misunderstood", form: str | None, api: str) -> bool:
        """Leave out what the server didn't take; whether there was something to leave out."""
        with self._lock:
            if (self._form, self._api) != (form, api):
                return True  # another call has learned it meanwhile
            if fault.missing and api == "responses" and self.endpoint.api == "auto":
                self._api = "chat"
                return True
            for name in ("max_tokens", "temperature", "store"):
                if name in str(fault) and name not in self._dropped:
                    self._dropped.add(name)
                    return True
            if form is not None:
                self._form = None
                return True
        return False

    def _send(self, api: str, body: Body) -> bytes | None:
        """The bytes of a reply; None where there are too many."""
        import openai

        create: Any = (
            self._open.responses if api == "responses" else self._open.chat.completions
        ).with_streaming_response.create  # fmt: skip
        end = time.monotonic() + self.endpoint.timeout
        try:
            with create(**body) as response, _reading():
                parts: list[bytes] = []
                size = 0
                for part in response.iter_bytes():
                    parts.append(part)
                    size += len(part)
                    if size > LARGEST:
                        return None
                    if time.monotonic() > end:
                        raise TryAgain("no whole reply in time")
                return b"".join(parts)
        except openai.APITimeoutError:
            raise TryAgain("no reply in time") from None
        except openai.APIConnectionError as fault:
            raise TryAgain(f"no connection ({type(fault.__cause__).__name__})") from None
        except openai.APIStatusError as fault:
            raise self._status(fault.status_code, _said(fault), fault.response.headers) from None
        except openai.OpenAIError as fault:
            raise Hopeless(self.told(f"can't be asked: {fault}")) from None

    def _status(self, status: int, said: str, headers: Any) -> Exception:
        said = redacted(said, self.endpoint.key)
        if 300 <= status < 400:
            where = one_line(str(headers.get("location") or "elsewhere"))
            return Hopeless(
                self.told(f"points to {where} ({status}), which is not followed; name that address "
                          "as --base-url if you trust it")
            )  # fmt: skip
        if status == 401:
            return Hopeless(self.told("refuses the key (401); check OPENAI_API_KEY"))
        if status == 403:
            return Hopeless(self.told(f"doesn't allow this (403): {said}"))
        if status == 402 or (status == 429 and "insufficient_quota" in said):
            return Hopeless(self.told(f"says that the account is used up: {said}"))
        if status in AGAIN or status >= 500:
            return TryAgain(f"status {status}", retry_after(headers))
        if status == 404 and "model" in said.lower():
            model = self.endpoint.model
            return Hopeless(self.told(f"has no model {model!r} (404): {said}"))
        if status in (404, 405):
            return Misunderstood(f"nothing at that address ({status}); {said}", missing=True)
        return Misunderstood(f"status {status}: {said}")

    def _read(self, raw: bytes, message: Message, bare: bool) -> Reply:
        try:
            reply = read_reply(raw, message, bare)
        except WrongShape as fault:
            if not self._answered:
                said = "doesn't answer in OpenAI's shape"
                raise Hopeless(self.told(f"{said} ({fault}); is the address right?")) from None
            raise TryAgain(f"a reply of another shape: {fault}") from None
        if reply.finish == "empty":
            raise TryAgain("an empty reply")
        self._answered = True
        return reply


class Misunderstood(Exception):
    """The server refuses the form of the request; `missing` where it knows no such address."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


@contextmanager
def _reading() -> Iterator[None]:
    """A body that breaks off while it is read may be whole another time."""
    try:
        yield
    except (TryAgain, GeneratorExit):
        raise
    except Exception as fault:  # of whichever HTTP library `openai` uses
        raise TryAgain(f"the reply broke off ({type(fault).__name__})") from None


def _said(fault: Any) -> str:
    body = fault.body
    if isinstance(body, dict):
        said = f"{body.get('message') or body.get('detail') or body} {body.get('code') or ''}"
        return one_line(said)
    return one_line(str(body or fault.message))


def retry_after(headers: Any) -> float | None:
    """Seconds that the server asks to wait, by number or by date.

    >>> retry_after({"retry-after": "3"}), retry_after({"retry-after-ms": "250"})
    (3.0, 0.25)
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        said = str(headers.get(name) or "")
        try:
            return max(0.0, float(said) * unit)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, TypeError, ValueError):
        return None


def redacted(text: str, key: str) -> str:
    """The text without the key.

    >>> redacted("bad key sk-12345678", "sk-12345678")
    'bad key ***'
    """
    return text.replace(key, "***") if len(key) >= 4 else text
