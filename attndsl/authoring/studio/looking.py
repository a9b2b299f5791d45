"""The program at the cursor beside a head: maps, measures, reasons."""

from collections.abc import Mapping
from typing import Any

from attndsl.authoring import answers
from attndsl.authoring.bench import Tried
from attndsl.authoring.studio.desk import Desk
from attndsl.authoring.studio.texts import OnText
from attndsl.authoring.studio.writing import program_at
from attndsl.engines.why import why
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask

Answer = dict[str, Any]
Given = Mapping[str, Any]
PARTS = 12  # of a weight that are told


def look(desk: Desk, given: Given) -> Answer:
    """The program at the cursor on a text, beside a head where one is named, and beside another."""
    on = desk.texts.take(given["on"])
    answer: Answer = {"seen": _seen(given), "program": None}
    if given.get("have") != _seen(given):
        answer["text"] = {"tokens": on.encoded.labels(), "resting": list(on.resting)}
        answer["real"] = {head: _real(desk, on, head) for head in _asked(given)}
    placed = answers.program_at(desk.checked(given["text"]), given["at"])
    if placed is None:
        return answer
    program, heads = placed.program, _asked(given)
    answer["program"] = {"name": program.name, "hash": program.hash, "causal": program.causal}
    by_head = {}
    for head in heads or [""]:
        mask = desk.masks[desk.number(head)] if head else desk.mask
        pattern = desk.maps.of_program(program, on, mask)
        by_head[head] = {
            "predicted": desk.maps.shown(pattern, on, mask),
            "figures": _here(desk, on, head, program, mask) if head else None,
        }
    return {**answer, "heads": by_head}


def measure(desk: Desk, given: Given) -> Answer:
    """The program at the cursor over all texts that the run's programs are chosen by."""
    program = program_at(desk, given).program
    if desk.bench is None or desk.constants is None or not given.get("head"):
        raise AttndslError("measures over texts are of a run's heads; open one: attndsl studio RUN")
    head, numbers = given["head"], desk.bench.split.selection
    at = desk.number(head)
    constant = desk.bench.constant(desk.constants.by_iou[at], head)
    return {
        "texts": len(numbers),
        "this": desk.bench.tried(program, head, numbers).as_json(),
        "now": desk.bench.now(head).as_json(),
        "constant": constant.as_json(),
    }


def reasons(desk: Desk, given: Given) -> Answer:
    """The parts behind one weight, and what the head puts there."""
    on, placed = desk.texts.take(given["on"]), program_at(desk, given)
    head = given.get("head") or ""
    mask = desk.masks[desk.number(head)] if head else desk.mask
    reason = why(placed.program, on.encoded, given["query"], given["key"], mask)
    leaves = sorted(reason.part.leaves, key=lambda part: -abs(part.value))
    return {
        "query": reason.query, "key": reason.key, "weight": reason.weight, "scores": reason.scores,
        "fallback": reason.fallback,
        "parts": [
            {"text": part.text, "line": part.line + placed.shift,
             "amount": part.value if reason.scores else reason.share(part),
             "facts": [fact.said for fact in part.facts]}
            for part in leaves[:PARTS]
        ],
        "factors": [[one.said, one.value] for one in reason.factors],
        "taken": [*(fact.said for fact in reason.taken[:PARTS]), *reason.notes],
    }  # fmt: skip


def _asked(given: Given) -> list[str]:
    return [head for head in dict.fromkeys((given.get("head"), given.get("beside"))) if head]


def _seen(given: Given) -> str:
    """What of an answer doesn't change as one types."""
    return " ".join([given["on"], *_asked(given)])


def _real(desk: Desk, on: OnText, head: str) -> Answer | None:
    number = desk.number(head)
    if on.patterns is None:
        return None
    answer: Answer = {"real": desk.maps.real(on, number), "constant": None}
    if desk.constants is not None:
        mask = desk.masks[number]
        constant = desk.maps.of_constant(desk.constants.by_iou[number], on, mask)
        answer["constant"] = desk.maps.shown(constant, on, mask)
    return answer


def _here(desk: Desk, on: OnText, head: str, program: Program, mask: Mask) -> Answer:
    """The measures on this text: of the program, of the one that the head has, of the constant."""
    number = desk.number(head)
    if on.patterns is None:
        return {}
    sides: dict[str, Tried] = {}

    def measured(side: str, name: str, pattern: Any) -> None:
        sides[side] = desk.maps.figures(name, pattern, on, number, mask)

    measured("this", program.name, desk.maps.of_program(program, on, mask))
    if desk.bench is not None and head in desk.bench.heads:
        held = desk.bench.heads[head].own
        measured("now", held.name, desk.maps.of_program(held, on, mask))
    if desk.constants is not None:
        constant = desk.constants.by_iou[number]
        measured("constant", constant.kind, desk.maps.of_constant(constant, on, mask))
    return {side: one.as_json() for side, one in sides.items()}
