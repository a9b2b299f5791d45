"""The loop: ask for programs, have refused ones repaired, score the rest, ask for better ones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from attndsl.graph.printing import to_source
from attndsl.graph.verify import verify
from attndsl.heads.probes import ProbeStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.parser import parse
from attndsl.synthesis.archive import Archive, ArchiveEntry, Candidate, Scorer, consider
from attndsl.synthesis.journal import Journal
from attndsl.synthesis.llm import prompts
from attndsl.synthesis.llm.account import Account, AskingOutcome
from attndsl.synthesis.llm.buyer import Buyer
from attndsl.synthesis.llm.client import Client
from attndsl.synthesis.llm.compare import against, compared, figures_of
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.grammar import grammar_for
from attndsl.synthesis.llm.judge import Allowance, Judge
from attndsl.synthesis.llm.known import Known, known_of
from attndsl.synthesis.llm.log import CallLog
from attndsl.synthesis.llm.replies import Rules, Written
from attndsl.synthesis.llm.settings import LlmSettings
from attndsl.synthesis.llm.summary import page
from attndsl.synthesis.standalone import standalone

Say = Callable[[int, int, str], None]  # done, of, a note
LOG = "llm-calls.jsonl"
SHOWN = 2  # best programs in a proposal's prompt
SUMMARY_TEXTS = 32


@dataclass(frozen=True)
class Asked:
    """What is asked about: heads on selection texts, and the rules that programs keep."""

    settings: LlmSettings
    scorer: Scorer
    rules: Rules
    allowed: Allowance = field(default_factory=Allowance)
    probes: ProbeStore | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.scorer.store.meta.head_name(head) for head in self.scorer.heads)

    @property
    def few(self) -> Scorer:
        """A scorer on the texts that pages are made from."""
        return replace(self.scorer, numbers=self.scorer.numbers[:SUMMARY_TEXTS])

    @cached_property
    def known(self) -> Known:
        few = self.few
        return known_of(few.store, few.table, few.numbers, self.probes)

    def summary(self, at: int) -> str:
        few, tokens = self.few, self.settings.summary_tokens
        return page(few.store, few.table, few.numbers, few.heads[at], self.known, tokens)

    def first_message(self, archive: Archive, at: int, bare: bool = False) -> Message:
        best = [
            (figures_of(self.few, verify(entry.source).programs[0], at), entry.source)
            for entry in archive.ranks[at][:SHOWN]
        ]
        mask = self.scorer.store.meta.mask
        asked = prompts.propose(self.summary(at), mask, best, self.settings.programs, bare)
        return Message(self.system, asked, bare)

    def next_message(self, archive: Archive, at: int, bare: bool = False) -> Message:
        """To refine the head's best program; the first message where it has none."""
        if not archive.ranks[at]:
            return self.first_message(archive, at, bare)
        entry, scorer = archive.ranks[at][0], self.scorer
        program = verify(entry.source, entry.origin).programs[0]
        rows, shares = compared(
            program, scorer.store, scorer.table, scorer.numbers, scorer.heads[at]
        )
        asked = prompts.refine(
            self.summary(at), entry.source, figures_of(self.few, program, at),
            against(self.known, program, scorer, at), rows, shares,
            self.rules.used(program, entry.source), self.settings.programs, bare,
        )  # fmt: skip
        return Message(self.system, asked, bare)

    @property
    def system(self) -> str:
        rules = self.rules
        return prompts.system(rules.levels, self.scorer.store.meta.mask, rules.lines, rules.terms)


@dataclass(frozen=True, slots=True)
class Talk:
    """What came of one head's calls in a round."""

    valid: tuple[tuple[str, str], ...]  # source, where it is from
    account: Account


def ask_for_programs(
    asked: Asked, archive: Archive, journal: Journal, folder: Path, say: Say = lambda *_: None
) -> AskingOutcome:
    """All rounds for all heads, or as far as the budget goes; the archive keeps what is good.

    Goes on where a killed run stopped: replies in the journal are used again, never bought again.
    """
    _same_model(asked, journal)
    limits = asked.settings.limits()
    rounds = {line["number"]: line for line in journal.of_kind("llm_round")}
    ends = [line["outcome"] for line in journal.of_kind("llm_done") if line["limits"] == limits]
    if not ends:  # a round that a smaller budget cut off is made again, from the same replies
        rounds = {number: line for number, line in rounds.items() if not line["cut_off"]}
    account, taken = _take_up(archive, rounds.values())
    if ends:
        return AskingOutcome.from_json(ends[-1])
    with _buyer(asked, journal, folder) as buyer, _judge(asked, journal, buyer) as judge:
        for number in range(len(rounds), asked.settings.rounds):
            line = _round(asked, archive, buyer, judge, number, taken, say)
            journal.write(line)
            account += Account.from_json(line["account"])
            if buyer.ledger.over:
                break
    ended = buyer.ledger.over or "all rounds done"
    outcome = _outcome(buyer, account + Account(gave_up=buyer.gave_up), ended)
    if not buyer.ledger.broken:  # with a new key or a better line the same command goes on
        journal.write({"kind": "llm_done", "limits": limits, "outcome": outcome.as_json()})
    return outcome


