"""Prompts as files, one a head, for reading and for asking a model by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from attndsl.files.whole import make_folder, write_text


@dataclass(frozen=True, slots=True)
class Message:
    """What is said to a model: the language, and the task."""

    system: str
    user: str
    bare: bool = False  # the reply is to be code alone

    @property
    def letters(self) -> int:
        return len(self.system) + len(self.user)


def keep_prompts(folder: Path, prompts: Mapping[str, Message]) -> None:
    """Each prompt as `NAME.prompt.md`; a reply to it is looked for in `NAME.reply.md`."""
    make_folder(folder)
    for name, one in prompts.items():
        text = f"{one.system}\n\n\n{one.user}\n"
        write_text(folder / f"{name}.prompt.md", text)
