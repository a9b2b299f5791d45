"""`attndsl port`: published Python attention programs, written in the language."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attndsl.cli.files import read_source, shown
from attndsl.cli.output import counting, print_json, say, styled
from attndsl.cli.texts import reading
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.authoring.porting.against import Beside
    from attndsl.authoring.porting.port import Ported

BUILT_IN = ("similarity",)


@click.command("port")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "out", required=True, metavar="FILE", help="Where the programs are written.")
@click.option(
    "--map", "maps", multiple=True, metavar="NAME=BUILTIN",
    help="What a function of the files means, such as _sim=similarity; may be given again.",
)  # fmt: skip
@click.option("--mend", is_flag=True, help="Clean text and real newlines for tokenizer marks.")
@click.option(
    "--against", metavar="TEXTS",
    help="Run the originals on texts, in a process without network, and say which are the same.",
)  # fmt: skip
@click.option("--model", metavar="MODEL", help="Tokenizer and similarity for --against.")
@click.option(
    "--tokens", default=64, show_default=True, type=click.IntRange(2),
    help="Stop each text of --against after so many tokens.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON: what became of each program.")
def port_command(
    files: tuple[str, ...],
    out: str,
    maps: tuple[str, ...],
    mend: bool,
    against: str | None,
    model: str | None,
    tokens: int,
    as_json: bool,
) -> int:
    """Write published Python programs in the language.

    They have the form f(sentence, tokenizer) -> (name, matrix), and are read, never run. Each that
    is written has passed the compiler, and says in its docstring where it is from and what isn't as
    there. One that can't be said whole is left out, with the reason and the line; then the exit
    status is 1.

    Nothing of a file is run but by --against: then each original runs by itself with limits of
    time and memory, without network or files. exact: no weight differs by more than 0.001; near:
    the rows' mean IoU is at least 0.98. Words and similarity are the language's own on both sides.

    \b
    Example:
      attndsl port heads.py -o heads.attn --map _char_sim=similarity
    """
    from attndsl.authoring.porting.port import formatted, given_names, library, port_module
    from attndsl.authoring.porting.reading import read_module
    from attndsl.authoring.porting.scope import Choices
    from attndsl.files.whole import write_text

    _keep_originals(files, out)
    asked = () if against is None else reading(against, tokens, None, model, None).texts
    names = given_names(dict(_map(one) for one in maps)).names
    taken: set[str] = set()
    ported: list[tuple[str, Ported]] = []
    beside: dict[str, Beside] = {}
    choices = Choices(mend, names)
    sources = {file: read_source(file) for file in dict.fromkeys(files)}
    by_file: dict[str, list[Ported]] = {}
    for file, source in sources.items():
        by_file[file] = port_module(read_module(source, shown(file)), choices, taken)
        ported += [(shown(file), one) for one in by_file[file]]
    written = [one for _, one in ported if one.refusal is None]
    if written:
        write_text(out, formatted(library(written)))
    if asked:
        from attndsl.authoring.porting.against import compare

        for file, source in sources.items():
            beside |= compare(source.decode("utf-8", "replace"), by_file[file], asked, choices)
    if as_json:
        rows = [_row(file, one) for file, one in ported]
        for row, (_, one) in zip(rows, ported, strict=True):
            if one.name in beside:
                row["against"] = asdict(beside[one.name])
        print_json(
            {"programs": rows, "written": len(written), "refused": len(ported) - len(written)}
        )
    else:
        _tell(ported, written, out)
        _tell_beside(list(beside.values()))
    return 0 if len(written) == len(ported) else 1


def _keep_originals(files: tuple[str, ...], out: str) -> None:
    """An original is never written over by what is ported from it."""
    for file in files:
        if Path(file).resolve() == Path(out).resolve():
            raise AttndslError(f"-o {out} is one of the files to read; name another file")


def _map(given: str) -> tuple[str, str]:
    name, sign, meaning = given.partition("=")
    if not sign or not name.isidentifier() or meaning not in BUILT_IN:
        raise AttndslError(
            f"--map {given}: write the function's name, =, and the built-in that it means: "
            + ", ".join(BUILT_IN)
        )
    return name, meaning


def _row(file: str, one: "Ported") -> dict[str, object]:
    row: dict[str, object] = {"file": file, "line": one.original.line, "name": one.original.name}
    if one.refusal is None:
        return row | {"program": one.name, "notes": list(one.notes)}
    return row | {"refused": one.refusal.reason, "refused_line": one.refusal.line}


def _tell(ported: "list[tuple[str, Ported]]", written: "list[Ported]", out: str) -> None:
    reasons: Counter[str] = Counter()
    for file, one in ported:
        if one.refusal is not None:
            reasons[one.refusal.reason] += 1
            where = f"{file}, line {one.refusal.line}: {one.original.name}: "
            say(
                styled("refused: ", "red", sys.stderr) + where + one.refusal.reason, file=sys.stderr
            )
    line = f"{len(written)} of {counting(len(ported), 'program')} written"
    say(line + (f" to {out}" if written else ", so no file"))
    for reason, times in reasons.most_common():
        say(f"  {times} refused: {reason}")


def _tell_beside(beside: "list[Beside]") -> None:
    """Each program that isn't exact, and how many there are of each verdict."""
    for one in beside:
        if one.verdict != "exact":
            told = one.why or f"IoU {one.iou:.3f}, largest difference {one.largest:.3f}"
            say(f"  {one.name}: {one.verdict}: {told}")
    for verdict, times in Counter(one.verdict for one in beside).most_common():
        say(f"{counting(times, 'program')} {verdict}")
