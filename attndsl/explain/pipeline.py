"""The phases of a run, each taken up from the journal where a run was stopped."""

import hashlib
import time
from typing import Any

from attndsl.explain.settings import Settings, Tell, chosen_heads
from attndsl.explain.texts import cut, three_sets
from attndsl.language.diagnostics import AttndslError


def explain(settings: Settings, tell: Tell = lambda *_: None) -> dict[str, Any]:
    """Run, or go on with, the whole pipeline; gives the summary that is also written."""
    from attndsl.explain.choose import polished, reduced, shared
    from attndsl.explain.llm import ask_model
    from attndsl.explain.propose import propose
    from attndsl.explain.replace import replaced
    from attndsl.explain.run import Run
    from attndsl.explain.simplify import simplified
    from attndsl.explain.write import write_run
    from attndsl.fit.split import Split, keep_split
    from attndsl.heads.meta import META_FILE
    from attndsl.heads.store import HeadStore
    from attndsl.models.capture import capture
    from attndsl.models.loading import load
    from attndsl.synthesis.journal import Journal

    begun = time.monotonic()
    tell("load", 0, 1, settings.model)
    loaded = load(settings.model)
    heads = chosen_heads(settings.heads, loaded.layers, loaded.heads)
    texts = cut(loaded, settings.texts, settings.tokens)
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    known = settings.identity(loaded.hash, digest)
    store = settings.folder / "heads"
    if "capture" in settings.skip and not (store / META_FILE).exists():
        raise AttndslError(f"{store} holds no heads yet, so the phase capture can't be skipped")
    with Journal(settings.folder / "journal.jsonl", known) as journal:
        before = max((float(line.get("clock", 0.0)) for line in journal.lines), default=0.0)
        if "capture" not in settings.skip:
            capture(
                loaded,
                texts,
                store,
                longest=settings.tokens,
                progress=lambda now: tell("capture", now.done, now.total, "texts"),
            )
        opened = HeadStore.open(store)
        opened.expect(model_hash=loaded.hash)
        if len(opened) != len(texts):
            raise AttndslError(
                f"{store} holds {len(opened)} of {len(texts)} texts; don't skip the capture"
            )
        sets = three_sets(opened, settings.shares)
        keep_split(opened, Split(sets.selection, sets.report))
        work = Run(settings, loaded, opened, heads, sets, journal, tell, begun, before)
        if not journal.of_kind("captured"):
            work.note({"kind": "captured", "texts": len(opened)})
        archive, search = propose(work)
        asked = ask_model(work, archive)
        entries = polished(work, archive, search)
        outcome = reduced(work, (*entries, *shared(work, entries, search)), search)
        outcome.figures.update(asked)
        outcome = simplified(work, outcome, search)
        return write_run(work, replaced(work, outcome))
