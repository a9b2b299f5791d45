"""The loop: ask for programs, have refused ones repaired, hand on the rest, ask for better ones."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from attndsl.graph.printing import to_source
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.language.parser import parse
from attndsl.synthesis.archive import Archive, Candidate, Counts
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm import prompts
from attndsl.synthesis.llm.account import Account, AskingOutcome
from attndsl.synthesis.llm.buyer import Buyer
from attndsl.synthesis.llm.client import Client
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.grammar import grammar_for
from attndsl.synthesis.llm.judge import Judge
from attndsl.synthesis.llm.log import CallLog
from attndsl.synthesis.llm.replies import Written
from attndsl.synthesis.llm.subject import Subject
from attndsl.synthesis.standalone import standalone

Say = Callable[[int, int, str], None]  # done, of, a note
LOG = "llm-calls.jsonl"


@dataclass(frozen=True, slots=True)
class Talk:
    """What came of one head's calls in a round."""

    valid: tuple[tuple[str, str], ...]  # source, where it is from
    account: Account


@dataclass(frozen=True, slots=True)
class Round:
    """One round of asking as it was journaled: why it was cut off, if it was, and under which
    limits; `broken` where the endpoint failed."""

    number: int
    account: Account
    names: tuple[str, ...]
    limits: Mapping[str, Any]
    over: str = ""
    broken: bool = False


@dataclass
class Asking:
    """The proposer: a turn is a round, one call a head, and repairs.

    Goes on where a killed run stopped: replies in the journal are used again, never bought again.
    A round that a smaller budget or a lost endpoint cut off is made again, from the same replies;
    its account takes the place of the first, in which what was scored stays.
    """

    asked: Subject
    journal: Journal
    folder: Path
    say: Say = lambda *_: None
    rounds: dict[int, Round] = field(default_factory=dict)
    last: Round | None = None
    lost: bool = False  # the endpoint, in this process

    def __post_init__(self) -> None:
        """A model's name may be mended as long as no reply came; replies of two models are never
        mixed."""
        model = self.asked.settings.endpoint.model
        for line in self.journal.of_kind("llm_reply"):
            if line["model"] != model:
                raise AttndslError(
                    f"{self.journal.path.parent} holds replies of {line['model']}: ask it again, "
                    f"not {model}, or name another run folder"
                )

    @cached_property
    def buyer(self) -> Buyer:
        endpoint = self.asked.settings.endpoint
        log = CallLog(self.folder / LOG, endpoint.key)
        return Buyer(self.asked.settings, self.journal, log, lambda: Client(endpoint, grammar_for))

    @property
    def next_round(self) -> int:
        if self.last is None:
            return 0
        return self.last.number if self.last.over else self.last.number + 1

    def goes_on(self, archive: Archive) -> bool:
        last, settings = self.last, self.asked.settings
        spent = last is not None and last.over and not last.broken
        if self.lost or (spent and last is not None and last.limits == settings.limits()):
            return False
        return self.next_round < settings.rounds

    def propose(self, archive: Archive) -> Sequence[Candidate]:
        number, gave_up = self.next_round, self.buyer.gave_up
        with closing(Judge(self.journal, self.buyer.note, self.asked.allowed)) as judge:
            talks = self._talks(archive, judge, number)
        taken = {name for one in self.rounds.values() for name in one.names}
        candidates = [
            Candidate(_own_name(source, self.asked.names[at], taken), origin)
            for at in sorted(talks)
            for source, origin in talks[at].valid
        ]
        ledger, before = self.buyer.ledger, self.rounds.get(number)
        account = sum((talk.account for talk in talks.values()), Account())
        account += Account(gave_up=self.buyer.gave_up - gave_up)
        if before is not None:
            account += before.account.of_programs
        self._keep(
            Round(number, account, tuple(sorted(taken)), self.asked.settings.limits(),
                  ledger.over, ledger.broken)
        )  # fmt: skip
        self.lost = ledger.broken
        return candidates

    def as_json(self, counts: Counts) -> dict[str, Any]:
        assert self.last is not None
        account = self.last.account + Account(
            same=counts.same, scored=counts.scored, improved=counts.improved
        )
        self._keep(replace(self.last, account=account))
        return {
            "round": self.last.number, "account": account.as_json(), "names": self.last.names,
            "limits": self.last.limits, "over": self.last.over, "broken": self.last.broken,
        }  # fmt: skip

    def take_up(self, found: Mapping[str, Any]) -> None:
        self._keep(
            Round(found["round"], Account.from_json(found["account"]), tuple(found["names"]),
                  found["limits"], found["over"], found["broken"])
        )  # fmt: skip

    def _keep(self, one: Round) -> None:
        self.rounds[one.number], self.last = one, one

    def figures(self) -> dict[str, Any]:
        model = self.asked.settings.endpoint.model
        return {"llm": {"model": model, **self.outcome().as_json()}}

    def outcome(self) -> AskingOutcome:
        """What became of all rounds."""
        spent, rounds = self.buyer.ledger, self.asked.settings.rounds
        account = sum((one.account for one in self.rounds.values()), Account())
        ended = self.last.over if self.last is not None else ""
        if not ended:
            ended = "all rounds done" if self.next_round >= rounds else "asking was skipped"
        return AskingOutcome(
            account, spent.calls, spent.sent, spent.received, spent.money, self.buyer.in_flight,
            ended,
        )  # fmt: skip

    def _talks(self, archive: Archive, judge: Judge, number: int) -> dict[int, Talk]:
        """One call a head, and its repairs, those that fit worst first."""
        asked, buyer = self.asked, self.buyer
        order = sorted(
            range(len(asked.names)),
            key=lambda at: (archive.ranks[at][0].scores[at] if archive.ranks[at] else 0.0, at),
        )
        make = asked.next_message if number else asked.first_message
        talks: dict[int, Future[Talk]] = {}
        with ThreadPoolExecutor(asked.settings.concurrency) as pool:
            try:
                for at in order:
                    place = f"{number}.{asked.names[at]}"
                    if buyer.ledger.over and not buyer.has(place):
                        continue
                    message = make(archive, at, buyer.bare)
                    talks[at] = pool.submit(_talk, asked, buyer, judge, place, message)
                for done, at in enumerate(talks, start=1):
                    talks[at].exception()
                    turn = f"round {number + 1} of {asked.settings.rounds}"
                    self.say(done, len(order), f"{buyer.ledger.calls} calls, {turn}")
            except BaseException:  # such as Ctrl-C: calls in flight end and are kept
                buyer.ledger.stop("interrupted")
                pool.shutdown(cancel_futures=True)
                raise
        for talk in talks.values():
            if isinstance(fault := talk.exception(), Exception):
                raise fault
        return {at: talk.result() for at, talk in talks.items()}


