"""Calls that are paid for once: journaled before and after, retried, within the budget."""

import hashlib
import random
import threading
import time
from collections.abc import Callable

from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm.budget import Ledger
from attndsl.synthesis.llm.client import Client, Hopeless, TryAgain, redacted
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.log import CallLog
from attndsl.synthesis.llm.pace import CallPace, pause
from attndsl.synthesis.llm.settings import LlmSettings
from attndsl.synthesis.llm.wire import Reply, estimated

IN_A_ROW = 3  # requests given up one after the other before the endpoint counts as gone


class Buyer:
    """Replies by place (such as round 0, head 3.5): one that is in the journal isn't asked again.

    A request is on the disk before it is sent, a reply before it is used. `open_client` is called
    at the first call that has to be made.
    """

    def __init__(
        self,
        settings: LlmSettings,
        journal: Journal,
        log: CallLog,
        open_client: Callable[[], Client],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self.journal, self.log = settings, journal, log
        self.ledger = Ledger(settings.budget, settings.price)
        self.pace = CallPace(settings.per_minute, sleep=sleep)
        self.sleep = sleep
        self.gave_up = 0
        self._open = open_client
        self._client: Client | None = None
        self._lock = threading.Lock()
        self._row = 0
        self._bought = {
            line["place"]: Reply.from_json(line["reply"]) for line in journal.of_kind("llm_reply")
        }
        self._systems = {line["hash"] for line in journal.of_kind("llm_system")}
        ended = len(self._bought) + len(journal.of_kind("llm_gave_up"))
        self.in_flight = len(journal.of_kind("llm_request")) - ended
        for reply in self._bought.values():
            self.ledger.remember(reply.sent, reply.received)

    def ask(self, place: str, message: Message) -> Reply | None:
        """The reply for this place; None where the budget or the patience is spent."""
        if place in self._bought:
            return self._bought[place]
        held = (estimated(message.letters), self.settings.endpoint.answer_tokens)
        if not self.ledger.reserve(*held):
            return None
        sent = received = 0
        try:
            client = self._client_now()
            self._write_request(place, message)
            reply = self._attempts(client, place, message)
            if reply is not None:
                sent, received = reply.sent, reply.received
                model = self.settings.endpoint.model
                told = {"place": place, "model": model, "reply": reply.as_json()}
                self.note({"kind": "llm_reply", **told})
                self._bought[place] = reply
            return reply
        except Hopeless as fault:
            self.log.write(place=place, outcome="hopeless", said=str(fault))
            self.ledger.stop(str(fault))
            if not self._bought:
                raise
            return None
        finally:
            self.ledger.settle(held, sent, received)

    def _attempts(self, client: Client, place: str, message: Message) -> Reply | None:
        settings, draw = self.settings, random.Random(place)
        last = ""
        for attempt in range(settings.attempts):
            if self.ledger.broken:  # another call has found that out meanwhile
                self._write_end(place, self.ledger.over)
                return None
            self.pace.wait()
            start = time.monotonic()
            try:
                reply = client.ask(message)
            except TryAgain as fault:
                seconds = round(time.monotonic() - start, 3)
                last = str(fault)
                self.log.write(
                    place=place, attempt=attempt, outcome=last, seconds=seconds, after=fault.after
                )
                if fault.after is not None:
                    self.pace.hold(fault.after)
                if attempt + 1 < settings.attempts:
                    first, longest = settings.first_pause, settings.longest_pause
                    self.sleep(pause(attempt, fault.after, first, longest, draw))
                continue
            except Hopeless as fault:
                self._write_end(place, str(fault))
                raise
            seconds = round(time.monotonic() - start, 3)
            self.log.write(
                place=place, attempt=attempt, outcome=reply.finish, seconds=seconds,
                sent=reply.sent, received=reply.received, counted=reply.counted, bare=reply.bare,
            )  # fmt: skip
            self._row = 0
            return reply
        self._give_up(client, place, last)
        return None

    def _give_up(self, client: Client, place: str, last: str) -> None:
        with self._lock:
            self.gave_up += 1
            self._row += 1
        self._write_end(place, last)
        if not self._bought or self._row >= IN_A_ROW:
            count = self.settings.attempts
            raise Hopeless(client.told(f"gave no reply in {count} attempts; the last: {last}"))

    def has(self, place: str) -> bool:
        return place in self._bought

    @property
    def bare(self) -> bool:
        """Whether replies are held to the grammar, as far as is known before the next call."""
        return not self.ledger.over and self._client_now().bare

    def _client_now(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._open()
            return self._client

    def _write_request(self, place: str, message: Message) -> None:
        """The system prompt, which all requests share, is written once."""
        digest = hashlib.sha256(message.system.encode()).hexdigest()[:16]
        with self._lock:
            if digest not in self._systems:
                self._systems.add(digest)
                self.journal.write({"kind": "llm_system", "hash": digest, "text": message.system})
            self.journal.write(
                {"kind": "llm_request", "place": place, "system": digest, "user": message.user}
            )

    def _write_end(self, place: str, why: str) -> None:
        """No reply will come to the request for this place."""
        self.note({"kind": "llm_gave_up", "place": place, "said": why})

    def note(self, line: dict[str, object]) -> None:
        """Append to the journal, from any thread; the key is left out."""
        key = self.settings.endpoint.key
        reply = line.get("reply")
        if isinstance(reply, dict):
            line = {**line, "reply": {**reply, "text": redacted(reply["text"], key)}}
        with self._lock:
            self.journal.write(line)
