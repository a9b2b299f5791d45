"""One long text held open: what its rows read is made once, then any rows of it, some at a time.

The patterns of a text of 4,096 tokens are 34 MB a program; of some rows they are as few as wanted.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from attndsl.engines.batch.library import Library
from attndsl.engines.batch.running import bind
from attndsl.engines.batch.running.layout import place_rows
from attndsl.engines.batch.running.memory import Patterns, Space
from attndsl.engines.batch.running.passes import Data, fill_stock, run_first, run_last
from attndsl.engines.workers import threads
from attndsl.language.diagnostics import AttndslError
from attndsl.tokens.encoded import Encoded

Rows = npt.NDArray[np.int64]


class OpenText:
    """The programs of a library on one text, by rows."""

    def __init__(self, library: Library, text: Encoded) -> None:
        usage = library.usage([text.n])
        least = usage.total - usage.patterns
        if least > library.memory:
            raise AttndslError(
                f"a text of {text.n} tokens with {len(library.programs)} programs takes "
                f"{least / 2**20:.0f} MB, over the limit of {library.memory / 2**20:.0f} MB: raise "
                "the memory flag or shorten the text"
            )
        self.library, self.text = library, text
        self.space = Space()
        if not text.n or not library.programs:
            return
        library.pool = len(text.table.pool.strings)
        bound = library.bound([text])
        read = bind.read_columns(library.plan, [text])
        self.tokens, stock = fill_stock(library.plan, [text], read, slice(0, 1), self.space)
        nothing = np.empty((len(library.programs), 0), dtype=np.float32)
        self.data = Data(
            bound.constants, bound.tables, stock.columns, stock.matrices, nothing, self.space,
            threads(),
        )  # fmt: skip
        run_first(library.plan, library.mask, self.tokens, [0], {}, self.data, library.runner)

    def patterns(self, rows: Rows | Sequence[int]) -> Patterns:
        """The visible cells of these rows, one row after the other, of every program."""
        queries = np.asarray(rows, dtype=np.int64)
        mask, count = self.library.mask, len(self.library.programs)
        last = self.text.n - 1 if mask.kind == "full" else queries
        out = np.empty((count, int((last - mask.first(queries) + 1).sum())), dtype=np.float32)
        if out.size:
            final = place_rows(self.tokens, mask, queries, 0)
            run_last(self.library.plan, final, self.data.into(out), self.library.runner)
        return out


def patterns_at(
    library: Library, texts: Sequence[Encoded], rows: Sequence[Rows | None]
) -> list[Patterns]:
    """Of each text the patterns of some rows, or of all."""
    whole = iter(
        library.patterns([text for text, of in zip(texts, rows, strict=True) if of is None])
    )
    return [
        next(whole) if of is None else OpenText(library, text).patterns(of)
        for text, of in zip(texts, rows, strict=True)
    ]
