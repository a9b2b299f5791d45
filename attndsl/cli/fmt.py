"""`attndsl fmt`: programs rewritten in the one format."""

import sys

import click

from attndsl.cli.files import STANDARD_INPUT, read_source, shown
from attndsl.cli.output import rendered, say, seen, styled, wants_colour
from attndsl.language.diagnostics import AttndslError


@click.command("fmt")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
def fmt_command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Rewrite programs in the one format; - reads standard input and prints.

    The meaning never changes: the result is parsed again and compared. A file with a syntax error
    is left as it is.

    \b
    Example:
      attndsl fmt previous.attn
      attndsl fmt --diff previous.attn
      attndsl fmt - < previous.attn
    """
    from attndsl.files.whole import write_text
    from attndsl.language.formatter import format_source

    faults, changed = 0, 0
    for file in files:
        try:
            source = read_source(file)
            new = format_source(source, shown(file))
        except AttndslError as fault:
            faults += 1
            text = str(fault)
            if fault.diagnostics:
                text = rendered(fault.diagnostics, source, wants_colour(sys.stderr))
            say(text, file=sys.stderr)
            continue
        old = source.decode("utf-8-sig")
        differs = new.encode() != source
        changed += differs
        if diff:
            _print_diff(old, new, shown(file))
            if differs and old.splitlines() == new.splitlines():
                say(f"{shown(file)}: the ends of its lines alone would change")
        elif check:
            if differs:
                say(f"would reformat {shown(file)}")
        elif file == STANDARD_INPUT:
            sys.stdout.write(seen(new) if sys.stdout.isatty() else new)
        elif differs:
            write_text(file, new)
            say(f"reformatted {shown(file)}")
    if check and not faults and not changed:
        say(f"{len(files)} file{'s' * (len(files) != 1)} already formatted")
    return 1 if faults or (check and changed) else 0


def _print_diff(old: str, new: str, file: str) -> None:
    import difflib

    colours = {"+": "green", "-": "red", "@": "cyan"}
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), file, f"{file} (formatted)", lineterm=""
    )
    for line in lines:
        say(styled(line, colours.get(line[:1], "")))
