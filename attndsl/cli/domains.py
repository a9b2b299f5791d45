"""`attndsl score RUN --on ...`: a run's programs, as they stand, where they weren't chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.output import print_json, print_table, say
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from attndsl.cli.progress import Tell
    from attndsl.executors.task import Executor
    from attndsl.files.places import Place
    from attndsl.fit.assignment import Assignment
    from attndsl.fit.intervals import Estimate
    from attndsl.fit.medians import Constants
    from attndsl.fit.table import ScoreTable
    from attndsl.heads.store import HeadStore
    from attndsl.models.outputs import OutputsExplained
    from attndsl.models.transfer import Domain

BUILTIN = "builtin"
TOKENS = "64"


def is_run(name: str) -> bool:
    """Whether an argument is the folder of a run."""
    from attndsl.files.places import place
    from attndsl.fit.assignment import ASSIGNMENT

    return (place(name) / ASSIGNMENT).is_file()


def score_on(
    run: str,
    places: Sequence[str],
    lengths: str,
    model: str | None,
    tell: "Tell",
    executor: "Executor | None" = None,
    **placing: Any,
) -> "list[Domain]":
    """A run's programs, as they stand, at each place and length."""
    from attndsl.files.places import place as address
    from attndsl.fit.assignment import read_assignment
    from attndsl.heads.meta import META_FILE
    from attndsl.heads.store import HeadStore
    from attndsl.models import load
    from attndsl.models.held import by_workers
    from attndsl.models.sharing_transfer import Sharing
    from attndsl.models.transfer import on_store, on_texts

    assignment = read_assignment(run)
    loaded = load(model or assignment.model, **placing)
    assignment.expect(loaded.hash, run)
    constants = _constants(run)
    domains: list[Domain] = []
    for name, place in named(places):
        workers = by_workers(executor, loaded, model or assignment.model, placing)
        sharing = None if workers is None else Sharing(workers, address(run), tell)
        if (address(place) / META_FILE).is_file():
            store = HeadStore.open(place)
            if store.meta.model_hash != loaded.hash:
                domains.append(_on_another_model(store, assignment, name, run, tell, executor))
                continue
            every = range(len(store))
            domains.append(
                on_store(store, loaded, assignment, constants, name, every, sharing=sharing)
            )
            continue
        texts = texts_of_place(place)
        domains += [
            on_texts(loaded, assignment, constants, name, texts, tokens, sharing)
            for tokens in counts(lengths)
        ]
    return domains


def _on_another_model(
    store: "HeadStore",
    assignment: "Assignment",
    name: str,
    run: str,
    tell: "Tell",
    executor: "Executor | None",
) -> "Domain":
    """The best of the library for each head of the store, whose model is another than the run's."""
    from attndsl.files.places import place
    from attndsl.models import load
    from attndsl.models.held import by_workers
    from attndsl.models.scoring import scored_by
    from attndsl.models.transfer import best_there

    other = load(store.meta.model)
    workers = by_workers(executor, other, store.meta.model, {})
    passes = scored_by(workers, other, store, place(run), tell)
    return best_there(store, other, assignment, name, passes)


def hand_on_domains(run: str, domains: "Sequence[Domain]", as_json: bool) -> None:
    """The figures, as JSON or as a matrix: a line a place and length, a column a measure."""
    if as_json:
        print_json({"run": run, "domains": [domain.as_json() for domain in domains]})
    else:
        show(domains)


def score_run(
    run: str,
    store: str | None,
    model: str | None,
    memory: int,
    outputs: bool,
    tell: "Tell",
    executor: "Executor | None" = None,
    **placing: Any,
) -> "tuple[ScoreTable, OutputsExplained | None]":
    """A run's own programs on its report texts; what the run lacks of figures is filled in."""
    from attndsl.files.places import place
    from attndsl.fit.assignment import fill_in, read_assignment
    from attndsl.fit.best import score
    from attndsl.fit.comparing import comparing_on
    from attndsl.fit.library import LibrarySource
    from attndsl.fit.medians import write_constants
    from attndsl.heads.store import HeadStore
    from attndsl.models import load
    from attndsl.models.explained import library_outputs
    from attndsl.models.held import by_workers
    from attndsl.models.scoring import scored_by
    from attndsl.models.transfer import library_of, numbers_of

    assignment = read_assignment(run)
    heads = HeadStore.open(store or own_heads(run))
    assignment.expect(heads.meta.model_hash, run)
    loaded = load(model or heads.meta.model, **placing)
    heads.expect(model_hash=loaded.hash, tokenizer=loaded.tokenizer_hash)
    programs, assigned = library_of(assignment), numbers_of(assignment, loaded)
    device = str(loaded.device)
    source = LibrarySource(programs, loaded.table, heads.meta.mask, memory, device=device)
    constants = _constants(run)
    workers = by_workers(executor, loaded, model or heads.meta.model, placing)
    passes = scored_by(workers, loaded, heads, place(run), tell)
    table = score(
        heads, source, memory=memory, progress=tell, assigned=assigned, constants=constants,
        passes=None if passes is None else passes(source, memory),
        comparing=comparing_on(loaded.device),
    )  # fmt: skip
    if constants is None:
        write_constants(run, table.constants, heads)
    if any(one.rest_error is None for one in assignment.heads):
        order = {layer.index: number for number, layer in enumerate(loaded.attention)}
        fill_in(run, table, lambda layer, head: order[layer] * loaded.heads + head)
    explained = library_outputs(loaded, heads, table.split, programs, assigned) if outputs else None
    return table, explained


