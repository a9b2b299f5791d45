"""`attndsl lsp`: the language server, for editors."""

import click

from attndsl.language.diagnostics import AttndslError


@click.command("lsp")
def lsp_command() -> None:
    """Answer an editor: diagnostics, completion, hover and more.

    An editor starts this by itself and talks to it over standard input and output; docs/editors.md
    has the settings for some. It reads what the editor has open and no other file.

    \b
    Example:
      attndsl lsp
    """
    try:
        from attndsl.authoring.lsp import make_server
    except ImportError:
        raise AttndslError(
            "the language server needs the extra lsp: attndsl doctor --get lsp"
        ) from None
    make_server().start_io()
