"""What the tools of `attndsl mcp` answer, of a bench."""

import json
from collections.abc import Sequence

from attndsl.authoring.bench import LONGEST, NO_PROGRAM, TEXTS, Bench
from attndsl.authoring.beside import constant_row, constant_told, rests
from attndsl.engines.reference import pattern
from attndsl.engines.why import Reasons
from attndsl.fit.places import resting_keys
from attndsl.fit.split import SHORTEST
from attndsl.graph.verify import verify
from attndsl.heads.packing import unpack
from attndsl.language.diagnostics import AttndslError
from attndsl.language.render import render
from attndsl.synthesis.llm.compare import compared
from attndsl.synthesis.llm.summary import page
from attndsl.tokens.tokenizer import encode, from_ids

SHOWN = 4000  # letters of a text of one's own


def listed(bench: Bench, first: int = 40, names: Sequence[str] = ()) -> list[dict[str, object]]:
    """The heads, or those that are named, with their programs and what is known of them, the
    least explained first."""
    chosen = {name: bench.head(name) for name in names} or bench.heads
    rows = [
        {"head": name, "program": one.program.name, **_plain(one.figures),
         "mechanisms": bench.known.mechanisms(bench.number(name))}
        for name, one in chosen.items()
    ]  # fmt: skip
    return sorted(rows, key=_explained)[: max(1, min(first, len(rows)))]


def look(bench: Bench, head: str) -> str:
    """What the head does on a few texts, and how its program now does."""
    number, source = bench.number(head), bench.source(head)
    told = page(bench.store, bench.table, bench.split.selection[:TEXTS], number, bench.known)
    rival = bench.rival(head)
    constant = constant_told(rival, bench.trials.masks[number])
    return (
        f"{told}\n\nIts program now:\n\n{source}\n{json.dumps(bench.now(head).as_json())}\n\n"
        f"Its best constant pattern, which reads no word: {constant}.\n"
        f"{json.dumps(bench.constant(rival, head).as_json())}"
    )


def check(source: str) -> str:
    """What the checker says, as it says it to people; and the canonical forms."""
    if len(source.encode("utf-8", "replace")) > LONGEST:
        raise AttndslError(f"a program has at most {LONGEST} bytes")
    checked = verify(source, "program.attn")
    well = "all well" if checked.programs else f"nothing wrong, but {NO_PROGRAM}"
    said = render(checked.diagnostics, source) if checked.diagnostics else well
    lines = [
        f"{one.name}: {'causal' if one.causal else 'not causal'}, form {one.hash[:12]}, "
        f"{one.cost.time.at(1024):.3g} operations at 1,024 tokens"
        for one in checked.programs
    ]
    return "\n".join([said, *lines])


def run(bench: Bench, source: str, text: str) -> str:
    """Where a program looks on a text: a line a query, its strongest keys first."""
    program = bench.program(source)
    if not text.strip():
        raise AttndslError("the text is empty; write the words to look at")
    encoded = encode(text[:SHOWN], bench.table)
    labels, rows = encoded.labels(), pattern(program, encoded, bench.store.meta.mask)
    lines = [
        f"{query} {labels[query]}: "
        + ", ".join(f"{key} {labels[key]} {row[key]:.2f}" for key in (-row).argsort()[:4]
                    if row[key] >= 0.01)
        for query, row in enumerate(rows)
    ]  # fmt: skip
    rest = [f"the text goes on: its first {SHOWN:,} letters are shown"]
    return "\n".join(lines + (rest if len(text) > SHOWN else []))


def score(bench: Bench, source: str, head: str) -> str:
    """The program against the head beside the one it has, and the rows that it misses most."""
    program = bench.program(source)
    mine = bench.tried(program, head, bench.split.selection)
    worst, shares = compared(
        program, bench.store, bench.table, bench.split.selection[:TEXTS], bench.number(head)
    )
    told = json.dumps({
        "this": mine.as_json(), "now": bench.now(head).as_json(),
        "constant": bench.constant(bench.rival(head), head).as_json(), "texts": _on(bench),
    })  # fmt: skip
    return f"{told}\n\nrows that it misses most:\n{worst}\n\n{shares}"


def _on(bench: Bench) -> str:
    """Which texts programs are tried on, for who reads the figures."""
    numbers = bench.split.selection
    some = f"rows and shares below are of the first {TEXTS}" if len(numbers) > TEXTS else ""
    return "; ".join(filter(None, [
        f"figures are means over the {len(numbers)} texts that programs are chosen by (those "
        f"under {SHORTEST} tokens left out), not the report's", some,
    ]))  # fmt: skip


def why(bench: Bench, source: str, head: str, text: int, query: int, key: int) -> str:
    """The parts of the program behind one weight (no program: of the one that the head has),
    and what the head and its constant pattern put there and rest in that row."""
    if not 0 <= text < len(bench.split.selection):
        raise AttndslError(f"there are texts 0 to {len(bench.split.selection) - 1} to look at")
    stored = bench.store[bench.split.selection[text]]
    encoded = from_ids(bench.table, stored.ids, stored.text)
    number, special = bench.number(head), bench.trials.special
    mask = bench.trials.masks[number]
    program = bench.program(source) if source.strip() else bench.held(head)
    reasons = Reasons(program, encoded, mask, keep=False)
    reason = reasons.at(query, key)
    rows = {
        "program": reasons.weights[query],
        "head": unpack(stored.patterns[number], bench.store.meta.mask, encoded.n)[query],
        "constant": constant_row(bench.rival(head), mask, stored.ids, special, query),
    }
    resting = resting_keys(mask, stored.ids, special)
    return json.dumps({
        **reason.as_json(), "head": float(rows["head"][key]),
        "constant": float(rows["constant"][key]),
        "rests": {side: rests(row, resting) for side, row in rows.items()},
    })  # fmt: skip


def _plain(figures: dict[str, object]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items() if isinstance(value, float)}


def _explained(row: dict[str, object]) -> tuple[float, str]:
    value = row.get("content_iou", row.get("content_iou_selection", row.get("iou", 0.0)))
    return (float(value) if isinstance(value, int | float) else 0.0, str(row["head"]))
