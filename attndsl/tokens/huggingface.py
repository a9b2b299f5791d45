"""Piece tables from Hugging Face fast tokenizers: how each kind spells its pieces.

Four spellings cover them: bytes written as letters (byte-level BPE: GPT-2, Llama 3, SmolLM2), `▁`
for a space with `<0x0A>` for single bytes (sentencepiece: Llama 2, T5), `##` for going on
(WordPiece: BERT), and plain words.
"""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.pieces import Ids, Offsets, Pieces, PieceTable
from attndsl.tokens.pool import TextPool
from attndsl.tokens.similarity import Similarity

# Raised when the meaning of a column changes, so that what was stored by fingerprint is made anew.
_RULES = 1
UNNAMED = 100_000  # ids that may stand unused between others
_METASPACE = "▁"
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")

_by_tokenizer: "WeakKeyDictionary[Any, PieceTable]" = WeakKeyDictionary()
_by_fingerprint: dict[str, PieceTable] = {}


def table_of(tokenizer: Any, embeddings: Any = None) -> PieceTable:
    """The table of a fast tokenizer, made once for each.

    With `embeddings`, a model's input embeddings (a row per id; an array or a tensor), similarities
    come from these, and ids beyond the tokenizer's own vocabulary are pieces without a text.
    """
    table = _by_tokenizer.get(tokenizer)
    if table is None or table.size < len(tokenizer):  # tokens may have been added
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise AttndslError(
                f"{type(tokenizer).__name__} is not a fast tokenizer; attndsl reads a tokenizer"
                " through its tokenizer.json (load it with AutoTokenizer, use_fast=True)"
            )
        parts = _parts(backend)
        key = _fingerprint(parts, tokenizer)
        table = _by_fingerprint.get(key) or _make(tokenizer, parts, key)
        _by_tokenizer[tokenizer] = _by_fingerprint[key] = table
    if embeddings is None:
        return table
    own = table.copy()
    own.similarity = Similarity(own, embeddings)
    if len(embeddings) > own.size:
        own.grow(_unused(own.size, len(embeddings)))
    return own


class HuggingFaceSplitter:
    """Splits a text as the model sees it, special tokens and all."""

    __slots__ = ("tokenizer",)

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def __call__(self, text: str) -> tuple[Ids, Offsets]:
        split = read(self.tokenizer, text, return_offsets_mapping=True)
        offsets = np.array(split["offset_mapping"], np.int64).reshape(-1, 2)
        return np.array(split["input_ids"], np.int64), offsets


def read(tokenizer: Any, text: str, **options: Any) -> Any:
    """What a tokenizer gives for a text; a word that it has no piece for is told."""
    try:
        return tokenizer(text, verbose=False, **options)
    except Exception as fault:  # the one class that the library raises
        known = tokenizer.get_vocab()
        unknown = [word for word in text.split() if word not in known]
        some = ", ".join(sorted(known, key=known.__getitem__)[:8])
        raise AttndslError(
            f"the vocabulary has no name {unknown[0]!r}; its names are {some}"
            f"{', ...' if len(known) > 8 else ''}"
            if unknown
            else f"the tokenizer can't read {text[:40]!r}: {fault}"
        ) from fault


def _parts(backend: Any) -> dict[str, Any]:
    """The tokenizer's own description, without what a call may set and unset.

    Describing itself a tokenizer takes memory for every number up to its largest.
    """
    vocabulary = backend.get_vocab()
    largest = max(vocabulary.values(), default=0)
    if largest > 10 * len(vocabulary) + UNNAMED:
        raise AttndslError(
            f"the tokenizer numbers {len(vocabulary)} pieces up to {largest}: its file is damaged"
        )
    parts: dict[str, Any] = json.loads(backend.to_str())
    return {name: part for name, part in parts.items() if name not in ("truncation", "padding")}


