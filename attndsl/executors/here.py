"""The executor that needs no other process: rank after rank, in this one."""

from dataclasses import dataclass

from attndsl.executors.shared import Shared
from attndsl.executors.task import Going, Tell


@dataclass(frozen=True, slots=True)
class Here:
    """One process."""

    def ready(self) -> None:
        """It needs nothing."""

    def run(self, work: Shared, tell: Tell, going: Going) -> None:
        missing = work.missing()
        done = work.world - len(missing)
        tell(done, work.world)
        for rank in missing:
            if not going():
                return
            work.run(rank, work.world)
            done += 1
            tell(done, work.world)
