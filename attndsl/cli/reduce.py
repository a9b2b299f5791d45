"""`attndsl dedup --reduce`: the smallest part of a library that fits the heads as well."""

from collections.abc import Sequence

from attndsl.cli.output import print_json, print_table, say
from attndsl.cli.programs import programs_of
from attndsl.cli.progress import progress
from attndsl.cli.score import MEGABYTE, scored

MEMORY = 512 * MEGABYTE
LOST = {"content": "agreement (content and rest)", "iou": "IoU"}


def reduce(
    files: Sequence[str], loss: float, store: str, model: str | None, by: str, as_json: bool
) -> None:
    """Score the library, then say which programs are needed; measured where none was chosen."""
    from attndsl.fit.measures import RULES
    from attndsl.fit.reduce import reduce_by_head
    from attndsl.heads.store import HeadStore

    programs = [program for file in files for program in programs_of(file)]
    heads = HeadStore.open(store)
    with progress("score", as_json) as tell:
        table = scored(programs, heads, model, MEMORY, tell, by)
    chosen, held = table.worth, RULES[by](table.report)
    least = reduce_by_head(chosen, loss)
    kept = list(least.kept)
    # The promise is kept on the texts that it was made on; what it costs on the others is said too.
    elsewhere = float((held.max(axis=0) - held[kept].max(axis=0)).max())
    if as_json:
        print_json(
            {
                "by": by,
                "programs": len(table.programs),
                "kept": [table.programs[number] for number in kept],
                "worst_loss": least.worst_loss,
                "mean_loss": least.mean_loss,
                "worst_loss_on_other_texts": elsewhere,
                "at_least": least.at_least,
                "proved_smallest": least.proved_smallest,
            }
        )
        return
    serves = [int((chosen[kept].argmax(axis=0) == place).sum()) for place in range(len(kept))]
    print_table(
        ("program", "best for heads"),
        [
            (table.programs[number], str(count))
            for number, count in sorted(zip(kept, serves, strict=True), key=lambda pair: -pair[1])
        ],
    )
    proof = (
        "which is the smallest" if least.proved_smallest else f"at least {least.at_least} needed"
    )
    say(f"\nkept {len(kept)} of {len(table.programs)} programs, {proof}")
    say(
        f"largest loss of {LOST[by]} on a head: {least.worst_loss:.3f}, "
        f"on average {least.mean_loss:.3f}; "
        f"on the texts not chosen by: {elsewhere:.3f}"
    )
