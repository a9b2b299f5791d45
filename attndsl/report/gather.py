"""From a score table, its programs and the head store to a report."""

import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

import attndsl
from attndsl.draw.grid import clean
from attndsl.fit.constants import alone, steps_of
from attndsl.fit.findings import Census
from attndsl.fit.intervals import RESAMPLES, SEED, Estimate, estimates
from attndsl.fit.table import ScoreTable, headline
from attndsl.graph.canonical import template_hash
from attndsl.graph.printing import bare_source
from attndsl.graph.program import Program
from attndsl.heads.meta import StoreMeta
from attndsl.heads.store import HeadStore
from attndsl.language.mask import Mask
from attndsl.report.alike import groups
from attndsl.report.census import findings_of, heads_of, looked_for
from attndsl.report.chosen import deciles, longer_texts, spread_texts
from attndsl.report.data import (
    Answer,
    ConstantEntry,
    CurvePoint,
    HeadEntry,
    Ladder,
    ProgramEntry,
    Report,
    RunnerUp,
)
from attndsl.report.excerpt import excerpt
from attndsl.report.families import family_of, place_shares
from attndsl.report.own import Drawing, own_texts
from attndsl.report.probed import probe_entries
from attndsl.report.reasons import with_reasons
from attndsl.report.rungs import with_maps
from attndsl.report.strongest import strongest
from attndsl.report.texts import Maps, patterns, shown_cells, shown_text
from attndsl.report.trees import with_trees
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.pieces import PieceTable
from attndsl.tokens.tokenizer import from_ids

RUNNERS_UP = 5
F32 = NDArray[np.float32]


