"""What to try with a finished run, as commands to copy."""

import shlex
from pathlib import Path

from attndsl.cli.vocabulary import again


def what_next(
    model: str, folder: str, program: str, share: float, page: bool = True, writes: bool = True,
    store: str | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """What a run's folder is good for; with `share` of the heads replaced where there are enough.

    Only a model that `writes` goes on with a text: no encoder does. The run's heads are its own, or
    those of a `store`.

    >>> what_next("smollm2", "run", "near", 0.0, store="heads")[1]
    '  attndsl score run/library.attn:near --store heads --top 3'
    >>> print("\\n".join(what_next("smollm2", "my run", "near", 0.25)))
    Open 'my run/report.html' in a browser. Then try:
      attndsl score 'my run/library.attn:near' --store 'my run/heads' --top 3
          the figures of one program; change it in 'my run/library.attn' and see them move
      attndsl replace smollm2 --run 'my run' --fraction 0.25 --text FILE
          what the model loses on your own texts with 25% of its heads replaced
      attndsl generate smollm2 --run 'my run' --fraction 0.25 --prompt "Once upon a time"
          text that it writes so
    """
    run, of = shlex.quote(folder), shlex.quote(model)
    where = f" --model {of}" if Path(model).is_absolute() else ""  # no run keeps a path
    by = again()
    library = f"{folder}/library.attn"
    one, whole, heads, report = (
        shlex.quote(name)
        for name in (
            f"{library}:{program}",
            library,
            store or f"{folder}/heads",
            f"{folder}/report.html",
        )
    )
    tries = [
        (f"attndsl score {one} --store {heads} --top 3" + where + by,
         f"the figures of one program; change it in {whole} and see them move"),
    ]  # fmt: skip
    if share:
        tries += [
            (f"attndsl replace {of} --run {run} --fraction {share:g} --text FILE" + by,
             f"what the model loses on your own texts with {share:.0%} of its heads replaced"),
        ]  # fmt: skip
    if share and writes and not by:  # symbols are no text to go on with
        tries += [
            (f'attndsl generate {of} --run {run} --fraction {share:g} --prompt "Once upon a time"',
             "text that it writes so"),
        ]  # fmt: skip
    lines = [part for command, why in tries for part in (f"  {command}", f"      {why}")]
    return (f"Open {report} in a browser. Then try:" if page else "Then try:", *lines)
