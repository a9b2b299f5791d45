"""Runs on the Hugging Face hub: the package without the heads, pushed and pulled whole."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from typing import Any, Protocol

from attndsl.files.places import expect_path
from attndsl.language.diagnostics import AttndslError
from attndsl.runs.card import write_card
from attndsl.runs.opened import OpenedRun, open_run
from attndsl.runs.schema import PACKAGE


class Hub(Protocol):
    """What is asked of the hub: `huggingface_hub.HfApi` has it, and so has a stand-in in tests."""

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool, repo_type: str) -> Any:
        """Make the repository where it isn't there."""

    def upload_folder(
        self, *, repo_id: str, folder_path: str, allow_patterns: list[str], commit_message: str,
        repo_type: str,
    ) -> Any:  # fmt: skip
        """Put the files of a folder there in one commit."""

    def snapshot_download(
        self, repo_id: str, *, local_dir: str, allow_patterns: list[str], revision: str | None,
        repo_type: str,
    ) -> str:  # fmt: skip
        """Bring its files into a folder."""


def push(
    run: OpenedRun | Path | str, repo: str, *, private: bool = False, hub: Hub | None = None
) -> str:
    """Put a run on the hub, its card beside it; gives what the hub says of the commit."""
    run = run if isinstance(run, OpenedRun) else open_run(run)
    if not isinstance(run.folder, Path):
        raise AttndslError(f"push takes a folder of this machine, and {run.folder} is an address")
    write_card(run.folder)
    ours = hub or _hub()
    files = [name for name in PACKAGE if (run.folder / name).exists()]
    with _hub_errors(repo):
        ours.create_repo(repo, private=private, exist_ok=True, repo_type="model")
        said = ours.upload_folder(
            repo_id=repo, folder_path=str(run.folder), allow_patterns=files,
            commit_message=f"{len(run)} heads of {run.model} as programs", repo_type="model",
        )  # fmt: skip
    return str(said)


def pull(
    repo: str, folder: Path | str, *, revision: str | None = None, hub: Hub | None = None
) -> OpenedRun:
    """Bring a run from the hub into a folder, and open it."""
    expect_path(folder)
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise AttndslError(f"{folder} is a file; name a new folder for the run")
    if target.exists() and any(target.iterdir()):
        raise AttndslError(f"{folder} is not empty; name a new folder for the run")
    ours = hub or _hub()
    try:
        with _hub_errors(repo):
            ours.snapshot_download(
                repo, local_dir=str(target), allow_patterns=list(PACKAGE), revision=revision,
                repo_type="model",
            )  # fmt: skip
    finally:
        rmtree(target / ".cache", ignore_errors=True)  # the library's notes of what it fetched
    return open_run(target)


def _hub() -> Hub:
    from huggingface_hub import HfApi

    return HfApi()


def _of_the_network(kind: type[BaseException]) -> bool:
    """Of the library by which huggingface_hub speaks to the hub, which changed with its versions:
    before 1 it was requests, whose errors are OSErrors."""
    return any(base.__module__.partition(".")[0] in ("httpx", "httpx2") for base in kind.__mro__)


class _hub_errors:
    """A context in which what the hub refuses is said in words."""

    def __init__(self, repo: str) -> None:
        self.repo = repo

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: Any) -> None:
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalTokenNotFoundError,
        )

        known = (HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, OSError)
        if isinstance(error, known) or (kind is not None and _of_the_network(kind)):
            lines = [line for line in str(error).strip().splitlines() if line.strip()]
            said = lines[0].rstrip(".") if lines else type(error).__name__
            raise AttndslError(
                f"the hub didn't do it for {self.repo}: {said}. Check the name, the network, and "
                "`hf auth login`"
            ) from error
