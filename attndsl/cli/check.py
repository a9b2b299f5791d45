"""`attndsl check`: diagnostics, and what is proved of every program."""

import sys
from typing import TYPE_CHECKING

import click

from attndsl.cli.files import read_source, shown
from attndsl.cli.output import (
    counting,
    print_json,
    print_table,
    rendered,
    say,
    styled,
    wants_colour,
)
from attndsl.cli.programs import no_program
from attndsl.language.diagnostics import AttndslError, Diagnostic

if TYPE_CHECKING:
    from attndsl.graph.program import Program
    from attndsl.graph.streams import Streams


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="As JSON: files, diagnostics, properties.")
def check_command(files: tuple[str, ...], as_json: bool) -> int:
    """Say what is wrong with programs, and what is proved of them.

    For each head program: whether it is causal (never depends on what comes after the query), an
    upper bound of its cost on 1024 tokens, what it needs, how it can run in generation (what it
    keeps of the keys that went by), and the hash that is its identity.

    \b
    Example:
      attndsl check previous.attn
      attndsl check --json previous.attn
    """
    from attndsl.graph.verify import verify

    reports: list[dict[str, object]] = []
    errors = warnings = count = 0
    for file in files:
        name = shown(file)
        try:
            source = read_source(file)
            verified = verify(source, name)
            if not verified.programs and not verified.diagnostics:
                raise no_program(file)
        except AttndslError as fault:
            errors += 1
            reports.append({"file": name, "error": str(fault), "diagnostics": [], "programs": []})
            if not as_json:
                say(styled("error: ", "red", sys.stderr) + str(fault), file=sys.stderr)
            continue
        errors += sum(one.severity == "error" for one in verified.diagnostics)
        warnings += sum(one.severity == "warning" for one in verified.diagnostics)
        count += len(verified.programs)
        if as_json:
            reports.append(_report(name, verified.diagnostics, verified.programs))
        else:
            _show(name, verified.diagnostics, verified.programs, source)
    if as_json:
        print_json({"files": reports, "errors": errors, "warnings": warnings, "programs": count})
    else:
        _summary(len(files), count, errors, warnings)
    return 1 if errors else 0


def properties(program: "Program") -> dict[str, object]:
    """What is proved of a program, as data."""
    from attndsl.graph.streams.decide import as_json, streams_of

    return {
        "name": program.name,
        "causal": program.causal,
        "not_causal": [
            {"reason": reason, "line": span.line, "column": span.column}
            for reason, span in program.not_causal
        ],
        "cost": {
            "time": list(program.cost.time.coefficients),
            "bytes": list(program.cost.bytes.coefficients),
            "time_at_1024": program.cost.time.at(1024),
            "bytes_at_1024": program.cost.bytes.at(1024),
            "degree": program.cost.degree,
            "terms": program.cost.terms,
        },
        "needs": sorted(program.needs),
        "streams": as_json(streams_of(program), program.graph),
        "normalisation": "softmax" if program.softmax else "sum",
        "fallback": program.fallback,
        "hash": program.hash,
    }


def _report(
    file: str, diagnostics: tuple[Diagnostic, ...], programs: "tuple[Program, ...]"
) -> dict[str, object]:
    return {
        "file": file,
        "diagnostics": [one.as_json() for one in diagnostics],
        "programs": [properties(program) for program in programs],
    }


def _show(
    file: str, diagnostics: tuple[Diagnostic, ...], programs: "tuple[Program, ...]", source: bytes
) -> None:
    from attndsl.graph.streams.decide import streams_of, why

    if diagnostics:
        say(rendered(diagnostics, source, wants_colour(sys.stdout)))
        say()
    if programs:
        say(styled(file, "bold"))
        heads = ("program", "causal", "time at 1024", "memory", "needs", "streams", "hash")
        plans = [streams_of(program) for program in programs]
        rows = [_row(*each) for each in zip(programs, plans, strict=True)]
        print_table(heads, rows, indent=2)
        for program, plan in zip(programs, plans, strict=True):
            if program.not_causal:
                reason, span = program.not_causal[0]
                more = f", and {len(program.not_causal) - 1} more" * (len(program.not_causal) > 1)
                say(f"  {program.name} is not causal: {reason} (line {span.line}){more}")
            elif plan.kind == "full":
                say(f"  {program.name} keeps all keys: {why(plan, program.graph)}")
        say()


def _row(program: "Program", plan: "Streams") -> tuple[str, ...]:
    cost = program.cost
    needs = [level for level in ("model", "linguistics") if level in program.needs]
    return (
        program.name,
        "yes" if program.causal else "no",
        f"{_short(cost.time.at(1024))} ops",
        f"{_short(cost.bytes.at(1024))}B",
        ", ".join(needs) or "tokens",
        plan.kind,
        program.hash[:12],
    )


def _short(value: float) -> str:
    """1234567 as 1.2M.

    >>> _short(900), _short(1234567), _short(2e9)
    ('900', '1.2M', '2.0G')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}{letter}"
    return f"{value:.0f}"


def _summary(files: int, programs: int, errors: int, warnings: int) -> None:
    line = f"{counting(files, 'file')}, {counting(programs, 'program')}: "
    if errors or warnings:
        line += f"{counting(errors, 'error')}, {counting(warnings, 'warning')}"
    else:
        line += "all well"
    say(styled(line, "red" if errors else "yellow" if warnings else "green"))
