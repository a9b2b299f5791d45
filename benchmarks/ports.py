"""Published programs beside their ports: how many are written, and how many do the same.

python -m benchmarks.ports DIR [--texts FILE --model MODEL] [--journal FILE] [--seconds S]
                          [--json FILE]

Each program's end is kept in the journal, a line a program: run again, it goes on from there.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attndsl.authoring.porting.against import compare
from attndsl.authoring.porting.port import checked, given_names, port_program
from attndsl.authoring.porting.reading import Original, Published, program_name, read_module
from benchmarks.measure import Figures, finish, machine

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

PIECE = 80  # programs that one process runs: it reads the file and the parser's model anew
TURNS = 4
TOKENS = 48
NOTES = {
    "port_programs": "how many the folder has",
    "port_done": "share of them that was looked at; the shares below are of these",
    "port_checked": "share that is written and passes the compiler; at least 0.96",
    "port_same": "share that is exact or near on the texts, refused ones counted; at least 0.90",
    "port_exact": "share with no weight off by more than 0.001, refused ones counted",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Journal:
    """What became of each program so far, by its name among all."""

    path: Path | None
    rows: dict[str, Row]

    @staticmethod
    def open(file: str | None) -> "Journal":
        path = Path(file) if file else None
        lines = path.read_text("utf-8").splitlines() if path and path.exists() else []
        rows = [json.loads(line) for line in lines]
        return Journal(path, {row["program"]: row for row in rows})

    def add(self, rows: list[Row]) -> None:
        self.rows.update((row["program"], row) for row in rows)
        if self.path:
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)


@dataclass(frozen=True)
class Piece:
    """Some programs of a file, and the names that they get."""

    source: str
    published: Published
    programs: list[tuple[Original, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description="published programs beside their ports")
    parser.add_argument("folder", metavar="DIR", help="a folder of *_programs.py")
    parser.add_argument("--texts", metavar="FILE", help="texts (.jsonl) on which both run")
    parser.add_argument("--model", metavar="MODEL", help="tokenizer and similarity for --texts")
    parser.add_argument("--journal", metavar="FILE", help="keep each program's end, and go on")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--json", metavar="FILE", help="write the figures as one flat object")
    chosen = parser.parse_args()
    print(machine())
    figures = port_figures(
        Path(chosen.folder), chosen.texts, chosen.model, Journal.open(chosen.journal),
        chosen.seconds,
    )  # fmt: skip
    finish("ports", figures, NOTES, chosen.json)


def port_figures(
    folder: Path, texts: str | None, model: str | None, journal: Journal,
    seconds: float = float("inf"),
) -> Figures:  # fmt: skip
    """The share of a folder's programs that is ported and checked; of those that run alike."""
    from attndsl.cli.texts import reading

    end = time.monotonic() + seconds
    asked = tuple(reading(texts, TOKENS, None, model, None).texts) if texts else ()
    count = 0
    for piece in pieces(folder):
        count += len(piece.programs)
        left = [one for one in piece.programs if one[1] not in journal.rows]
        if left and time.monotonic() < end:
            journal.add(ends(Piece(piece.source, piece.published, left), asked))
    told(journal)
    verdicts = Counter(row["verdict"] for row in journal.rows.values())
    done = max(verdicts.total(), 1)
    figures = {"port_programs": float(count), "port_done": done / count,
               "port_checked": 1 - verdicts["refused"] / done}  # fmt: skip
    if asked:
        figures["port_same"] = (verdicts["exact"] + verdicts["near"]) / done
        figures["port_exact"] = verdicts["exact"] / done
    return figures


def pieces(folder: Path) -> Iterator[Piece]:
    """All programs of a folder, some of each file in turn: what is done so far is a fair sample."""
    taken, files = set[str](), list[Piece]()
    for path in sorted(folder.glob("*_programs.py")):
        source = path.read_bytes()
        published = read_module(source, path.name)
        named = [(one, program_name(one, taken)) for one in published.programs]
        files.append(Piece(source.decode(), published, named))
    for turn in range(TURNS):
        for file in files:
            some = file.programs[turn::TURNS]
            for at in range(0, len(some), PIECE):
                yield Piece(file.source, file.published, some[at : at + PIECE])


def ends(piece: Piece, texts: "tuple[Encoded, ...]") -> list[Row]:
    """What becomes of each program of a piece."""
    choices = given_names({})
    ported = [checked(port_program(piece.published, original, choices, word))
              for original, word in piece.programs]  # fmt: skip
    beside = compare(piece.source, ported, texts, choices) if texts else {}
    rows: list[Row] = []
    for one in ported:
        row: Row = {"file": piece.published.file, "line": one.original.line, "program": one.name}
        if one.refusal:
            row |= {"verdict": "refused", "at": one.refusal.line, "why": one.refusal.reason}
        elif one.name in beside:
            found = beside[one.name]
            row |= {"verdict": found.verdict, "why": found.why, "iou": found.iou,
                    "largest": found.largest}  # fmt: skip
        else:
            row |= {"verdict": "written", "why": ""}
        rows.append(row)
    return rows


def told(journal: Journal) -> None:
    """Each reason and each verdict with how many have it, those that differ by name."""
    rows = journal.rows.values()
    for reason, times in Counter(r["why"] for r in rows if r["verdict"] == "refused").most_common():
        print(f"{times:5} refused: {reason}")
    for row in rows:
        if row["verdict"] in ("different", "original failed"):
            print(f"{row['file']}, {row['program']}: {row['verdict']} {row['why']}")
    print(dict(Counter(row["verdict"] for row in rows)))


if __name__ == "__main__":
    main()
