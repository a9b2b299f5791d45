"""What lies on the desk of a studio: a run with its heads, or a file, or nothing but a language."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from attndsl.authoring.bench import Bench, open_bench
from attndsl.authoring.document import Checked, Checker
from attndsl.authoring.studio.maps import Maps
from attndsl.authoring.studio.texts import Texts
from attndsl.fit.assignment import ASSIGNMENT
from attndsl.fit.medians import Constants, fit_constants, read_constants
from attndsl.fit.places import special_ids
from attndsl.heads.probes import ProbeStore
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, Mask

if TYPE_CHECKING:
    from attndsl.models.loading import LoadedModel
    from attndsl.tokens.pieces import PieceTable

MOST = 256 * 1024  # bytes of a text that is edited
BEGIN = '''def previous(q, k):
    """Look at the token before."""
    return k == q.prev
'''
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is edited. Its version names its bytes: a page knows by it when others wrote."""

    path: Path

    def read(self) -> tuple[str, str]:
        """Its text and version; what is no text, or too large to be edited, is said."""
        data = self._bytes()
        if len(data) > MOST:
            raise AttndslError(
                f"{self.path} is larger than {MOST // 1024} KB, which is what the studio edits; "
                "`attndsl check` and an editor with `attndsl lsp` take larger files"
            )
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise AttndslError(f"{self.path} is no text in UTF-8") from None
        return text.replace("\r\n", "\n").replace("\r", "\n"), _version(data)

    def version(self) -> str:
        """What is on the disk now."""
        return _version(self._bytes())

    def write(self, text: str) -> str:
        """Write it in one step; the version that it has then."""
        from attndsl.files.whole import write_text

        write_text(self.path, text)
        return _version(text.encode())

    def _bytes(self) -> bytes:
        try:
            with self.path.open("rb") as stream:
                return stream.read(MOST + 1)
        except FileNotFoundError:
            return b""
        except OSError as fault:
            raise AttndslError(f"can't read {self.path}: {fault.strerror or fault}") from None


@dataclass
class Desk:
    """All of it. `mask` is the one in whose cells maps are shown, `masks` each head's."""

    table: "PieceTable"
    mask: Mask
    masks: tuple[Mask, ...]
    texts: Texts
    maps: Maps
    heads: tuple[str, ...] = ()
    bench: Bench | None = None
    constants: Constants | None = None
    file: OpenFile | None = None
    name: str = ""
    checker: Checker = field(default_factory=Checker)
    checking: Any = field(default_factory=RLock)  # quick and slow questions both check
    _last: Checked | None = None

    def checked(self, text: str) -> Checked:
        """The text, checked; the last one is kept, since every answer begins with it."""
        if len(text.encode("utf-8", "surrogatepass")) > MOST:
            raise AttndslError(
                f"the text is larger than {MOST // 1024} KB, which is what the studio edits"
            )
        if self._last is None or self._last.text != text:
            self._last = self.checker.check(text)
        return self._last

    def number(self, head: str) -> int:
        """A head's number among all."""
        if head not in self.heads:
            raise AttndslError(f"there is no head {head[:20]!r} here")
        return self.heads.index(head)


def open_desk(
    target: str | None, store: str | None = None, model: str | None = None,
    load: "Callable[[str], LoadedModel] | None" = None, say: Say = lambda _: None,
) -> Desk:  # fmt: skip
    """What `attndsl studio [RUN|FILE]` names, opened; `load` brings a model by its name."""
    if target is not None and (Path(target) / ASSIGNMENT).is_file():
        return _of_run(Path(target), store, model, load, say)
    if target is not None and Path(target).is_dir():
        raise AttndslError(f"{target} is a folder and no run: it has no {ASSIGNMENT}")
    if target is not None:
        _expect_programs(Path(target))
    if store is not None:
        raise AttndslError("--store goes with a RUN: name the run's folder too")
    desk = _of_model(_loaded(model, load, say)) if model else _of_language()
    if target is not None:
        desk.file = OpenFile(Path(target))
        desk.name = Path(target).name
    return desk


def _expect_programs(file: Path) -> None:
    """A file of programs, or a new one: a slip in a run's name isn't taken for one."""
    if file.suffix == ".py":
        raise AttndslError(
            f"{file} is Python; `attndsl port {file} -o FILE.attn` writes its programs"
        )
    if file.suffix != ".attn" and not file.exists():
        raise AttndslError(f"there is neither a run nor a file {file}; a new file is named .attn")


def _of_run(
    folder: Path, store: str | None, model: str | None,
    load: "Callable[[str], LoadedModel] | None", say: Say,
) -> Desk:  # fmt: skip
    where = Path(store) if store else folder / "heads"
    if not where.is_dir():
        raise AttndslError(
            f"{folder} is without its heads; name them with --store, or capture them: "
            "attndsl capture MODEL --text FILE -o STORE"
        )
    heads = HeadStore.open(where)
    loaded = _loaded(model or heads.meta.model, load, say)
    heads.expect(model_hash=loaded.hash, tokenizer=loaded.tokenizer_hash)
    return desk_of(open_bench(folder, heads, loaded.table), loaded, say)


def desk_of(bench: Bench, loaded: "LoadedModel | None", say: Say = lambda _: None) -> Desk:
    """A run's; without its model prompts can't be read by it."""
    meta, table = bench.store.meta, bench.table
    special = special_ids(table)
    constants = read_constants(bench.folder)
    if constants is None:
        say("fitting constant patterns")
        constants = fit_constants(bench.store, bench.split.selection, special)
    own = HeadStore.open(bench.store.folder)  # that which measures goes over in a thread of its own
    texts = Texts(table, meta.mask, special, own, bench.split.selection,
                  ProbeStore.beside(own), loaded)  # fmt: skip
    names = tuple(meta.head_name(number) for number in range(meta.total_heads))
    return Desk(
        table, meta.mask, bench.trials.masks, texts, Maps(meta.mask, special), names, bench,
        constants, name=bench.folder.resolve().name,
    )  # fmt: skip


def _of_model(loaded: "LoadedModel") -> Desk:
    """A model's heads on texts that it reads here."""
    from attndsl.models.capture import common_mask

    mask, special = common_mask(loaded.masks), special_ids(loaded.table)
    names = tuple(f"L{at}.H{head}" for at in range(loaded.layers) for head in range(loaded.heads))
    masks = tuple(one for one in loaded.masks for _ in range(loaded.heads))
    texts = Texts(loaded.table, mask, special, model=loaded)
    return Desk(loaded.table, mask, masks, texts, Maps(mask, special), names, name=loaded.name)


def _of_language() -> Desk:
    from attndsl.tokens.tokenizer import builtin_table

    table = builtin_table()
    return Desk(table, CAUSAL, (), Texts(table, CAUSAL, frozenset()), Maps(CAUSAL, frozenset()))


def _loaded(name: str, load: "Callable[[str], LoadedModel] | None", say: Say) -> "LoadedModel":
    say(f"loading {name}")
    if load is None:
        from attndsl.models import load as by_name

        return by_name(name)
    return load(name)


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
