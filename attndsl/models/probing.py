"""Capturing the heads on probe texts, beside a store's own texts and apart from them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

from attndsl.files.places import Place, place
from attndsl.heads.probes import FOLDER, StoredProbe, write_labels
from attndsl.language.diagnostics import AttndslError
from attndsl.language.given import several
from attndsl.models.bare import expect_loaded
from attndsl.models.capture import CaptureReport, Progress, capture
from attndsl.models.held import Workers
from attndsl.models.loading import LoadedModel
from attndsl.tokens.probes import PROBE_KINDS, ProbeTexts, probe_texts
from attndsl.tokens.probes.generated import TEXTS
from attndsl.tokens.tokenizer import from_ids


@dataclass(frozen=True, slots=True)
class ProbingReport:
    """What was captured, if any kind could be written, and the kinds left out, with why."""

    captured: CaptureReport | None
    texts: ProbeTexts

    @property
    def notes(self) -> tuple[str, ...]:
        kinds: dict[str, list[str]] = {}
        for kind, why in self.texts.left_out:
            kinds.setdefault(why, []).append(kind)
        return tuple(
            f"probe texts of the kind {', '.join(own)} are left out: {why}"
            for why, own in kinds.items()
        )


def capture_probes(
    loaded: LoadedModel,
    store: Place | str,
    *,
    dtype: Literal["float16", "float32"] = "float16",
    many: int = TEXTS,
    kinds: Collection[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    workers: Workers | None = None,
) -> ProbingReport:
    """Write the heads of all probe texts that the model can read into the folder of a store.

    `many` are taken of each kind, the first ones; of all `kinds`, unless some are named.
    """
    expect_loaded(loaded)
    named = () if kinds is None else several(kinds, str, "kind of probe", "name some, in a list")
    for one in named:
        if one not in PROBE_KINDS:
            known = ", ".join(PROBE_KINDS)
            raise AttndslError(f"there is no kind of probe {one!r}; there are {known}")
    texts = probe_texts(loaded.table, loaded.context, many)
    if kinds is not None:
        texts = replace(texts, probes=tuple(one for one in texts.probes if one.kind in kinds))
    if not texts.probes:
        return ProbingReport(None, texts)
    folder = place(store) / FOLDER
    plain = [probe.text for probe in texts.probes]
    captured = capture(loaded, plain, folder, dtype=dtype, progress=progress, workers=workers)
    stored = [
        StoredProbe(
            probe.kind,
            probe.number,
            probe.checks,
            probe.labels(from_ids(loaded.table, loaded.encode(probe.text), probe.text)),
        )
        for probe in texts.probes
    ]
    write_labels(folder, stored, texts.left_out)
    return ProbingReport(captured, texts)
