"""A vocabulary file in place of a tokenizer, for models over symbols: one name a line.

The name on line n, from 0, is the piece with the id n; a text is names parted by blanks. What comes
of it is a tokenizer like any other, so such models are captured, run, explained and replaced by the
same code. Names such as `<bos>` are special tokens, written in the texts where they stand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from attndsl.language.diagnostics import AttndslError

FILE = "vocabulary.txt"  # beside a model's weights it is found without being named
SPECIAL = {
    "bos_token": ("<bos>", "<s>", "[CLS]"),
    "eos_token": ("<eos>", "</s>"),
    "sep_token": ("<sep>", "[SEP]"),
    "pad_token": ("<pad>", "[PAD]"),
    "mask_token": ("<mask>", "[MASK]"),
    "unk_token": ("<unk>", "[UNK]"),
}
_named: ContextVar[Path | None] = ContextVar("vocabulary file", default=None)


@contextmanager
def standing_in(path: Path | str | None) -> Iterator[None]:
    """Within this, the file stands for the tokenizer of models that have none."""
    before = _named.set(None if path is None else Path(path))
    try:
        yield
    finally:
        _named.reset(before)


def named() -> Path | None:
    """The file that stands in, if one was named."""
    return _named.get()


def stand_in_of(folder: Path | None) -> Path | None:
    """The vocabulary file that was named, else the one that lies in the model's folder."""
    if named() is not None:
        return named()
    beside = None if folder is None else folder / FILE
    return beside if beside is not None and beside.is_file() else None


def names_of(path: Path) -> list[str]:
    """The names of a vocabulary file, checked."""
    try:
        names = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise AttndslError(f"the vocabulary {path} can't be read: {fault}") from None
    if not names:
        raise AttndslError(f"the vocabulary {path} is empty; it has one name a line")
    lines: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if not name or name.split() != [name]:
            raise AttndslError(
                f"{path}, line {number}: {name!r} is no name; names are one a line, without blanks"
            )
        if name in lines:
            raise AttndslError(f"{path}, line {number}: {name!r} stands on line {lines[name]} too")
        lines[name] = number
    return names


def vocabulary_tokenizer(path: Path, size: int) -> Any:
    """A tokenizer whose pieces are the names of the file; the model knows `size` ids."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = names_of(path)
    if len(names) != size:
        raise AttndslError(
            f"the vocabulary {path} has {len(names)} names, and the model knows {size} ids"
        )
    vocabulary = {name: at for at, name in enumerate(names)}
    special = {
        role: next(name for name in known if name in vocabulary)
        for role, known in SPECIAL.items()
        if any(name in vocabulary for name in known)
    }
    made = Tokenizer(models.WordLevel(vocabulary, special.get("unk_token", "")))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, name_or_path=str(path), clean_up_tokenization_spaces=False, **special
    )