def from_scores(
    table: ScoreTable,
    programs: Sequence[Program],
    store: HeadStore,
    piece_table: PieceTable,
    *,
    texts: int = 8,
    tokens: int = 64,
    settings: Mapping[str, str] | None = None,
    command: str = "",
    curve: Sequence[CurvePoint] = (),
    answers: Sequence[Answer] = (),
    effects: Mapping[str, float] | None = None,
    effect_of: str = "perplexity",
    measure: str = "perplexity",
    histories: Mapping[str, Sequence[str]] | None = None,
    asked: Sequence[int] | None = None,
    census: Census | None = None,
    outputs: Mapping[str, Estimate | None] | None = None,
    ladders: Mapping[str, Ladder] | None = None,
    reasoned: bool = True,
    own: Mapping[int, Program] | None = None,
    ablated: Mapping[str, float] | None = None,
) -> Report:
    """The report of a scoring, with maps of `texts` held-out texts, from hard to easy ones.

    `programs` are those that were scored, in the same order; `effects` on `effect_of` go by the
    name of the head, and so do those of what is `ablated`, `histories` by the name of the program;
    the curve is of `measure`. Figures are
    of the heads `asked` for, by their numbers, else of all. `outputs` says by the name of the head
    what of its output is explained, `ladders` what programs of so many parts reach;
    `own` are the programs of heads, by their numbers, that rest by a number of their own;
    if `reasoned`, it says why cells of some texts have their weights, and shows programs in the
    inspector.
    """
    out = {left.name for left in table.left_out}
    if len(programs) != len(table.programs):
        from attndsl.fit.library import program_names

        names = program_names(programs)
        programs = [p for p, name in zip(programs, names, strict=True) if name not in out]
    meta = store.meta
    masks = meta.layer_masks or (meta.mask,) * meta.layers
    own = own or {}
    number_of = {head: len(programs) + at for at, head in enumerate(own)}
    placed = (*programs, *own.values())
    base = [*range(len(programs)), *(table.fits[head].program_number for head in own)]
    maps: Maps = {}
    slots = [
        maps.setdefault(
            (number_of.get(head, fit.program_number), masks[head // meta.heads]), len(maps)
        )
        for head, fit in enumerate(table.fits)
    ]
    wanted = set(range(len(table.fits)) if asked is None else asked)
    mean = estimates(table.per_text[sorted(wanted)].mean(axis=0, keepdims=True))[0]
    numbers = spread_texts(table, store, texts, tokens)
    read = [shown_text(store, n, placed, piece_table, maps, slots, tokens) for n in numbers]
    shown = tuple(entry for entry, _ in read)
    per_text = np.stack([fits for _, fits in read])
    samples = [store[number] for number in numbers]
    encoded = [
        from_ids(piece_table, sample.ids, sample.text) if sample.sketch is None
        else from_ids(piece_table, np.array(sample.ids[:tokens]))  # as much as is drawn
        for sample in samples
    ]  # fmt: skip
    mask_of = {fit.head: masks[at // meta.heads] for at, fit in enumerate(table.fits)}
    cells = shown_cells(meta.mask, encoded[0].n, tokens)
    climbed = with_maps(ladders or {}, mask_of, encoded[0], meta.mask, cells)
    known = heads_of(census)
    lively = strongest(store, table.split.report, placed, piece_table, maps, slots)
    mine, passages = own_texts(
        Drawing(store, placed, piece_table, maps, slots, tokens), table, lively, sorted(wanted),
        longer_texts(table, store, texts, tokens), numbers,
    )  # fmt: skip
    place = {number: at for at, number in enumerate(table.split.report)}
    on = np.mean([place_shares(t.real, meta.mask, len(t.tokens)) for t in shown], axis=0)
    heads = tuple(
        HeadEntry(
            name=fit.head,
            layer=head // meta.heads,
            head=head % meta.heads,
            program=fit.program_number,
            map=slots[head],
            iou=fit.iou,
            selection=fit.selection,
            js=fit.js,
            margin=fit.margin,
            runners_up=_runners_up(table, head, fit.program_number),
            per_text=tuple(per_text[:, head].tolist()),
            on=(float(on[head, 0]), float(on[head, 1]), float(on[head, 2])),
            effect=(effects or {}).get(fit.head),
            asked=head in wanted,
            contradictions=tuple(str(one) for one in table.contradicted(fit.head)),
            content=fit.content,
            content_iou=fit.content_iou,
            rest_error=fit.rest_error,
            excess=fit.against.excess,
            constant=_constant(table, head, masks[head // meta.heads], tokens),
            content_excess=fit.against.content_excess,
            names=known[fit.head].names if fit.head in known else (),
            findings=findings_of(known[fit.head]) if fit.head in known else (),
            output=(outputs or {}).get(fit.head),
            ladder=climbed.get(fit.head),
            deciles=deciles(table, head, numbers),
            activity=lively.deciles(head, [place[number] for number in numbers]),
            strongest=lively.spots[head],
            ablated=(ablated or {}).get(fit.head),
            own=mine.get(head),
        )
        for head, fit in enumerate(table.fits)
    )
    told = list(zip(shown, encoded, strict=True)) if reasoned else []
    opened: dict[int, list[int]] = {}
    for head in sorted(wanted):
        worst = int(np.argmin(np.round(per_text[:, head], 5)))
        opened.setdefault(table.fits[head].program_number, []).append(worst)
    entries = _entries(table, programs, encoded[0], meta.mask, histories or {}, wanted)
    if reasoned:
        entries = with_trees(entries, encoded[0], meta.mask)
    return Report(
        model=meta.model,
        layers=meta.layers,
        heads_per_layer=meta.heads,
        mean=mean,
        heads=heads,
        programs=with_reasons(entries, placed, base, told, maps, meta.mask, opened),
        texts=shown,
        mask=meta.mask,
        settings=(*_settings(table, meta, len(shown), tokens), *(settings or {}).items()),
        command=command,
        left_out=tuple((left.name, left.reason) for left in table.left_out),
        curve=tuple(curve),
        answers=tuple(answers),
        effect_of=effect_of,
        measure=measure,
        measured=headline(table.texts.of(sorted(wanted)), table.constant_texts.of(sorted(wanted))),
        mechanisms=looked_for() if census else (),
        probes=probe_entries(
            store, tokens,
            lambda heads, n: shown_text(heads, n, placed, piece_table, maps, slots, tokens)[0],
            piece_table, table.contradictions or (),
        ),
        alike=groups(shown, meta.mask, sorted(wanted)),
        read=lively.read,
        by_text=(table.texts, table.constant_texts),
        passages=passages,
    )  # fmt: skip


def _runners_up(table: ScoreTable, head: int, chosen: int) -> tuple[RunnerUp, ...]:
    order = np.argsort(-table.worth[:, head], kind="stable")[: RUNNERS_UP + 1]
    return tuple(
        RunnerUp(int(p), float(table.selection.iou[p, head]), float(table.report.iou[p, head]))
        for p in order
        if p != chosen
    )[:RUNNERS_UP]


def _constant(table: ScoreTable, head: int, mask: Mask, tokens: int) -> ConstantEntry:
    """The head's best constant, with a weight for every distance that can be shown."""
    constant, apart = table.constants.by_iou[head], alone(mask)
    steps = steps_of(np.arange(tokens), apart)
    behind = [constant.behind[min(step, len(constant.behind) - 1)] for step in steps]
    ahead = [constant.ahead[min(step - 1, len(constant.ahead) - 1)] for step in steps[1:]]
    few = slice(None) if constant.kind == "distance" else slice(1)
    return ConstantEntry(
        constant.kind,
        table.fits[head].against.iou.mean,
        constant.rest,
        tuple(behind[few]),
        tuple(ahead[few]) if mask.kind == "full" else (),
    )


def _entries(
    table: ScoreTable,
    programs: Sequence[Program],
    encoded: Encoded,
    mask: Mask,
    histories: Mapping[str, Sequence[str]],
    asked: Set[int],
) -> tuple[ProgramEntry, ...]:
    serves = defaultdict(list)
    for head, fit in enumerate(table.fits):
        if head in asked:
            serves[fit.program_number].append(head)
    every = {(number, mask): number for number in range(len(programs))}
    shares = {
        number: place_shares(pattern[None], mask, encoded.n)[0]
        for number, pattern in patterns(programs, encoded, mask, every)
    }
    return tuple(
        ProgramEntry(
            name=table.programs[number],
            file=program.file,
            family=family_of(program, shares[number]),
            source=excerpt(program.source, program.name),
            docstring="\n".join(map(_plain, (program.docstring or "").splitlines())),
            canonical=bare_source(program),
            causal=program.causal,
            reasons=tuple(reason for reason, _ in program.not_causal),
            time=str(program.cost.time),
            time_at_1024=program.cost.time.at(1024),
            bytes_at_1024=program.cost.bytes.at(1024),
            needs=tuple(sorted(program.needs)),
            normalisation="softmax" if program.softmax else "sum",
            fallback=program.fallback,
            hash=program.hash,
            template=template_hash(
                program.graph, program.canonical, f"{program.softmax} {program.fallback}"
            ),
            heads=tuple(serves[number]),
            history=tuple(histories.get(table.programs[number], ())),
        )
        for number, program in enumerate(programs)
    )


def _plain(line: str) -> str:
    """Without marks that turn the direction of writing or can't be seen."""
    return clean(line) if line.strip() else ""


def _settings(table: ScoreTable, meta: StoreMeta, shown: int, tokens: int) -> list[tuple[str, str]]:
    """How the figures were obtained, line by line."""
    split = table.split
    others = meta.texts - len(split.selection) - len(split.report) - len(split.empty)
    validated = f", {others} more validated fits" if others > 0 else ""
    return [
        ("model", f"{meta.model}, {meta.layers} layers of {meta.heads} heads"),
        ("hash of the weights", meta.model_hash),
        ("texts", f"{meta.texts} in all: {len(split.selection)} chose the programs, "
                  f"another {len(split.report)} gave the figures{validated}"),
        ("hash of the texts", meta.texts_hash[:16]),
        ("mask", f"window of {meta.mask.window}" if meta.mask.kind == "window" else meta.mask.kind),
        ("figure", "intersection over union of the two patterns of a text, averaged over texts"),
        ("intervals", f"95%, bootstrap over texts, {RESAMPLES:,} resamples, seed {SEED}"),
        ("shown", f"of the longer half of the held-out texts {shown}, from those that constant "
                  f"patterns fit least to those they fit best, each up to {tokens} tokens; "
                  "weights to within 0.01. Of that half, too, each head's own two: where its "
                  "program is most wrong, and where the head does most"),
        ("versions", f"attndsl {attndsl.__version__}, Python {platform.python_version()}, "
                     f"numpy {np.__version__}"),
    ]  # fmt: skip