def own_heads(run: str) -> "Place":
    """The heads that `explain` keeps in a run's folder."""
    from attndsl.files.places import place
    from attndsl.heads.meta import META_FILE

    heads = place(run) / "heads"
    if not (heads / META_FILE).is_file():
        raise AttndslError(f"{run} keeps no heads: name what it was scored on, by --store STORE")
    return heads


def show(domains: "Sequence[Domain]") -> None:
    from attndsl.fit.intervals import FEW

    print_table(
        ("on", "tokens", "texts", "content IoU", "rest error", "IoU", "constant", "excess"),
        [
            (
                one.name + " *" * one.chosen, str(one.tokens), str(one.texts),
                _short(one.headline.content_iou), _short(one.headline.rest_error),
                _short(one.headline.iou),
                _short(one.headline.constant_iou if one.constants else None),
                _short(one.headline.excess if one.constants else None),
            )
            for one in domains
        ],
    )  # fmt: skip
    if any(1 < one.texts < FEW for one in domains):
        say(f"an interval over fewer than {FEW} texts says little")
    if any(one.chosen for one in domains):
        say("* another model's heads: the best of the library for each, on half of the texts")
    if not all(one.constants for one in domains):
        say("- the run was made before constant patterns were; attndsl score RUN fits them")


def named(places: Sequence[str]) -> list[tuple[str, str]]:
    """Each place with its name: the one after a colon, or the file's; `builtin` is six kinds.

    >>> named(["tests/nowhere.txt:code"])
    [('code', 'tests/nowhere.txt')]
    """
    from attndsl.tokens.texts import builtin_texts

    pairs: list[tuple[str, str]] = []
    for place in places:
        if place == BUILTIN:
            kinds = dict.fromkeys(text.family for text in builtin_texts())
            pairs += [(kind, f"{BUILTIN}:{kind}") for kind in kinds]
        elif (
            place.startswith(f"{BUILTIN}:") or ":" not in place.replace("://", "")
            or Path(place).exists()
        ):  # fmt: skip
            ours = place.startswith(f"{BUILTIN}:")
            pairs.append((place.removeprefix(f"{BUILTIN}:") if ours else Path(place).stem, place))
        else:
            file, _, name = place.rpartition(":")
            pairs.append((name or Path(file).stem, file))
    return pairs


def texts_of_place(place: str) -> list[str]:
    """The texts of a file, or of a built-in kind (those that never choose programs)."""
    from attndsl.tokens.reading import read_texts
    from attndsl.tokens.texts import builtin_texts

    if not place.startswith(f"{BUILTIN}:"):
        return [one.text for one in read_texts(place)]
    kind = place.removeprefix(f"{BUILTIN}:")
    texts = [one.text for one in builtin_texts() if one.family == kind and one.held_out]
    if not texts:
        kinds = ", ".join(dict.fromkeys(one.family for one in builtin_texts()))
        raise AttndslError(f"there are no built-in texts {kind!r}; there are {kinds}")
    return texts


def counts(lengths: str) -> list[int]:
    """
    >>> counts("64,256")
    [64, 256]
    """
    parts = [part.strip() for part in lengths.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part[:9]) >= 2 for part in parts):
        raise click.BadParameter(f"--tokens takes numbers from 2 on, such as 64,256, not {lengths}")
    return [int(part) for part in parts]


def _constants(run: str) -> "Constants | None":
    from attndsl.fit.medians import read_constants

    return read_constants(run)


def _short(one: "Estimate | None") -> str:
    if one is None:
        return "-"
    over = "" if one.texts == 1 else f" ({one.low:.3f} to {one.high:.3f})"
    return f"{one.mean:.3f}{over}"