def _fingerprint(parts: dict[str, Any], tokenizer: Any) -> str:
    named = sorted((name, str(token)) for name, token in tokenizer.special_tokens_map.items())
    described = json.dumps([_RULES, parts, named], sort_keys=True)
    return sha256(described.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _make(tokenizer: Any, parts: dict[str, Any], fingerprint: str) -> PieceTable:
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    size = max(vocabulary.values(), default=-1) + 1
    raws = [""] * size
    for raw, piece in vocabulary.items():
        raws[piece] = raw
    added = {int(token["id"]): token for token in parts.get("added_tokens") or ()}
    spell, spaces, prefix = _spelling(parts)
    spelled = [
        raw.encode("utf-8", "replace") if piece in added else spell(raw)
        for piece, raw in enumerate(raws)
    ]
    special = {piece for piece, token in added.items() if token.get("special")}
    special.update(tokenizer.all_special_ids)

    def flags(ids: Any) -> Any:
        column = np.zeros(size, bool)
        column[[piece for piece in ids if piece is not None and piece < size]] = True
        return column

    def token(*names: str) -> list[int | None]:
        return [getattr(tokenizer, name.replace("_token", "_token_id"), None) for name in names]

    bos = token("bos_token", "cls_token")
    sep = token("sep_token", "eos_token")
    prefixed = _continuing(parts)
    # Byte-level tokenizers spell everything: their unknown token is some other one's name.
    words = token("mask_token") if spell is _from_byte_letters else token("mask_token", "unk_token")
    pieces = Pieces(
        raws=raws,
        spelled=spelled,
        ids=np.arange(size, dtype=np.float64),
        special=flags(special),
        inner=np.array([bool(prefixed) and raw.startswith(prefixed) for raw in raws], bool),
        neutral=flags({*words} - {*bos, *sep}),
        bos=flags(bos),
        sep=flags(sep),
    )
    name = str(getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__)
    first = next((piece for piece in bos if piece is not None), -1)
    splitter = HuggingFaceSplitter(tokenizer)
    table = PieceTable(name, fingerprint, TextPool(), splitter, spaces, prefix, first)
    table.grow(pieces)
    return table


def _unused(start: int, stop: int) -> Pieces:
    """Rows of a model's embeddings that no piece of its tokenizer has."""
    count = stop - start
    no = np.zeros(count, bool)
    ids = np.arange(start, stop, dtype=np.float64)
    return Pieces([""] * count, [b""] * count, ids, no, no, no, no, no)


def _spelling(parts: dict[str, Any]) -> tuple[Callable[[str], bytes], bool, bool]:
    """How to turn a piece into bytes; whether its spaces can be trusted; whether a text gets a
    space before it."""
    used = _components([parts.get("pre_tokenizer"), parts.get("decoder"), parts.get("normalizer")])
    kinds = {str(part.get("type")) for part in used}
    model = parts["model"].get("type")
    if "ByteLevel" in kinds:
        # A space that the pre-tokenizer adds before the text.
        adds = any(
            part.get("add_prefix_space")
            for part in _components([parts.get("pre_tokenizer")])
            if part.get("type") == "ByteLevel"
        )
        return _from_byte_letters, True, adds
    continuing = _continuing(parts)
    if model == "WordPiece" or continuing:

        def from_wordpiece(raw: str) -> bytes:
            if continuing and raw.startswith(continuing) and len(raw) > len(continuing):
                return raw[len(continuing) :].encode("utf-8", "replace")
            return b" " + raw.encode("utf-8", "replace")

        return from_wordpiece, False, True
    if "Metaspace" in kinds or any(_replaces_spaces(part) for part in used):
        return _from_metaspace, True, _prepends(used)
    return lambda raw: b" " + raw.encode("utf-8", "replace"), False, True


def _components(parts: list[Any]) -> list[dict[str, Any]]:
    """Normalizers, pre-tokenizers and decoders, those inside sequences too."""
    components = []
    stack = [part for part in parts if part]
    while stack:
        part = stack.pop()
        components.append(part)
        for inside in ("normalizers", "pretokenizers", "decoders"):
            stack.extend(part.get(inside) or ())
    return components


def _continuing(parts: dict[str, Any]) -> str:
    """What stands before a piece that continues a word, nothing where spaces are written."""
    prefix = parts["model"].get("continuing_subword_prefix")
    for part in _components([parts.get("decoder")]):
        if part.get("type") == "WordPiece":
            prefix = prefix or part.get("prefix") or "##"
    return str(prefix or ("##" if parts["model"].get("type") == "WordPiece" else ""))


def _replaces_spaces(part: dict[str, Any]) -> bool:
    both = json.dumps([part.get("pattern"), part.get("content")], ensure_ascii=False)
    return part.get("type") == "Replace" and _METASPACE in both


def _prepends(used: list[dict[str, Any]]) -> bool:
    for part in used:
        if part.get("type") == "Prepend":
            return True
        if part.get("type") == "Metaspace" and part.get("prepend_scheme") != "never":
            return bool(part.get("add_prefix_space", True))
    return False


def _byte_letters() -> dict[int, int]:
    """Byte-level BPE writes printable Latin-1 bytes as themselves, the others from U+0100 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: byte for byte in printable} | {0x100 + at: byte for at, byte in enumerate(others)}


_BYTES = _byte_letters()


def _from_byte_letters(raw: str) -> bytes:
    """
    >>> _from_byte_letters("Ġthe"), _from_byte_letters("Ċ"), _from_byte_letters("Ã©").decode()
    (b' the', b'\\n', 'é')
    """
    try:
        return raw.translate(_BYTES).encode("latin-1")
    except UnicodeEncodeError:
        return raw.encode("utf-8", "replace")


def _from_metaspace(raw: str) -> bytes:
    """
    >>> _from_metaspace("▁the"), _from_metaspace("<0x0A>"), _from_metaspace("<0x0G>")
    (b' the', b'\\n', b'<0x0G>')
    """
    byte = _BYTE.match(raw)
    if byte:
        return bytes([int(byte[1], 16)])
    return raw.replace(_METASPACE, " ").encode("utf-8", "replace")
