"""What a page opens with, where a head's program starts from, and where it is kept."""

from collections.abc import Mapping
from typing import Any

from attndsl.authoring.saving import history, save
from attndsl.authoring.studio.desk import BEGIN, Desk
from attndsl.authoring.studio.writing import program_at
from attndsl.language.diagnostics import AttndslError
from attndsl.runs.ladders import ladder_from

Answer = dict[str, Any]
Given = Mapping[str, Any]


def opened(desk: Desk, given: Given) -> Answer:
    """What there is: heads, texts, what is edited."""
    heads: list[Answer] = [{"head": name} for name in desk.heads]
    if desk.bench is not None:
        heads = [_listed(desk, name) for name in desk.heads if name in desk.bench.heads]
    source, version = desk.file.read() if desk.file else ("", "")
    kind = "run" if desk.bench else "file" if desk.file else "nothing"
    return {
        "kind": kind, "name": desk.name, "heads": heads, "texts": _texts(desk),
        "source": source or BEGIN, "version": version,
        "reads": desk.texts.model is not None, "probes": desk.texts.probes is not None,
    }  # fmt: skip


def begin(desk: Desk, given: Given) -> Answer:
    """Where to start from for a head: its program, the rungs of its ladder, what was saved."""
    if desk.bench is None:
        return {"source": BEGIN, "ladder": None, "history": [], "figures": {}}
    head = given.get("head") or ""
    desk.number(head)
    one = desk.bench.heads[head]
    figures = desk.bench.summary.get("ladder", {}).get(head)
    ladder = ladder_from(figures, with_programs=True) if figures else None
    rungs = [
        {"parts": rung.parts, "worth": rung.worth, "gain": rung.gain, "measures": rung.measures,
         "source": _rung(rung.source, f"{head.lower().replace('.', '_')}_of_{rung.parts}")}
        for rung in (ladder.rungs if ladder else ())
    ]  # fmt: skip
    return {
        "source": one.source.strip() + "\n", "name": one.program.name,
        "rest": one.figures.get("times_rest"),
        "ladder": {"picked": ladder.picked, "rungs": rungs} if ladder and rungs else None,
        "history": history(desk.bench.folder, head),
        "contradictions": list(one.contradictions),
    }  # fmt: skip


def _rung(source: str | None, name: str) -> str | None:
    """The program of a rung under a name of its own; older runs kept none."""
    if not source:
        return None
    from attndsl.language.parser import parse
    from attndsl.synthesis.standalone import standalone

    return standalone(parse(source)[0], "own", name)


def read(desk: Desk, given: Given) -> Answer:
    """A text of the user's own: the model is run once."""
    on = desk.texts.read(given["prompt"])
    return {"on": on.key, "texts": _texts(desk)}


def keep(desk: Desk, given: Given) -> Answer:
    """Save: into the run for a head, or the file as it is written."""
    if desk.bench is not None:
        program = program_at(desk, given).program
        head = given.get("head") or ""
        desk.number(head)
        mine = desk.bench.tried(program, head, desk.bench.split.selection)
        return {"kept": "run", **save(desk.bench, program, head, mine)}
    if desk.file is None:
        raise AttndslError("no file was named, so there is none to save to: copy the text, or "
                           "start with one: attndsl studio FILE.attn")  # fmt: skip
    desk.checked(given["text"])
    now = desk.file.version()
    if given.get("version") != now and not given.get("over"):
        return {"kept": "", "version": now}
    return {"kept": "file", "version": desk.file.write(given["text"])}


def again(desk: Desk, given: Given) -> Answer:
    """The file as it is on the disk now."""
    if desk.file is None:
        raise AttndslError("no file is open")
    source, version = desk.file.read()
    return {"source": source, "version": version}


def _listed(desk: Desk, name: str) -> Answer:
    assert desk.bench is not None
    one = desk.bench.heads[name]
    figures = one.figures
    content = figures.get("content_iou", figures.get("content_iou_selection"))
    return {"head": name, "program": one.program.name, "content_iou": content,
            "iou": figures.get("iou", figures.get("iou_selection"))}  # fmt: skip


def _texts(desk: Desk) -> list[Answer]:
    return [{"key": one.key, "group": one.group, "label": one.label} for one in desk.texts.listed()]