def take_programs(asked: Asked, archive: Archive, journal: Journal, folder: Path) -> AskingOutcome:
    """The programs of the rounds in the journal into the archive; nobody is asked."""
    _same_model(asked, journal)
    rounds = {line["number"]: line for line in journal.of_kind("llm_round")}
    account, _ = _take_up(archive, rounds.values())
    with _buyer(asked, journal, folder) as buyer:
        return _outcome(buyer, account, "asking was skipped")


def _same_model(asked: Asked, journal: Journal) -> None:
    """A name may be mended as long as no reply came; replies of two models are never mixed."""
    model = asked.settings.endpoint.model
    for line in journal.of_kind("llm_reply"):
        if line["model"] != model:
            raise AttndslError(
                f"{journal.path.parent} holds replies of {line['model']}: ask it again, not "
                f"{model}, or name another run folder"
            )


def _take_up(archive: Archive, rounds: Iterable[dict[str, Any]]) -> tuple[Account, set[str]]:
    """What journaled rounds left: programs in the archive, the account, the names given."""
    account, taken = Account(), set[str]()
    for line in rounds:
        account += Account.from_json(line["account"])
        taken |= set(line["names"])
        archive.seen |= set(line["seen"])
        for entry in line["entries"]:
            archive.add(ArchiveEntry.from_json(entry))
    return account, taken


@contextmanager
def _buyer(asked: Asked, journal: Journal, folder: Path) -> Iterator[Buyer]:
    endpoint = asked.settings.endpoint
    log = CallLog(folder / LOG, endpoint.key)
    try:
        yield Buyer(asked.settings, journal, log, lambda: Client(endpoint, grammar_for))
    finally:
        log.close()


@contextmanager
def _judge(asked: Asked, journal: Journal, buyer: Buyer) -> Iterator[Judge]:
    judge = Judge(journal, buyer.note, asked.allowed)
    try:
        yield judge
    finally:
        judge.close()


def _outcome(buyer: Buyer, account: Account, ended: str) -> AskingOutcome:
    spent = buyer.ledger
    return AskingOutcome(
        account, spent.calls, spent.sent, spent.received, spent.money, buyer.in_flight, ended
    )


def _round(
    asked: Asked,
    archive: Archive,
    buyer: Buyer,
    judge: Judge,
    number: int,
    taken: set[str],
    say: Say,
) -> dict[str, Any]:
    """One call a head, and its repairs; then all that is valid is scored, in the heads' order."""
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
                spent = f"{buyer.ledger.calls} calls, round {number + 1} of {asked.settings.rounds}"
                say(done, len(order), spent)
        except BaseException:  # such as Ctrl-C: calls in flight end and are kept, no other begins
            buyer.ledger.stop("interrupted")
            pool.shutdown(cancel_futures=True)
            raise
    faults = [fault for talk in talks.values() if isinstance(fault := talk.exception(), Exception)]
    if faults:
        raise faults[0]
    ended = {at: talks[at].result() for at in sorted(talks)}
    candidates = [
        Candidate(_own_name(source, asked.names[at], taken), origin)
        for at, talk in ended.items()
        for source, origin in talk.valid
    ]
    before = set(archive.seen)
    rules = asked.rules
    kept, counts = consider(
        archive, candidates, asked.scorer, terms=rules.terms, levels=rules.levels
    )
    account = sum((talk.account for talk in ended.values()), Account()) + Account(
        same=counts.same, scored=counts.scored, improved=counts.improved
    )
    return {
        "kind": "llm_round",
        "number": number,
        "cut_off": bool(buyer.ledger.over),
        "account": account.as_json(),
        "seen": sorted(archive.seen - before),
        "names": sorted(taken),
        "entries": [entry.as_json() for entry in kept],
    }


def _talk(asked: Asked, buyer: Buyer, judge: Judge, place: str, message: Message) -> Talk:
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
    asked: Asked, buyer: Buyer, judge: Judge, place: str, refused: Written
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