def _talk(asked: Subject, buyer: Buyer, judge: Judge, place: str, message: Message) -> Talk:
    """One head's call, and repairs of what is refused."""
    reply = buyer.ask(place, message)
    if reply is None:
        return Talk((), Account())
    programs = judge.written(place, reply.text, asked.rules, reply.bare or message.bare)
    if programs is None:
        return Talk((), Account(replies=1, too_costly=1))
    account = Account(
        replies=1,
        refused=int(reply.finish == "refusal"),
        oversized=int(reply.finish == "oversized"),
        cut=int(reply.finish == "length"),
        without_code=int(not programs and reply.finish in ("stop", "length")),
        programs=len(programs),
        valid_first=sum(one.valid for one in programs),
    )
    valid = [(one.source, "llm") for one in programs if one.valid]
    for number, one in enumerate(one for one in programs if not one.valid):
        mended = _mended(asked, buyer, judge, f"{place}.{number}", one)
        valid += [(better.source, "llm, repaired") for better in mended]
        account += Account(repaired=len(mended), invalid=int(not mended))
    return Talk(tuple(valid), account)


def _mended(
    asked: Subject, buyer: Buyer, judge: Judge, place: str, refused: Written
) -> Sequence[Written]:
    """The program after at most so many repairs; nothing where none helped."""
    for number in range(asked.settings.repairs):
        bare = buyer.bare
        task = prompts.repair(refused.source, refused.complaint, bare)
        ask = Message(asked.system, task, bare)
        there = f"{place}.repair{number}"
        reply = buyer.ask(there, ask)
        if reply is None:
            return ()
        programs = judge.written(there, reply.text, asked.rules, reply.bare or bare)
        if programs is None:
            return ()
        if valid := [one for one in programs if one.valid][:1]:
            return valid
        refused = programs[0] if programs else refused
    return ()


def _own_name(source: str, head: str, taken: set[str]) -> str:
    """The program under a name that no other of the run has, its helpers with it."""
    module, _ = parse(source, "llm")
    name = next(one.name for one in module.definitions if one.is_head)
    where = head.lower().replace(".", "")
    wanted = first = f"{name[:40]}_{where}"
    number = 1
    while wanted in taken:
        number += 1
        wanted = f"{first}_{number}"
    taken.add(wanted)
    own = standalone(module, name, wanted)
    if len(verify(own).programs) == 1:
        return own
    # a helper's name has become too long: take the form without helpers
    plain = to_source(verify(source).programs[0])
    return standalone(parse(plain)[0], name, wanted)
