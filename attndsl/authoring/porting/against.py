"""Ported programs beside their originals, on texts: exact, near, different, or why not known."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from attndsl.authoring.porting.port import Ported, library
from attndsl.authoring.porting.scope import Choices
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL

if TYPE_CHECKING:
    from attndsl.tokens.encoded import Encoded

Matrix = npt.NDArray[np.float64]
CHILD = "attndsl.authoring.porting.originals"
PARSES = "spacy"  # stands in files whose programs ask the parser
EXACT, NEAR = 1e-3, 0.98
EXTRA = 60  # seconds of the clock beside what the programs may take: the parser is loaded first


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an original may take on one text: seconds of the processor, and memory."""

    seconds: float = 5.0
    megabytes: int = 1024


@dataclass(frozen=True, slots=True)
class Beside:
    """A program beside its original: the largest difference of a weight, the mean IoU of a row."""

    name: str
    verdict: str  # exact, near, different, or `original failed`
    largest: float
    iou: float
    why: str = ""


def compare(
    source: str, ported: Sequence[Ported], texts: "Sequence[Encoded]", choices: Choices,
    allowed: Allowed | None = None,
) -> dict[str, Beside]:  # fmt: skip
    """Run the originals of a file in a process of their own; each program's verdict by name."""
    allowed = allowed or Allowed()
    told = [as_told(text, choices, PARSES in source) for text in texts]
    held = {(one.original.name, one.original.number): one for one in ported if not one.refusal}
    verdicts: dict[str, Beside] = {}
    left = list(held)
    while left:
        for answer in answers(source, left, told, allowed):
            one = held[answer["name"], answer["number"]]
            left.remove((answer["name"], answer["number"]))
            verdicts[one.name] = judged(one, answer["found"], texts)
        if left:  # the process ended in the midst of this one
            one = held[left.pop(0)]
            verdicts[one.name] = Beside(one.name, "original failed", 0, 0, "it ended the process")
    return verdicts


def answers(
    source: str, programs: list[tuple[str, int]], told: list[dict[str, Any]], allowed: Allowed
) -> Iterator[dict[str, Any]]:
    """What the process answers, line by line, until it ends."""
    asked = {"source": source, "programs": programs, "texts": told,
             "seconds": allowed.seconds, "megabytes": allowed.megabytes}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        patience = EXTRA + 10 * allowed.seconds * len(told) * len(programs)
        timer = threading.Timer(patience, child.kill)
        timer.start()
        try:
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.close()
            for line in child.stdout:
                answer = json.loads(line)
                if "fault" in answer:
                    break
                yield answer
        except BrokenPipeError:
            return
        finally:
            timer.cancel()
            child.kill()


def as_told(text: "Encoded", choices: Choices, parses: bool) -> dict[str, Any]:
    """A text as the process is told of it."""
    from attndsl.engines.reference import values
    from attndsl.graph.verify import verify

    (likeness,) = verify("def s(q, k):\n    return similarity(q, k)\n").programs
    tokens = [_piece(text, i, choices.mend) for i in range(text.n)]
    model, words = None, [-1] * text.n
    try:
        if parses:
            words = [int(word) for word in text.column("parse_word")]
            model = _parser()
    except AttndslError:
        pass  # no parser: programs that ask for it say so
    similar = [word for word, meaning in choices.names.items() if meaning == "similarity"]
    return {
        "text": text.text, "tokens": tokens, "words": words, "model": model,
        "similarity": values(likeness, text, FULL).tolist(), "similar": similar,
    }  # fmt: skip


def _parser() -> str | None:
    from importlib.util import find_spec

    from attndsl.tokens.linguistics import _MODELS

    return next((name for name in _MODELS if find_spec(name)), None)


def _piece(text: "Encoded", place: int, mend: bool) -> str:
    if mend and text.column("is_newline")[place]:
        return "\n"
    column = text.column("text" if mend else "raw")[place]
    return text.table.pool.strings[int(column)]


def judged(one: Ported, given: list[Any], texts: "Sequence[Encoded]") -> Beside:
    """A program's verdict over the texts."""
    from attndsl.engines.reference import pattern
    from attndsl.graph.verify import verify

    failed = next((answer for answer in given if isinstance(answer, str)), None)
    if failed is not None:
        return Beside(one.name, "original failed", 0, 0, failed)
    program = next(p for p in verify(library([one])).programs if p.name == one.name)
    mask = CAUSAL if one.original.causal else FULL
    largest, shares = 0.0, []
    for answer, text in zip(given, texts, strict=True):
        theirs = stochastic(np.asarray(answer, float), one.original.causal)
        ours = pattern(program, text, mask)
        largest = max(largest, float(np.abs(theirs - ours).max()))
        smaller = np.minimum(theirs, ours).sum(axis=1)
        shares.append(float((smaller / np.maximum(theirs, ours).sum(axis=1)).mean()))
    iou = float(np.mean(shares))
    verdict = "exact" if largest <= EXACT else "near" if iou >= NEAR else "different"
    return Beside(one.name, verdict, largest, iou)


def stochastic(matrix: Matrix, causal: bool) -> Matrix:
    """An original's matrix as a pattern: rows that sum to 1, empty ones at the first key."""
    held = np.clip(np.tril(matrix) if causal else matrix, 0, None)
    sums = held.sum(axis=1, keepdims=True)
    first = np.zeros_like(held)
    first[:, 0] = 1.0
    return np.where(sums < 1e-12, first, held / np.where(sums < 1e-12, 1.0, sums))
