"""How thoroughly programs are looked for, from the most thorough to what a minute allows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """So many factors are left, then so many steps are made."""

    factors: int
    steps: int


STARTING = 50  # steps, that finding where to start takes as long as
COMPARING = 200  # steps, that comparing every program with every head takes as long as


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is looked at, texts and rows of each, in how many batches, and how many steps are
    made: from where fitting starts, at each size while factors are cut, and for programs that are
    shared; how often factors are added and cut again."""

    texts: int = 240
    rows: int = 8
    batches: int = 3
    first: int = 40
    sizes: tuple[int, ...] = (20, 16, 13, 11, 9, 7)
    steps: int = 24
    sharing: int = 30
    rounds: int = 2
    regrown: int = 2

    def cuts(self, rungs: tuple[int, ...]) -> tuple[Cut, ...]:
        """From many factors to those of the rungs of a ladder, the longest first."""
        few = range(max(rungs) + 1, max(rungs) + 4)  # one by one, as most hangs on these
        many = sorted({*few, *(size for size in self.sizes if size > max(few))}, reverse=True)
        return tuple(Cut(size, self.steps) for size in (*many, *sorted(rungs, reverse=True)))

    @property
    def passes(self) -> float:
        """How often every head is compared with all rows of a batch, by fits, cuts and sharing."""
        rungs = 19 * self.steps  # cut twice, by each head and by each shared program
        sizes = (len(self.sizes) + 4 * self.rounds) * self.steps
        again = 3 * self.regrown * 6 * self.steps
        started = STARTING * self.batches + 2 * self.first
        return started + rungs + sizes + again + self.sharing * (self.rounds + 1) + COMPARING


EFFORTS = (
    Effort(),
    Effort(
        texts=180, batches=2, first=30, sizes=(18, 12), steps=16, sharing=20, rounds=1, regrown=1
    ),
    Effort(texts=100, batches=2, first=20, sizes=(18,), steps=10, sharing=12, rounds=1, regrown=1),
    Effort(
        texts=24, rows=6, batches=1, first=12, sizes=(12,), steps=6, sharing=8, rounds=1, regrown=0
    ),
)
