"""`attndsl studio`: a page on this machine where programs are written beside heads."""

from typing import Any

import click

from attndsl.cli.output import say
from attndsl.cli.placing import placing_options


@click.command("studio")
@click.argument("target", required=False, metavar="[RUN|FILE]")
@click.option("--store", metavar="STORE", help="The heads of the run, where they are elsewhere.")
@click.option(
    "--model",
    metavar="MODEL",
    help="The run's model, where it has moved; without a run, whose heads to show.",
)
@click.option("--port", type=click.IntRange(0, 65535), metavar="N",
              help="Where to answer; default 8642, or a free one where that is taken.")  # fmt: skip
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@placing_options
def studio_command(
    target: str | None, store: str | None, model: str | None, port: int | None, opens: bool,
    **placing: Any,
) -> None:  # fmt: skip
    """Write programs in the browser, beside the heads that they explain.

    Of a RUN each head is shown beside the program at the cursor as it is written: real and
    predicted maps, measures, why a weight is what it is. What is saved goes into the run's library;
    what it replaces is kept. Of a FILE its programs are shown on texts. The page is served on this
    machine alone, to whoever has the address with its token, and loads nothing from elsewhere.

    \b
    Example:
      attndsl studio runs/stories
      attndsl studio previous.attn --model smollm2
    """
    from attndsl.authoring.studio.desk import open_desk
    from attndsl.authoring.studio.serve import PORT, listening, serve

    bound = listening(port)
    at = bound.getsockname()[1]
    if port is None and at != PORT:
        say(f"port {PORT} is taken, by another studio perhaps: this one is at {at}")

    def loaded(name: str) -> Any:
        from attndsl.models import load

        return load(name, **placing)

    def told(address: str) -> None:
        say(f"\n  {address}\n\nOpen it in a browser on this machine. Ctrl-C ends the studio.")
        if opens:
            click.launch(address)

    desk = open_desk(target, store, model, loaded, say)
    if desk.file is not None:
        desk.file.read()  # what can't be edited is said here
    serve(desk, bound, told)
