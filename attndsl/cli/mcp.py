"""`attndsl mcp`: a run's heads as tools for agents."""

from typing import Any

import click

from attndsl.cli.placing import placing_options
from attndsl.language.diagnostics import AttndslError


@click.command("mcp")
@click.argument("run", metavar="RUN")
@click.option("--store", metavar="STORE", help="The heads of the run, where they are elsewhere.")
@click.option("--model", metavar="MODEL", help="The run's model, where it has moved.")
@placing_options
def mcp_command(run: str, store: str | None, model: str | None, **placing: Any) -> None:
    """Give agents tools to explain the heads of a run.

    An agent's client starts this by itself and talks to it over standard input and output
    (docs/agents.md). Programs that are handed in and do better are kept beside the run, in
    submitted.attn; the run's own files stay as they are.

    \b
    Example:
      attndsl mcp runs/stories
    """
    from pathlib import Path

    from attndsl.files.places import lacking
    from attndsl.fit.assignment import ASSIGNMENT
    from attndsl.heads.store import HeadStore
    from attndsl.models import load

    try:
        from attndsl.authoring.mcp import make_server
    except ImportError:
        raise AttndslError("agents need the extra mcp: attndsl doctor --get mcp") from None
    from attndsl.authoring.bench import open_bench

    if not (Path(run) / ASSIGNMENT).is_file():
        raise AttndslError(
            f"{run} is no run: {lacking(Path(run), ASSIGNMENT)} (`attndsl explain` makes runs)"
        )
    heads = HeadStore.open(Path(store) if store else Path(run) / "heads")
    loaded = load(model or heads.meta.model, **placing)
    heads.expect(model_hash=loaded.hash, tokenizer=loaded.tokenizer_hash)
    make_server(open_bench(run, heads, loaded.table)).run()
