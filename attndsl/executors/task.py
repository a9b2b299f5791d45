"""What a task is, how it is written down, and what executors do with it."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import attndsl
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.executors.shared import Shared

Part = dict[str, Any]  # what a rank makes: values of JSON, and arrays
Tell = Callable[[int, int], None]
Going = Callable[[], bool]  # whether further ranks are to be begun

# Kind -> where its class is. Workers make no others.
KINDS = {
    "trial": "attndsl.executors.trial:Trial",
    "capture": "attndsl.models.sharing:Capture",
    "score": "attndsl.models.scoring:Score",
    "replays": "attndsl.models.sharing_replay:Replays",
    "on_texts": "attndsl.models.sharing_transfer:OnTexts",
    "on_store": "attndsl.models.sharing_transfer:OnStore",
    "census": "attndsl.models.sharing_census:Censusing",
    "evaluate": "attndsl.surrogates.sharing:Evaluate",
    "ablate": "attndsl.surrogates.sharing_effects:Ablating",
    "effects": "attndsl.surrogates.sharing_effects:Effects",
    "questions": "attndsl.surrogates.sharing_questions:Questions",
}


class Task(Protocol):
    """Work cut into `world` ranks, a frozen dataclass whose fields are values of JSON.

    `part` does a rank and hangs on nothing but the task and the rank: neither on who does it, nor
    on what was done before.
    """

    kind: ClassVar[str]

    @property
    def world(self) -> int:
        """How many ranks there are."""

    def part(self, rank: int, world: int) -> Part:
        """Do one of them."""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Task":
        """The task of such fields."""


class Executor(Protocol):
    """Who gets ranks done."""

    def ready(self) -> None:
        """Refuses in words where this machine lacks what it needs, before anything is loaded."""

    def run(self, work: "Shared", tell: Tell, going: Going) -> None:
        """Do the ranks that are not done; `tell` hears how many of how many are."""


def always() -> bool:
    return True


def written(task: Task) -> str:
    """A task as JSON: what names it, and what a worker makes it from again."""
    said = {"kind": task.kind, "version": attndsl.__version__, "fields": asdict(task)}  # type: ignore[call-overload]  # tasks are dataclasses
    return json.dumps(said, sort_keys=True)


def key_of(text: str) -> str:
    """Names a task that was written."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read(text: str, where: str) -> Task:
    """The task that was written; refused where another version of attndsl wrote it."""
    said = json.loads(text)
    if said["version"] != attndsl.__version__:
        raise AttndslError(other_version(said["version"], where))
    module, _, name = KINDS[said["kind"]].partition(":")
    task: Task = getattr(import_module(module), name).from_json(said["fields"])
    return task


def other_version(theirs: str, where: str) -> str:
    """What is said where a worker has another version than the command."""
    return (
        f"{where} has attndsl {attndsl.__version__}, and the command was given to {theirs}: "
        "install the same version everywhere"
    )
