"""The options by which `explain` is told of a language model: `--llm-...` and `--dry-run`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import counting, print_json, say

if TYPE_CHECKING:
    from attndsl.explain import Settings
    from attndsl.explain.settings import Tell
    from attndsl.synthesis.llm.settings import LlmSettings

PREFIX = "llm_"
UNPROBED = (
    "the prompts lack what heads do on probe texts: a dry run captures none, a run does. To see it "
    "name a run that has them (--run), or a store (--store) that was captured with --probes"
)


def llm_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command takes them as **words and hands them to `llm_of`."""
    for option in (
        click.option("--prompts-to", type=click.Path(path_type=Path), metavar="DIR",
                     help="With --dry-run: write the prompts there, one file a head."),
        click.option("--dry-run", is_flag=True,
                     help="Print the LLM's prompts and what asking may cost; ask nobody."),
        click.option("--llm-config", type=click.Path(path_type=Path), metavar="FILE",
                     help="Address, key, prices and more as TOML; see docs/llm.md."),
        click.option("--llm-concurrency", type=int, metavar="N", help="Calls at a time."),
        click.option("--llm-rounds", type=int, metavar="N", help="Asks per head."),
        click.option("--llm-programs", type=int, metavar="N", help="Programs to ask for a call."),
        click.option("--llm-minutes", type=float, metavar="N", help="At most so long."),
        click.option("--llm-money", type=float, metavar="X",
                     help="At most so much, by the prices of the config file."),
        click.option("--llm-tokens", type=int, metavar="N", help="At most so many tokens."),
        click.option("--llm-calls", type=int, metavar="N", help="At most so many calls."),
        click.option("--llm-base-url", metavar="URL",
                     help="An OpenAI-compatible endpoint; default: OpenAI's."),
        click.option("--llm-model", metavar="NAME",
                     help="The model to ask; the key is taken from OPENAI_API_KEY."),
    ):  # fmt: skip
        command = option(command)
    return command


def llm_of(words: Mapping[str, Any], proposers: tuple[str, ...]) -> "LlmSettings | None":
    """The settings that the options make; None where no language model proposes."""
    if "llm" not in proposers:
        if words["dry_run"]:
            raise click.UsageError("--dry-run shows the prompts of --proposers llm")
        return None
    from attndsl.synthesis.llm.config import llm_settings

    given = {name.removeprefix(PREFIX): value for name, value in words.items()
             if name.startswith(PREFIX) and name != "llm_config"}  # fmt: skip
    return llm_settings(given, words["llm_config"], need_key=not words["dry_run"])


def told(outcome: dict[str, Any]) -> str:
    """What became of the asking, from the summary."""
    from attndsl.synthesis.llm.account import AskingOutcome

    return AskingOutcome.from_json(outcome).told()


def show_dry_run(settings: "Settings", tell: "Tell", folder: Path | None, as_json: bool) -> None:
    """Prompts to files or to the terminal, and the estimate."""
    from attndsl.explain.llm import dry_run, prompts_told
    from attndsl.synthesis.llm.files import keep_prompts

    prompts, estimate = dry_run(settings, tell)
    assert settings.llm is not None
    if folder:
        keep_prompts(folder, prompts)
    if as_json:
        print_json({
            "calls": estimate.calls, "most_calls": estimate.most_calls, "sent": estimate.sent,
            "received": estimate.received, "money": estimate.money,
            "probed": estimate.probed,
        })  # fmt: skip
        return
    if folder:
        say(f"{counting(len(prompts), 'prompt')} in {folder}")
    else:
        say(prompts_told(prompts), end="\n\n")
    say(estimate.told(settings.llm))
    if not estimate.probed:
        say(UNPROBED)
