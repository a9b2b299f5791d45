"""A library of 1,500 programs checked and scored on 24 texts: the processor time of all of it.

`benchmarks.language` runs it in a process of its own: `-m benchmarks.library_job FOLDER`.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from attndsl.fit.library import score_library
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import builtin_table, encode
from benchmarks.streamed_job import write_store
from benchmarks.typical import library

PROGRAMS, TEXTS, TOKENS = 1500, 24, 128


def job(folder: Path) -> None:
    """Write a store, then check the library and score it, as `attndsl score` does."""
    ids = encode(" ".join(text.text for text in builtin_texts())).ids
    starts = np.random.default_rng(0).integers(0, len(ids) - TOKENS, TEXTS)
    write_store(folder, [ids[start : start + TOKENS].tolist() for start in starts])
    source = library(PROGRAMS)
    begun = time.process_time()
    programs = verify(source).programs
    checked = time.process_time() - begun
    assert len(programs) == PROGRAMS
    score_library(programs, HeadStore.open(folder), builtin_table())
    print(json.dumps({"checked": checked, "all": time.process_time() - begun}))


if __name__ == "__main__":
    job(Path(sys.argv[1]))
